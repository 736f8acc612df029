"""From events to what a transcript draws: one entry for a message, a card or a line, as JSON.

Texts are finished and HTML is safe: the browser formats nothing but the time of day. A call and a selection are no
entries: they are told with the message they led to. Pure but for the cache of rendered messages; called by the feed.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from agents.chats import ChatState, Recorded, events
from agents.chats.requests import ModelFailureRequest
from agents.plain_text import beginning, fenced
from agents.text.actions import change_text, changes_text, code_outcome, cut_line, tool_outcome
from agents.text.replies import reasoning_of, reasoning_title, reply_note, shape_note
from agents.text.spend import totals_text, usage_text
from agents.text.states import (
    chosen_line,
    decision_line,
    empty_line,
    event_line,
    offer_of,
    skipper,
    source_line,
    state_line,
)
from agents.web.json_table import json_html
from agents.web.markdown import coloured, to_html
from agents.workspaces.preview import shown_as

Entry = dict[str, Any]
"""seq, at, kind ("message", "tool", "code", "files" or "line") and what that kind shows."""

CACHED_CHARS = 32_000_000
MAX_TOOL_CHARS = 4_000
MAX_CODE_CHARS = 20_000
MAX_OUTPUT_CHARS = 20_000
MAX_LINE_CHARS = 4_000
MAX_REASONING_CHARS = 20_000
MAX_FILES = 40
"""Of one card."""
SUMMED_UP = "A model summed up the chat: its summary stands on top."


class RenderedMessages:
    """The HTML of messages, each rendered once; the longest unused go first. Safe to use from many threads."""

    def __init__(self, max_chars: int = CACHED_CHARS):
        self._max_chars = max_chars
        self._html: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._n_chars = 0
        self._lock = threading.Lock()  # guards the two above against each other

    def html(self, chat: str, seq: int, text: str, render: Callable[[str], str] = to_html) -> str:
        key = (chat, seq)
        with self._lock:
            if key in self._html:
                self._html.move_to_end(key)
                return self._html[key]
        html = render(text)
        with self._lock:
            if key not in self._html:
                self._html[key] = html
                self._n_chars += len(html)
            while self._n_chars > self._max_chars and len(self._html) > 1:
                self._n_chars -= len(self._html.popitem(last=False)[1])
        return html


@dataclass
class Entries:
    """Turns a stretch of a log into entries; keeps what belongs to the message still to come."""

    rendered: RenderedMessages
    labels: dict[str, str]
    _calls: list[events.ModelCalled] = field(default_factory=list)
    _selected: events.SpeakerSelected | None = None
    _requests: dict[str, events.DecisionRequested] = field(default_factory=dict)
    _started: dict[str, events.ToolStarted | events.CodeStarted] = field(default_factory=dict)
    _skipped_by: str = ""
    """Who skipped the turn under way."""

    def of(self, log: Iterable[Recorded]) -> list[Entry]:
        """Return the entries of `log`, which goes on where the last call's ended."""
        return [entry for recorded in log if (entry := self._entry(recorded))]

    def _entry(self, recorded: Recorded) -> Entry | None:
        event = recorded.event
        match event:
            case events.SpeakerSelected():
                self._selected = event
            case events.ModelCalled():
                self._calls.append(event)
            case events.MessagePosted():
                self._started.clear()
                return self._message(recorded, event)
            case events.DecisionRequested():
                self._requests[event.request] = event
                if isinstance(failure := event.asked, ModelFailureRequest):
                    error = failure.error or event.question
                    who = self.labels.get(event.agent, event.agent)
                    return _line(recorded, "failure", f"{who}: {error}" if who else error)
            case events.DecisionMade():
                request = self._requests.pop(event.request, None)
                self._skipped_by = skipper(event, request) or self._skipped_by
                text = decision_line(event, request, self.labels)
                return _line(recorded, "decision", text) if text else None
            case events.ChatEnded():
                return _line(recorded, "ended", f"{event.text} {cut_line(self._started.values(), self.labels)}".strip())
            case events.ChatSummarised():
                usage, self._calls = usage_text(self._calls), []
                text = SUMMED_UP if event.text else event_line(event, self.labels)
                return _line(recorded, "summary", f"{text}\n{usage.text}" if usage else text)
            case events.ToolStarted():
                self._started[event.call] = event
            case events.ToolReturned():
                return self._tool(recorded, event)
            case events.CodeStarted():
                self._started[event.block] = event
            case events.CodeReturned():
                return self._code(recorded, event)
            case events.FilesChanged():
                return _files(recorded, event)
            case _ if text := event_line(event, self.labels):
                return {**_line(recorded, _LINES[event.kind], text), **_part(event)}
        return None

    def _tool(self, recorded: Recorded, event: events.ToolReturned) -> Entry:
        started = self._started.pop(event.call, None)
        shown = ""
        if isinstance(started, events.ToolStarted):
            shown = json.dumps(started.arguments, ensure_ascii=False, indent=1)
        return {
            **_base(recorded, "tool"),
            "agent": event.agent,
            "name": event.tool or "?",
            "result": _result(event.outcome, has_run=started is not None),
            "outcome": tool_outcome(event, self.labels),
            "arguments": beginning(shown, MAX_TOOL_CHARS),
            "text": beginning(event.text, MAX_TOOL_CHARS),
        }

    def _code(self, recorded: Recorded, event: events.CodeReturned) -> Entry:
        started = self._started.pop(event.block, None)
        code = started if isinstance(started, events.CodeStarted) else None
        shown = code.code[:MAX_CODE_CHARS] if code else ""
        return {
            **_base(recorded, "code"),
            "agent": event.agent,
            "name": (code.language[:40] if code else "") or "code",
            "result": _result(event.outcome, has_run=code is not None),
            "outcome": code_outcome(event),
            "html": coloured(shown, code.language) if code else "",
            "title": "Code" if code is None or shown == code.code else "Code (its beginning)",
            "text": beginning(event.text, MAX_OUTPUT_CHARS),
        }

    def _message(self, recorded: Recorded, event: events.MessagePosted) -> Entry:
        calls, selected = self._calls, self._selected
        self._calls, self._selected = [], None
        skipped_by, self._skipped_by = self._skipped_by if event.source == "auto" else "", ""
        usage = usage_text(calls)
        is_selected = selected is not None and selected.agent == event.agent
        thought = reasoning_of(calls)
        label, by = self.labels.get(event.agent, event.agent), event.by.name if event.by else ""
        return {
            **_base(recorded, "message"),
            "turn": event.turn,
            "agent": event.agent,
            "source": event.source,
            "by": by,
            "html": self._html(recorded, event),
            "empty": empty_line(event, skipped_by),
            "why": source_line(event.source, by, skipped_by=skipped_by)
            or (chosen_line(selected) if is_selected else ""),
            "why_to_author": source_line(event.source, "" if label.lower() == "you" else "you", is_author=True),
            "note": " ".join(filter(None, [reply_note(event.cut_by, calls), shape_note(event.shape_problem)])),
            "reasoning": beginning(thought, MAX_REASONING_CHARS),
            "reasoning_title": reasoning_title(thought),
            "usage": asdict(usage) if usage else None,
        }

    def _html(self, recorded: Recorded, event: events.MessagePosted) -> str:
        if event.shape_problem == "":
            with suppress(ValueError):  # a person's edit may have a fence around the JSON
                return self.rendered.html(recorded.chat, recorded.seq, event.content, json_html)
        return self.rendered.html(recorded.chat, recorded.seq, _as_written(event))


