"""Handing over: an agent chooses who speaks after it, by the built-in tool `hand_to`. Pure functions of the team.

Only those whom the transitions allow can be chosen. What was chosen is in the log, in `ToolReturned.hands_to`; the
speaker selection reads it there.
"""

from typing import Any

from agents.errors import UsageError
from agents.specs import HAND_TO, AgentSpec, TeamSpec


def candidates(team: TeamSpec, agent: str) -> list[AgentSpec]:
    """Return whom `agent` may hand over to."""
    return [team.agent(name) for name in team.followers(agent) if name != agent]


def offered(schemas: list[dict[str, Any]], team: TeamSpec, agent: str) -> list[dict[str, Any]]:
    """Return the entries of a request's `tools` as `agent` reads them: `hand_to` with the names that it takes, or not
    at all where there is nobody to choose."""
    members = candidates(team, agent)
    found = []
    for schema in schemas:
        if schema["function"]["name"] != HAND_TO:
            found.append(schema)
        elif members:
            found.append(_with_names(schema, members))
    return found


def target(team: TeamSpec, agent: str, arguments: dict[str, Any]) -> AgentSpec:
    """Return whom a call of `hand_to` chooses; UsageError tells the model what to correct."""
    members = candidates(team, agent)
    names = ", ".join(member.name for member in members)
    said = arguments.get("agent")
    if not isinstance(said, str) or not said.strip():
        raise UsageError(f"Nobody was chosen: `agent` is missing. Name one of {names or 'nobody'}.")
    for member in members:
        if _plain(said) in (_plain(member.name), _plain(member.label)):
            return member
    whom = "nobody can be chosen" if not members else f"choose one of {names}"
    raise UsageError(f"{said.strip()[:80]!r} may not speak after you; {whom}.")


def _with_names(schema: dict[str, Any], members: list[AgentSpec]) -> dict[str, Any]:
    function = schema["function"]
    parameters = function["parameters"]
    roles = "\n".join(f"{member.name}: {member.description}".strip(": ") for member in members)
    chosen = {**parameters["properties"]["agent"], "enum": [member.name for member in members]}
    properties = {**parameters["properties"], "agent": chosen}
    return {
        **schema,
        "function": {
            **function,
            "description": f"{function['description']}\n\n{roles}",
            "parameters": {**parameters, "properties": properties},
        },
    }


def _plain(name: str) -> str:
    return name.strip().replace("_", " ").casefold()
