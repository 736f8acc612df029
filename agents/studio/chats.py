"""Chats: start, stop, continue, say, pause, rename, delete; run them in this process; read their log and their costs.

A service of `agents.studio.Session`. Checks what people give, then lets the store write it, in one transaction with the
job that goes on from there. Knows no screen, no SQL and no AutoGen.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from uuid import uuid4

from agents.chats import (
    ChatStarted,
    DecisionRequested,
    Event,
    FilesChanged,
    MessagePosted,
    Person,
    Recorded,
    Status,
    decisions,
)
from agents.chats.decisions import Answer, check_length, check_text
from agents.chats.result import Result, result_of
from agents.chats.values import new_chat_id, title_of
from agents.errors import ConflictError, NotFoundError
from agents.permissions import RefusedError
from agents.specs import TeamSpec, active_team
from agents.specs.gallery import gallery
from agents.specs.tried_agent import team_to_try
from agents.store import ChatLog, Ledger
from agents.studio.files import attached_since_end
from agents.studio.service import Service, needs, stored
from agents.studio.teams import check_connections, check_keys, check_tools, pinned_models
from agents.worker.foreground import Piece, Show, streamed
from agents.workspaces import Workspace
from agents.workspaces.attachments import Attachment, saved_for_new_chat, told_with
from agents.workspaces.team_files import TeamFiles


class Chats(Service):
    """The chats. A `client_id` names one press of a person: the same again changes nothing; left out, each call is
    one of its own."""

    @needs("run", act="start a chat")
    def start(
        self,
        team: TeamSpec,
        task: str,
        *,
        client_id: str = "",
        title: str = "",
        team_id: str | None = None,
        revision: int | None = None,
        variables: Mapping[str, str] | None = None,
        files: Sequence[Attachment] = (),
        run_here: bool = False,
    ) -> str:
        """Give `team` a task, with `files` for it; the new chat's id, which sorts by time and may stand in a URL.

        With `team_id`, the saved team that `team` is or was made of, the chat begins with that team's files too; one of
        `files` takes the place of a team's file of its name.
        The chat keeps the team as it is now, the teams that members of it name included, without the members that are
        switched off, and with the connections and models that it would call now: another default later changes nothing
        here. Chat, task, files and job are written together or not at all. With `run_here` there is no job: this
        process is to run the chat, with `play` or `follow`. SpecError when the team names a connection, a tool or a
        team that is not there, UsageError when the task is empty or over 100,000 characters, or a file too large. Who
        may run teams but not change them starts those of the gallery and saved ones only.
        """
        self._check_rules(team, team_id, revision)
        check_text(task, "The task")
        return self._begin(
            team, task, client_id, title=title, team_id=team_id, revision=revision, variables=variables, files=files,
            run_here=run_here,
        )  # fmt: skip

    @needs("run", act="try an agent")
    def try_agent(
        self,
        team: TeamSpec,
        agent: str,
        message: str,
        *,
        connection: str = "",
        model: str = "",
        client_id: str = "",
        team_id: str | None = None,
        revision: int | None = None,
        run_here: bool = False,
    ) -> str:
        """Let the member `agent` of `team`, saved or not, answer `message` alone, as `team_to_try` says; the id of the
        chat in which it does, and which no list shows.

        It ends with the reply. What the agent wants to call waits for a person's approval, whatever rules let run by
        themselves. `connection` and `model`, where given, are called in place of the agent's own. Errors are those of
        `start`, and UsageError for a member that no model speaks for."""
        self._check_rules(team, team_id, revision)
        check_text(message, "The message")
        tried = team_to_try(team, agent, connection=connection, model=model)
        return self._begin(
            tried, message, client_id, team_id=team_id, revision=revision, run_here=run_here, is_try=True
        )

    def _begin(
        self,
        team: TeamSpec,
        task: str,
        client_id: str,
        *,
        team_id: str | None,
        revision: int | None,
        title: str = "",
        variables: Mapping[str, str] | None = None,
        files: Sequence[Attachment] = (),
        run_here: bool,
        is_try: bool = False,
    ) -> str:
        check_keys(active_team(team))
        team = active_team(self._session.teams.written_out(team))
        check_connections(team, self._session.connections.names())
        check_tools(team, self._studio.tools)
        pinned = pinned_models(team.filled(dict(variables or {})), self._studio.client)
        chat, by = new_chat_id(), self._session.person
        workspace = Workspace(self._studio.settings.home, chat)
        with saved_for_new_chat(workspace, files, self._files_of(team_id)) as (own, of_team):
            content = told_with(task, [*own, *of_team], workspace)
            events: list[Event] = [
                ChatStarted(team=pinned.model_dump(mode="json"), task=task, by=by, is_try=is_try),
                MessagePosted(turn=0, agent=pinned.task_giver, content=content, source="task", by=by),
            ]
            for changes in filter(None, (own, of_team)):
                events.append(FilesChanged(turn=0, changes=changes, by=by, is_of_team=changes is of_team))
            log = self._store.chats.create(
                chat,
                events,
                client_id=client_id or uuid4().hex,
                team_id=team_id,
                revision=revision,
                title=title_of(title or task),
                leg_worker=self._studio.foreground.worker if run_here else None,
                hook=self._studio.hook(run_here=run_here),
            )
        if log[0].chat != chat:  # the same press again
            workspace.delete()
        self._session.sandbox.prepare(pinned)
        return log[0].chat

    @needs("run", "decide", act="stop")
    def stop(self, chat: str, *, client_id: str = "") -> None:
        """End the chat now, and those of the teams that work for it: from here on no running leg can write to them,
        whatever it hangs in. A chat that waits for this one goes on without its result.

        ConflictError when it has ended already."""
        hook = self._studio.hook(run_here=False) if self.get(chat).parent else None
        by = self._session.person
        self._append(chat, lambda state: decisions.stopped(state, by), client_id, takes_fence=True, hook=hook)

    @needs("run", act="continue")
    def continue_(self, chat: str, *, text: str = "", client_id: str = "", run_here: bool = False) -> None:
        """Go on with an ended chat, its limits counted anew, `text` said first in the task giver's place.

        ConflictError when the chat has not ended."""
        check_length(text, "The message")
        text = told_with(text, attached_since_end(self._store, chat), Workspace(self._studio.settings.home, chat))
        hook = self._studio.hook(run_here=run_here)
        self._append(chat, lambda state: decisions.continued(state, self._session.person, text), client_id, hook=hook)

    @needs("run", act="write the summary")
    def write_summary(self, chat: str, *, client_id: str = "", run_here: bool = False) -> None:
        """Let a model sum up the chat, which was stopped before it could, as its team wants.

        ConflictError when no summary is missing."""
        hook = self._studio.hook(run_here=run_here)
        self._append(chat, lambda state: decisions.summary_asked(state, self._session.person), client_id, hook=hook)

    @needs("run", "decide", act="say")
    def say(self, chat: str, text: str, *, client_id: str = "") -> None:
        """Say something while agents run, or while the chat waits: it becomes the next turn, in the task giver's name.

        ConflictError when the chat has ended."""
        self._append(chat, lambda state: decisions.interjected(state, self._session.person, text), client_id)

    @needs("run", "decide", act="pause")
    def pause(self, chat: str, *, client_id: str = "") -> None:
        """Let the chat wait for a person once the turn under way is over: of the team that works for it, where one
        does. Nothing when that is asked for already.

        ConflictError when the chat does not run."""
        while True:
            part = self.at_work(chat).chat
            try:
                self._append(part, lambda state: decisions.paused(state, self._session.person), client_id)
            except ConflictError:
                if self.at_work(chat).chat == part:
                    raise
            else:
                return

    @needs("run", act="rename")
    def rename(self, chat: str, title: str) -> None:
        """Give the chat another title; an empty one is its task's first line again. For who started it, and for
        administrators, as `delete` and `restore`."""
        self._require_own(chat, "rename")
        self._store.chats.rename(chat, title_of(title or self.get(chat).task))

    @needs("run", act="delete")
    def delete(self, chat: str) -> None:
        """Take the chat out of all lists, with those of its teams, and stop it if it runs; its costs stay in the
        totals. ConflictError when it is a part of another one."""
        self._require_own(chat, "delete")
        self._require_whole(chat, "deleted")
        self._store.chats.delete(chat)

    @needs("run", act="restore")
    def restore(self, chat: str) -> None:
        """Bring a deleted chat back as it was, with those of its teams; one that owed a turn goes on. ConflictError
        when it is a part of another one."""
        self._require_own(chat, "restore")
        self._require_whole(chat, "restored")
        self._store.chats.restore(chat)
        rows = [self.get(chat), *self.parts(chat)]
        owing = [(row.chat, row.head) for row in rows if row.status == "running" and row.subchat is None]
        if owing:
            self._studio.queue.wake(owing)

    @needs("view")
    def why_not_change(self, chat: str) -> str:
        """Why the person may not rename, delete or restore the chat, in words; "" when they may."""
        if self._session.may("administer"):
            return ""
        if why := self._session.why_not("run"):
            return why
        starter = self._starter(chat)
        if starter is None or starter == self._session.person:
            return ""
        return f"{starter.name} started this chat: only they and administrators rename, delete or restore it."

    def _starter(self, chat: str) -> Person | None:
        first = self._store.chats.log(chat, before=2)
        return first[0].event.by if first and isinstance(first[0].event, ChatStarted) else None

    def _require_own(self, chat: str, act: str) -> None:
        if why := self.why_not_change(chat):
            self._session.keep_refusal(act, why, chat)
            raise RefusedError(f"{why} Nothing was changed.")

    def _require_whole(self, chat: str, done: str) -> None:
        """ConflictError when the chat is a part of another one, with which alone it is deleted and restored."""
        if (parent := self.get(chat).parent) is not None:
            text = f"This chat is a part of “{self.get(parent).title}”, and is {done} together with it."
            raise ConflictError(f"{text} Nothing was changed.")

    # -- running chats in this process

    @needs("view")
    def run_here(self, chat: str, show: Show, stopping: threading.Event) -> Status:
        """Run the turns that the chat owes in this process until it ends, waits, or `stopping` is set; its status then.

        `show` gets each piece of text as it streams. "running" means that it let go early, or never began: stopped, or
        another living worker has the chat. NotFoundError when it is not there or deleted.
        """
        if self.get(chat).deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted. Restore it to go on.")
        studio = self._studio
        return studio.foreground.work_on(chat, studio.client, studio.environment, show, stopping)

    @needs("view")
    def follow(self, chat: str, *, after: int = 0) -> Generator[Recorded | Piece, None, None]:
        """Run the chat in this process until it ends or waits, and yield its events from behind `after` on, and each
        piece of text as it streams.

        While another living worker has the chat, its events are yielded as they come; when that one dies, this process
        goes on. Closing the iterator ends the leg at its next piece; the chat is kept as the log has it."""
        seen = after

        def new_events() -> Iterator[Recorded]:
            nonlocal seen
            for recorded in self.log(chat, after=seen):
                seen = recorded.seq
                yield recorded

        with closing(streamed(partial(self.run_here, chat))) as pieces:
            yield from new_events()
            turn = -1
            for piece in pieces:
                if piece is None or piece.turn != turn:
                    yield from new_events()
                if piece is not None:
                    turn = piece.turn
                    yield piece
            yield from new_events()

    @needs("view")
    def play(
        self, chat: str, answer: Callable[[DecisionRequested], Answer], *, after: int = 0
    ) -> Generator[MessagePosted, None, None]:
        """Run the chat in this process until it ends, and yield its messages from behind `after` on as they are posted.
        Whatever it asks, or a team that works for it, is put to `answer`, whose answers are the person's; the chat goes
        on where somebody else was faster."""
        while True:
            for item in self.follow(chat, after=after):
                if isinstance(item, Recorded):
                    after = item.seq
                    if isinstance(item.event, MessagePosted):
                        yield item.event
            part = self.at_work(chat).chat
            asked = self.state(part).requests
            if not asked:
                return
            try:
                self._session.requests.decide(part, answer(asked[0]), run_here=True)
            except ConflictError:
                if asked[0] in self.state(part).requests:
                    raise

    # -- reads

    get = stored("chats", ChatLog.row)
    state = stored("chats", ChatLog.state)
    log = stored("chats", ChatLog.log)
    rows = stored("chats", ChatLog.rows)
    parts = stored("chats", ChatLog.parts)
    at_work = stored("chats", ChatLog.at_work)
    last_runs = stored("chats", ChatLog.last_runs)
    speakers = stored("chats", ChatLog.speakers)
    runs = stored("chats", ChatLog.runs)
    counts = stored("chats", ChatLog.counts)
    mark = stored("chats", ChatLog.mark)
    calls = stored("ledger", Ledger.calls)
    totals_by = stored("ledger", Ledger.totals_by)

    @needs("view")
    def top(self, chat: str) -> str:
        """Return the chat that waits, through others or not, for what the chat brings; itself when none does."""
        row = self.get(chat)
        while row.parent is not None and (above := self.get(row.parent)).subchat == row.chat:
            row = above
        return row.chat

    @needs("view")
    def result(self, chat: str) -> Result | None:
        """Return what the chat leaves: a model's summary, or its last message that says something; None before its
        end. NotFoundError when there is no such chat."""
        return result_of(self.state(chat))

    def _files_of(self, team_id: str | None) -> dict[str, Path]:
        """Name -> where it is, of each file that the saved team keeps."""
        contents = TeamFiles(self._studio.settings.home)
        rows = self._store.teams.files(team_id) if team_id else []
        return {row.name: contents.path(row.name, row.sha256) for row in rows}

    def _check_rules(self, team: TeamSpec, team_id: str | None, revision: int | None) -> None:
        """RefusedError when the person may not change teams and `team` is none that somebody saved who may."""
        if self._session.may("administer"):
            return
        saved = (
            [ready.spec for ready in gallery()] if team_id is None else [self._store.teams.get(team_id, revision).spec]
        )
        if not any(_differs_in_model_alone(team, spec) for spec in saved):
            self._session.require("administer", act="start a team that is not saved")


def _differs_in_model_alone(team: TeamSpec, known: TeamSpec) -> bool:
    """Whether `team` is `known`, as it is or with another connection and model."""
    return team == known.model_copy(update={"connection": team.connection, "model": team.model})
