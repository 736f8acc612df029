"""A session: the studio as one person uses it, with a service for each kind of thing.

    session = studio.as_(person)
    session.requests.decide(chat, answer)

Knows no screen and no SQL. Made by `Studio.as_`; the pages and the command line call its services.
"""

from typing import TYPE_CHECKING

from agents.chats import Person
from agents.permissions import RefusedError, Role
from agents.studio.chats import Chats
from agents.studio.connections import Connections
from agents.studio.files import Files
from agents.studio.mcp_servers import McpServers
from agents.studio.notifications import Notifications
from agents.studio.requests import Requests
from agents.studio.sandbox import Sandbox
from agents.studio.teams import Teams

if TYPE_CHECKING:
    from agents.studio.studio import Studio

NOBODY = Person(name="Somebody")
"""Who did not sign in."""


class Session:
    """What `person` may do and see. The rules are asked anew at each call. Safe to use from many threads.

    `person` None is a browser where nobody is signed in though people sign in: nothing may be done there."""

    def __init__(self, studio: "Studio", person: Person | None, *, reads_all: bool = False):
        self.studio = studio
        self.person = person or NOBODY
        self._is_signed_out = person is None
        self._reads_all = reads_all
        self.chats = Chats(self)
        self.requests = Requests(self)
        self.teams = Teams(self)
        self.connections = Connections(self)
        self.files = Files(self)
        self.mcp_servers = McpServers(self)
        self.notifications = Notifications(self)
        self.sandbox = Sandbox(self)

    def may(self, *roles: Role) -> bool:
        """Whether the person has one of `roles`; StudioError when the rules cannot be read."""
        return not self._is_signed_out and self.studio.access.may(self.person, *roles)

    def require(self, *roles: Role, act: str = "", chat: str = "") -> None:
        """RefusedError when the person has none of `roles`; it is kept when it is an `act` that was refused."""
        if self._reads_all and not act:
            return
        try:
            if self._is_signed_out:
                raise RefusedError(
                    "Nobody is signed in any more at this browser. Nothing was changed. Sign in, then try again."
                )
            self.studio.access.check(self.person, *roles)
        except RefusedError as refused:
            if act:
                self.keep_refusal(act, str(refused), chat)
            raise

    def keep_refusal(self, act: str, why: str, chat: str = "") -> None:
        """Remember that the person tried `act` and was refused; the Audit page lists it."""
        self.studio.store.refusals.add(self.person, act, chat, why)
