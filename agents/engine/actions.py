"""What agents do beyond talking, each through its gate and each at most once: tool calls and blocks of code.

    what cannot run is settled -> the rest is decided (by a rule, or a person) -> Started -> it runs -> Returned

The intent is logged before the effect, the result before it is used. `tool_calls` and `code_blocks` say what the two
are; the order of steps, and what an agent is told of a decision, are the same for both and stand here alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from agents.chats import (
    ChatState,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    FilesChanged,
    ToolReturned,
    ToolStarted,
)
from agents.engine.approvals import Gate, Gates, rejection
from agents.engine.ports import Files

Started = ToolStarted | CodeStarted
Returned = ToolReturned | CodeReturned


class Desk(Protocol):
    """What of the leg an effect needs."""

    state: ChatState

    def record(self, *events: Any) -> None: ...


class Action(ABC):
    """One thing that an agent wants done."""

    noun: ClassVar[str]
    """What it is called to the agent, such as "call"."""
    agent: str
    id: str
    """Unique in the turn."""

    @property
    def is_idempotent(self) -> bool:
        """Whether it may run again when it is not known what became of it."""
        return False

    @abstractmethod
    def gate(self, begun: Sequence[Any]) -> Gate:
        """What is asked of a person: whether it may run, or, once it began and was cut, whether again as it was."""

    @abstractmethod
    def started(self, turn: int, edit: dict[str, Any]) -> Any:
        """The event of its beginning, as it stands or as `edit` has it."""

    @abstractmethod
    def run(self, started: Any) -> Returned:
        """Does it, as `started` says; never raises for what it does."""

    @abstractmethod
    def unrun(self, turn: int, outcome: Any, text: str) -> Returned:
        """The event of its end without having run."""

    def unable(self, turn: int) -> Returned | None:
        """Its end when it cannot run at all, so that nobody need decide; None when it can."""
        return None


class Actions:
    """Does what agents want, for one leg."""

    def __init__(self, desk: Desk, gates: Gates, files: Files):
        self._desk, self._gates, self._files = desk, gates, files

    def settle(self, actions: Sequence[Action]) -> None:
        """Everything that cannot run is over, and everything else has a decision. Halts while a person is asked."""
        for action in actions:
            if self._is_owed(action) and (end := action.unable(self._desk.state.turn)):
                self._desk.record(end)
        owed = [action for action in actions if self._is_owed(action)]
        self._gates.pass_all([action.gate(self._begun(action)) for action in owed])

    def result(self, action: Action) -> Returned:
        """How it ended; does it first, as was decided, unless an earlier leg has."""
        if self._is_owed(action):
            self._do(action)
        return self._desk.state.returned[action.id]

    def is_over(self, action: Action) -> bool:
        """Whether it has ended."""
        return not self._is_owed(action)

    def intended(self, action: Action) -> Started | None:
        """How it is to run, by what was decided; None when it is not."""
        begun, decision = self._decided(action)
        match decision.verdict:
            case "approve" | "edit":
                started: Started = action.started(self._desk.state.turn, decision.edit)
                return started
            case "retry":
                return begun[-1]
        return None

    def end_unrun(self, action: Action, outcome: Any, text: str) -> None:
        """It ends without having run."""
        self._desk.record(action.unrun(self._desk.state.turn, outcome, text))

    def _is_owed(self, action: Action) -> bool:
        return action.id not in self._desk.state.returned

    def _decided(self, action: Action) -> tuple[tuple[Started, ...], DecisionMade]:
        """How it began before, and what was decided on it as it then stood."""
        begun = self._begun(action)
        return begun, self._gates.decision(action.gate(begun))

    def _begun(self, action: Action) -> tuple[Started, ...]:
        """Each time it began with an outcome that matters: what may run twice counts as not begun."""
        return () if action.is_idempotent else self._desk.state.begun.get(action.id, ())

    def _do(self, action: Action) -> None:
        started = self.intended(action)
        if started is not None:
            self.run(action, started)
            return
        begun, decision = self._decided(action)
        self.end_unrun(action, *_unrun(action.noun, decision, was_cut=bool(begun)))

    def run(self, action: Action, started: Any) -> None:
        """Does what was decided: its beginning is logged before, its end and the files it made after, together."""
        begun = self._desk.state.begun.get(action.id, ())
        if not (action.is_idempotent and begun and begun[-1] == started):
            self._desk.record(started)
        returned = action.run(started)
        changes = self._files.changes(self._desk.state.files)
        if not changes:
            self._desk.record(returned)
            return
        made = FilesChanged(turn=returned.turn, agent=action.agent, cause=action.id, changes=changes)
        self._desk.record(returned, made)


def _unrun(noun: str, decision: DecisionMade, *, was_cut: bool) -> tuple[str, str]:
    """The outcome of what a decision keeps from running, and what the agent reads of it."""
    done = f"This {noun} was not run."
    if was_cut:
        done = f"This {noun} was cut off; whether it had its effect is not known."
    match decision.verdict:
        case "reject":
            who, why = rejection(decision)
            text = f"{done} {who} rejected it{why} Do not repeat the {noun}; find another way."
            return ("rejected" if decision.by else "refused"), text
        case "reply":
            return "answered", f"{done} The reviewer answered in its place; do not repeat it: {decision.text}"
    return "skipped", f"{done} Nobody wants it. Do not repeat it; go on without its result."
