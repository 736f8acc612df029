"""The studio of one process: its database, settings, rules, tools, models and queue.

What people do with it are the services of a session, `studio.as_(person)`. Knows no screen, no SQL and no AutoGen. Legs
are run by workers, or by this process where `run_here` says so.
"""

from types import TracebackType
from typing import Self

from agents.chats import Person
from agents.errors import StudioError
from agents.permissions import Access
from agents.settings import Settings
from agents.store import Hook, Store, open_store
from agents.studio.session import NOBODY, Session
from agents.worker.foreground import LazyForegroundWorker
from agents.worker.leg_environment import LegEnvironment
from agents.worker.model_client import open_client
from agents.worker.queue import DbosQueue
from agents.worker.tools import Tools


class Studio:
    """One process's way into the studio's data. Safe to use from many threads."""

    def __init__(self, store: Store, settings: Settings):
        self.store = store
        self.settings = settings
        self.access = Access(settings.home)
        """Who may do what."""
        self.tools = Tools(store, settings)
        """What agents may call."""
        self.client = open_client(store)
        """Calls models."""
        self.queue = DbosQueue(store.db)
        self.foreground = LazyForegroundWorker(store)
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
        try:
            return cls(open_store(settings.db_url, settings.home), settings)
        except OSError as error:
            why = f"{type(error).__name__}: {error.strerror}"
            raise StudioError(
                f"The studio's folder {settings.home} cannot be used ({why}). Set STUDIO_HOME."
            ) from error

    def close(self) -> None:
        """Close everything this process opened, a running embedded model too; chats are kept."""
        self.foreground.close()
        self.tools.close()
        self.client.close()
        self.queue.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

    def hook(self, *, run_here: bool) -> Hook | None:
        """What the store runs in the transaction that owes a turn: it gives the queue a job, unless the turn is run by
        this process."""
        return None if run_here else self.queue.hook
