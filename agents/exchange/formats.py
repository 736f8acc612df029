"""Finds out what a pasted text or file is, and reads the teams in it. Nothing is saved, nothing in it runs.

The one protocol of this package: `read(text, subject)` returns a `Reading`, or raises SpecError with a sentence that
says what the text is and which place is wrong.
"""

import re
import textwrap

from agents.errors import SpecError
from agents.exchange.autogen_defaults import CONSTANTS
from agents.exchange.autogen_script import is_autogen, is_newer, read_autogen, starts_chat
from agents.exchange.autogen_studio import is_studio_file, read_studio_file
from agents.exchange.crewai import is_crew, read_crew
from agents.exchange.openai_agents import is_agents_sdk, read_agents_sdk
from agents.exchange.other_files import what_it_is
from agents.exchange.python_source import is_notebook, read_source
from agents.exchange.script import Script
from agents.exchange.team_file import is_team_file, read_team_file
from agents.exchange.values import Reading
from agents.plain_text import is_valid
from agents.specs.written_text import UnreadableError, read_text

KNOWN = (
    "a script or notebook for AutoGen or OpenAI's Agents SDK, a team of AutoGen Studio or CrewAI, or a team as YAML or "
    "JSON"
)
_PYTHON = re.compile(
    r"^(import\s+\w|from\s+[\w.]+\s+import\b|def\s+\w+\(|class\s+\w+|@\w|\w[\w.]*\s*=\s*\w[\w.]*\(|```\s*py|%|!pip"
    r"|\w[\w.]*\.(a_)?initiate_chats?\()",
    re.MULTILINE,
)
"""At the beginning of a line: in a team file code stands in prompts, which are indented."""
_TEAM_FILE = re.compile(r"^(agents:[ \t]*(\[.*|#.*)?$|schema_version:)", re.MULTILINE)


def read(text: str, subject: str = "The text") -> Reading:
    """Return the teams that `text` describes, whatever of the known kinds it is; SpecError when there are none."""
    if not is_valid(text) or "\0" in text:
        raise SpecError(subject, [("", "It has characters that no text has. It may be a picture, or a damaged file.")])
    if not text.strip():
        raise SpecError(subject, [("", "It is empty.")])
    if text[:1].isspace():
        text = textwrap.dedent(text)
    is_value = text.lstrip().startswith(("{", "[")) or _TEAM_FILE.search(text)
    if is_notebook(text) or (_PYTHON.search(text) and not is_value):
        return _read_python(text, subject)
    return _read_values(text, subject)


def _read_python(text: str, subject: str) -> Reading:
    source = read_source(text, subject)
    script = Script(CONSTANTS)
    for piece in source.pieces:
        script.read(piece.tree, piece.lines, piece.where)
    if not starts_chat(script) and not is_agents_sdk(script):
        script.follow_unused()
    if is_agents_sdk(script):
        script.follow_unused()
        return read_agents_sdk(script, source, subject)
    if is_newer(script):
        text = "It is a script for AutoGen 0.4 (autogen_agentchat). Give the team as JSON: “dump_component()” makes it."
        raise SpecError(subject, [("", text)])
    if is_autogen(script):
        return read_autogen(script, source, subject)
    what = "a notebook" if source.is_notebook else "Python"
    raise SpecError(
        subject, [("", f"It is {what} that makes no agents of AutoGen or OpenAI's SDK, so there is no team in it.")]
    )


def _read_values(text: str, subject: str) -> Reading:
    """Read YAML or JSON."""
    try:
        value = read_text(text)
    except UnreadableError as error:
        raise SpecError(subject, [("", str(error))]) from None
    if is_crew(value):
        return read_crew(value, subject)
    if is_team_file(value):
        return read_team_file(value, subject)
    if is_studio_file(value):
        return read_studio_file(value, subject)
    what = what_it_is(value) or f"It is no team that is known here. Give {KNOWN}."
    raise SpecError(subject, [("", what)])
