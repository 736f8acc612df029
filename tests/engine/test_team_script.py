"""A team's Python script, run by AutoGen alone, does what the studio's own run of the team does: the same requests
reach the server, and the same messages are said."""

from pathlib import Path
from typing import Any

import autogen
import pytest

from agents.chats import DecisionRequested
from agents.specs import TeamSpec, load_team
from agents.specs.gallery import GalleryTeam, gallery
from tests.support.code_legs import Chat, approves
from tests.support.legs import begin, four, messages, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.team_scripts import requests_of, run_script

TASK = "Build it."
TRANSITIONS = """
name: Desk
agents:
  - {name: user, role: human, human_input_mode: NEVER, description: Asks.}
  - {name: Triage, prompt: You send people on., description: Sends people on., temperature: 0.1}
  - {name: Billing, prompt: You know bills., description: Knows bills., parameters: {top_p: 0.5, stop: [END]}}
  - {name: Tech, prompt: You know machines., description: Knows machines., reminder: Be short.}
selection:
  method: auto
  transitions: {user: [Triage], Triage: [Billing, Tech], Billing: [Triage, user], Tech: [Triage, user]}
limits: {max_rounds: 9, max_repeats: null, when_reached: end}
"""
PAIR = """
name: Pair
agents:
  - {name: Writer, prompt: You write., description: Writes., temperature: 0.7, reminder: Be short.}
  - {name: Critic, prompt: You judge., description: Judges.}
initiator: Critic
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""
ASKED = """
name: Asked
agents:
  - {name: user, role: human, human_input_mode: %s, auto_reply: Go on.}
  - {name: Helper, prompt: You help., description: Helps.}
limits: {max_rounds: 20, max_repeats: null, when_reached: end}
"""
CODERS = """
name: Coders
agents:
  - {name: user, role: human, human_input_mode: NEVER}
  - {name: Coder, prompt: You write code., description: Codes.}
  - {name: Runner, role: executor, description: Runs code., auto_reply: There is no code.}
  - {name: Tester, prompt: You test., description: Tests.}
selection: %s
limits: {max_rounds: 7, max_repeats: null, when_reached: end}
"""
CODE = "Here:\n```python\nprint(6 * 7)\n```"
FAILS = "Now:\n```python\nraise SystemExit(3)\n```"


def changed(team: TeamSpec, **fields: Any) -> TeamSpec:
    return TeamSpec.model_validate({**team.model_dump(), **fields})


def own_run(team: TeamSpec, model: Any, server: ScriptedServer, answer: Any = nobody, **how: Any) -> Any:
    """Return (requests, messages) of the studio's run of `team`, and forget the requests."""
    said = [(agent, text.rstrip()) for agent, text in messages(play(begin(team, TASK), model, answer, **how))]
    asked = requests_of(server)
    server.records.clear()
    return asked, said


def script_run(team: TeamSpec, server: ScriptedServer, folder: Path, typed: str = "") -> Any:
    """Return (requests, messages) of the team's script."""
    said = run_script(team, server, folder, TASK, typed)
    return requests_of(server), said


READY = [team for team in gallery() if not any(agent.tools or agent.reply_schema for agent in team.spec.agents)]


def goes_on(request: DecisionRequested) -> dict[str, Any]:
    """A person who says to go on, until a limit is reached."""
    return {"verdict": "reply", "text": "Go on."} if request.of == "human_turn" else {"verdict": "end"}


