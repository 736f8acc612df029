"""What a person writes: teams, agents, limits, connections, and the gallery of ready teams."""

from agents.specs.base import Format
from agents.specs.connection import EMBEDDED, ConnectionSpec, OwnPrice
from agents.specs.policies import Asked, Condition, Deadline, Judgement, Rule, judged
from agents.specs.sandbox import Network, SandboxSpec
from agents.specs.team import (
    DEFAULT_CONNECTION,
    AgentSpec,
    LimitsSpec,
    SelectionSpec,
    TeamSpec,
    TerminationSpec,
    dump_team,
    load_team,
    team_from_dict,
)

__all__ = [
    "DEFAULT_CONNECTION",
    "EMBEDDED",
    "AgentSpec",
    "Asked",
    "Condition",
    "ConnectionSpec",
    "Deadline",
    "Format",
    "Judgement",
    "LimitsSpec",
    "Network",
    "OwnPrice",
    "Rule",
    "SandboxSpec",
    "SelectionSpec",
    "TeamSpec",
    "TerminationSpec",
    "dump_team",
    "judged",
    "load_team",
    "team_from_dict",
]
