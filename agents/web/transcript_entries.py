"""From events to what a transcript draws: one entry for a message or a line, as JSON, with HTML already safe.

Pure but for the cache of rendered messages. A call and a selection are no entries: they are told with the message
they led to. Knows no socket and no SQL; called by the live feed.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.chats import (
    BUCKETS,
    ChatContinued,
    ChatEnded,
    ChatState,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    FilesChanged,
    Interjected,
    LimitNeared,
    MessagePosted,
    ModelCalled,
    PauseAsked,
    Recorded,
    RuleAdded,
    RuleRevoked,
    SpeakerSelected,
    Spend,
    ToolReturned,
    ToolStarted,
)
from agents.text.files import cut_line
from agents.text.states import allowed_line, chosen_line, decision_line, near_line, offer_of, state_line
from agents.web.markdown import coloured, to_html
from agents.workspaces.preview import shown_as

Entry = dict[str, Any]
"""seq, at, kind ("message" or "line") and what that kind shows."""

CACHED_CHARS = 32_000_000
MAX_TOOL_CHARS = 4_000
MAX_CODE_CHARS = 20_000
MAX_OUTPUT_CHARS = 20_000
MAX_FILES = 40
"""Of one card."""


class RenderedMessages:
    """The HTML of messages, each rendered once; the longest unused go first. Safe to use from many threads."""

    def __init__(self, max_chars: int = CACHED_CHARS):
        self._max_chars = max_chars
        self._html: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._n_chars = 0
        self._lock = threading.Lock()  # guards the two above against each other

    def html(self, chat: str, seq: int, text: str) -> str:
        key = (chat, seq)
        with self._lock:
            if key in self._html:
                self._html.move_to_end(key)
                return self._html[key]
        html = to_html(text)
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
    _calls: list[ModelCalled] = field(default_factory=list)
    _selected: SpeakerSelected | None = None
    _requests: dict[str, DecisionRequested] = field(default_factory=dict)
    _started: dict[str, ToolStarted | CodeStarted] = field(default_factory=dict)

    def of(self, log: Iterable[Recorded]) -> list[Entry]:
        """The entries of `log`, which goes on where the last call's ended."""
        return [entry for recorded in log if (entry := self._entry(recorded))]

    def _entry(self, recorded: Recorded) -> Entry | None:
        event = recorded.event
        match event:
            case SpeakerSelected():
                self._selected = event
            case ModelCalled():
                self._calls.append(event)
            case MessagePosted():
                self._started.clear()
                return self._message(recorded, event)
            case DecisionRequested():
                self._requests[event.request] = event
                if event.of == "model_failure":
                    return _line(recorded, "failure", str(event.payload.get("error") or event.question), event.agent)
            case DecisionMade():
                text = decision_line(event, self._requests.pop(event.request, None), self.labels)
                return _line(recorded, "decision", text) if text else None
            case ChatEnded():
                return _line(recorded, "ended", f"{event.text} {cut_line(self._started.values(), self.labels)}".strip())
            case ChatContinued():
                return _line(recorded, "continued", f"{event.by.name} went on with the chat")
            case ToolStarted():
                self._started[event.call] = event
            case ToolReturned():
                return self._tool(recorded, event)
            case CodeStarted():
                self._started[event.block] = event
            case CodeReturned():
                return self._code(recorded, event)
            case FilesChanged():
                return _files(recorded, event)
            case Interjected():
                return _line(recorded, "said", f"{event.by.name} said, as the next turn: {event.text}")
            case PauseAsked():
                return _line(recorded, "paused", f"{event.by.name} paused the chat after this turn")
            case LimitNeared():
                return _line(recorded, "near", near_line(event))
            case RuleAdded():
                return _line(recorded, "decision", allowed_line(event, self.labels))
            case RuleRevoked():
                return _line(recorded, "decision", f"{event.by.name} revoked a rule of this chat")
        return None

    def _tool(self, recorded: Recorded, event: ToolReturned) -> Entry:
        started = self._started.pop(event.call, None)
        arguments = started.arguments if isinstance(started, ToolStarted) else None
        return {
            "seq": recorded.seq,
            "at": recorded.at.isoformat(),
            "kind": "tool",
            "agent": event.agent,
            "tool": event.tool,
            "outcome": event.outcome,
            "arguments": _shown_json(arguments) if arguments is not None else "",
            "result": event.text[:MAX_TOOL_CHARS],
            "duration_s": event.duration_s if started else None,
        }

    def _code(self, recorded: Recorded, event: CodeReturned) -> Entry:
        started = self._started.pop(event.block, None)
        code = started if isinstance(started, CodeStarted) else None
        shown = code.code[:MAX_CODE_CHARS] if code else ""
        return {
            "seq": recorded.seq,
            "at": recorded.at.isoformat(),
            "kind": "code",
            "agent": event.agent,
            "language": code.language[:40] if code else "",
            "html": coloured(shown, code.language) if code else "",
            "is_cut": code is not None and len(code.code) > len(shown),
            "outcome": event.outcome,
            "exit_code": event.exit_code,
            "output": event.text[:MAX_OUTPUT_CHARS],
            "n_more": max(0, len(event.text) - MAX_OUTPUT_CHARS),
            "duration_s": event.duration_s if code else None,
        }

    def _message(self, recorded: Recorded, event: MessagePosted) -> Entry:
        calls, selected = self._calls, self._selected
        self._calls, self._selected = [], None
        return {
            "seq": recorded.seq,
            "at": recorded.at.isoformat(),
            "kind": "message",
            "turn": event.turn,
            "agent": event.agent,
            "source": event.source,
            "by": event.by.name if event.by else "",
            "html": self.rendered.html(recorded.chat, recorded.seq, _as_written(event)),
            "is_empty": not event.content.strip(),
            "why": chosen_line(selected) if selected and selected.agent == event.agent else "",
            "usage": usage_entry(calls),
        }


