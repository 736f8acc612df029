"""A chat taken out from the command line."""

import json
import zipfile
from pathlib import Path

import pytest

from agents.settings import Settings
from agents.studio import Studio
from tests.support.command_line import CommandLine
from tests.support.exported_chats import everything, put


@pytest.fixture
def chat(home: Path, agents: CommandLine) -> str:
    """A chat in which everything happened, in the studio of the command line."""
    with Studio.open(Settings.from_env(agents.environ)) as studio:
        return put(studio, everything())


class TestExport:
    def test_a_page_is_written_unless_another_format_is_named(self, agents: CommandLine, chat: str, tmp_path: Path):
        file = tmp_path / "out.html"
        done = agents("export", chat, "-o", str(file))
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"{file}, ")
        assert file.read_text(encoding="utf-8").startswith("<!doctype html>")

    def test_without_a_file_it_is_printed_for_another_program(self, agents: CommandLine, chat: str):
        done = agents("export", chat, "--as", "events")
        assert [line["seq"] for line in done.events] == list(range(1, len(everything()) + 1))
        text = agents("export", chat, "--as", "markdown", "--without-names", "--without-amounts").out
        assert "Person-1" in text
        assert "Babbage" not in text
        assert "$" not in text

    def test_json_tells_about_the_file(self, agents: CommandLine, chat: str, tmp_path: Path):
        file = tmp_path / "all.zip"
        (told,) = agents("export", chat, "--as", "zip", "--json", "--output", str(file)).events
        assert told == {"chat": chat, "as": "zip", "file": str(file), "size": file.stat().st_size}
        assert zipfile.is_zipfile(file)

    def test_no_file_is_overwritten(self, agents: CommandLine, chat: str, tmp_path: Path):
        file = tmp_path / "mine.html"
        file.write_text("mine")
        done = agents("export", chat, "-o", str(file))
        assert (done.code, done.out) == (2, "")
        assert "is there already and was not overwritten" in done.err
        assert file.read_text() == "mine"

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["nowhere"], "nowhere"),
            (["c1", "--as", "pdf"], "invalid choice"),
            (["c1", "--json"], "add -o FILE"),
            (["c1", "-o", "/nowhere/at/all.html"], "cannot be written"),
        ],
    )
    def test_what_cannot_be_meant_is_one_line(self, agents: CommandLine, chat: str, arguments: list[str], why: str):
        done = agents("export", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert why in done.err

    def test_json_lines_are_read_by_other_programs(self, agents: CommandLine, chat: str):
        example = json.loads(agents("export", chat, "--as", "finetune").out)
        assert set(example) == {"messages", "tools"}
