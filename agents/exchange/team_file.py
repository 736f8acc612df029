"""Our own team files: YAML and JSON, as the studio exports them."""

from typing import Any

from agents.exchange.values import ProposedTeam, Reading
from agents.specs import team_from_dict
from agents.specs.validation import checked_mapping

FIELDS = {"agents", "schema_version"}
"""Of which a team file has one at least."""


def is_team_file(value: Any) -> bool:
    """Whether what was read is a team of ours, or was meant as one."""
    return isinstance(value, dict) and bool(FIELDS & {str(name) for name in value})


def read_team_file(value: Any, subject: str) -> Reading:
    """Return the team in what was read of a file of ours; SpecError names every field to correct."""
    return Reading("a team file", (ProposedTeam(team_from_dict(checked_mapping(value, subject), subject)),))
