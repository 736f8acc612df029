"""How a chat reads in a terminal: a transcript whose text streams, or one JSON event a line.

Both take the same two inputs: pieces of a message being written, and recorded events in order. What agents say is
hostile input to a terminal, so control characters are shown, not obeyed. Called by `agents.cli.follow` and `show`.
What tools did and people decided stands between the messages, in brackets.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO

from agents.chats import ChatState, Event, Recorded, events
from agents.chats.requests import call_text
from agents.plain_text import CONTROL, beginning, escaped
from agents.specs import TeamSpec
from agents.text.actions import NOT_RUN, code_outcome, cut_line, files_line, tool_outcome
from agents.text.numbers import date_text
from agents.text.replies import CUT_BY, shape_note
from agents.text.states import decision_line, empty_line, event_line, skipper

MAX_SHOWN_CHARS = 400
"""Of an argument, a result or a rejected message on a line between the messages; JSON has it whole."""

CUT = " [cut]"
"""Behind what is printed of a message that will not be finished."""


def visible(text: str) -> str:
    """`text` with control characters made visible, such as \\x1b."""
    return escaped(text.replace("\r\n", "\n"), CONTROL)


def cut(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """`text`, or its beginning and how much is missing."""
    return beginning(text, limit)


def time_text(at: datetime) -> str:
    """`at` in the time zone of whoever reads it, which is this machine's: "2026-03-12 15:05 CET"."""
    return date_text(at, zone=None)


def print_json(fields: Mapping[str, Any], out: TextIO | None = None) -> None:
    """Print one JSON object on a line of its own, flushed; times as ISO."""
    print(json.dumps(fields, ensure_ascii=False, default=datetime.isoformat), file=out, flush=True)


def steady_streams() -> None:
    """Make standard output and error line-buffered UTF-8 whatever the locale says; no character can stop them, and no
    caller that closed them."""
    sys.stdout, sys.stderr = (
        stream or os.fdopen(os.open(os.devnull, os.O_RDWR), "w") for stream in (sys.stdout, sys.stderr)
    )
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]


class JsonLines:
    """One JSON event a line, flushed, and nothing else."""

    def __init__(self, out: TextIO):
        self._out = out

    def event(self, recorded: Recorded) -> None:
        print_json(recorded.to_json(), self._out)

    def piece(self, turn: int, agent: str, text: str) -> None:
        """A piece is no event; the message comes when it is whole."""


