"""The facts of a member that is a team: its chat begins, and what comes back of it.

They stand in the parent's log. The child's own log is a chat like any other; its `ChatStarted` names the parent.
"""

from typing import Literal

from agents.chats.usage import Spend
from agents.chats.values import Fact, FileChange


class ParentTurn(Fact):
    """The turn that a team works on, in a chat of its own."""

    chat: str
    turn: int
    agent: str
    """Who the team is in that chat."""


class SubchatStarted(Fact):
    """A member that is a team works on its turn: the chat waits for that of the team. Written together with the
    beginning of the team's log."""

    kind: Literal["SubchatStarted"] = "SubchatStarted"
    turn: int
    agent: str
    chat: str
    """The team's."""


class SubchatReturned(Fact):
    """The chat that a turn waited for has ended. Written together with its end."""

    kind: Literal["SubchatReturned"] = "SubchatReturned"
    turn: int
    agent: str
    chat: str
    """The team's."""
    text: str
    """Its result, in words for the other members; never empty."""
    changes: list[FileChange] = []
    """The files that came or changed in it."""
    spend: Spend
    """What it used, its own teams included, beyond what was told before."""
    work_s: float
    """Likewise; see `ChatState.work_s`."""


class SubchatSpent(Fact):
    """The chat of a team has ended and brings no result: it was stopped together with its parent, or a person went on
    with it later. Written together with its end."""

    kind: Literal["SubchatSpent"] = "SubchatSpent"
    agent: str
    chat: str
    """The team's."""
    spend: Spend
    """What it used, its own teams included, beyond what was told before."""
    work_s: float