def _as_written(event: MessagePosted) -> str:
    """What code printed is no Markdown, whatever it looks like: it is put into a fence longer than any in it."""
    if event.source != "code" or not event.content.strip():
        return event.content
    longest = max(map(len, re.findall("`+", event.content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{event.content}\n{fence}"


def _files(recorded: Recorded, event: FilesChanged) -> Entry:
    """The files of one change; who opens the Files of the chat sees those beyond the first few."""
    shown = [
        {**change.model_dump(include={"path", "change", "size", "sha256"}), "shown": shown_as(change.path)}
        for change in event.changes[:MAX_FILES]
    ]
    return {
        "seq": recorded.seq,
        "at": recorded.at.isoformat(),
        "kind": "files",
        "agent": event.agent,
        "by": event.by.name if event.by else "",
        "files": shown,
        "n_more": len(event.changes) - len(shown),
    }


def _shown_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)[:MAX_TOOL_CHARS]


def _line(recorded: Recorded, of: str, text: str, agent: str = "") -> Entry:
    return {
        "seq": recorded.seq,
        "at": recorded.at.isoformat(),
        "kind": "line",
        "of": of,
        "text": text[:4_000],
        "agent": agent,
    }


def usage_entry(calls: list[ModelCalled]) -> dict[str, Any] | None:
    """Return what the calls of one turn used, selection included; None when there was no call."""
    if not calls:
        return None
    spend = sum(map(Spend.of, calls), Spend())
    selecting = sum((Spend.of(call) for call in calls if call.purpose == "select"), Spend())
    replies = [call for call in calls if call.purpose == "reply" and call.outcome == "ok"]
    return {
        "tokens": spend.n_tokens,
        "buckets": [(bucket.label, n) for name, bucket in BUCKETS.items() if (n := getattr(spend.usage, name))],
        "selecting": selecting.n_tokens,
        "uncounted": spend.n_uncounted,
        "cost_usd": spend.cost_usd,
        "unpriced": spend.n_unpriced,
        "is_rehearsed": spend.is_rehearsed,
        "is_choice": selecting.n_calls == spend.n_calls,
        "calls": spend.n_calls,
        "failed": spend.n_failed,
        "models": list(dict.fromkeys(f"{call.model} at {call.connection}" for call in replies or calls)),
        "first_token_s": replies[-1].first_token_s if replies else None,
        "duration_s": spend.duration_s,
    }


def state_frame(
    state: ChatState, labels: dict[str, str], *, writing: str = "", has_worker: bool = True
) -> dict[str, Any]:
    """Return whose move it is and what was used so far, as the transcript's strip shows it."""
    spend = state.spent_in_all
    return {
        "status": state.status,
        "line": state_line(state, labels, writing, has_worker)[:2_000],
        "agent": writing or (state.pending.agent if state.pending and state.status == "running" else ""),
        "is_stalled": state.status == "running" and not has_worker,
        "offer": offer_of(state),
        "turn": state.turn,
        "messages": len(state.messages),
        "tokens": spend.n_tokens,
        "cost_usd": spend.cost_usd,
        "unpriced": spend.n_unpriced,
    }
