"""The studio of one process, and a session: the studio as one person uses it, with a service for each kind of thing.

    session = studio.as_(person)
    session.requests.decide(chat, answer)

Knows no screen, no SQL and no AutoGen. Legs are run by workers, or by this process where `run_here` says so.
"""

from typing import Self

from agents.chats import Person
from agents.models import EmbeddedServer, LocalModels, ModelClient
from agents.permissions import Access, RefusedError, Role, may_not_text
from agents.settings import Settings
from agents.store import Hook, Store, open_store
from agents.studio.administration import Connections, McpServers, Notifications, Sandbox
from agents.studio.chats import Chats
from agents.studio.exports import Exports
from agents.studio.files import Files
from agents.studio.library import Library
from agents.studio.local_models import LocalModels as SessionModels
from agents.studio.proposals import ProposalRuns, Proposals
from agents.studio.requests import Requests
from agents.studio.teams import Teams
from agents.studio.unsaved_texts import UnsavedTexts
from agents.worker.foreground import ForegroundWorker
from agents.worker.leg_environment import LegEnvironment, Tools
from agents.worker.queue import DbosQueue

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
        self.library = Library(self)
        self.proposals = Proposals(self)
        self.connections = Connections(self)
        self.files = Files(self)
        self.exports = Exports(self)
        self.mcp_servers = McpServers(self)
        self.notifications = Notifications(self)
        self.sandbox = Sandbox(self)
        self.local_models = SessionModels(self)
        self.unsaved = UnsavedTexts(self)

    def may(self, *roles: Role) -> bool:
        """Whether the person has one of `roles`; StudioError when the rules cannot be read."""
        return not self._is_signed_out and self.studio.access.may(self.person, *roles)

    def why_not(self, *roles: Role) -> str:
        """Why the person may not do what needs one of `roles`, in words; "" when they may."""
        return "" if self.may(*roles) else may_not_text(*roles)

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


class Studio:
    """One process's way into the studio's data. Safe to use from many threads."""

    def __init__(self, store: Store, settings: Settings):
        self.store = store
        self.settings = settings
        self.access = Access(settings.home)
        """Who may do what."""
        self.tools = Tools(store, settings)
        """What agents may call."""
        self.local_models = LocalModels(settings.models, settings.local_model)
        """The models of this machine."""
        self.client = ModelClient(
            store.connections,
            embedded=EmbeddedServer(self.local_models),
            dialects=store.dialects,
            slots=store.call_slots,
        )
        """Calls models."""
        self.proposals = ProposalRuns()
        """The teams that models propose now."""
        self.queue = DbosQueue(store.db)
        self.foreground = ForegroundWorker(store)
        """This process as a worker."""
        self.environment = LegEnvironment(settings, self.tools)
        """What the legs that run in this process use."""
        self.local = self.as_(NOBODY, reads_all=True)
        """The session of whoever opened the studio: it reads everything, because they have the database at hand, and
        acts as somebody who did not sign in."""

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """Open the studio on the database of `settings` (None: those of the environment), which is made or migrated
        first. `close` it when done, or open it in a `with`."""
        settings = settings or Settings.from_env()
        return cls(open_store(settings.db_url, settings.home), settings)

    def close(self) -> None:
        """Close everything this process opened, a running embedded model too; chats are kept."""
        self.proposals.close()
        self.foreground.close()
        self.tools.close()
        self.client.close()
        self.queue.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def as_(self, person: Person | str | None, *, reads_all: bool = False) -> Session:
        """The studio as `person` uses it; a plain name is somebody whom nobody checked, None somebody who is signed out
        and may do nothing. `reads_all` is for programs on this machine, such as the command line: they have the
        database at hand, so only what they do is checked."""
        return Session(self, Person(name=person) if isinstance(person, str) else person, reads_all=reads_all)

    def prepare(self) -> None:
        """Make the first start of a chat quick, at the price of a second now; may run on a thread of its own."""
        self.queue.prepare()

    def n_workers(self) -> int:
        """How many processes work on chats now."""
        return len(self.store.workers.live())

    def damage(self) -> str:
        """What of the database cannot be read, as the database itself says it; "" when all of it can."""
        return self.store.damage()

    def hook(self, *, run_here: bool) -> Hook | None:
        """What the store runs in the transaction that owes a turn: it gives the queue a job, unless the turn is run by
        this process."""
        return None if run_here else self.queue.hook