class TestTheSame:
    @pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.name)
    def test_for_the_ready_teams_without_tools(
        self, ready: GalleryTeam, model: Any, server: ScriptedServer, tmp_path: Path
    ) -> None:
        team = changed(ready.spec.filled({}), model="", connection="default")
        server.script(
            lambda request: None if request.is_selection else f"Reply {len(request.messages)}: what about QA?"
        )
        asked, said = own_run(team, model, server, goes_on)
        assert script_run(team, server, tmp_path, "Go on.\n" * 20) == (asked, said)
        assert len(said) > 3

    @pytest.mark.parametrize(
        "selection", ["{method: round_robin}", "{method: auto}", "{method: auto, allow_repeat: false, max_attempts: 2}"]
    )
    def test_requests_and_messages_for_a_group(
        self, selection: str, model: Any, server: ScriptedServer, tmp_path: Path
    ) -> None:
        team = four(selection, mode="NEVER", max_rounds=9)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert len(expected[0]) >= 6
        assert len(expected[1]) == 9

    def test_for_transitions_reminders_and_settings(self, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        team = load_team(TRANSITIONS)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert any(request.get("stop") == ["END"] for request in expected[0])
        assert any(request["messages"][-1]["content"] == "Be short." for request in expected[0])

    def test_for_introductions_a_first_speaker_and_prompts_of_ones_own(
        self, model: Any, server: ScriptedServer, tmp_path: Path
    ) -> None:
        selection = {"message": 'Choose as {"next": ...}.\n{roles}\nOne of {agentlist}.', "prompt": "Who?"}
        team = four("{}", mode="NEVER", max_rounds=6)
        team = changed(team, introductions=True, first_speaker="Dev", selection=selection)
        server.script(lambda request: "QA" if 'Choose as {"next"' in str(request.messages[0]) else None)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert expected[1][1][0] == "Dev"
        assert 'Choose as {"next": ...}' in str(expected[0])

    @pytest.mark.parametrize("rounds", [2, 8])
    def test_for_two_agents(self, rounds: int, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        team = load_team(PAIR % rounds)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert len(expected[1]) == rounds

    @pytest.mark.parametrize("by", [None, ["Writer"]])
    def test_for_a_closing_phrase(self, by: Any, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        ending = {"phrases": ["DONE", "TERMINATE"], "match": "ends_with", "by": by}
        team = changed(load_team(PAIR % 8), termination=ending)
        said = ["One.", "Two. DONE", "Three. TERMINATE", "Four."]
        server.script([*said])
        expected = own_run(team, model, server)
        server.script([*said])
        assert script_run(team, server, tmp_path) == expected
        assert len(expected[1]) == (3 if by is None else 4)

    def test_for_a_task_that_holds_the_closing_phrase(self, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        ending = {"phrases": ["Build it."], "match": "contains"}
        team = changed(four("{method: round_robin}", mode="NEVER", max_rounds=5), termination=ending)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert len(expected[1]) == 5

    def test_where_the_last_member_ends_the_chat(self, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        ending = {"phrases": [], "after_last": True}
        team = changed(four("{method: round_robin}", mode="NEVER"), termination=ending)
        expected = own_run(team, model, server)
        assert script_run(team, server, tmp_path) == expected
        assert len(expected[1]) == 4

    def test_where_messages_name_who_is_next(self, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        team = load_team(CODERS % "{method: round_robin, named: true}")
        said = ["Tester, look at this.", "Coder: again. user knows.", f"{CODE}\n# Tester", "Nobody."]
        chat = Chat(tmp_path)
        server.script([*said])
        expected = own_run(team, model, server, approves, code=chat.code, files=chat.files)
        server.script([*said])
        assert script_run(team, server, tmp_path) == expected
        assert [agent for agent, _ in expected[1]] == ["user", "Coder", "Tester", "Coder", "Tester", "user", "Coder"]

    @pytest.mark.parametrize("code", [CODE, FAILS])
    def test_where_code_runs(self, code: str, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        team, chat = load_team(CODERS % "{method: round_robin}"), Chat(tmp_path)
        server.script([code, "Fine.", "No code."])
        expected = own_run(team, model, server, approves, code=chat.code, files=chat.files)
        server.script([code, "Fine.", "No code."])
        assert script_run(team, server, tmp_path) == expected
        assert "exitcode: " in expected[1][2][1]

    def test_where_a_person_speaks_and_skips(self, model: Any, server: ScriptedServer, tmp_path: Path) -> None:
        team = four("{method: round_robin}", max_rounds=9)
        answers = {5: {"verdict": "reply", "text": "Go on."}, 9: {"verdict": "skip"}}
        expected = own_run(team, model, server, lambda request: answers[request.turn + 1])
        assert script_run(team, server, tmp_path, "Go on.\n\n") == expected
        assert ("user", "Go on.") in expected[1]

    @pytest.mark.parametrize("mode", ["ALWAYS", "TERMINATE"])
    def test_where_a_person_answers_one_agent(
        self, mode: str, model: Any, server: ScriptedServer, tmp_path: Path
    ) -> None:
        team = load_team(ASKED % mode)
        said = ["One.", "Two. TERMINATE", "Three.", "Four. TERMINATE"]
        typed = {"ALWAYS": ["", "More.", "", ""], "TERMINATE": ["More.", ""]}[mode]
        answers = iter(typed)

        def person(_: DecisionRequested) -> dict[str, Any]:
            text = next(answers)
            return {"verdict": "reply", "text": text} if text else {"verdict": "skip"}

        server.script([*said])
        expected = own_run(team, model, server, person)
        assert ("user", "More.") in expected[1]
        assert expected[1][-1] == ("Helper", "Four. TERMINATE")
        if autogen.__version__ != "0.9.0":  # AG2 Classic ends at the phrase, as the script's first lines say
            expected = expected[0][:2], expected[1][: expected[1].index(("Helper", "Two. TERMINATE")) + 1]
        server.script([*said])
        assert script_run(team, server, tmp_path, "".join(f"{each}\n" for each in typed)) == expected
