"""`import`: the teams in a file are printed with what is not carried, and saved."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.listings import LESSON, TWO_AGENTS

TOOL = "@assistant.register_for_llm(description='Adds')\ndef add(a: int, b: int) -> int:\n    return a + b\n"


@pytest.fixture
def lesson(tmp_path: Path) -> str:
    """A file with the lesson's listings."""
    file = tmp_path / "lesson.py"
    file.write_text(LESSON, encoding="utf-8")
    return str(file)


class TestImport:
    def test_the_lessons_teams_are_printed_and_saved(self, agents: CommandLine, lesson: str):
        done = agents("import", lesson)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("2 teams found in an AutoGen script.\n")
        assert "programmer_assistant and executor_proxy (saved)" in done.out
        assert "Ends when programmer_assistant says TERMINATE" in done.out
        assert "  - Line 18: Code that executor_proxy runs waits for your approval" in done.out
        names = [row["name"] for row in agents("teams", "--json").events]
        assert {"programmer_assistant and executor_proxy"} < set(names)

    def test_as_json_it_is_one_object_for_the_file_and_one_for_each_team(self, agents: CommandLine, lesson: str):
        file, pair, group = agents("import", lesson, "--json").events
        assert file == {"kind": "an AutoGen script", "n_teams": 2, "notes": []}
        assert pair["agents"] == [
            {"name": "executor_proxy", "role": "executor"},
            {"name": "programmer_assistant", "role": "assistant"},
        ]
        assert pair["task"].startswith("Write a Python script")
        assert pair["notes"][1]["place"] == "line 18"
        assert group["team"]

    def test_a_dry_run_saves_nothing(self, agents: CommandLine, lesson: str):
        assert "(not saved)" in agents("import", lesson, "--dry-run").out
        assert all(row["source"] == "gallery" for row in agents("teams", "--json").events)

    def test_standard_input_is_read(self, agents: CommandLine):
        done = agents("import", "-", "--dry-run", given=TWO_AGENTS.encode())
        assert done.out.startswith("1 team found in an AutoGen script.\n")

    def test_the_code_of_tools_is_written_to_be_read_and_nothing_is_overwritten(
        self, agents: CommandLine, tmp_path: Path
    ):
        file, folder = tmp_path / "tool.py", tmp_path / "tools"
        file.write_text(TWO_AGENTS + TOOL, encoding="utf-8")
        assert agents("import", str(file), "--tools", str(folder)).code == 0
        assert "def add(a: int, b: int)" in (folder / "add.py").read_text(encoding="utf-8")
        again = agents("import", str(file), "--tools", str(folder))
        assert (again.code, again.err.count("\n")) == (2, 1)
        assert "is there already. Nothing was written and nothing saved." in again.err

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("import os\n", "It is Python that makes no agents"),
            ('{"mcpServers": {}}', "It is a list of MCP servers"),
            ("name: [", "not readable as YAML or JSON"),
            ("", "It is empty"),
        ],
    )
    def test_what_holds_no_team_is_refused_in_one_line(self, agents: CommandLine, text: str, said: str):
        done = agents("import", "-", given=text.encode())
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert said in done.err
        assert "Traceback" not in done.err
