"""Teams from elsewhere: what a text is, the teams in it, and what of it is not carried.

One module per format, one protocol: `read`. Knows specs only; nothing is saved here, and no code in a text ever runs.
"""

from agents.exchange.formats import read
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource

__all__ = ["Note", "ProposedTeam", "Reading", "ToolSource", "read"]
