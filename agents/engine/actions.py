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
    Verdict,
)
from agents.engine.approvals import Gate, Gates, rejection
from agents.engine.ports import Files
from agents.specs import ActionRequest

Started = ToolStarted | CodeStarted
Returned = ToolReturned | CodeReturned

OPTIONS: list[Verdict] = ["approve", "edit", "reject", "reply", "skip", "end"]
CUT_OPTIONS: list[Verdict] = ["retry", "reply", "skip", "end"]


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
    @abstractmethod
    def asked(self) -> ActionRequest | None:
        """As rules see it; None: no rule may decide."""

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

    def settle(self, effects: Sequence[Action]) -> None:
        """Everything that cannot run is over, and everything else has a decision. Halts while a person is asked."""
        for effect in effects:
            if self._is_owed(effect) and (end := effect.unable(self._desk.state.turn)):
                self._desk.record(end)
        owed = [effect for effect in effects if self._is_owed(effect)]
        self._gates.pass_all([self._gate(effect) for effect in owed])

    def result(self, effect: Action) -> Returned:
        """How it ended; does it first, as was decided, unless an earlier leg has."""
        if self._is_owed(effect):
            self._do(effect)
        return self._desk.state.returned[effect.id]

    def is_over(self, effect: Action) -> bool:
        """Whether it has ended."""
        return not self._is_owed(effect)

    def intended(self, effect: Action) -> Started | None:
        """How it is to run, by what was decided; None when it is not."""
        begun, decision = self._decided(effect)
        match decision.verdict:
            case "approve" | "edit":
                started: Started = effect.started(self._desk.state.turn, decision.edit)
                return started
            case "retry":
                return begun[-1]
        return None

    def end_unrun(self, effect: Action, outcome: Any, text: str) -> None:
        """It ends without having run."""
        self._desk.record(effect.unrun(self._desk.state.turn, outcome, text))

    def _is_owed(self, effect: Action) -> bool:
        return effect.id not in self._desk.state.returned

    def _gate(self, effect: Action) -> tuple[Gate, ActionRequest | None]:
        begun = self._begun(effect)
        return effect.gate(begun), None if begun else effect.asked

    def _decided(self, effect: Action) -> tuple[tuple[Started, ...], DecisionMade]:
        """How it began before, and what was decided on it as it then stood."""
        begun = self._begun(effect)
        return begun, self._gates.decision(effect.gate(begun))

    def _begun(self, effect: Action) -> tuple[Started, ...]:
        """Each time it began with an outcome that matters: what may run twice counts as not begun."""
        return () if effect.is_idempotent else self._desk.state.begun.get(effect.id, ())

    def _do(self, effect: Action) -> None:
        started = self.intended(effect)
        if started is not None:
            self.run(effect, started)
            return
        begun, decision = self._decided(effect)
        self.end_unrun(effect, *_unrun(effect.noun, decision, was_cut=bool(begun)))

    def run(self, effect: Action, started: Any) -> None:
        """Does what was decided: its beginning is logged before, its end and the files it made after, together."""
        begun = self._desk.state.begun.get(effect.id, ())
        if not (effect.is_idempotent and begun and begun[-1] == started):
            self._desk.record(started)
        returned = effect.run(started)
        changes = self._files.changes(self._desk.state.files)
        if not changes:
            self._desk.record(returned)
            return
        made = FilesChanged(turn=returned.turn, agent=effect.agent, cause=effect.id, changes=changes)
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
