"""What a leg writes into the log, and the chat's state that follows from it. The leg's one way to write."""

from datetime import UTC, datetime
from typing import NoReturn

from agents.chats import ChatEnded, ChatState, Event, Recorded, fold
from agents.engine.event_stream import Emit
from agents.specs import team_from_dict


class Halt(BaseException):
    """Ends the leg through AutoGen's own `except Exception` clauses; the events recorded before say why."""


class Recorder:
    """Records the events of one leg. `state` is always that after the last of them."""

    def __init__(self, state: ChatState):
        if state.started is None or state.status != "running":
            raise ValueError(f"a leg needs a running chat; this one is {state.status}")
        self.state = state
        self.team = team_from_dict(dict(state.started.team))
        self.emit: Emit = lambda item: None

    def record(self, *events: Event) -> None:
        """Emit `events`, to be written together, and add them to the state. The store sets their times; no decision
        rests on this clock."""
        self.emit(events[0] if len(events) == 1 else events)
        at, head = datetime.now(UTC), self.state.head
        log = [Recorded(chat="", seq=head + n, at=at, event=event) for n, event in enumerate(events, start=1)]
        self.state = fold(log, self.state)

    def end(self, ended: ChatEnded) -> NoReturn:
        """End the chat and the leg."""
        self.record(ended)
        raise Halt
