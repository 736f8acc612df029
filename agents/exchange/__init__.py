"""Work taken in and out of the studio: one small module for each format. Pure functions over values.

`read` says what a text is, the teams in it, and what of it is not carried: nothing is saved, and no code in it runs.
`chat_*` writes a chat out.
`team_script` writes a team out, as a script.
"""

from agents.exchange.formats import read
from agents.exchange.team_python import team_script
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource

__all__ = ["Note", "ProposedTeam", "Reading", "ToolSource", "read", "team_script"]
