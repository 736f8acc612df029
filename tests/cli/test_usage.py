"""What cannot be meant is refused with one clear line and exit code 2; lists and checks."""

import json
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agents import errors, specs
from agents.cli import commands
from agents.settings import Settings
from agents.studio import Studio
from tests.support.app_pages import played
from tests.support.bad_teams import BAD, file
from tests.support.command_line import ROOT, CommandLine

BAD_USAGE = {
    "no command": ([], "COMMAND"),
    "an unknown command": (["sing"], "sing"),
    "an unknown option": (["run", "product-team", "--task", "x", "--fast"], "--fast"),
    "no task": (["run", "product-team"], "--task"),
    "an unknown team": (["run", "nobody", "--task", "x"], "'nobody'"),
    "a file that is not there": (["run", "gone.yaml", "--task", "x"], "cannot be read"),
    "a folder": (["run", "/tmp", "--task", "x"], "cannot be read"),
    "a key without an address": (["run", "product-team", "--task", "x", "--api-key-env", "X"], "--base-url"),
    "a variable that is not set": (
        ["run", "product-team", "--task", "x", "--base-url", "http://a/v1", "--model", "m", "--api-key-env", "NOT_SET"],
        "'NOT_SET'",
    ),
    "an address that is none": (["run", "product-team", "--task", "x", "--base-url", "nowhere"], "base_url"),
    "an unknown placeholder": (["run", "product-team", "--task", "x", "--set", "a=b"], "--set"),
    "an empty task": (["run", "product-team", "--task", " "], "task is empty"),
    "an unknown chat": (["show", "nowhere"], "'nowhere'"),
    "an answer to an unknown chat": (["answer", "nowhere", "--skip"], "'nowhere'"),
    "no answer": (["answer", "nowhere"], "--text"),
    "a port that is none": (["serve", "--port", "99999"], "'99999'"),
    "a path that is none": (["serve", "--base-path", "a b?"], "'a b?'"),
    "an unknown shell": (["completion", "tcsh"], "tcsh"),
    "two answers": (["answer", "nowhere", "--skip", "--end"], "--end"),
}


