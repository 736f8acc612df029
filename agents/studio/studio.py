"""The studio's verbs: everything that pages and the command line can do, and nothing that only one of them can.

Checks what people give, then lets the store write it, in one transaction with the job that goes on from there. Knows no
screen, no SQL and no AutoGen. Legs are run by workers, or by this process where `run_here` says so.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self

from agents.chats import ChatStarted, ChatState, Event, FilesChanged, MessagePosted, Person, Recorded, Status, Total
from agents.chats.decisions import check_length, check_text, continued, stopped
from agents.chats.titles import new_chat_id, title_of
from agents.errors import NotFoundError, SpecError, StudioError
from agents.models import ConnectionReport
from agents.models.connection_list import ConnectionRow
from agents.notifications import Notifying
from agents.permissions import Access
from agents.settings import Settings
from agents.specs import TeamSpec, load_team
from agents.specs.gallery import GalleryTeam, gallery
from agents.specs.team_warnings import TeamWarning, unknown_connections, warnings
from agents.store import (
    CallRow,
    ChatRow,
    Dimension,
    Hook,
    McpServerRow,
    NotificationAddress,
    NotificationKind,
    RequestRow,
    Store,
    TeamRow,
    open_store,
)
from agents.studio.attaching import Attaching, Attachment, told_with
from agents.studio.connecting import Connecting
from agents.studio.reviewing import Reviewing
from agents.studio.tooling import Tooling
from agents.studio.upkeep import SandboxReport, Upkeep
from agents.worker.foreground import ForegroundWorker, LazyForegroundWorker, Show
from agents.worker.leg_environment import LegEnvironment
from agents.worker.model_client import open_client
from agents.worker.queue import DbosQueue
from agents.worker.tools import Tools
from agents.workspaces.file_history import FileRow, FileVersion
from agents.workspaces.preview import Preview

__all__ = [
    "Attachment",
    "CallRow",
    "ChatRow",
    "ConnectionReport",
    "ConnectionRow",
    "Dimension",
    "FileRow",
    "FileVersion",
    "GalleryTeam",
    "McpServerRow",
    "NotificationAddress",
    "NotificationKind",
    "Preview",
    "RequestRow",
    "SandboxReport",
    "Studio",
    "TeamRow",
]


class Studio(Connecting, Reviewing, Attaching, Tooling, Upkeep, Notifying):
    """One process's way into the studio's data. Safe to use from many threads.

    As it is opened it reads all there is; `seen_by` gives what is to be shown to somebody."""

    def __init__(self, store: Store, settings: Settings):
        self.store = store
        self.settings = settings
        self._here = LazyForegroundWorker(store)
        self._queue = DbosQueue(store.db)
        self._client = open_client(store)
        self.access = Access(settings.home)
        """Who may do what."""
        self.tools = Tools(store, settings)
        """What agents may call here."""
        self._surroundings = LegEnvironment(settings, self.tools)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The studio on `settings`' database, which is made or migrated first. `close` it when done."""
        try:
            return cls(open_store(settings.db_url, settings.home), settings)
        except OSError as error:
            why = f"{type(error).__name__}: {error.strerror}"
            raise StudioError(
                f"The studio's folder {settings.home} cannot be used ({why}). Set STUDIO_HOME."
            ) from error

    def close(self) -> None:
        """Let go of everything this process opened, a running embedded model too; chats are kept."""
        self._here.close()
        self.tools.close()
        self._client.close()
        self._queue.close()
        self.store.close()

    def prepare(self) -> None:
        """Make the first start of a chat quick, at the price of a second now; may run on a thread of its own."""
        self._queue.prepare()

    # -- chats: the acts of a person

    def start_chat(
        self,
        team: TeamSpec,
        task: str,
        *,
        by: Person,
        client_id: str,
        title: str = "",
        team_id: str | None = None,
        revision: int | None = None,
        variables: Mapping[str, str] | None = None,
        files: Sequence[Attachment] = (),
        run_here: bool = False,
    ) -> str:
        """Give `team` a task, with `files` for it; the new chat's id, which sorts by time and may stand in a URL.

        The chat keeps the team as it is now. Chat, task, files and job are written together or not at all; the same
        `client_id` again starts nothing and gives the first chat's id. SpecError when the team names a connection
        or a tool that is not there, UsageError when the task is empty or over 100,000 characters, or a file too large.
        """
        self._check_start(by, team, team_id, revision)
        check_text(task, "The task")
        self.check_connections(team)
        self._check_tools(team)
        pinned = team.filled(dict(variables or {}))
        chat = new_chat_id()
        with self._keeping(chat, files) as changes:
            content = told_with(task, changes, self._workspace(chat))
            events: list[Event] = [
                ChatStarted(team=pinned.model_dump(mode="json"), task=task, by=by),
                MessagePosted(turn=0, agent=pinned.task_giver, content=content, source="task", by=by),
            ]
            if changes:
                events.append(FilesChanged(turn=0, changes=changes, by=by))
            log = self.store.chats.create(
                chat,
                events,
                client_id=client_id,
                team_id=team_id,
                revision=revision,
                title=title_of(title or task),
                leg_worker=self._this_worker().worker if run_here else None,
                hook=self._hook(run_here),
            )
        if log[0].chat != chat:  # the same press again
            self._workspace(chat).delete()
        return log[0].chat

    def stop(self, chat: str, *, by: Person, client_id: str) -> None:
        """End the chat now: from here on no running leg can write to it, whatever it hangs in.

        ConflictError when it has ended already. The same `client_id` again changes nothing.
        """
        self.check(by, "run", "decide", act="stop", chat=chat)
        self.store.chats.append_from_person(
            chat, lambda state: stopped(state, by), client_id=client_id, takes_fence=True
        )

    def continue_chat(self, chat: str, *, by: Person, text: str = "", client_id: str, run_here: bool = False) -> None:
        """Go on with an ended chat, its limits counted anew, `text` said first in the task giver's place.

        ConflictError when the chat has not ended. The same `client_id` again changes nothing.
        """
        self.check(by, "run", act="continue", chat=chat)
        check_length(text, "The message")
        text = self._with_attached(chat, text)
        self.store.chats.append_from_person(
            chat, lambda state: continued(state, by, text), client_id=client_id, hook=self._hook(run_here)
        )

    def rename_chat(self, chat: str, title: str, *, by: Person | None = None) -> None:
        """Give the chat another title; an empty one is its task's first line again."""
        self.check(by, "run", act="rename", chat=chat)
        self.store.chats.rename(chat, title_of(title or self.chat(chat).task))

    def delete_chat(self, chat: str, *, by: Person | None = None) -> None:
        """Take the chat out of every list; `restore_chat` brings it back."""
        self.check(by, "run", act="delete", chat=chat)
        self.store.chats.delete(chat)

    def restore_chat(self, chat: str, *, by: Person | None = None) -> None:
        """Bring a deleted chat back as it was; one that owed a turn goes on."""
        self.check(by, "run", act="restore", chat=chat)
        self.store.chats.restore(chat)
        row = self.chat(chat)
        if row.status == "running":
            self._queue.wake([(chat, row.head)])

    # -- chats: reads

    def chat(self, chat: str) -> ChatRow:
        """The chat's row in the lists; NotFoundError when there is none."""
        self.look()
        return self.store.chats.row(chat)

    def state(self, chat: str) -> ChatState:
        """Where the chat stands, folded from its whole log; NotFoundError when there is none."""
        self.look()
        return self.store.chats.state(chat)

    def log(self, chat: str, *, after: int = 0, before: int | None = None, limit: int | None = None) -> list[Recorded]:
        """The chat's events with `after` < seq < `before`, ascending, the first `limit` of them."""
        self.look()
        return self.store.chats.log(chat, after=after, before=before, limit=limit)

    def chats(
        self, *, status: Status | None = None, query: str = "", limit: int = 50, offset: int = 0
    ) -> list[ChatRow]:
        """The chats, newest activity first, those that fit `query` in title, task or team."""
        self.look()
        return self.store.chats.rows(status=status, query=query, limit=limit, offset=offset)

    def counts(self) -> dict[Status, int]:
        """How many chats there are in each status."""
        self.look()
        return self.store.chats.counts()

    def calls(self, chat: str) -> list[CallRow]:
        """Every model call of the chat, oldest first: what it cost and took."""
        self.look()
        return self.store.ledger.calls(chat)

    def totals_by(
        self, by: Dimension, *, split_by: Dimension | None = None, since: date | None = None, chat: str | None = None
    ) -> list[Total]:
        """What `chat` or all chats used, added up for each value of `by` (and `split_by`), from the UTC day `since`
        on."""
        self.look()
        return self.store.ledger.totals_by(by, split_by=split_by, since=since, chat=chat)

    # -- teams

    def gallery(self) -> list[GalleryTeam]:
        """The ready teams, in the order to show them."""
        self.look()
        return gallery()

    def gallery_team(self, name: str) -> TeamSpec:
        """The ready team of that name; NotFoundError names those there are."""
        self.look()
        teams = {team.name: team.spec for team in gallery()}
        if name not in teams:
            raise NotFoundError(f"The gallery has no team {name!r}; it has {', '.join(teams)}.")
        return teams[name]

    def teams(self) -> list[TeamRow]:
        """The saved teams at their newest revision, latest change first."""
        self.look()
        return self.store.teams.rows()

    def team(self, team_id: str, revision: int | None = None) -> TeamRow:
        """A saved team at `revision`, the newest when None; NotFoundError when there is none."""
        self.look()
        return self.store.teams.get(team_id, revision)

    def team_named(self, name: str) -> TeamRow:
        """The saved team of that name or id, of several the one changed last; NotFoundError when there is none."""
        self.look()
        rows = self.teams()
        for row in rows:
            if name in (row.team_id, row.spec.name):
                return row
        saved = ", ".join(repr(row.spec.name) for row in rows[:20]) or "none yet"
        raise NotFoundError(f"There is no saved team {name!r} (saved: {saved}).")

    def revisions(self, team_id: str) -> list[TeamRow]:
        """All revisions of a saved team, newest first."""
        self.look()
        return self.store.teams.revisions(team_id)

    def save_team(
        self, team: TeamSpec, *, team_id: str | None = None, by: Person, expected_revision: int | None = None
    ) -> TeamRow:
        """Save `team` as a new team, or as the next revision of `team_id`; an equal team makes no revision.

        ConflictError when `expected_revision` is no longer the newest: somebody saved meanwhile.
        """
        self.check(by, "administer", act="save a team")
        return self.store.teams.save(team, team_id=team_id, by=by, expected_revision=expected_revision)

    def import_team(self, text: str, *, by: Person, subject: str = "The team") -> TeamRow:
        """Save the team written in `text` (YAML or JSON) as a new one; SpecError, and nothing saved, when it is bad."""
        return self.save_team(self.checked_team(text, subject), by=by)

    def checked_team(self, text: str, subject: str = "The team") -> TeamSpec:
        """The team written in `text`, whose connections are all known here; SpecError names each field to mend."""
        self.look()
        team = load_team(text, subject)
        self.check_connections(team, subject)
        return team

    def delete_team(self, team_id: str, *, by: Person | None = None) -> None:
        """Take the team out of every list; its chats stay, and `restore_team` brings it back."""
        self.check(by, "administer", act="delete a team")
        self.store.teams.delete(team_id)

    def restore_team(self, team_id: str, *, by: Person | None = None) -> None:
        """Bring a deleted team back with all its revisions."""
        self.check(by, "administer", act="restore a team")
        self.store.teams.restore(team_id)

    def warnings(self, team: TeamSpec) -> list[TeamWarning]:
        """What is likely to go wrong with `team` here; [] when nothing is known."""
        self.look()
        return warnings(team, self.connection_names(), self.tools.tools(), self.about_code(team))

    def check_connections(self, team: TeamSpec, subject: str = "The team") -> None:
        """SpecError naming each place where `team` wants a connection that is not there, and those that are."""
        self.look()
        problems = [(found.path, found.text) for found in unknown_connections(team, self.connection_names())]
        if problems:
            raise SpecError(subject, problems)

    def _check_tools(self, team: TeamSpec) -> None:
        """SpecError naming each tool of an agent that is not here: it would be missed in mid-chat."""
        known = self.tools.tools() if any(agent.tools for agent in team.agents) else {}
        problems = [
            (f"agents.{position}.tools", f"There is no tool {name!r} here; there are {', '.join(known)}.")
            for position, agent in enumerate(team.agents, start=1)
            for name in agent.tools
            if name not in known
        ]
        if problems:
            raise SpecError("The team", problems)

    def _check_start(self, by: Person, team: TeamSpec, team_id: str | None, revision: int | None) -> None:
        """RefusedError when `by` may not run teams, or wants one whose rules nobody saved who may."""
        self.check(by, "run", act="start a chat")
        if self.access.may(by, "administer"):
            return
        known = [ready.spec for ready in gallery()] if team_id is None else [self.team(team_id, revision).spec]
        if not any(_at_other_models(team, spec) for spec in known):
            self.check(by, "administer", act="start a team that is not saved")

    # -- legs of this process

    def run_leg_here(self, chat: str, show: Show, stopping: threading.Event) -> Status:
        """Run the turns that the chat owes in this process until it ends, waits, or `stopping` is set; its status then.

        `show` gets each piece of text as it streams. "running" means that it let go early, or never began: stopped, or
        another living worker has the chat. NotFoundError when it is not there or deleted.
        """
        if self.chat(chat).deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted. Restore it to go on.")
        return self._this_worker().work_on(chat, self._client, self._surroundings, show, stopping)

    def _this_worker(self) -> ForegroundWorker:
        return self._here.get()

    def _hook(self, run_here: bool) -> Hook | None:
        return None if run_here else self._queue.hook


def _at_other_models(team: TeamSpec, known: TeamSpec) -> bool:
    """Whether `team` is `known`, as it is or with another connection and model."""
    return team == known.model_copy(update={"connection": team.connection, "model": team.model})