_LINES = {
    "ChatContinued": "continued",
    "SummaryAsked": "continued",
    "Interjected": "said",
    "PauseAsked": "paused",
    "LimitNeared": "near",
    "FallbackUsed": "fallback",
    "ContextTrimmed": "near",
    "ContextSummarised": "near",
    "SubchatStarted": "team",
    "SubchatReturned": "team",
    "SubchatSpent": "team",
    "RuleAdded": "decision",
    "RuleRevoked": "decision",
}
"""What a line looks like, by the kind of its event."""


def _base(recorded: Recorded, kind: str) -> Entry:
    return {"seq": recorded.seq, "at": recorded.at.isoformat(), "kind": kind}


def _result(outcome: str, *, has_run: bool) -> str:
    """Return how a card looks: as what went well (a question that was answered too), failed, or did not run."""
    if outcome == "ok":
        return "ok"
    return "bad" if has_run else "unrun"


def _as_written(event: events.MessagePosted) -> str:
    """Put what code printed into a fence longer than any in it: it is no Markdown, whatever it looks like."""
    is_output = event.source == "code" and event.content.strip()
    return fenced(event.content) if is_output else event.content


def _files(recorded: Recorded, event: events.FilesChanged) -> Entry:
    """Return the files of one change; those beyond the first few are under Files."""
    shown = [
        {
            **change.model_dump(include={"path", "change", "sha256"}),
            "shown": shown_as(change.path),
            "note": change_text(change),
        }
        for change in event.changes[:MAX_FILES]
    ]
    n_more = len(event.changes) - len(shown)
    return {
        **_base(recorded, "files"),
        "agent": event.agent,
        "by": event.by.name if event.by else "",
        "text": changes_text(event),
        "files": shown,
        "more": f"and {n_more:,} more, see Files" if n_more else "",
    }


def _line(recorded: Recorded, of: str, text: str) -> Entry:
    return {**_base(recorded, "line"), "of": of, "text": beginning(text, MAX_LINE_CHARS)}


def _part(event: events.Event) -> dict[str, str]:
    """Return which chat of a team a line leads to; {} for every other one. The way to one that is at work stands in
    the strip."""
    if isinstance(event, events.SubchatReturned | events.SubchatSpent):
        return {"part": event.chat}
    return {}


def state_frame(
    state: ChatState,
    labels: dict[str, str],
    *,
    writing: str = "",
    has_worker: bool = True,
    notice: str = "",
    asking_part: str = "",
) -> dict[str, Any]:
    """Return whose move it is and what was used so far, as the transcript's strip shows it."""
    return {
        "status": "stalled" if state.status == "running" and not has_worker else state.status,
        "line": beginning(state_line(state, labels, writing, has_worker, notice), MAX_LINE_CHARS),
        "offer": offer_of(state, asking_part),
        "part": state.subchat.chat if state.subchat and state.status == "running" else "",
        "totals": totals_text(len(state.messages), state.spent_in_all),
    }
