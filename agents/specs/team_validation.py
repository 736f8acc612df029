"""What makes a team invalid beyond the types of its fields: names, request parameters, references within the team.

Each check raises ValueError with a sentence for the person who writes the team. Called by the validators of
`agents.specs.team`; what is valid and still weak is in `agents.specs.team_warnings`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pydantic import JsonValue

from agents.specs.validation import quoted

if TYPE_CHECKING:
    from agents.specs.team import AgentSpec, TeamSpec

MAX_TEAM_DEPTH = 3
"""A team, its teams, and theirs."""
MAX_TREE_AGENTS = 200
"""Members of a team and of all teams in it."""

MAX_DEPTH = 50
"""Of an agent's parameters; what nests deeper than 200 could be written as JSON and not be read again."""
NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
OWN_PARAMETERS = {"messages", "model", "stream", "stream_options", "temperature", "n"}
"""Of a model call: the studio sets them itself, or they have a field of their own."""


def checked_name(name: str) -> str:
    """Refuse a name that model providers do not accept."""
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(
            f"Found {name!r}; a name starts with a letter and has at most 64 of A-Z, a-z, 0-9, _ and -. "
            "Put any other into “Name people see” (display_name in a file)."
        )
    return name


def free_name(text: str, taken: Collection[str]) -> str:
    """Return a name like `text` that model providers accept and that is not among `taken`."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    base = re.sub(r"[^A-Za-z0-9_-]+", "_", letters).strip("_-")
    base = (base if base[:1].isalpha() else f"Agent_{base}")[:60].strip("_-")
    stem = base.rstrip("0123456789").rstrip("_") or base
    numbered = (f"{stem}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name not in taken)


def checked_parameters(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse request parameters that the studio sets itself, and what nests too deep for the log."""
    taken = sorted(OWN_PARAMETERS & parameters.keys())
    if taken:
        raise ValueError(f"{', '.join(taken)} cannot be set here; remove it.")
    if nesting(parameters) > MAX_DEPTH:
        raise ValueError(f"It nests more than {MAX_DEPTH} deep; write it flatter.")
    return parameters


def check_switched_on(agents: "list[AgentSpec]") -> None:
    """Refuse a team of which fewer than two take part."""
    n_on, off = sum(not agent.is_off for agent in agents), [agent.label for agent in agents if agent.is_off]
    if off and n_on < 2:
        found = "Only one agent is switched on" if n_on else "No agent is switched on"
        raise ValueError(
            f"{found}, and a team needs two. Switch on {' or '.join(map(repr, off[:3]))}, or add an agent."
        )


def check_references(team: "TeamSpec") -> None:
    """Refuse two agents of one name, and every reference to an agent who is not in the team."""
    names = [agent.name for agent in team.agents]
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise ValueError(f"Two agents are named {min(twice)!r}; give each its own name.")
    _check_members("initiator", [team.initiator], names)
    _check_members("first_speaker", [team.first_speaker], names)
    _check_members("termination.by", team.termination.by or [], names)
    for speaker, followers in (team.selection.transitions or {}).items():
        _check_members("selection.transitions", [speaker, *followers], names)


def check_team_member(role: str, team: object) -> None:
    """Refuse a member of the role team without one, and a team of a member of another role."""
    if role == "team" and team is None:
        raise ValueError("A member that is a team needs a team. Choose one under “Team” (team in a file).")
    if role != "team" and team is not None:
        raise ValueError("Only a member of the role “Team” has a team. Change its role, or remove the team.")


def check_tree(team: "TeamSpec") -> None:
    """Refuse teams in teams that go too deep, or have too many members together."""
    if (depth := team_depth(team)) > MAX_TEAM_DEPTH:
        text = f"Teams in teams go {depth} deep here; at most {MAX_TEAM_DEPTH} are allowed. Take one out."
        raise ValueError(text)
    if (n_agents := sum(len(each.agents) for each in team.tree)) > MAX_TREE_AGENTS:
        text = f"The team and the teams in it have {n_agents} members together; at most {MAX_TREE_AGENTS} are allowed."
        raise ValueError(text)


def team_depth(team: "TeamSpec") -> int:
    """Return how deep teams nest: 1 for a team without teams. One that is only named counts."""
    return 1 + max(
        (team_depth(agent.own_team) if agent.own_team else 1 for agent in team.agents if agent.role == "team"),
        default=0,
    )


def _check_members(field: str, used: Iterable[str], names: list[str]) -> None:
    known = set(names)
    for name in used:
        if name and name not in known:
            raise ValueError(f"{field} names {quoted(name)}, who is not in the team ({', '.join(names)}).")


def nesting(value: JsonValue) -> int:
    """Return how deep lists and mappings nest in `value`; 0 for a plain one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(nesting, inner), default=0)
