"""How a chat reads in a terminal: a transcript whose text streams, or one JSON event a line.

Both take the same two inputs: pieces of a message being written, and recorded events in order. What agents say is
hostile input to a terminal, so control characters are shown, not obeyed. Called by `agents.cli.follow` and `show`.
"""

import json
import os
import re
import sys
from typing import Any, Protocol, TextIO

from agents.chats import ChatStarted, DecisionMade, MessagePosted, ModelCalled, Recorded
from agents.specs import TeamSpec, team_from_dict

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Everything that moves a cursor, rings, colours or reorders text; tab and newline aside."""


def plain(text: str) -> str:
    """`text` with control characters made visible, such as \\x1b."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def steady_streams() -> None:
    """Make standard output and error line-buffered UTF-8 whatever the locale says; no character can stop them, and no
    caller that closed them."""
    sys.stdout, sys.stderr = (
        stream or os.fdopen(os.open(os.devnull, os.O_RDWR), "w") for stream in (sys.stdout, sys.stderr)
    )
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]


class Printer(Protocol):
    """Where a chat is shown."""

    def event(self, recorded: Recorded) -> None:
        """Show one event; called once each, in order."""

    def piece(self, turn: int, agent: str, text: str) -> None:
        """Show a piece of a message that is being written."""


class JsonLines:
    """One JSON event a line, flushed, and nothing else."""

    def __init__(self, out: TextIO):
        self._out = out

    def event(self, recorded: Recorded) -> None:
        print(json.dumps(recorded.to_json(), ensure_ascii=False), file=self._out, flush=True)

    def piece(self, turn: int, agent: str, text: str) -> None:
        """A piece is no event; the message comes when it is whole."""


class Transcript:
    """Speakers and what they say, as it streams."""

    def __init__(self, out: TextIO, team: TeamSpec | None = None):
        self._out = out
        self._team = team
        self._writing: tuple[int, str] | None = None
        self._shown = ""
        self._posted = -1
        """The last turn whose message is printed; what streamed of it may come later and is no news."""

    def event(self, recorded: Recorded) -> None:
        match recorded.event:
            case ChatStarted() as started:
                self._team = team_from_dict(dict(started.team))
                self._line(f"{plain(self._team.name)} · chat {recorded.chat}\n")
            case MessagePosted() as message:
                self._message(message)
            case ModelCalled() as call if call.outcome != "ok":
                self._break()
            case DecisionMade() as decision if decision.verdict != "reply":
                what = " ".join(filter(None, [decision.verdict.replace("_", " "), decision.choice, decision.model]))
                self._line(f"[{plain(decision.by.name)} decided: {plain(what)}]\n")

    def piece(self, turn: int, agent: str, text: str) -> None:
        if turn <= self._posted:
            return
        if self._writing != (turn, agent):
            self._break()
            self._writing = (turn, agent)
            self._write(f"{self._label(agent)}: ")
        self._shown += text
        self._write(plain(text))

    def _message(self, message: MessagePosted) -> None:
        """The rest of a message that streamed, or the whole of one that did not."""
        is_streamed = self._writing == (message.turn, message.agent)
        if is_streamed and message.content.startswith(self._shown):
            self._write(plain(message.content[len(self._shown) :]))
        elif not is_streamed or message.content.strip() != self._shown.strip():
            self._break()
            self._write(f"{self._label(message.agent)}: {plain(message.content)}")
        self._writing, self._shown, self._posted = None, "", message.turn
        self._line("\n")

    def _label(self, agent: str) -> str:
        names = {member.name: member.label for member in self._team.agents} if self._team else {}
        return plain(names.get(agent, agent))

    def _break(self) -> None:
        """Leave a message that will not be finished as it stands."""
        if self._writing:
            self._line(" [cut]\n")
        self._writing, self._shown = None, ""

    def _line(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def printer(out: TextIO, *, is_json: bool, team: Any = None) -> Printer:
    """The printer that the person asked for."""
    return JsonLines(out) if is_json else Transcript(out, team)
