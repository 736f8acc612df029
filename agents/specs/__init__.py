"""What a person writes: teams, agents, limits, connections, and the gallery of ready teams."""

from agents.specs.approval_rules import GATED, ActionRequest, Condition, Deadline, PolicyDecision, Rule, evaluate
from agents.specs.connection import EMBEDDED, REHEARSED, ConnectionSpec, OwnPrice
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
from agents.specs.validation import Format

__all__ = [
    "DEFAULT_CONNECTION",
    "EMBEDDED",
    "GATED",
    "REHEARSED",
    "ActionRequest",
    "AgentSpec",
    "Condition",
    "ConnectionSpec",
    "Deadline",
    "Format",
    "LimitsSpec",
    "Network",
    "OwnPrice",
    "PolicyDecision",
    "Rehearsal",
    "Rule",
    "SandboxSpec",
    "SelectionSpec",
    "TeamSpec",
    "TerminationSpec",
    "dump_rehearsal",
    "dump_team",
    "evaluate",
    "load_rehearsal",
    "load_team",
    "team_from_dict",
]
