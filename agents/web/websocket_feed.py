"""The live feed: what happens in a chat, pushed to every open transcript of it over one WebSocket each; and what every
tab is told besides (`agents.web.tab_feed`), over another.

One task per process follows the database while a tab is open; each chat is read once for all its viewers.
A client says who it is with a signed token in its first frame and up to which seq it has the chat; it gets what it
lacks, then everything as it comes. One that reads too slowly is dropped, and resumes. Served by `app.py`.

Frames to the client (JSON, field `t`): page (the newest entries), log (new entries), draft (text being written), state;
on request older, newer, page, found, markdown. From the client: {"token", "after"} first, later `feed_frames.Asked`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from agents.chats import ChatState, Person, Recorded, fold
from agents.errors import NotFoundError, OutageError
from agents.store import ChangeDetector, Store, StreamedText
from agents.store.unsaved_texts import owner_of
from agents.web.browser_cookie import browser_of
from agents.web.feed_access import BAD_TOKEN, FeedAccess, FeedClaims
from agents.web.feed_client import FeedClient, dump
from agents.web.feed_frames import BAD_FRAME, MAX_TYPED_CHARS, Asked, Find, Typed, read_frame, receive_json
from agents.web.tab_feed import TAB, TabFeed
from agents.web.team_part import NO_PART, TeamPart, team_part
from agents.web.transcript_entries import Entries, Entry, RenderedMessages, state_frame
from agents.web.transcript_pages import TranscriptPages

MAX_READ_EVENTS = 500
"""Of one chat in one go."""
LOOK_AGAIN_S, IDLE_LOOK_AGAIN_S = 1.0, 5.0
"""The longest time between two looks at the database, changed or not; the second while no viewed chat runs."""
WORKERS_EVERY_S = 2.0
WORKER_AWAY_S = 8.0
"""A worker that starts, or is replaced, is away for some seconds; only after more is it said."""

NO_CHAT, TOO_SLOW, NOT_OPEN = 4404, 4413, 1013
"""Close codes, beside those of `feed_access` and `feed_frames`. After the last two the transcript reconnects."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _FollowedChat:
    """One chat that is being viewed, as of `state.head`."""

    chat: str
    labels: dict[str, str]
    state: ChatState
    entries: Entries
    draft: StreamedText | None = None
    part: TeamPart = NO_PART
    has_worker: bool = True
    clients: set[FeedClient] = field(default_factory=set)

    def state_frame(self) -> dict[str, Any]:
        writing, notice = self.doing
        told = {"writing": writing, "notice": notice, "asking_part": self.part.asking}
        return state_frame(self.state, self.labels, has_worker=self.has_worker, **told)

    @property
    def doing(self) -> tuple[str, str]:
        """Whose text streams, and what is waited for."""
        if self.state.subchat is not None:
            return "", self.part.text
        if self.draft is None or (not self.draft.text and not self.draft.notice):
            return "", ""
        return ("", self.draft.notice) if self.draft.notice else (self.draft.agent, "")

    def draft_frame(self, start: int = 0) -> dict[str, Any] | None:
        """Return the text that is being written, from character `start` on, counted as browsers count: an emoji is
        two."""
        if self.draft is None or not self.draft.text:
            return None
        shown, text = self.draft.text[:start], self.draft.text[start:]
        n_shown = len(shown.encode("utf-16-le", "surrogatepass")) // 2
        return {"turn": self.draft.turn, "agent": self.draft.agent, "start": n_shown, "text": text}

    def send(self, **frame: Any) -> None:
        text = dump(frame)
        for client in self.clients:
            client.offer(text)


@dataclass(frozen=True)
class _ChatUpdate:
    """What is new in one chat."""

    log: list[Recorded]
    entries: list[Entry]
    draft: StreamedText | None
    state: ChatState
    """Behind the log."""
    part: TeamPart


