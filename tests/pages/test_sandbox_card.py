"""Where code runs, as Settings and the team editor say it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.sandbox.python_env import PythonEnvironment
from agents.studio import Studio
from tests.support import studio
from tests.support.app_pages import ANN, field, open_screen, shown, words

pytestmark = pytest.mark.processes


@contextmanager
def opened(home: Path, sandbox: str) -> Iterator[Studio]:
    """The studio with that sandbox, as the one that the pages show."""
    with studio.opened(home, sandbox=sandbox) as shown_studio, shown(shown_studio):
        yield shown_studio


class TestSettings:
    def test_the_sandbox_in_use_is_named_and_why_the_other_is_not(self, tmp_path: Path):
        with opened(tmp_path, "auto"):
            page = open_screen("settings")
        assert not page.exception
        assert "**bubblewrap** :green-badge[:material/check: in use]" in words(page)
        assert "reaches no network" in words(page)
        assert "**Docker** does not work here" in words(page)

    def test_one_that_does_not_work_says_what_to_do(self, tmp_path: Path):
        with opened(tmp_path, "docker"):
            page = open_screen("settings")
        assert not page.exception
        assert "**Docker** :red-badge[:material/block: does not work]" in words(page)
        assert page.error
        assert "**bubblewrap** would work here" in words(page)

    def test_switched_off_says_so(self, tmp_path: Path):
        with opened(tmp_path, "off"):
            page = open_screen("settings")
        assert "**Code is not run** :gray-badge[off]" in words(page)
        assert "**bubblewrap** would work here" in words(page)

    def test_the_machine_itself_is_a_warning(self, tmp_path: Path):
        with opened(tmp_path, "host-without-isolation"):
            page = open_screen("settings")
        assert "no isolation" in words(page)
        assert any("can read and change everything" in box.value for box in page.warning)


class TestThePython:
    def test_one_that_is_not_there_can_be_built_and_a_failure_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delenv("STUDIO_SANDBOX_PYTHON", raising=False)  # the tests' own, once one has asked for it
        (tmp_path / "sandbox").write_text("in the way")
        with opened(tmp_path, "auto"):
            page = open_screen("settings")
            assert "not installed yet" in words(page)
            field(page, "sandbox-python:build", "button").click().run()
        assert not page.exception

    def test_why_it_could_not_be_built_is_shown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("STUDIO_SANDBOX_PYTHON", str(tmp_path / "gone"))
        with opened(tmp_path, "auto"):
            page = open_screen("settings")
        assert any("It cannot be used" in box.value and "bin/python" in box.value for box in page.error)
        assert "Install now" not in words(page)

    def test_one_that_is_ready_has_no_button_and_lists_what_it_holds(
        self, tmp_path: Path, sandbox_python: PythonEnvironment
    ):
        with opened(tmp_path, "auto"):
            page = open_screen("settings")
        assert "**The sandbox's Python** :green-badge[:material/check: ready]" in words(page)
        assert "duckdb 2.0.0" in words(page)
        assert "Install now" not in words(page)


class TestTheEditor:
    @pytest.mark.parametrize(
        ("sandbox", "said"),
        [("auto", ""), ("off", "Code cannot run here."), ("host-without-isolation", "Each block is asked about.")],
    )
    def test_a_team_that_runs_code_is_told_what_this_machine_does(self, tmp_path: Path, sandbox: str, said: str):
        with opened(tmp_path, sandbox) as studio:
            team = studio.local.teams.from_gallery("coder-and-executor")
            row = studio.as_(ANN).teams.save(team)
            page = open_screen("teams", team=row.team_id)
            found = [warning.text for warning in studio.local.teams.warnings(team) if "is to run code" in warning.text]
        assert not page.exception
        assert bool(found) == bool(said)
        assert said in words(page)


class TestTheChat:
    @pytest.mark.parametrize(
        ("sandbox", "said"),
        [("auto", ""), ("off", "Code cannot run here"), ("host-without-isolation", "without isolation")],
    )
    def test_a_chat_whose_code_has_no_sandbox_says_so_at_its_head(self, tmp_path: Path, sandbox: str, said: str):
        with opened(tmp_path, sandbox) as studio:
            chat = studio.as_(ANN).chats.start(
                studio.local.teams.from_gallery("coder-and-executor"), "Count.", client_id=sandbox
            )
            page = open_screen("chat", chat=chat)
        assert not page.exception
        assert [said in box.value for box in page.warning] == ([True] if said else [])
