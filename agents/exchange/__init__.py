"""Work taken in and out of the studio: one small module for each format. Pure functions over values.

`read` says what a text is, the teams in it, and what of it is not carried: nothing is saved, and no code in it runs.
`chat_*` writes a chat out.
"""

from agents.exchange.formats import read
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource

__all__ = ["Note", "ProposedTeam", "Reading", "ToolSource", "read"]
