"""`teams revisions` and `teams live`: which revision of a saved team is live, and that `run` runs it and says so."""

from pathlib import Path

import pytest

from agents.specs import load_team
from tests.support.command_line import CommandLine, at
from tests.support.scripted_server import ScriptedServer
from tests.support.studio import opened


@pytest.fixture
def desk(agents: CommandLine, home: Path, pair: str) -> str:
    """The name of a saved team of two revisions."""
    team = load_team(Path(pair).read_text(encoding="utf-8"))
    with opened(home) as studio:
        teams = studio.as_("Ada").teams
        row = teams.save(team)
        teams.save(team.model_copy(update={"name": "Renamed"}), team_id=row.team_id)
    return "Renamed"


def labels(agents: CommandLine, desk: str) -> list[tuple[int, str]]:
    return [(row["revision"], row["label"]) for row in agents("teams", "revisions", desk, "--json").events]


class TestRevisions:
    def test_one_is_labelled_live_listed_and_no_longer(self, agents: CommandLine, desk: str):
        assert labels(agents, desk) == [(2, ""), (1, "")]
        labelled = agents("teams", "live", desk, "1")
        assert labelled.code == 0, labelled.err
        assert [line.split()[:4] for line in labelled.out.splitlines()] == [
            ["2", "draft", "saved", "by"],
            ["1", "live", "saved", "by"],
        ]
        assert "revision 1, live; 2, draft" in agents("teams").out
        (saved,) = [row for row in agents("teams", "--json").events if row["source"] != "gallery"]
        assert (saved["source"], saved["live"]) == ("revision 2", 1)
        agents("teams", "live", desk, "2")
        assert labels(agents, desk) == [(2, "live"), (1, "")]
        assert "revision 2, live " in agents("teams").out
        agents("teams", "live", desk, "none")
        assert labels(agents, desk) == [(2, ""), (1, "")]

    def test_run_runs_the_live_one_and_says_so(self, agents: CommandLine, desk: str, server: ScriptedServer):
        agents("teams", "live", desk, "1")
        for name in ("Renamed", "Pärchen"):
            server.script(["Done. TERMINATE"])
            done = agents("run", name, "--task", "Look", "--json", *at(server))
            assert "Runs revision 1, which is live." in done.err
            assert done.events[0]["team"]["name"] == "Pärchen"
        listed = agents("teams", "revisions", desk)
        assert listed.out.splitlines()[1].endswith("2 chats")
        agents("teams", "live", desk, "none")
        server.script(["Done. TERMINATE"])
        done = agents("run", desk, "--task", "Look", "--json", *at(server))
        assert "live" not in done.err
        assert done.events[0]["team"]["name"] == "Renamed"


class TestBadUsage:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            (["revisions"], "Name the team"),
            (["live", "Renamed"], "live TEAM REVISION"),
            (["live", "Renamed", "1", "2"], "live TEAM REVISION"),
            (["revisions", "Renamed", "1"], "live TEAM REVISION"),
            (["live", "Renamed", "first"], "'first' is no revision. Write its number, or none"),
            (["live", "Renamed", "-1"], ""),
            (["live", "Renamed", "3"], "There is no revision 3"),
            (["revisions", "product-team"], "There is no saved team 'product-team'"),
        ],
    )
    def test_is_said_in_one_line_and_changes_nothing(self, agents: CommandLine, desk: str, typed: list[str], said: str):
        agents("teams", "live", desk, "1")
        done = agents("teams", *typed)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert said in done.err
        assert labels(agents, desk) == [(2, "draft"), (1, "live")]
