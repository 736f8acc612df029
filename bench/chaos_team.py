"""What plays in the chaos: a team that talks, calls a tool and runs code, and a model server that fails as told.

Every tool call and block of code leaves a line under a name of its own, so that what ran can be counted.
"""

import random
import re
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from agents.chats import CodeStarted, DecisionMade, Recorded, ToolStarted
from agents.specs import ConnectionSpec, TeamSpec, load_team
from agents.studio import Studio
from agents.workspaces import Workspace
from tests.support.scripted_replies import Item, Reply, Request
from tests.support.tool_legs import calling

CONNECTION = "chaos"
TIMEOUT_S = 5.0
LONGEST_REPLY_S = 0.3
TASK = re.compile(r"Task (\d+)\.")

TEAM = """
name: Chaos
agents:
  - {name: Lead, prompt: You lead., description: Leads.}
  - {name: Clerk, prompt: You note., description: Notes., tools: [note]}
  - {name: Coder, prompt: You code., description: Codes.}
  - {name: Runner, role: executor}
selection: {method: round_robin}
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
policies:
  - {kind: code_block, action: approve}
  - {kind: tool_call, action: %s}
"""

PLUGIN = '''
from pathlib import Path

NOTES = Path({notes!r})

def note(text: str) -> str:
    """Write a note."""
    with NOTES.open("a") as file:
        file.write(text + "\\n")
    return "noted"
'''

FAULTS = [
    lambda: Reply(status=503, body={"error": {"message": "overloaded"}}),
    lambda: Reply(is_silent=True),
    lambda: Reply("Half of a reply that is never finished.", drop_after=3),
    lambda: Reply("A slow reply.", delay_s=2.0),
    lambda: Reply("A very slow reply.", piece_delay_s=0.5),
]


def team(number: int, n_messages: int) -> TeamSpec:
    """Every second one asks a person before its tool runs."""
    return load_team(TEAM % (n_messages, "ask" if number % 2 else "approve"))


def prepare(studio: Studio, base_url: str) -> None:
    """Give the studio the tool and the connection."""
    plugins = studio.settings.plugins
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / "notes.py").write_text(PLUGIN.format(notes=str(studio.settings.home / "notes.txt")))
    spec = ConnectionSpec(
        name=CONNECTION, kind="openai", base_url=base_url, model="scripted", timeout_s=TIMEOUT_S, max_retries=1
    )
    studio.store.connections.save(spec, key="k")
    studio.store.connections.set_default(CONNECTION)


class Replies:
    """The server's script. Safe to ask from its thread while another one changes `p_fault`."""

    def __init__(self, seed: int):
        self.p_fault = 0.0
        """How likely a request fails."""
        self.n_requests: Counter[int] = Counter()
        """By the number of the task."""
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Item | None:
        texts = [str(message.get("content") or "") for message in request.messages]
        number = next((int(found[1]) for text in texts if (found := TASK.search(text))), 0)
        with self._lock:
            self.n_requests[number] += 1
            if self._random.random() < self.p_fault:
                return self._random.choice(FAULTS)()
            delay_s = self._random.uniform(0, LONGEST_REPLY_S)  # so that chats are not all at the same point
        key = f"task-{number}-after-{sum(message['role'] != 'tool' for message in request.messages)}"
        if "You note." in texts[0] and request.messages[-1]["role"] != "tool":
            return replace(calling(("note", {"text": key})), delay_s=delay_s)
        if "You code." in texts[0]:
            return Reply(f"```sh\necho {key} >> notes.txt\nsleep 0.2\n```", delay_s=delay_s)
        return Reply(f"That is what I say of {key}, in a few more words than it needs.", delay_s=delay_s)


def effects(home: Path, chats: list[str]) -> Counter[str]:
    """How often each tool call and each block really ran, by its name."""
    lines: list[str] = []
    if (home / "notes.txt").exists():
        lines += (home / "notes.txt").read_text().splitlines()
    for chat in chats:
        workspace = Workspace(home, chat)
        if any(path == "notes.txt" for path, _ in workspace.listed()):
            lines += workspace.read("notes.txt").decode().splitlines()
    return Counter(lines)


def starts(log: list[Recorded]) -> tuple[Counter[str], int]:
    """(how often the log says that each one began, how many of these starts nobody decided): an action begins once, and
    once more for each time that a person said so."""
    by_name: Counter[str] = Counter()
    by_action: Counter[tuple[int, str]] = Counter()
    n_retries = sum(isinstance(each.event, DecisionMade) and each.event.verdict == "retry" for each in log)
    for each in log:
        if isinstance(each.event, ToolStarted):
            by_name[str(each.event.arguments.get("text"))] += 1
            by_action[each.event.turn, each.event.call] += 1
        if isinstance(each.event, CodeStarted):
            found = re.search(r"echo (\S+)", each.event.code)
            by_name[found[1] if found else ""] += 1
            by_action[each.event.turn, each.event.block] += 1
    return by_name, max(0, sum(n - 1 for n in by_action.values()) - n_retries)
