"""A command, variables and headers as people write them in a text field, and back.

A value that is saved is never shown: it stands as `KEPT`, and stays what it is while that is left there.
"""

import shlex

from agents.errors import UsageError
from agents.specs.mcp_server import WORKSPACE
from agents.studio import McpServerRow
from agents.text.numbers import count_text

KEPT = "•••"


def command_of(line: str) -> tuple[str, list[str]]:
    """The program and its arguments, as a shell would take them apart; UsageError for a quote without its end."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise UsageError("The command has a quote without its end. Nothing was saved.") from None
    return (words[0], words[1:]) if words else ("", [])


def line_of(command: str, args: list[str]) -> str:
    """What `command_of` takes apart into these."""
    return shlex.join([command, *args]).replace(f"'{WORKSPACE}'", WORKSPACE) if command else ""


def values_of(text: str, mark: str) -> dict[str, str | None]:
    """Name -> value of each line `name mark value`, None for what is kept; UsageError, without the line, for others."""
    found: dict[str, str | None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, separator, value = line.partition(mark)
        if not separator or not name.strip():
            raise UsageError(f"Line {number} is not NAME{mark}value. Nothing was saved.")
        found[name.strip()] = None if value.strip() == KEPT else value.strip()
    return found


def n_tools(row: McpServerRow) -> str:
    """How many tools it listed: "1 tool", "no tools"."""
    return count_text(len(row.tools), "tool") if row.tools else "no tools"


def text_of(names: list[str], mark: str) -> str:
    """The lines of those names, with their values kept."""
    return "\n".join(f"{name}{mark}{KEPT}" for name in names)
