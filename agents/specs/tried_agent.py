"""The team in which one agent is tried: it answers one message, as it would in its own team, and nothing else happens.

The others stand by: their names and descriptions are there for it to read and to hand over to, and nobody speaks for
them. No tool runs unless a person says so. Called by the studio.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from agents.errors import UsageError
from agents.specs.active_team import active_team
from agents.specs.approval_rules import HAND_TO, MAX_RULES, Rule
from agents.specs.team import AgentSpec, SelectionSpec, TeamSpec
from agents.specs.team_parts import SummarySpec

BESIDE = {"name", "display_name", "emoji", "color", "description"}
"""The fields that are left of those who stand by."""


def team_to_try(team: TeamSpec, agent: str, *, connection: str = "", model: str = "") -> TeamSpec:
    """Return `team` as a chat in which `agent` answers the task and which then ends, with its limits on tokens, cost
    and time; with `connection` the agent is asked there, and with `model` of it. UsageError when no model speaks for
    the agent, or it is not in the team."""
    tried = next((member for member in team.agents if member.name == agent), None)
    if tried is None or not tried.has_model:
        raise UsageError(f"{agent[:80]!r} cannot be tried: only a member that a model speaks for can.")
    tried = tried.model_copy(update={"is_off": False})
    whole = team.model_copy(update={"agents": [tried if member.name == agent else member for member in team.agents]})
    active = active_team(whole)
    others = [_standing_by(member) for member in active.agents if member.name != agent]
    others = others or [
        AgentSpec(name="Person" if agent != "Person" else "You", role="human", human_input_mode="NEVER")
    ]
    names = {member.name for member in others}
    giver = active.task_giver if active.task_giver in names else others[0].name
    return active.model_copy(
        update={
            "agents": [*others, _tried(tried, connection, model)],
            "initiator": giver,
            "first_speaker": agent,
            "selection": SelectionSpec(
                method="round_robin",
                allow_repeat=active.selection.allow_repeat,
                transitions=active.selection.transitions,
            ),
            "termination": active.termination.model_copy(update={"function": "", "after_last": True}),
            "limits": active.limits.model_copy(
                update={"when_reached": "end", "max_rounds": None, "max_repeats": None},
            ),
            "summary": SummarySpec(),
            "step_mode": False,
            "policies": _asking(active.policies),
            "deadlines": [],
        }
    )


def _standing_by(member: AgentSpec) -> AgentSpec:
    kept = member.model_dump(include=BESIDE)
    return AgentSpec(**kept, role="human", human_input_mode="NEVER")


def _tried(member: AgentSpec, connection: str, model: str) -> AgentSpec:
    asked = {"connection": connection, "model": model} if connection or model else {}
    alone = {"human_input_mode": "NEVER", "max_consecutive_auto_reply": None, "step_mode": False}
    return member.model_copy(update={**alone, **asked})


def _asking(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules with a person asked where they would let something run; what they refuse stays refused, and
    handing over, which does nothing here, runs as it would while there is room for a rule that says so."""
    found: list[Rule] = []
    room = MAX_RULES - len(rules)
    for rule in rules:
        if rule.action == "approve":
            if room and fnmatchcase(HAND_TO, rule.tool) and rule.kind in ("any", "tool_call"):
                room -= 1
                found.append(rule.model_copy(update={"tool": HAND_TO}))
            rule = rule.model_copy(update={"action": "ask"})
        found.append(rule)
    return found