class Transcript:
    """Speakers and what they say, as it streams; in brackets, what tools did and people decided."""

    def __init__(
        self,
        out: TextIO,
        team: TeamSpec | None = None,
        asked: Iterable[events.DecisionRequested] = (),
        is_rehearsed: Callable[[TeamSpec], bool] = lambda team: False,
    ):
        self._out, self._is_rehearsed = out, is_rehearsed
        self._team = team
        self._asked = {request.request: request for request in asked}
        self._writing: tuple[int, str] | None = None
        self._shown = ""
        self._begun: dict[str, events.ToolStarted | events.CodeStarted] = {}
        """Calls and blocks of code that have begun and not ended."""
        self._skipped_by = ""
        """Who skipped the turn under way."""
        self._n_posted = 0
        """Turns whose messages are printed: pieces of them that come late are in those."""

    def event(self, recorded: Recorded) -> None:
        """Show one event; called once each, in order."""
        match recorded.event:
            case events.ChatStarted() as started:
                self._team = started.spec
                rehearsed = " · rehearsed: no model speaks" if self._is_rehearsed(self._team) else ""
                self._line(f"{visible(self._team.name)} · chat {recorded.chat}{rehearsed}\n")
            case events.MessagePosted() as message:
                self._begun.clear()
                self._message(message)
            case events.ModelCalled(purpose="embed"):
                pass
            case events.ModelCalled() as call if call.outcome != "ok":
                self._close(CUT)
            case events.ModelCalled() as call if call.tool_calls:
                self._close()
            case events.DecisionRequested() as request:
                self._asked[request.request] = request
                self._note(self._about(request))
            case event:
                self._note(self._about(event))

    def _about(self, event: Event) -> str:
        """What happened between two messages, in a sentence; "" for what the messages say themselves."""
        match event:
            case events.DecisionRequested() as request:
                return cut(request.asked.note(self._label(request.agent)))
            case events.DecisionMade() as decision:
                asked = self._asked.get(decision.request)
                self._skipped_by = skipper(decision, asked) or self._skipped_by
                return decision_line(decision, asked, self._labels)
            case events.ToolStarted() as started:
                self._begun[started.call] = started
                call = visible(cut(call_text(started.tool, started.arguments))).replace("\n", "\\n")
                return f"{self._label(started.agent)} calls {call}"
            case events.ToolReturned() as returned:
                self._begun.pop(returned.call, None)
                return _returned(returned, self._labels)
            case events.CodeStarted() as code:
                self._begun[code.block] = code
                return f"{self._label(code.agent)} runs {code.language or 'code'}"
            case events.CodeReturned() as ran:
                begun = self._begun.pop(ran.block, None)
                language = begun.language if isinstance(begun, events.CodeStarted) else ""
                return f"{self._label(ran.agent)} · {language or 'code'} · {code_outcome(ran)}"
            case events.ChatEnded():
                return cut_line(self._begun.values(), self._labels)
            case events.ChatSummarised():
                return event_line(event, self._labels)
            case events.FilesChanged() as changed:
                return files_line(changed, self._labels)
            case events.RuleAdded() | events.RuleRevoked():
                return f"{event_line(event, self._labels)} (rule {event.id})"
            case _:
                return cut(event_line(event, self._labels))

    def piece(self, turn: int, agent: str, text: str) -> None:
        """Show a piece of a message that is being written."""
        if turn < self._n_posted:
            return
        if self._writing != (turn, agent):
            self._close(CUT)
            self._writing = (turn, agent)
            self._write(f"{visible(self._label(agent))}: ")
        self._shown += text
        self._write(visible(text))

    def _message(self, message: events.MessagePosted) -> None:
        """The rest of a message that streamed, or the whole of one that did not."""
        is_streamed = self._writing == (message.turn, message.agent)
        if is_streamed and message.content.startswith(self._shown):
            self._write(visible(message.content[len(self._shown) :]))
        elif not is_streamed or message.content.strip() != self._shown.strip():
            self._close(CUT)
            said = message.content if message.content.strip() else f"[{empty_line(message, self._skipped_by)}]"
            self._write(f"{visible(self._label(message.agent))}: {visible(said)}")
        self._writing, self._shown, self._skipped_by = None, "", ""
        self._n_posted = message.turn + 1
        self._line("\n")
        self._note(CUT_BY.get(message.cut_by, ""))
        self._note(shape_note(message.shape_problem))

    @property
    def _labels(self) -> dict[str, str]:
        return {member.name: member.label for member in self._team.agents} if self._team else {}

    def _label(self, agent: str) -> str:
        return self._labels.get(agent, agent)

    def _close(self, mark: str = "") -> None:
        """End the line of a text that is whole and no message (a draft, what was said beside a call); or, with a
        `mark`, of a message that will not be finished."""
        if self._writing:
            self._line(f"{mark}\n")
        self._writing, self._shown = None, ""

    def _note(self, text: str) -> None:
        if text:
            self._close()
            self._line(f"[{visible(text)}]\n")

    def _line(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _returned(returned: events.ToolReturned, labels: dict[str, str]) -> str:
    is_run = returned.outcome not in NOT_RUN
    text = returned.text if is_run else f"{returned.agent} reads: {returned.text}"
    return f"{returned.tool} · {tool_outcome(returned, labels)} · {cut(text)}"


def printer(
    out: TextIO,
    *,
    is_json: bool,
    state: ChatState | None = None,
    is_rehearsed: Callable[[TeamSpec], bool] = lambda team: False,
) -> JsonLines | Transcript:
    """The printer that the person asked for. `state`: what the chat was before the first event to be printed.
    `is_rehearsed`: whether a team speaks the lines of a script, which is told with the chat's start."""
    if is_json:
        return JsonLines(out)
    if state is None or state.started is None:
        return Transcript(out, is_rehearsed=is_rehearsed)
    return Transcript(out, state.started.spec, state.requests)
