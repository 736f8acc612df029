"""The append-only log of every chat. Events are written here only.

Two kinds of writers. A leg holds the chat's newest fence token, and each of its appends is refused as soon as
somebody took a newer one. A person decides on the chat's state of that very moment, inside the transaction.
Knows no queue: a hook enqueues the next leg in the same transaction. Called by `studio` and the runner.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from agents.chats import (
    ChatContinued,
    ChatEnded,
    ChatStarted,
    ChatState,
    ChatSummarised,
    Event,
    OpenCall,
    Recorded,
    SubchatStarted,
    fold,
)
from agents.errors import ConflictError, NotFoundError
from agents.store.chat_reads import ChatReads, not_found, read_act, read_log
from agents.store.chat_tree import (
    Owing,
    begin_child,
    below,
    end_below,
    go_on_below,
    lock_above,
    rename_below,
    tell_above,
)
from agents.store.database import announce, connected, is_sqlite, now, writing
from agents.store.log_writes import Hook, append_events, cut_open, insert_chat, raise_fence, too_late
from agents.store.prepared import Driver, Prepared, driver_writing
from agents.store.schema import chats
from agents.store.streamed_text import StreamedTexts


class ChatLog(ChatReads, StreamedTexts):
    """Reads and writes of chats. Safe to use from many threads and processes; every write is one transaction."""

    def create(
        self,
        chat: str,
        events: list[Event],
        *,
        client_id: str,
        team_id: str | None,
        revision: int | None,
        title: str,
        leg_worker: str | None = None,
        hook: Hook | None = None,
    ) -> list[Recorded]:
        """Start `chat` with `events`, the first a ChatStarted. The same `client_id` again writes nothing and returns
        the first chat's events, whose `.chat` tells which it is. ConflictError when the id is taken."""
        if not events or not isinstance(events[0], ChatStarted):
            raise ValueError("a chat begins with ChatStarted")
        with writing(self.db) as connection:
            given = {"client_id": client_id, "title": title, "team_id": team_id, "revision": revision}
            if not insert_chat(connection, chat, leg_worker=leg_worker, **given):
                return self._first_create(connection, chat, client_id)
            appended = self._append_act(connection, chat, events, client_id)
            if hook is not None:
                hook(connection, chat, appended[-1].seq)
            return appended

    def begin_leg(self, chat: str, worker: str) -> int:
        """Return the new fence token; every older one is dead from here on, and a model call that its leg had begun is
        recorded as cut. NotFoundError when the chat is not there."""
        with writing(self.db) as connection:
            fence = raise_fence(connection, chat, chats.c.deleted_at.is_(None), leg_worker=worker)
        if fence is None:
            raise not_found(chat)
        return fence

    def begin_call(self, chat: str, call: OpenCall, *, fence: int) -> bool:
        """Keep what is known of a model call before it is made, so that it is accounted for whatever becomes of the
        leg. Return False, and keep nothing, when `fence` is not the newest."""
        values = {"of_chat": chat, "token": fence, "call": call.model_dump_json()}
        with driver_writing(self.db) as driver:
            begin = _BEGIN_CALL if is_sqlite(driver) else _BEGIN_CALL_UNFLUSHED
            return begin.run(driver, values).fetchone() is not None

    def cut_call(self, chat: str, *, fence: int) -> None:
        """Record the model call that the leg had begun and will not end, if there is one, as cut. FenceError when
        `fence` is not the newest."""
        with writing(self.db) as connection:
            is_ours = (chats.c.id == chat, chats.c.fence == fence)
            select = sa.select(chats.c.open_call, chats.c.n_messages).where(*is_ours).with_for_update()
            row = connection.execute(select).one_or_none()
            if row is None:
                raise too_late(chat, fence)
            cut_open(connection, chat, row)

    def append(
        self,
        chat: str,
        *events: Event,
        fence: int,
        head: int | None = None,
        begins: tuple[Event, ...] = (),
        hook: Hook | None = None,
    ) -> Recorded:
        """Write `events` after the last one, all or none, and return the last of them; FenceError, and nothing is
        written, when `fence` is not the newest. ConflictError, likewise, when `head` is given and is not the last
        event.

        A ModelCalled writes its ledger row in the same transaction, a request and its decision the row of the
        request, and what people want to be told its notices. The cost does not grow with the log, but for the end of a
        chat that is a part of another one: that tells its parent, and `hook` is called for the parent when it owes a
        turn then. A SubchatStarted writes the chat of the team, which begins with `begins`, and `hook` is called for
        that one."""
        if any(isinstance(event, SubchatStarted | ChatEnded | ChatSummarised) for event in events):
            return self._append_in_tree(chat, events, fence, head, begins, hook)
        with driver_writing(self.db) as driver:
            _check_head(driver, chat, head)
            return append_events(driver, chat, events, fence=fence)[-1]

    def _append_in_tree(
        self,
        chat: str,
        events: Sequence[Event],
        fence: int,
        head: int | None,
        begins: tuple[Event, ...],
        hook: Hook | None,
    ) -> Recorded:
        with writing(self.db) as connection:
            lock_above(connection, chat)
            _check_head(Driver.of(connection), chat, head)
            appended = append_events(Driver.of(connection), chat, events, fence=fence)
            if isinstance(started := events[-1], SubchatStarted):
                owing: Owing = [(started.chat, begin_child(connection, chat, started, begins))]
            else:
                owing = tell_above(connection, chat, len(appended))
            _call(hook, connection, owing)
            return appended[-1]

    def end_leg(self, chat: str, *, fence: int) -> None:
        """Record that no leg works on the chat now, unless another leg took it over."""
        with driver_writing(self.db) as driver:
            _END_LEG.run(driver, {"of_chat": chat, "token": fence})

    def append_from_person(
        self,
        chat: str,
        decide: Callable[[ChatState], list[Event]],
        *,
        client_id: str,
        takes_fence: bool = False,
        hook: Hook | None = None,
    ) -> list[Recorded]:
        """Write what `decide` makes of the chat's state, which cannot change meanwhile; when it raises, nothing is
        written. An empty list writes nothing. The hook is called only for what then owes a turn: the chat, the team
        that it waits for and that goes on with it, or the parent that waited for its end.

        The same `client_id` again returns the first call's events, and `decide` is not asked. With `takes_fence`
        every running leg is dead from here on, those of the teams below too: they end as the chat does.
        NotFoundError when the chat is not there. ValueError when the events do not follow from the log."""
        with connected(self.db) as connection:
            if earlier := read_act(connection, chat, client_id):
                return earlier
            state = fold(read_log(connection, chat))
        with writing(self.db) as connection:
            lock_above(connection, chat)
            self._lock(connection, chat)
            if earlier := read_act(connection, chat, client_id):
                return earlier
            state = fold(read_log(connection, chat, after=state.head), state)
            decided = decide(state)
            if not decided:
                return []
            if takes_fence:
                raise_fence(connection, chat)
                for ended in decided:
                    if isinstance(ended, ChatEnded):
                        end_below(connection, chat, ended)
            appended = self._append_act(connection, chat, decided, client_id)
            _call(hook, connection, _owing(connection, chat, appended, fold(appended, state)))
            return appended

    def rename(self, chat: str, title: str) -> None:
        """Give the chat another title, and those of its teams with it; NotFoundError when it is not there."""
        with writing(self.db) as connection:
            self._change(connection, chat, title=title)
            rename_below(connection, chat, title)

    def delete(self, chat: str) -> None:
        """Take the chat, with those of its teams, out of every list and end its running leg; `restore` undoes it. Its
        calls stay in the totals, because they were paid for."""
        with writing(self.db) as connection:
            lock_above(connection, chat)
            self._lock(connection, chat)
            for each in (chat, *(row.id for row in below(connection, chat))):
                raise_fence(connection, each)
                self._change(connection, each, deleted_at=now(connection))

    def restore(self, chat: str) -> None:
        """Bring a deleted chat back as it was, with those of its teams; what owed a turn owes it again (see
        `owing`)."""
        with writing(self.db) as connection:
            self._change(connection, chat, deleted_at=None)
            for row in below(connection, chat):
                self._change(connection, row.id, deleted_at=None)

    def _change(self, connection: sa.Connection, chat: str, **values: Any) -> None:
        changed = connection.execute(sa.update(chats).where(chats.c.id == chat).values(values))
        if changed.rowcount == 0:
            raise not_found(chat)
        announce(connection, chat)

    def _lock(self, connection: sa.Connection, chat: str) -> None:
        """Keep others from writing to the chat until the transaction ends. SQLite's write lock does that already."""
        select = sa.select(chats.c.deleted_at).where(chats.c.id == chat).with_for_update()
        row = connection.execute(select).one_or_none()
        if row is None:
            raise not_found(chat)
        if row.deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted; nothing was changed. Restore it, then try again.")

    def _first_create(self, connection: sa.Connection, chat: str, client_id: str) -> list[Recorded]:
        first = connection.execute(sa.select(chats.c.id).where(chats.c.client_id == client_id)).scalar_one_or_none()
        if first is None:
            raise ConflictError(f"There is a chat {chat!r} already; nothing was started. Start it under another id.")
        return read_act(connection, first, client_id)

    def _append_act(self, connection: sa.Connection, chat: str, decided: list[Event], client_id: str) -> list[Recorded]:
        return append_events(Driver.of(connection), chat, decided, client_id=client_id)


