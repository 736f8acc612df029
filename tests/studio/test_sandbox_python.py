"""The sandbox's Python is wanted from the moment that a team which needs it is opened or started, and not before."""

import pytest

from agents.chats import Person
from agents.sandbox.python_env import VARIABLE, PythonEnvironment
from agents.specs import TeamSpec, load_team
from agents.studio import Studio

CODERS = load_team("name: T\nagents: [{name: Dev, prompt: x}, {name: Runner, role: executor}]")
ANALYSTS = load_team("name: T\nagents: [{name: Dev, prompt: x, tools: [sql]}, {name: Critic, prompt: y}]")
WRITERS = load_team("name: T\nagents: [{name: Dev, prompt: x, tools: [calculate]}, {name: Critic, prompt: y}]")


@pytest.fixture
def python(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> PythonEnvironment:
    monkeypatch.delenv(VARIABLE, raising=False)
    return PythonEnvironment(studio.settings.home)


class TestPreparing:
    @pytest.mark.parametrize(("team", "is_wanted"), [(CODERS, True), (ANALYSTS, True), (WRITERS, False)])
    def test_a_team_that_is_opened_wants_it_if_it_needs_it(
        self, studio: Studio, python: PythonEnvironment, team: TeamSpec, is_wanted: bool
    ):
        studio.local.sandbox.prepare(team)
        assert python.is_wanted == is_wanted

    def test_so_does_a_chat_that_is_started(self, studio: Studio, scripted, python: PythonEnvironment):
        studio.local.chats.start(ANALYSTS.model_copy(update={"connection": "scripted"}), "x")
        assert python.is_wanted

    def test_who_may_only_look_brings_nothing_here(self, studio: Studio, python: PythonEnvironment):
        (studio.settings.home / "access.toml").write_text('view = ["anybody"]\nrun = ["rita@example.com"]\n')
        studio.as_(Person(name="vera@example.com", is_verified=True)).sandbox.prepare(CODERS)
        assert not python.is_wanted
        studio.as_(Person(name="rita@example.com", is_verified=True)).sandbox.prepare(CODERS)
        assert python.is_wanted

    def test_a_folder_that_cannot_be_written_keeps_no_chat(self, studio: Studio, scripted, python: PythonEnvironment):
        python.folder.parent.write_text("in the way")
        assert studio.local.chats.start(CODERS.model_copy(update={"connection": "scripted"}), "x")