class TestBadUsage:
    @pytest.mark.parametrize("name", BAD_USAGE)
    def test_it_is_refused_with_one_line(self, agents: CommandLine, name: str):
        arguments, words = BAD_USAGE[name]
        done = agents(*arguments)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
        assert words in done.err

    @pytest.mark.parametrize("name", ["a YAML bomb", "a binary file", "an unknown field", "an empty file"])
    def test_a_bad_team_file_is_refused_with_one_line_and_starts_nothing(
        self, agents: CommandLine, tmp_path: Path, name: str
    ):
        bad = tmp_path / "bad.yaml"
        bad.write_text(BAD[name][0], encoding="utf-8")
        for arguments in (["check", str(bad)], ["run", str(bad), "--task", "x"]):
            done = agents(*arguments)
            assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
            assert BAD[name][2] in done.err
        assert agents("chats").out == ""

    def test_a_file_that_is_no_text_is_refused(self, agents: CommandLine):
        done = agents("check", "-", given=b"\xff\xfe\x00name")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "UTF-8" in done.err

    @pytest.mark.parametrize("url", ["mysql://me:secret@host/x", "postgresql://me:secret@host:port/x"])
    def test_a_setting_that_cannot_be_used_is_one_line_too(self, agents: CommandLine, url: str):
        done = agents("chats", environ={"STUDIO_DB": url})
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "STUDIO_DB" in done.err
        assert "secret" not in done.err

    @pytest.mark.parametrize("site", ["*", "intranet", "https://a.example;script-src", "https://a.example/b", "'self'"])
    def test_a_site_that_may_embed_it_and_is_none_is_one_line_too(self, agents: CommandLine, site: str):
        done = agents("chats", environ={"STUDIO_EMBEDDED_IN": f"https://good.example:8443/ {site}"})
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert site in done.err

    def test_a_folder_that_cannot_be_used_is_one_line_too(self, agents: CommandLine, tmp_path: Path):
        taken = tmp_path / "taken"
        taken.write_text("not a folder")
        done = agents("chats", environ={"STUDIO_HOME": str(taken)})
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "Set STUDIO_HOME" in done.err

    def test_a_folder_of_nobody_is_one_line_too(self, agents: CommandLine):
        done = agents("chats", environ={"STUDIO_HOME": "~nobody-of-that-name/studio"})
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "STUDIO_HOME" in done.err


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch):
    """This process is in Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class TestTheStudiosFolder:
    def test_home_says_it_for_one_command(self, tmp_path: Path):
        agents = CommandLine(tmp_path / "home")
        assert agents("chats", "--home", str(tmp_path / "other")).code == 0
        assert (tmp_path / "other" / "studio.db").exists()
        assert not (tmp_path / "home").exists()


class TestAClosedTerminal:
    @pytest.mark.parametrize("closed", ["<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
    def test_stops_no_command(self, agents: CommandLine, closed: str):
        command = f"{sys.executable} -m agents teams {closed}"
        done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=agents.environ, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


class TestAnAddressOnTheCommandLine:
    def test_uses_the_connection_that_says_the_same_and_overwrites_none(self, tmp_path: Path):
        studio = Studio.open(Settings(home=tmp_path, db_url=f"sqlite:///{tmp_path}/studio.db", workers=0))
        own = specs.ConnectionSpec(name="box-8000-m", base_url="http://box:8000/v1", model="m", timeout_s=7)
        studio.local.connections.save(own)

        def connection(address: str, model: str = "m") -> str:
            args = Namespace(base_url=address, model=model, api_key_env="")
            return commands._at_connection(
                studio.local.teams.from_gallery("product-team"), args, studio.local
            ).connection

        assert connection("http://box:8000/v1") == "box-8000-m"
        assert connection("http://box:8000/v2") == connection("http://box:8000/v2") == "box-8000-m-2"
        assert [connection(f"http://{name}/v1", "") for name in ("default", "embedded")] == ["default-2", "embedded-2"]
        saved = [row.spec for row in studio.local.connections.rows() if row.source == "saved"]
        assert own in saved
        assert len(saved) == 4
        studio.close()


class TestLists:
    def test_check_tells_what_is_weak(self, agents: CommandLine, tmp_path: Path):
        done = agents("check", "-", given=file(agents=[{"name": "A"}, {"name": "B", "prompt": "x"}]).encode())
        assert done.code == 0
        assert "Team: 2 agents, ready to run." in done.out
        assert "agents.1.prompt" in done.out

    def test_check_refuses_a_connection_that_is_not_there(self, agents: CommandLine):
        done = agents("check", "-", given=file(connection="gone").encode())
        assert done.code == 2
        assert "connection: There is no connection named 'gone'" in done.err

    def test_times_are_those_of_the_readers_zone_which_is_named(self, agents: CommandLine, studio: Studio, tokyo: None):
        agents.environ["TZ"] = "Asia/Tokyo"
        chat = played(studio, "Hello", question="What now?")
        at = studio.local.chats.get(chat).updated_at.astimezone(ZoneInfo("Asia/Tokyo"))
        for command in ("chats", "requests", "audit"):
            assert f"{at:%Y-%m-%d %H:%M} JST" in agents(command).out, command
        (row,) = agents("audit", "--json").events
        assert row["asked_at"].endswith("+00:00"), "programs read UTC"

    def test_teams_lists_the_ready_teams(self, agents: CommandLine):
        names = [json.loads(line)["name"] for line in agents("teams", "--json").out.splitlines()]
        assert names[:2] == ["product-team", "coder-and-executor"]
        assert "writer-and-critic     ready team " in agents("teams").out

    def test_chats_lists_nothing_in_a_fresh_studio(self, agents: CommandLine):
        assert agents("chats", "--json").out == ""


class TestTheDoor:
    def test_every_name_of_the_door_is_the_thing_itself(self):
        import agents as door

        assert all(getattr(door, name) is not None for name in door.__all__)
        assert door.TeamSpec is specs.TeamSpec
        assert door.StudioError is errors.StudioError
        with pytest.raises(AttributeError, match="'nothing'"):
            _ = door.nothing