class Feed:
    """The live feed of one web process. Everything but `sign` runs on the server's event loop."""

    def __init__(self, store: Store, home: Path, *, allowed_origins: Sequence[str] = ()):
        self._store = store
        self.access = FeedAccess(store, home, allowed_origins)
        """Who may connect; files of a chat are served by the same tokens."""
        self._pages = TranscriptPages(store, RenderedMessages())
        self._tabs = TabFeed(store)
        self._followed_chats: dict[str, asyncio.Task[_FollowedChat]] = {}
        self._following: asyncio.Task[None] | None = None
        self._sockets: set[asyncio.Task[Any]] = set()
        self._workers_seen_at = 0.0
        self._worker_alive_at = time.monotonic()

    def sign(self, chat: str, person: Person) -> str:
        """A token that lets `person` read `chat` for some minutes, while they may look."""
        return self.access.sign(chat, person)

    @property
    def n_followed(self) -> int:
        """How many chats are being viewed."""
        return len(self._followed_chats)

    async def close(self) -> None:
        """End every socket and stop following."""
        tasks = [task for task in (*self._sockets, self._following) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def serve(self, socket: WebSocket) -> None:
        """Answer one transcript or tab until it goes away. Nothing is sent to one without a good token and origin,
        nor some seconds after who holds it may no longer look."""
        task = asyncio.current_task()
        assert task is not None
        self._sockets.add(task)
        try:
            await socket.accept()
            claims, after, code = await self.access.authenticate(socket)
            if claims is None:
                await socket.close(code)
            elif claims.chat == TAB:
                await self._serve_tab(socket, claims)
            else:
                await self._serve_client(socket, claims, after)
        except WebSocketDisconnect:
            return
        except OutageError as outage:
            _log.warning("A transcript is let go until the database is there again: %s", outage)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(NOT_OPEN)
        finally:
            self._sockets.discard(task)

    async def _serve_client(self, socket: WebSocket, claims: FeedClaims, after: int | None) -> None:
        try:
            followed = await self._follow_chat(claims.chat)
        except NotFoundError:
            await socket.close(NO_CHAT)
            return
        client = FeedClient()
        followed.clients.add(client)  # from here on nothing is missed: what comes waits in the client's queue
        try:
            head, state, draft = followed.state.head, followed.state_frame(), followed.draft_frame()
            frame = await asyncio.to_thread(self._pages.first, followed.chat, followed.labels, after, head)
            await socket.send_text(dump({**frame, "state": state, "draft": draft}))
            await self._talk(socket, client, claims, self._receive(socket, followed))
        finally:
            followed.clients.discard(client)
            self._forget_if_unwatched(followed)

    async def _serve_tab(self, socket: WebSocket, claims: FeedClaims) -> None:
        client = FeedClient()
        self._tabs.clients.add(client)
        try:
            await asyncio.to_thread(self._tabs.look)
            await socket.send_text(self._tabs.frame())
            self._keep_following()
            await self._talk(socket, client, claims, self._receive_typed(socket, client, claims))
        finally:
            self._tabs.clients.discard(client)

    async def _talk(
        self, socket: WebSocket, client: FeedClient, claims: FeedClaims, receiving: Coroutine[Any, Any, None]
    ) -> None:
        """Send and receive until one of them ends; then close, unless the browser went. `receiving` returns when what
        came is not valid."""
        sending = asyncio.create_task(self._send(socket, client))
        ends = {
            asyncio.create_task(self.access.until_access_ends(claims.person)): BAD_TOKEN,
            asyncio.create_task(client.is_slow.wait()): TOO_SLOW,
            asyncio.create_task(receiving): BAD_FRAME,
        }
        try:
            await asyncio.wait([*ends, sending], return_when=asyncio.FIRST_COMPLETED)
            code = next((code for task, code in ends.items() if task.done() and not task.exception()), None)
        finally:
            for task in (*ends, sending):
                task.cancel()
            await asyncio.gather(*ends, sending, return_exceptions=True)
        if code is not None and socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                await asyncio.wait_for(socket.close(code), 1)

    async def _send(self, socket: WebSocket, client: FeedClient) -> None:
        while True:
            await socket.send_text(await client.frames.get())

    async def _receive(self, socket: WebSocket, followed: _FollowedChat) -> None:
        """Answer each frame of the transcript; return when one is not valid."""
        while asked := read_frame(Asked, await receive_json(socket)):
            if (frame := await asyncio.to_thread(self._answer, followed, asked)) is not None:
                await socket.send_text(dump(frame))

    async def _receive_typed(self, socket: WebSocket, client: FeedClient, claims: FeedClaims) -> None:
        """Keep what the tab's person types, and say so; return when a frame is not valid."""
        owner = owner_of(claims.person, browser_of(socket.headers.get("cookie", "")))
        while asked := read_frame(Typed, await receive_json(socket, MAX_TYPED_CHARS)):
            client.offer(await asyncio.to_thread(self._tabs.keep, owner, asked.typed))

    # Reading, on other threads.

    def _answer(self, followed: _FollowedChat, asked: Asked) -> dict[str, Any] | None:
        """Return what is asked for; None when there is no such place in the chat."""
        of, head = (followed.chat, followed.labels), followed.state.head
        match asked:
            case Asked(older=int(older)) if 1 < older <= head:
                return self._pages.before(*of, older)
            case Asked(newer=int(newer)) if 0 < newer < head:
                return self._pages.after(*of, newer, head)
            case Asked(at=int(at)) if 0 <= at <= head:
                return self._pages.around(*of, at, head)
            case Asked(find=Find() as wanted):
                return self._pages.found(*of, wanted, head)
            case Asked(markdown=int(seq)) if 0 < seq <= head:
                return self._pages.markdown(followed.chat, seq)
        return None

    def _open(self, chat: str) -> _FollowedChat:
        row, state = self._store.chats.row(chat), self._store.chats.state(chat)
        if row.deleted_at is not None or state.started is None:
            raise NotFoundError(f"There is no chat {chat!r}.")
        team = state.started.spec
        labels = {agent.name: agent.label for agent in team.agents}
        entries = self._pages.entries(chat, labels, state.head + 1)
        draft = self._store.chats.streamed_texts([chat]).get(chat)
        return _FollowedChat(chat, labels, state, entries, draft, team_part(self._store, state))

    def _read(self, chats: list[_FollowedChat]) -> list[_ChatUpdate]:
        if self._tabs.clients:
            self._tabs.look()
        if not chats:
            return []
        ids = [followed.chat for followed in chats]
        heads, drafts = self._store.chats.heads(ids), self._store.chats.streamed_texts(ids)
        update = []
        for followed in chats:
            is_behind = heads.get(followed.chat, (0, 0))[0] > followed.state.head
            after = followed.state.head
            log = self._store.chats.log(followed.chat, after=after, limit=MAX_READ_EVENTS) if is_behind else []
            state = fold(log, followed.state)
            entries, draft = followed.entries.of(log), drafts.get(followed.chat)
            update.append(_ChatUpdate(log, entries, draft, state, team_part(self._store, state)))
        return update

    # Following, on the event loop.

    async def _follow_chat(self, chat: str) -> _FollowedChat:
        """Return the followed chat, opened once for all its viewers."""
        opening = None
        while (
            opening is None or self._followed_chats.get(chat) is not opening
        ):  # following failed meanwhile: open it anew
            if chat not in self._followed_chats:
                self._followed_chats[chat] = asyncio.create_task(asyncio.to_thread(self._open, chat))
            opening = self._followed_chats[chat]
            try:
                followed = await asyncio.shield(opening)
            except BaseException:
                if opening.done() and self._followed_chats.get(chat) is opening:
                    del self._followed_chats[chat]
                raise
        self._keep_following()
        return followed

    def _keep_following(self) -> None:
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow())
            self._following.add_done_callback(self._followed)

    def _forget_if_unwatched(self, followed: _FollowedChat) -> None:
        if not followed.clients and followed in self._open_chats():
            del self._followed_chats[followed.chat]

    def _open_chats(self) -> list[_FollowedChat]:
        return [task.result() for task in self._followed_chats.values() if task.done() and not task.exception()]

    async def _follow(self) -> None:
        with contextlib.closing(self._store.change_detector()) as detector:
            while self._followed_chats or self._tabs.clients:
                chats = self._open_chats()
                updates = await asyncio.to_thread(self._read, chats)
                for followed, update in zip(chats, updates, strict=True):
                    self._publish(followed, update)
                self._tabs.publish()
                await self._check_workers(chats)
                if all(len(update.log) < MAX_READ_EVENTS for update in updates):
                    await self._wait(detector, chats)

    async def _wait(self, detector: ChangeDetector, chats: list[_FollowedChat]) -> None:
        """Wait until there may be something new."""
        is_running = any(followed.state.status == "running" for followed in chats)
        until_s = LOOK_AGAIN_S if is_running else IDLE_LOOK_AGAIN_S
        if self._tabs.clients:
            until_s = min(until_s, self._tabs.look_again_in_s())
        await detector.changed(until_s)

    def _followed(self, task: asyncio.Task[None]) -> None:
        """When following failed (the database is away), the clients are let go; they come back and start it anew."""
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        told = None if isinstance(error, OutageError) else error
        _log.error("The live feed stopped; its clients will reconnect: %s", error, exc_info=told)
        for client in (*self._tabs.clients, *(one for followed in self._open_chats() for one in followed.clients)):
            client.is_slow.set()
        self._followed_chats.clear()

    def _publish(self, followed: _FollowedChat, update: _ChatUpdate) -> None:
        draft_before, was_doing = followed.draft, (followed.doing, followed.part)
        followed.state, followed.part, draft = update.state, update.part, update.draft
        is_current = draft is not None and followed.state.status == "running" and draft.turn == followed.state.turn
        followed.draft = draft if is_current else None
        if update.log:
            followed.send(
                t="log",
                entries=update.entries,
                head=followed.state.head,
                state=followed.state_frame(),
                draft=followed.draft_frame(),
            )
        elif followed.draft != draft_before:
            followed.send(t="draft", draft=followed.draft_frame(_n_shared_chars(draft_before, followed.draft)))
        if not update.log and was_doing != (followed.doing, followed.part):
            followed.send(t="state", state=followed.state_frame())

    async def _check_workers(self, chats: list[_FollowedChat]) -> None:
        """Tell viewers of running chats when there is no worker, and when there is one again."""
        running = [followed for followed in chats if followed.state.status == "running"]
        if not running or time.monotonic() - self._workers_seen_at < WORKERS_EVERY_S:
            return
        self._workers_seen_at = now_s = time.monotonic()
        if await asyncio.to_thread(self._store.workers.live):
            self._worker_alive_at = now_s
        has_worker = now_s - self._worker_alive_at <= WORKER_AWAY_S
        for followed in running:
            if followed.has_worker != has_worker:
                followed.has_worker = has_worker
                followed.send(t="state", state=followed.state_frame())


def _n_shared_chars(before: StreamedText | None, after: StreamedText | None) -> int:
    """Return how many characters of `after` a client that has `before` already shows."""
    is_longer = before is not None and after is not None and (before.turn, before.agent) == (after.turn, after.agent)
    return len(before.text) if is_longer and before and after and after.text.startswith(before.text) else 0
