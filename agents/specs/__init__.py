"""What a person writes: teams, agents, limits, connections, and the gallery of ready teams."""

from agents.specs.base import Format
from agents.specs.connection import EMBEDDED, REHEARSED, ConnectionSpec, OwnPrice
from agents.specs.policies import GATED, Asked, Condition, Deadline, Judgement, Rule, judged
from agents.specs.rehearsal import Rehearsal, dump_rehearsal, load_rehearsal
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
    "GATED",
    "REHEARSED",
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
    "Rehearsal",
    "Rule",
    "SandboxSpec",
    "SelectionSpec",
    "TeamSpec",
    "TerminationSpec",
    "dump_rehearsal",
    "dump_team",
    "judged",
    "load_rehearsal",
    "load_team",
    "team_from_dict",
]
