"""The stretches of a chat that a transcript asks for: the newest, the one before or after, the one around an event, and
where something is in it. Reads the store; called by the live feed, on other threads.
"""

from itertools import islice
from typing import Any

from agents.chats import MessagePosted, Recorded
from agents.store import Store
from agents.web.feed_frames import Find
from agents.web.transcript_entries import Entries, RenderedMessages
from agents.web.transcript_search import SEARCHED, hits

PAGE_EVENTS = 200
"""About fifty messages: a turn is three to five events."""
MAX_CATCH_UP_EVENTS = 1_000
"""A client that lacks more gets the newest page instead."""
MAX_HITS = 1_000
"""The first ones; more are not counted."""

Frame = dict[str, Any]


class TranscriptPages:
    """Reads them for one process."""

    def __init__(self, store: Store, rendered: RenderedMessages):
        self._store, self._rendered = store, rendered

    def first(self, chat: str, labels: dict[str, str], after: int | None, head: int) -> Frame:
        """Return what a client that has the chat up to seq `after` lacks: the rest, or the newest page."""
        if after is None or not 0 < after <= head or head - after > MAX_CATCH_UP_EVENTS:
            return {**self.before(chat, labels, head + 1), "t": "page"}
        entries = self.entries(chat, labels, after + 1)
        return {
            "t": "log",
            "entries": entries.of(self._store.chats.log(chat, after=after, before=head + 1)),
            "head": head,
        }

    def before(self, chat: str, labels: dict[str, str], before: int) -> Frame:
        """Return the entries of the last events before seq `before`, from the beginning of a turn on."""
        log = _from_turn(self._store.chats.page_before(chat, before, PAGE_EVENTS))
        first = log[0].seq if log else before
        entries = Entries(self._rendered, labels).of(log)
        return {"t": "older", "entries": entries, "first": first, "has_older": first > 1, "head": before - 1}

    def after(self, chat: str, labels: dict[str, str], after: int, head: int) -> Frame:
        """Return the entries that come after seq `after`, to the end of a turn or of the chat, which is `head`."""
        log = _to_turn(self._store.chats.log(chat, after=after, before=head + 1, limit=PAGE_EVENTS), head)
        last = log[-1].seq if log else head
        entries = self.entries(chat, labels, after + 1).of(log)
        return {"t": "newer", "entries": entries, "after": after, "head": last, "has_newer": last < head}

    def around(self, chat: str, labels: dict[str, str], at: int, head: int) -> Frame:
        """Return the page in which seq `at` is, as one that takes the place of all that is shown; the newest for 0."""
        end = head if at <= 0 else min(head, at + PAGE_EVENTS // 2)
        log = self._store.chats.page_before(chat, end + 1, PAGE_EVENTS)
        if end < head:
            log = _to_turn(log, head, at)
        whole = _from_turn(log)
        log = whole if whole and (at <= 0 or whole[0].seq <= at) else log
        first, last = (log[0].seq, log[-1].seq) if log else (1, 0)
        entries = Entries(self._rendered, labels).of(log)
        page = {"t": "page", "entries": entries, "first": first, "has_older": first > 1, "head": last}
        return {**page, "has_newer": last < head, "at": at}

    def found(self, chat: str, labels: dict[str, str], wanted: Find, head: int) -> Frame:
        """Return the seqs at which it is, ascending."""
        log = self._store.chats.log_of_kinds(chat, SEARCHED[wanted.of], before=head + 1)
        seqs = list(islice(hits(log, wanted.of, wanted.text, labels), MAX_HITS + 1))
        return {"t": "found", "number": wanted.number, "seqs": seqs[:MAX_HITS], "is_cut": len(seqs) > MAX_HITS}

    def markdown(self, chat: str, seq: int) -> Frame:
        """Return a message as it was written; "" where there is none."""
        log = self._store.chats.log(chat, after=seq - 1, before=seq + 1)
        text = next((one.event.content for one in log if isinstance(one.event, MessagePosted)), "")
        return {"t": "markdown", "seq": seq, "text": text}

    def entries(self, chat: str, labels: dict[str, str], before: int) -> Entries:
        """Return what makes the entries from seq `before` on, which knows of the turn under way there."""
        entries = Entries(self._rendered, labels)
        entries.of(self._store.chats.page_before(chat, before, PAGE_EVENTS))
        return entries


def _from_turn(log: list[Recorded]) -> list[Recorded]:
    """Return `log` from the first whole turn on; all of it where there is none, or it begins with the chat."""
    if not log or log[0].seq == 1:
        return log
    ends = [position for position, one in enumerate(log) if isinstance(one.event, MessagePosted)]
    return log[ends[0] + 1 :] if ends and ends[0] + 1 < len(log) else log


def _to_turn(log: list[Recorded], head: int, at: int = 0) -> list[Recorded]:
    """Return `log` to the end of its last whole turn, `at` within; all of it where there is none, or it is the end."""
    if not log or log[-1].seq >= head:
        return log
    ends = [position for position, one in enumerate(log) if isinstance(one.event, MessagePosted)]
    return log[: ends[-1] + 1] if ends and log[ends[-1]].seq >= at else log
