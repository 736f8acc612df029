"""The team's own functions: who speaks next, and whether the chat is over, decided by Python of the plugins folder.

One that fails is asked about; a person tries it again, goes on without it, or ends the chat. Called by the leg.
"""

from collections.abc import Callable
from typing import Any

from agents.cancellation import drain
from agents.chats.requests import FunctionFailureRequest, FunctionPurpose
from agents.chats.view import view_of
from agents.engine.approvals import Gate, Gates
from agents.engine.event_stream import Recorder
from agents.engine.ports import Functions
from agents.plain_text import beginning, quotable, valid

METHODS = ("auto", "round_robin", "random", "manual")
MAX_REASON_CHARS = 500


class TeamFunctions:
    """Calls them for one leg."""

    def __init__(self, recorder: Recorder, gates: Gates, functions: Functions, look_up: Callable[[str], None]):
        self._recorder, self._gates = recorder, gates
        self._functions, self._look_up = functions, look_up

    def next_speaker(self) -> str:
        """Return who speaks next, `NOBODY`, or the method that chooses; "" where no function decides. Halt while a
        person is asked about one that failed."""
        return self._decided("selection", self._recorder.team.selection.function, self._speaker)

    def end(self) -> str:
        """Return why the chat is over; "" while it is not. Halt as in `next_speaker`."""
        return self._decided("termination", self._recorder.team.termination.function, _reason)

    def _decided(self, purpose: FunctionPurpose, name: str, read: Callable[[str, Any], str]) -> str:
        if not name or self._is_skipped(purpose, name):
            return ""
        view = view_of(self._recorder.state, self._recorder.team)
        result = drain(self._functions.decide(name, purpose, view), self._look_up)
        error = result.error
        if not error:
            try:
                return read(name, result.value)
            except ValueError as problem:
                error = str(problem)
        asked = FunctionFailureRequest(function=name, purpose=purpose, error=error)
        return self._gates.request(Gate(asked))

    def _is_skipped(self, purpose: FunctionPurpose, name: str) -> bool:
        """Whether a person goes on without it until the next message."""
        decided = [(request.asked, made) for request, made in self._recorder.state.answers]
        return any(
            isinstance(asked, FunctionFailureRequest)
            and (asked.purpose, asked.function, made.verdict) == (purpose, name, "skip")
            for asked, made in decided
        )

    def _speaker(self, name: str, value: Any) -> str:
        team = self._recorder.team
        candidates = team.followers(self._recorder.state.messages[-1].agent)
        if value is None:
            return NOBODY
        if isinstance(value, str) and (value in candidates or value in METHODS):
            return value
        names = ", ".join([*candidates, *METHODS])
        raise ValueError(f"it returned {quotable(_shown(value), 80)}; expected one of {names}, or None")


NOBODY = "-"
"""In place of a name, which begins with a letter: nobody speaks, and the chat ends."""


def _reason(name: str, value: Any) -> str:
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return f"The function {name} ended the chat."
    if isinstance(value, str):
        return beginning(valid(value), MAX_REASON_CHARS)
    raise ValueError(f"it returned {quotable(_shown(value), 80)}; expected True, False or a text that says why")


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  a value whose text fails
        return f"a {type(value).__name__}"
