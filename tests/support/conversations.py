"""Teams for the journeys on the scripted model, and starting chats with them without a browser."""

import json
import re
import uuid
from typing import Any

from agents.chats import Person
from agents.specs import TeamSpec, team_from_dict
from tests.support.scripted_replies import Reply, Request
from tests.support.studio_process import StudioProcess

ADA = Person(name="Ada")


def pair(model: str, **more: Any) -> TeamSpec:
    """A person and a writer who answer each other; the writer speaks with `model`."""
    agents: list[dict[str, Any]] = [
        {"name": "You", "role": "human"},
        {"name": "Writer", "prompt": "You write.", "model": model},
    ]
    return team_from_dict(
        {"name": "Pair", "agents": agents, "limits": {"max_rounds": None, "max_repeats": None}, **more}
    )


def monologue(model: str, n_messages: int, **more: Any) -> TeamSpec:
    """Two writers who need nobody and stop after so many messages, the task included."""
    agents = [{"name": name, "prompt": f"You are {name}.", "model": model} for name in ("Anton", "Berta")]
    limits = {"max_rounds": n_messages, "max_repeats": None}
    return team_from_dict({"name": "Two writers", "agents": agents, "limits": limits, **more})


def clerks(**more: Any) -> TeamSpec:
    """A person, and a clerk whose model is `pay` and whose tool is of that name."""
    clerk = {"name": "Clerk", "prompt": "You pay.", "model": "clerk", "tools": ["pay"]}
    return team_from_dict({"name": "Till", "agents": [{"name": "You", "role": "human"}, clerk], **more})


def pay(request: Request) -> Reply:
    """A clerk's model: asked to "Pay Ann 100" it calls the tool, and it answers to what comes of that."""
    heard = str(request.messages[-1].get("content"))
    if request.messages[-1]["role"] == "tool":
        reason = re.search(r"rejected it: (.*) Do not repeat", heard)
        return Reply(f"I did not pay, because: {reason[1]}" if reason else f"The tool says: {heard}")
    order = re.search(r"Pay (\S+) (\d+)", heard)
    if order is None:
        return Reply("Whom?")
    function = {"name": "pay", "arguments": json.dumps({"to": order[1], "amount": int(order[2])})}
    call = {"id": f"call_{request.n}", "type": "function", "function": function}
    return Reply("", tool_calls=[call], finish_reason="tool_calls")


def start(studio: StudioProcess, team: TeamSpec, task: str = "Write something.") -> str:
    """A new chat of the team, started by somebody else; the running studio works on it."""
    with studio.data() as data:
        return data.as_(ADA).chats.start(team, task, client_id=uuid.uuid4().hex)


def coders(model: str, **more: Any) -> TeamSpec:
    """A coder whose model is `model`, and the executor of its code; nothing runs that nobody approved."""
    agents = [
        {"name": "Coder", "prompt": "You write code.", "model": model},
        {"name": "Executor", "role": "executor", "auto_reply": "There is no code."},
    ]
    limits = {"max_rounds": 3, "max_repeats": None, "when_reached": "end"}
    return team_from_dict({"name": "Coders", "agents": agents, "initiator": "Executor", "limits": limits, **more})
