"""Teams for the journeys on the scripted model, and starting chats with them without a browser."""

import uuid
from typing import Any

from agents.chats import Person
from agents.specs import TeamSpec, team_from_dict
from tests.journeys.running import StudioProcess

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


def start(studio: StudioProcess, team: TeamSpec, task: str = "Write something.") -> str:
    """A new chat of the team, started by somebody else; the running studio works on it."""
    with studio.data() as data:
        return data.start_chat(team, task, by=ADA, client_id=uuid.uuid4().hex)
