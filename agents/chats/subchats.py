"""Chats in chats: how that of a member that is a team is called and begins, and what its end tells the parent. Pure.

A team works on its turn in a chat of its own, the child. The engine begins it, the store tells the parent of its end.
"""

import hashlib
from collections.abc import Sequence

from agents.chats.events import (
    ChatStarted,
    Event,
    FilesChanged,
    MessagePosted,
    ParentTurn,
    PauseAsked,
    SubchatReturned,
    SubchatSpent,
)
from agents.chats.result import result_of
from agents.chats.state import ChatState, TeamUse
from agents.chats.usage import Spend
from agents.chats.values import MAX_TITLE_CHARS, FileChange, Person
from agents.plain_text import shorten
from agents.specs import TeamSpec

MAX_ID_CHARS = 60
STOPPED = "The team was stopped."
FAILED = "The team could not finish: an error in the studio ended its chat."
BETWEEN = " › "
"""In the title of a child, between that of its parent and the team's name."""
MAX_NAME_CHARS = 30


def child_id(parent: str, turn: int, attempt: int) -> str:
    """Return the id of the chat in which a team works on that turn: always the same one. `attempt` counts from 0 how
    often the turn's result was rejected."""
    wanted = f"{parent}-{turn}" + (f"r{attempt}" if attempt else "")
    return wanted if len(wanted) <= MAX_ID_CHARS else hashlib.sha256(wanted.encode()).hexdigest()[:32]


def child_title(parent: str, name: str) -> str:
    """Return the title of a child: the parent's, then whose work it is."""
    name = shorten(name, MAX_NAME_CHARS)
    return shorten(parent, MAX_TITLE_CHARS - len(BETWEEN) - len(name)) + BETWEEN + name


def renamed_child(parent: str, title: str) -> str:
    """Return the title of a child whose parent has another title now."""
    return child_title(parent, title.rpartition(BETWEEN)[2])


def beginning(
    team: TeamSpec, task: str, by: Person, parent: ParentTurn, files: Sequence[FileChange]
) -> tuple[Event, ...]:
    """Return the first events of a child: `task` is given in the name of the team's own task giver, by the person who
    started the parent."""
    posted = MessagePosted(turn=0, agent=team.task_giver, content=task, source="task", by=by)
    given = FilesChanged(turn=0, changes=list(files), by=by) if files else None
    started = ChatStarted(team=team.model_dump(mode="json"), task=task, by=by, parent=parent)
    return (started, posted, given) if given else (started, posted)


def ending(parent: ChatState, before: ChatState, child: ChatState, chat: str, *, is_from_above: bool) -> list[Event]:
    """Return what the end of the child `chat` is for its parent: its result where the parent waits for that, and what
    it used since the parent was told last. [] when there is nothing to tell.

    `before` is the child right before its end; `is_from_above`: it was ended together with its parent, which waits on
    for it once a person continues. A pause that somebody asked for and that came too late is the parent's."""
    told = parent.teams.get(chat, TeamUse())
    spend, work_s = child.spent_in_all - told.spend, child.work_before_s + child.work_s - told.work_s
    awaited = parent.subchat if parent.subchat is not None and parent.subchat.chat == chat else None
    if awaited is None or is_from_above:
        agent = child.started.parent.agent if child.started and child.started.parent else ""
        is_new = spend != Spend() or work_s
        return [SubchatSpent(agent=agent, chat=chat, spend=spend, work_s=work_s)] if is_new else []
    returned = SubchatReturned(
        turn=awaited.turn,
        agent=awaited.agent,
        chat=chat,
        text=report(child),
        changes=made(child),
        spend=spend,
        work_s=work_s,
    )
    late = before.pause if parent.status == "running" and parent.pause is None else None
    return [returned, PauseAsked(by=late.by)] if late else [returned]


def report(state: ChatState) -> str:
    """Return what a team that has ended says to the one it is a member of: its result (AutoGen's summary of a nested
    chat, CA:1830), or why there is none."""
    if state.ended is None:
        raise ValueError("the chat has not ended")
    if state.ended.reason == "stopped":
        return STOPPED
    if state.ended.reason == "defect":
        return FAILED
    result = result_of(state)
    return result.text if result else f"The team said nothing. {state.ended.text}".strip()


def made(state: ChatState) -> list[FileChange]:
    """Return the files that came or changed since the chat's start, by path; those of which there is a version."""
    changed = [change for turn, change in state.dated_files.values() if turn > 0 and change.sha256]
    return sorted(changed, key=lambda change: change.path)
