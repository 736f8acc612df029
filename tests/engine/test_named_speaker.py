"""With “A member named in the last message speaks next” nobody asks a model who speaks where the message says it."""

from typing import Any

import pytest

from agents.chats import MessagePosted, SpeakerSelected
from agents.engine.speakers import follows_from
from agents.specs import TeamSpec, load_team
from agents.text.states import chosen_line
from tests.support.legs import begin, facts, messages, nobody, play
from tests.support.scripted_server import ScriptedServer

TEAM = """
name: Coders
agents:
  - {name: user, role: human, display_name: You, human_input_mode: NEVER, auto_reply: Go on.}
  - {name: PM, prompt: You specify., description: Specifies.}
  - {name: Dev, display_name: Developer, prompt: You code., description: Codes.}
  - {name: QA_Lead, prompt: You review., description: Reviews.}
  - {name: Runner, role: executor, description: Runs code.}
selection: %s
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""


def team(selection: str = "{method: auto, named: true}", max_rounds: int = 4) -> TeamSpec:
    return load_team(TEAM % (selection, max_rounds))


def after(content: str, agent: str = "PM", selection: str = "{named: true}") -> Any:
    message = MessagePosted(turn=1, agent=agent, content=content, source="model")
    return follows_from(message, team(selection))


CODE = "```python\nprint('Dev')\n```"


class TestWhoFollowsFromAMessage:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("Now it is Dev's turn.", ("Dev", "named")),
            ("Developer, please begin.", ("Dev", "named")),
            ("Over to QA Lead.", ("QA_Lead", "named")),
            (r"Over to **QA\_Lead**: as PM I am done.", ("QA_Lead", "named")),
            ("Devise something.", None),
            ("Dev or QA_Lead?", None),
            ("You are right.", None),
            ("The user wants a list.", None),
            ("As PM I say yes.", None),
            ("", None),
            (CODE, ("Runner", "runs_code")),
            ("1. So:\n   ```python\n   Dev = 1\n   QA_Lead = 2\n   ```", ("Runner", "runs_code")),
            (f"QA_Lead will look at this later.\n{CODE}", ("QA_Lead", "named")),
            (f"Dev and QA_Lead, see:\n{CODE}", ("Runner", "runs_code")),
        ],
    )
    def test_is_the_only_one_named_outside_of_code_or_the_only_one_who_runs_it(
        self, content: str, expected: Any
    ) -> None:
        assert after(content) == expected
        assert after(content.replace("\n", "\r\n")) == expected

    def test_is_only_somebody_who_may_follow(self) -> None:
        graph = "{named: true, transitions: {PM: [Dev, QA_Lead]}}"
        assert after("Runner, go.", selection=graph) is None
        assert after(CODE, selection=graph) is None
        assert after("Runner or Dev, go.", selection=graph) == ("Dev", "named")

    def test_is_nobody_where_two_may_run_the_code(self) -> None:
        spec = team().model_dump()
        spec["agents"].append({"name": "Other", "role": "executor"})
        message = MessagePosted(turn=1, agent="PM", content=CODE, source="model")
        assert follows_from(message, TeamSpec.model_validate(spec)) is None


class TestAChat:
    @pytest.mark.parametrize("method", ["auto", "random", "manual", "round_robin"])
    @pytest.mark.parametrize("is_cut", [False, True])
    def test_goes_where_the_messages_say_without_asking_anybody(
        self, method: str, is_cut: bool, model: Any, server: ScriptedServer
    ) -> None:
        server.script(["Dev, please.", "QA_Lead, look at it.", "It is good, PM."])
        log = play(
            begin(team(f"{{method: {method}, named: true}}", 5), "PM, begin."),
            model, nobody, cut_after_each_event=is_cut,
        )  # fmt: skip
        assert [agent for agent, _ in messages(log)] == ["user", "PM", "Dev", "QA_Lead", "PM"]
        assert {event.method for event in facts(log) if isinstance(event, SpeakerSelected)} == {"named"}
        assert not any(record.is_selection for record in server.records)

    def test_asks_the_model_where_the_message_names_nobody(self, model: Any, server: ScriptedServer) -> None:
        server.script(["I am thinking.", "Fine."])
        server.script(lambda request: "Dev", of="select")
        log = play(begin(team(max_rounds=3), "PM, begin."), model, nobody)
        selected = [(event.agent, event.method) for event in facts(log) if isinstance(event, SpeakerSelected)]
        assert selected == [("PM", "named"), ("Dev", "auto")]

    def test_of_a_team_without_the_option_asks_as_ever(self, model: Any, server: ScriptedServer) -> None:
        server.script(lambda request: "QA_Lead", of="select")
        log = play(begin(team("{method: auto}", 2), "PM, begin."), model, nobody)
        assert [agent for agent, _ in messages(log)] == ["user", "QA_Lead"]

    def test_says_how_its_speakers_were_chosen(self) -> None:
        assert chosen_line(SpeakerSelected(turn=1, agent="PM", method="named")) == "named in the message before"
        assert chosen_line(SpeakerSelected(turn=1, agent="PM", method="runs_code")) == (
            "runs the code of the message before"
        )
