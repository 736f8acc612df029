"""A chat played on the command line, a process for each command, with a person who answers in between."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.studio_process import ROOT, clean_environment

Event = dict[str, Any]
Answer = Callable[[Event], list[str]]
"""What a person types behind `answer CHAT` to an open request."""

ENDED, FAILED, WAITS = 0, 1, 3


class Played:
    """One chat, from `run` to where it ended."""

    def __init__(self, home: Path, **environ: str):
        self.home, self.events = home, list[Event]()
        self.told = ""
        """What the last command said beside the events."""
        self._environ = clean_environment(home, STUDIO_REHEARSAL_CHARS_PER_S="0", **environ)

    def run(self, *arguments: str, answer: Answer | None = None) -> int:
        """`python -m agents run`, then an answer to each request as long as there is one; the last exit code."""
        code = self("run", *arguments)
        while answer and code == WAITS:
            request = self.requests[0]
            names = ["--request", request["request"]] if len(self.requests) > 1 else []
            code = self("answer", self.chat, *answer(request), *names)
        return code

    def __call__(self, *arguments: str) -> int:
        """One command, which must not complain; its events are added."""
        command = [sys.executable, "-m", "agents", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self._environ, capture_output=True, text=True, timeout=240)
        self.told = done.stderr
        assert "Traceback" not in done.stderr
        assert done.returncode in (ENDED, FAILED, WAITS), done.stderr
        self.events += [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode

    @property
    def chat(self) -> str:
        return str(self.events[0]["chat"])

    @property
    def files(self) -> Path:
        """The chat's workspace."""
        return self.home / "workspaces" / self.chat / "files"

    @property
    def requests(self) -> list[Event]:
        """The open requests, oldest first."""
        decided = {event["request"] for event in self.of("DecisionMade")}
        return [event for event in self.of("DecisionRequested") if event["request"] not in decided]

    def of(self, kind: str) -> list[Event]:
        """The events of that kind, in order."""
        return [event for event in self.events if event["kind"] == kind]

    def said(self) -> list[tuple[str, str]]:
        """(agent, content) of each message, the task first."""
        return [(message["agent"], message["content"]) for message in self.of("MessagePosted")]


def approves(*replies: str) -> Answer:
    """A person who lets everything run for the rest of the chat, says `replies` when it is their turn, and then ends
    the chat."""
    lines = iter(replies)

    def answer(request: Event) -> list[str]:
        if "approve" in request["options"]:
            return ["--approve", "--for-chat"]
        reply = next(lines, "")
        return ["--text", reply] if reply else ["--end"]

    return answer