def _owing(connection: sa.Connection, chat: str, appended: list[Recorded], state: ChatState) -> Owing:
    """Return what owes a turn once a person has written `appended`, after which the chat is in `state`."""
    if state.status == "ended":
        return tell_above(connection, chat, len(appended))
    if state.status == "waiting":
        return []
    if state.subchat is None:
        return [(chat, appended[-1].seq)]
    went_on = next((each.event for each in appended if isinstance(each.event, ChatContinued)), None)
    return go_on_below(connection, state.subchat.chat, went_on.by) if went_on else []


def _call(hook: Hook | None, connection: sa.Connection, owing: Owing) -> None:
    if hook is not None:
        for chat, head in owing:
            hook(connection, chat, head)


def _check_head(driver: Driver, chat: str, head: int | None) -> None:
    """ConflictError when `head` is given and is not the chat's last event; from here on nobody else writes there."""
    if head is None:
        return
    row = _HEAD.run(driver, {"of_chat": chat}).fetchone()
    if row is None or row[0] != head:
        at = row and row[0]
        raise ConflictError(f"Chat {chat!r} stands at event {at}, not at {head}; nothing was written.")


_KEEP_CALL = (
    sa.update(chats)
    .where(chats.c.id == sa.bindparam("of_chat"), chats.c.fence == sa.bindparam("token"))
    .values(open_call=sa.bindparam("call"))
    .returning(chats.c.fence)
)
_BEGIN_CALL = Prepared(_KEEP_CALL)
_BEGIN_CALL_UNFLUSHED = Prepared(_KEEP_CALL.returning(sa.func.set_config("synchronous_commit", "off", True)))
"""Nobody waits for PostgreSQL's disk: what is guarded against is the end of the worker."""

_OF_CHAT = chats.c.id == sa.bindparam("of_chat")
_HEAD = Prepared(sa.select(chats.c.head).where(_OF_CHAT).with_for_update())
_END_LEG = Prepared(
    sa.update(chats).where(_OF_CHAT, chats.c.fence == sa.bindparam("token")).values(leg_worker=sa.null())
)
