"""What a person writes: teams, agents, limits, connections, and the gallery of ready teams."""

from agents.specs.active_team import active_members, active_team
from agents.specs.approval_rules import (
    GATED,
    HAND_TO,
    HANDING_OVER,
    REJECTABLE,
    SKIPPABLE,
    ActionRequest,
    Deadline,
    PolicyDecision,
    RequestKind,
    Rule,
    evaluate,
    evaluate_team,
)
from agents.specs.connection import EMBEDDED, INSTALL_EMBEDDED, REHEARSED, ConnectionSpec, OwnPrice
from agents.specs.rehearsal import Rehearsal, dump_rehearsal, load_rehearsal
from agents.specs.team import (
    DEFAULT_CONNECTION,
    SELECTION_MESSAGE,
    SELECTION_PROMPT,
    AgentSpec,
    LimitsSpec,
    SelectionSpec,
    TeamSpec,
    TerminationSpec,
    dump_team,
    load_team,
    pinned_team,
    team_from_dict,
)
from agents.specs.team_parts import SUMMARY_PROMPT, ContextSpec, SandboxSpec, SummarySpec, ToolMemory
