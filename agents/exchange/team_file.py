"""Our own team files: YAML and JSON, as the studio exports them."""

from agents.exchange.values import ProposedTeam, Reading
from agents.specs import load_team


def read_team_file(text: str, subject: str) -> Reading:
    """Return the team in a file of ours; SpecError names every field to correct."""
    return Reading("a team file", (ProposedTeam(load_team(text, subject)),))
