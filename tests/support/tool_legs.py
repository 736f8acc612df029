"""A team whose tools leave traces, models that call them, and what people decide about it."""

import json
from pathlib import Path
from typing import Any

from agents.chats import DecisionRequested, ToolReturned
from agents.specs import TeamSpec, load_team
from agents.tools import ChatTools, ToolRegistry
from tests.support.legs import Log
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S

PLUGIN = '''
from pathlib import Path
from agents.tools import idempotent

TRACES = Path({traces!r})

def _trace(text: str) -> None:
    with TRACES.open("a") as file:
        file.write(text + "\\n")

def send_mail(to: str, text: str = "Hello") -> str:
    """Send a mail."""
    _trace(f"mail to {{to}}: {{text}}")
    return f"sent to {{to}}"

def delete_all(folder: str) -> str:
    """Delete all files."""
    _trace(f"deleted {{folder}}")
    return "deleted"

@idempotent
def look_up(word: str) -> str:
    """Look a word up."""
    _trace(f"looked up {{word}}")
    return f"{{word}} is a word"

def fail(how: str = "badly") -> None:
    """Fail."""
    _trace(f"failed {{how}}")
    raise RuntimeError(how)
'''

TOOLS = ["send_mail", "delete_all", "look_up", "fail"]


class Traces(ChatTools):
    """The real tools from a real folder of plugins, and what they did, in order."""

    def __init__(self, folder: Path):
        self._traces = folder / "traces.txt"
        self.plugins = folder / "plugins"
        self.plugins.mkdir(parents=True, exist_ok=True)
        (self.plugins / "traces.py").write_text(PLUGIN.format(traces=str(self._traces)))
        super().__init__(ToolRegistry(self.plugins, timeout_s=WITHIN_S), None)

    @property
    def left(self) -> list[str]:
        """One line for each time a tool did its work."""
        return self._traces.read_text().splitlines() if self._traces.exists() else []


def calling(*calls: tuple[str, Any], text: str = "") -> Reply:
    """A reply that calls tools; arguments that are text are sent as they are."""
    wires = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)},
        }
        for n, (name, arguments) in enumerate(calls)
    ]
    return Reply(text, tool_calls=wires, finish_reason="tool_calls")


def pair_with_tools(**team: Any) -> TeamSpec:
    """A silent human and one assistant who may call every tool; the chat ends after its first message."""
    spec = load_team(
        "name: Pair\n"
        "agents:\n"
        "  - {name: user, role: human, human_input_mode: NEVER, auto_reply: Go on.}\n"
        f"  - {{name: Dev, prompt: You act., tools: {TOOLS}}}\n"
    )
    limits = {"when_reached": "end", "max_rounds": 2, "max_repeats": None, **team.pop("limits", {})}
    return TeamSpec.model_validate({**spec.model_dump(), "limits": limits, **team})


def approves(request: DecisionRequested) -> dict[str, Any]:
    """A person to whom all is well."""
    match request.of:
        case "tool_call" if request.payload.get("is_cut"):
            return {"verdict": "retry"}
        case "tool_call" | "message":
            return {"verdict": "approve"}
        case "loop" | "pause":
            return {"verdict": "continue"}
        case "limit":
            return {"verdict": "raise", "amount": 1_000_000}
        case _:
            return {"verdict": "reply", "text": f"A person's answer on turn {request.turn}."}


def rejects(request: DecisionRequested) -> dict[str, Any]:
    """A person who wants no tool to run."""
    return {"verdict": "reject", "text": "too dangerous"} if request.of == "tool_call" else approves(request)


def returned(log: Log) -> list[tuple[str, str]]:
    """(outcome, what the model read) of the tool calls, in order."""
    return [(r.event.outcome, r.event.text) for r in log if isinstance(r.event, ToolReturned)]


def requests(log: Log) -> list[DecisionRequested]:
    """What was asked, of people and of rules, in order."""
    return [r.event for r in log if isinstance(r.event, DecisionRequested)]


def tool_results(server: ScriptedServer) -> list[str]:
    """What the model read of its calls, in its last prompt."""
    return [str(m["content"]) for m in server.records[-1].messages if m["role"] == "tool"]
