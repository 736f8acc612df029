"""The command line on a studio of its own, and a team file."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def agents(home: Path, sqlite_url: str) -> CommandLine:
    """The database is there already, where a studio in `home` looks for it: a copy is made sooner than its tables."""
    return CommandLine(home)


@pytest.fixture
def pair(tmp_path: Path) -> str:
    """A team file: a person and a writer who says TERMINATE when asked to."""
    file = tmp_path / "pair.yaml"
    file.write_text(
        "name: Pärchen\n"
        "agents:\n"
        "  - {name: User, role: human, display_name: Sie}\n"
        "  - {name: Writer, prompt: Write. Say TERMINATE when done.}\n"
        "limits: {max_rounds: 6}\n",
        encoding="utf-8",
    )
    return str(file)
