"""What agents do beyond talking, each through its gate and each at most once: tool calls and blocks of code.

    what cannot run is settled -> the rest is decided (by a rule, or a person) -> Started -> it runs -> Returned

The start is logged before it runs, the result before it is used. `tool_calls` and `code_blocks` define the two; the
order of steps, and what an agent reads of a decision, are the same for both and defined here.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from agents.chats import (
    ChatState,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    FileChange,
    FilesChanged,
    ModelCalled,
    ToolReturned,
    ToolStarted,
)
from agents.chats.events import NotRunOutcome
from agents.engine.approvals import Gate, Gates, rejection
from agents.engine.event_stream import Recorder
from agents.engine.ports import Files

Returned = ToolReturned | CodeReturned
S = TypeVar("S", ToolStarted, CodeStarted)


class Action(ABC, Generic[S]):
    """One thing that an agent wants done."""

    noun: ClassVar[str]
    """What the agent reads it is called, such as "call"."""
    agent: str
    id: str
    """Unique in the turn."""

    @property
    def is_idempotent(self) -> bool:
        """Whether it may run again when its outcome is unknown."""
        return False

    def starts(self, state: ChatState) -> tuple[S, ...]:
        """Return the events of its starts so far, oldest first."""
        return cast(tuple[S, ...], state.begun.get(self.id, ()))

    @abstractmethod
    def gate(self, starts: Sequence[S]) -> Gate:
        """Return what a person is asked: whether it may run, or, once it started and was cut, whether to run again."""

    @abstractmethod
    def started(self, turn: int, edit: dict[str, Any]) -> S:
        """Return the event of its start, as it stands or as `edit` (a decision's) changes it."""

    @abstractmethod
    def run(self, started: S) -> tuple[Returned, Sequence[ModelCalled]]:
        """Run it as `started` says; never raise for what it does. Return its end, and the calls of models that it
        made."""

    @abstractmethod
    def ended(self, turn: int, outcome: NotRunOutcome, text: str) -> Returned:
        """Return the event of its end."""

    @property
    def without(self) -> str:
        """What the agent reads first of it when it did not run."""
        return f"This {self.noun} was not run."

    def with_files(self, returned: Returned, changes: Sequence[FileChange]) -> Returned:
        """Return `returned` as its agent should read it, given the files that came of it."""
        return returned

    def answered(self, turn: int, text: str) -> Returned | None:
        """Return its end when a person's reply is its result; None when a reply stands in its place."""
        return None

    def unable(self, turn: int) -> Returned | None:
        """Return its end when it cannot run at all, so that nobody need decide; None when it can."""
        return None


class Actions:
    """Runs what agents want, for one leg."""

    def __init__(self, recorder: Recorder, gates: Gates, files: Files):
        self._recorder, self._gates, self._files = recorder, gates, files

    def settle(self, actions: Sequence[Action[S]]) -> None:
        """End everything that cannot run, and get a decision on everything else. Halt while a person is asked."""
        for action in actions:
            if not self.is_over(action) and (end := action.unable(self._recorder.state.turn)):
                self.end(end)
        open_actions = [action for action in actions if not self.is_over(action)]
        self._gates.pass_all([action.gate(self._starts(action)) for action in open_actions])

    def result(self, action: Action[S]) -> Returned:
        """Return how it ended; run it first, as was decided, unless an earlier leg has."""
        if not self.is_over(action):
            self._run_as_decided(action)
        return self._recorder.state.returned[action.id]

    def is_over(self, action: Action[S]) -> bool:
        """Whether it has ended."""
        return action.id in self._recorder.state.returned

    def approved(self, action: Action[S]) -> S | None:
        """Return its start as it was decided; None when it is not to run."""
        starts, decision = self._decided(action)
        match decision.verdict:
            case "approve" | "edit":
                return action.started(self._recorder.state.turn, decision.edit)
            case "retry":
                return starts[-1]
        return None

    def end(self, returned: Returned) -> None:
        """Record the end of an action that did not run."""
        self._recorder.record(returned)

    def run(self, action: Action[S], started: S) -> None:
        """Run what was decided: log its start before, its end and the files it made after, together."""
        starts = action.starts(self._recorder.state)
        if not (action.is_idempotent and starts and starts[-1] == started):
            self._recorder.record(started)
        returned, calls = action.run(started)
        changes = self._files.changes(self._recorder.state.files)
        if not changes:
            self._recorder.record(*calls, returned)
            return
        made = FilesChanged(turn=returned.turn, agent=action.agent, cause=action.id, changes=changes)
        self._recorder.record(*calls, action.with_files(returned, changes), made)

    def _run_as_decided(self, action: Action[S]) -> None:
        started = self.approved(action)
        if started is not None:
            self.run(action, started)
            return
        starts, decision = self._decided(action)
        turn = self._recorder.state.turn
        answered = action.answered(turn, decision.text) if decision.verdict == "reply" else None
        outcome, text = _not_run(action, decision, was_cut=bool(starts))
        self.end(answered or action.ended(turn, outcome, text))

    def _decided(self, action: Action[S]) -> tuple[tuple[S, ...], DecisionMade]:
        """Return its starts so far, and what was decided on it as it then stood."""
        starts = self._starts(action)
        return starts, self._gates.decision(action.gate(starts))

    def _starts(self, action: Action[S]) -> tuple[S, ...]:
        """Return its starts whose outcome matters: none of what may run twice."""
        return () if action.is_idempotent else action.starts(self._recorder.state)


def _not_run(action: Action[S], decision: DecisionMade, *, was_cut: bool) -> tuple[NotRunOutcome, str]:
    """Return the outcome of what a decision keeps from running, and what the agent reads of it."""
    noun, done = action.noun, action.without
    if was_cut:
        done = f"This {noun} was cut off; whether it had its effect is not known."
    match decision.verdict:
        case "reject":
            who, why = rejection(decision)
            text = f"{done} {who} rejected it{why} Do not repeat the {noun}; find another way."
            return ("rejected" if decision.by else "refused"), text
        case "reply":
            return "answered", f"{done} The reviewer answered in its place; do not repeat it: {decision.text}"
    return "skipped", f"{done} It was skipped. Do not repeat it; go on without its result."
