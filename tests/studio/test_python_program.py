"""The program in the guide to Python runs as it stands there, against a server of scripted replies."""

import re
from pathlib import Path

import pytest

from agents.chats import DecisionRequested
from agents.chats.requests import Answer
from agents.errors import ConflictError
from agents.specs import TeamSpec, load_team
from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer

TEAM: TeamSpec = load_team("""
name: Pair
connection: openai
agents:
  - {name: client, role: human}
  - {name: Dev, prompt: You write code., description: Codes.}
selection: {method: round_robin}
""")
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "python.md"


@pytest.fixture
def program() -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def environment(home: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `Studio.open()` finds: an empty folder, and the scripted server as the model."""
    for name in ("STUDIO_DB_URL", "STUDIO_SECRET_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STUDIO_HOME", str(home))
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_MODEL", "scripted-1")


@pytest.mark.usefixtures("environment")
class TestTheProgramOfTheGuide:
    def test_plays_a_team_to_its_end_and_answers_what_it_asks(self, program: str, capsys: pytest.CaptureFixture[str]):
        exec(compile(program, str(GUIDE), "exec"), {})
        printed = capsys.readouterr().out
        with Studio.open() as studio:
            (row,) = studio.local.chats.rows()
            messages = studio.local.chats.state(row.chat).messages
            decided = studio.local.requests.recent(chat=row.chat)
        assert row.status == "ended"
        assert [f"{message.agent}: {message.content}" in printed for message in messages] == [True] * len(messages)
        assert len(messages) > 1
        assert decided
        assert {request.who for request in decided} == {"Ann"}
        assert printed.count("? ") == len(decided)

    def test_is_ten_lines(self, program: str):
        assert len([line for line in program.splitlines() if line]) <= 10


@pytest.mark.usefixtures("environment")
class TestASavedTeam:
    def test_by_its_name_is_the_revision_that_is_live_and_says_so(self):
        with Studio.open() as studio:
            me = studio.as_("Ann")
            saved = me.teams.save(TEAM)
            me.teams.save(TEAM.model_copy(update={"description": "Newer."}), team_id=saved.team_id)
            assert (me.teams.named("Pair").revision, me.teams.named("Pair").label) == (2, "")
            me.teams.label_live(saved.team_id, 1)
            team = me.teams.named("Pair")
            assert (team.revision, team.label, team.spec) == (1, "live", TEAM)
            chat = me.chats.start(team.spec, "Build it.", team_id=team.team_id, revision=team.revision, run_here=True)
            assert me.chats.get(chat).revision == 1


@pytest.mark.usefixtures("environment")
class TestPlaying:
    def test_again_after_the_program_was_cut_off_goes_on_and_repeats_nothing(self):
        with Studio.open() as studio:
            me = studio.as_("Ann")
            chat = me.chats.start(TEAM, "Build it.", run_here=True)
            cut_off = me.chats.play(chat, lambda request: Answer.to(request, "reply", text="Go on."))
            seen = [next(cut_off), next(cut_off)]
            cut_off.close()
        with Studio.open() as studio:
            me = studio.as_("Ann")
            played = list(me.chats.play(chat, lambda request: Answer.to(request, "end")))
            assert played[:2] == seen
            assert played == [entry.event for entry in me.chats.log(chat) if entry.event.kind == "MessagePosted"]
            assert me.chats.get(chat).status == "ended"
            assert studio.store.chats.verify(chat) == []

    def test_goes_on_where_somebody_else_was_faster(self):
        with Studio.open() as studio:
            me, ben = studio.as_("Ann"), studio.as_("Ben")
            chat = me.chats.start(TEAM, "Build it.", run_here=True)

            def slow(request: DecisionRequested) -> Answer:
                ben.requests.decide(chat, Answer.to(request, "end"))
                return Answer.to(request, "reply", text="Too late.")

            assert [message.agent for message in me.chats.play(chat, slow)] == ["client", "Dev"]
            assert [request.who for request in me.requests.recent(chat=chat)] == ["Ben"]

    def test_ends_with_an_error_when_the_answer_is_to_something_else(self):
        with Studio.open() as studio:
            me = studio.as_("Ann")
            chat = me.chats.start(TEAM, "Build it.", run_here=True)
            with pytest.raises(ConflictError, match="has changed since it was shown"):
                list(me.chats.play(chat, lambda request: Answer(request.request, "0" * 64, "end")))
            assert me.chats.get(chat).status == "waiting"
