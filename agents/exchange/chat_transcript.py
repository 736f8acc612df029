"""What a written transcript tells: its head, the entries of the live transcript, and who decided what.

The entries are those of `agents.web.transcript_entries`, so that a chat reads the same in the studio and outside.
"""

from dataclasses import dataclass
from datetime import datetime

from agents.chats import DecisionMade, DecisionRequested, Spend, Verdict
from agents.exchange.chat_export import ExportedChat
from agents.insight.audit import edit_diff
from agents.plain_text import one_line
from agents.text.numbers import date_text
from agents.text.spend import totals_text
from agents.text.states import decision_line, state_line
from agents.version import NAME
from agents.web.transcript_entries import Entries, Entry, RenderedMessages

VERDICTS: dict[Verdict, str] = {"approve": "Approved", "edit": "Edited", "reject": "Refused"}
"""What is said of a decision before its sentence; of the others "Decided"."""


@dataclass(frozen=True)
class Decision:
    """Who decided what."""

    seq: int
    at: datetime
    verdict: str
    """A word of `VERDICTS`, or "Decided"."""
    text: str
    diff: str
    """What an edit changed, as a unified diff; "" for every other one."""


def entries_of(chat: ExportedChat, rendered: RenderedMessages | None = None) -> list[Entry]:
    """Return the entries of the whole transcript, in order; without what they say of amounts where it is left out."""
    entries = Entries(rendered or RenderedMessages(), chat.labels).of(chat.log)
    if chat.options.has_amounts:
        return entries
    return [_without_usage(entry) for entry in entries]


def facts_of(chat: ExportedChat) -> list[str]:
    """Return the lines below the title: whose chat, where it stands, what it used, and what is left out here."""
    started = chat.state.started
    first, last = chat.log[0].at, chat.log[-1].at
    by = f" by {started.by.name}" if started else ""
    parts = [f"{chat.team.name}, started{by} on {date_text(first)}, last event {date_text(last)}"]
    parts.append(one_line(state_line(chat.state, chat.labels)))
    spent = chat.state.spent_in_all if chat.options.has_amounts else Spend()
    parts.append(totals_text(len(chat.state.messages), spent))
    left_out = [
        *([] if chat.options.has_amounts else ["costs and tokens"]),
        *([] if chat.options.has_names else ["names of people"]),
    ]
    without = f" Left out: {', '.join(left_out)}." if left_out else ""
    parts.append(f"Exported from {NAME} on {date_text(chat.made_at)}.{without}")
    return parts


def decisions_of(chat: ExportedChat) -> list[Decision]:
    """Return the decisions that are no message and no ending, in order."""
    asked: dict[str, DecisionRequested] = {}
    found = []
    for recorded in chat.log:
        event = recorded.event
        if isinstance(event, DecisionRequested):
            asked[event.request] = event
        elif isinstance(event, DecisionMade):
            request = asked.get(event.request)
            if text := decision_line(event, request, chat.labels):
                diff = edit_diff(request, event.edit) if request else ""
                verdict = VERDICTS.get(event.verdict, "Decided")
                found.append(Decision(recorded.seq, recorded.at, verdict, text, diff))
    return found


def _without_usage(entry: Entry) -> Entry:
    if entry["kind"] == "message":
        return {**entry, "usage": None}
    if entry.get("of") == "summary":  # what the summary took stands on its second line
        return {**entry, "text": entry["text"].partition("\n")[0]}
    return entry
