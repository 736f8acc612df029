"""How far the team is that a chat waits for, as its transcript's strip tells. Called by the feed."""

from dataclasses import dataclass

from agents.chats import ChatState
from agents.store import Store
from agents.text.states import part_text


@dataclass(frozen=True)
class TeamPart:
    """The chat of the team that a chat waits for."""

    text: str = ""
    """How far it is; "" when there is none."""
    asking: str = ""
    """Which chat asks a person: it, or one below."""


NO_PART = TeamPart()


def team_part(store: Store, state: ChatState) -> TeamPart:
    """Return that of the chat in `state`. Reads two rows and no log."""
    if state.subchat is None:
        return NO_PART
    chat = state.subchat.chat
    at_work = store.chats.at_work(chat)
    asking = at_work.chat if at_work.status == "waiting" and state.status == "running" else ""
    return TeamPart(part_text(store.chats.row(chat), at_work), asking)
