"""`teams files`, `add` and `remove`: the files that a saved team keeps, and a chat that begins with them."""

from datetime import datetime
from pathlib import Path

import pytest

from agents.cli.output import time_text
from agents.models.rehearsed import PACE_VARIABLE
from agents.specs import load_team
from tests.support.command_line import CommandLine, at
from tests.support.scripted_server import ScriptedServer
from tests.support.studio import opened


@pytest.fixture
def desk(agents: CommandLine, home: Path, pair: str) -> str:
    """The name of a saved team."""
    with opened(home) as studio:
        studio.as_("Ada").teams.save(load_team(Path(pair).read_text(encoding="utf-8")))
    return "Pärchen"


@pytest.fixture
def terms(tmp_path: Path) -> str:
    """A file to add."""
    file = tmp_path / "terms.md"
    file.write_text("Pay within 30 days.\n")
    return str(file)


class TestFiles:
    def test_are_added_listed_copied_out_and_removed(self, agents: CommandLine, desk: str, terms: str, tmp_path: Path):
        added = agents("teams", "add", desk, terms)
        assert added.code == 0, added.err
        assert added.out.split()[:4] == ["20", "terms.md", "added", "by"]
        (row,) = agents("teams", "files", desk, "--json").events
        assert (row["name"], row["size"], row["copied_to"], len(row["sha256"])) == ("terms.md", 20, "", 64)
        assert row["added_at"].startswith("20")
        listed = agents("teams", "files", desk).out.rstrip()
        assert listed.endswith(time_text(datetime.fromisoformat(row["added_at"])))
        copied = agents("teams", "files", desk, "--to", str(tmp_path / "out"))
        assert copied.out.split() == ["20", str(tmp_path / "out" / "terms.md")]
        assert (tmp_path / "out" / "terms.md").read_text() == "Pay within 30 days.\n"
        assert agents("teams", "files", desk, "--to", str(tmp_path / "out")).code == 2
        removed = agents("teams", "remove", desk, "terms.md")
        assert (removed.code, removed.out) == (0, "")

    def test_a_chat_begins_with_them_and_a_file_of_the_same_name_goes_first(
        self, agents: CommandLine, desk: str, terms: str, server: ScriptedServer, tmp_path: Path
    ):
        agents("teams", "add", desk, terms)
        server.script(["Done. TERMINATE"])
        done = agents("run", desk, "--task", "Look", "--json", *at(server))
        assert done.code == 3, done.err  # the person is asked
        (made,) = [event for event in done.events if event["kind"] == "FilesChanged"]
        assert ([change["path"] for change in made["changes"]], made["is_of_team"]) == (["terms.md"], True)
        assert "attached the team's terms.md (20 bytes)" in agents("show", done.chat).out
        own = tmp_path / "mine" / "terms.md"
        own.parent.mkdir()
        own.write_text("mine")
        server.script(["Done. TERMINATE"])
        done = agents("run", desk, "--task", "Look", "--attach", str(own), "--json", *at(server))
        (made,) = [event for event in done.events if event["kind"] == "FilesChanged"]
        assert (made["changes"][0]["size"], made["is_of_team"]) == (4, False)

    def test_a_rehearsal_of_the_team_begins_with_them_too(
        self, agents: CommandLine, desk: str, terms: str, tmp_path: Path
    ):
        agents("teams", "add", desk, terms)
        script = tmp_path / "script.yaml"
        script.write_text("name: Mine\ntask: Write.\nsteps:\n  - {agent: Writer, says: A bell.}\n")
        played = agents(
            "run", desk, "--rehearsed", str(script), "--json", environ={**agents.environ, PACE_VARIABLE: "0"}
        )
        assert played.code == 3, played.err  # the person is asked
        (made,) = [event for event in played.events if event["kind"] == "FilesChanged"]
        assert ([change["path"] for change in made["changes"]], made["is_of_team"]) == (["terms.md"], True)


class TestBadUsage:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            (["files"], "Name the team"),
            (["add", "Pärchen"], "Write "),
            (["files", "Pärchen", "a.md"], "Write "),
            (["remove", "Pärchen", "a.md", "--to", "x"], "Write "),
            (["remove", "Pärchen", "a.md"], "The team has no file 'a.md'. Nothing was removed."),
            (["add", "Pärchen", "gone.md"], "'gone.md' cannot be read"),
            (["files", "product-team"], "There is no saved team 'product-team'"),
        ],
    )
    def test_is_said_in_one_line(self, agents: CommandLine, desk: str, typed: list[str], said: str):
        done = agents("teams", *typed)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert said in done.err
