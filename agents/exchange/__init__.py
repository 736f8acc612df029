"""Teams from elsewhere, and to elsewhere: what a text is, the teams in it, what is not carried; and teams as scripts.

One module per format, one protocol to read: `read`. Knows specs only; nothing is saved here, and no code in a text ever
runs.
"""

from agents.exchange.formats import read
from agents.exchange.team_python import team_script
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource

__all__ = ["Note", "ProposedTeam", "Reading", "ToolSource", "read", "team_script"]
