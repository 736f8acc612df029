"""A chat and those of its teams: a tree, in which what ends, is stopped or deleted above reaches what is below.

Every function works inside the caller's transaction. Rows are locked from the top down, always, so that no two
transactions wait for each other. Called by `chat_log`.
"""

from typing import Any

import sqlalchemy as sa

from agents.chats import ChatContinued, ChatEnded, ChatStarted, Event, Person, SubchatReturned, SubchatStarted, fold
from agents.chats.subchats import child_title, ending, renamed_child
from agents.store.chat_reads import read_log
from agents.store.log_writes import append_events, insert_chat, raise_fence
from agents.store.prepared import Driver
from agents.store.schema import chats

Owing = list[tuple[str, int]]
"""(chat, head) of each that owes a turn now."""

_LINK = (chats.c.id, chats.c.parent, chats.c.title, chats.c.status)


def lock_above(connection: sa.Connection, chat: str) -> None:
    """Keep others from writing to what the chat is a part of, until the transaction ends."""
    above: list[str] = []
    while (parent := _parent(connection, above[-1] if above else chat)) is not None:
        above.append(parent)
    for each in reversed(above):
        _lock(connection, each)


def below(connection: sa.Connection, chat: str) -> list[sa.Row[Any]]:
    """Return the rows of all chats below, each behind its parent, and keep others from writing to them."""
    found: list[sa.Row[Any]] = []
    parents = [chat]
    while parents:
        select = sa.select(*_LINK).where(chats.c.parent.in_(parents)).order_by(chats.c.id).with_for_update()
        rows: list[sa.Row[Any]] = [*connection.execute(select)]
        found += rows
        parents = [row.id for row in rows]
    return found


def begin_child(connection: sa.Connection, parent: str, started: SubchatStarted, events: tuple[Event, ...]) -> int:
    """Write the chat of a team, and return its head."""
    team = events[0].spec if isinstance(events[0], ChatStarted) else None
    if team is None:
        raise ValueError("a chat begins with ChatStarted")
    title = connection.execute(sa.select(chats.c.title).where(chats.c.id == parent)).scalar_one()
    given = {"client_id": f"subchat:{started.chat}", "title": child_title(title, team.name), "parent": parent}
    if not insert_chat(connection, started.chat, **given):
        raise ValueError(f"there is a chat {started.chat} already")
    return append_events(Driver.of(connection), started.chat, events)[-1].seq


def tell_above(connection: sa.Connection, chat: str, n_new: int, *, is_from_above: bool = False) -> Owing:
    """Tell the parent of the chat, if it has one, that the chat has ended with its last `n_new` events, or what it used
    since. Return the parent when it owes a turn now."""
    parent = _parent(connection, chat)
    if parent is None:
        return []
    log = read_log(connection, chat)
    before = fold(log[:-n_new])
    child, above = fold(log[-n_new:], before), fold(read_log(connection, parent))
    if child.status != "ended":
        return []
    has_ended_now = any(isinstance(recorded.event, ChatEnded) for recorded in log[-n_new:])
    told = ending(above, before, child, chat, is_from_above=is_from_above or not has_ended_now)
    if not told:
        return []
    appended = append_events(Driver.of(connection), parent, told)
    if above.status == "ended":  # its own parent knows less now than it should
        return tell_above(connection, parent, len(appended), is_from_above=True)
    return [(parent, appended[-1].seq)] if isinstance(told[0], SubchatReturned) else []


def _lock(connection: sa.Connection, chat: str) -> None:
    connection.execute(sa.select(chats.c.id).where(chats.c.id == chat).with_for_update())


def _parent(connection: sa.Connection, chat: str) -> str | None:
    parent: str | None = connection.execute(sa.select(chats.c.parent).where(chats.c.id == chat)).scalar_one_or_none()
    return parent


def end_below(connection: sa.Connection, chat: str, ended: ChatEnded) -> None:
    """End every chat below that has not ended, the deepest first. Each parent waits on for the one that it waited
    for."""
    for row in reversed(below(connection, chat)):
        if row.status != "ended":
            raise_fence(connection, row.id)
            append_events(Driver.of(connection), row.id, [ended])
            tell_above(connection, row.id, 1, is_from_above=True)


def go_on_below(connection: sa.Connection, chat: str, by: Person) -> Owing:
    """Continue the chat that a parent, which goes on, waits for, and what that waits for. Return the one that owes a
    turn now; none when somebody went on with it already."""
    _lock(connection, chat)
    state = fold(read_log(connection, chat))
    if state.status != "ended":
        return []
    appended = append_events(Driver.of(connection), chat, [ChatContinued(by=by)])
    if state.subchat is not None:
        return go_on_below(connection, state.subchat.chat, by)
    return [(chat, appended[-1].seq)]


def rename_below(connection: sa.Connection, chat: str, title: str) -> None:
    """Give every chat below the title that tells whose part it is."""
    titles = {chat: title}
    for row in below(connection, chat):
        titles[row.id] = renamed_child(titles[row.parent], row.title)
        connection.execute(sa.update(chats).where(chats.c.id == row.id).values(title=titles[row.id]))
