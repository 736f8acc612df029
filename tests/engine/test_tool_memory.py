"""Tool calls and their results in the prompts of later turns: of their caller, of everybody, or of nobody."""

from typing import Any

import pytest

from agents.chats import ChatContinued, ChatEnded, MessagePosted, Person
from agents.specs import TeamSpec, load_team
from tests.support.legs import begin, extended, nobody, play, replies
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import TOOLS, Traces, calling, returned

LOOK: list[str | Reply] = [
    calling(("look_up", {"word": "sea"}), text="I look."),
    calling(("look_up", {"word": "salt"})),
    "It is salty.",
]
WET = calling(("look_up", {"word": "wet"}))


def three(kept_for: str = "", rounds: int = 7) -> TeamSpec:
    """A silent person, one who calls tools, and one who has none."""
    return load_team(
        "name: Three\n"
        "agents:\n"
        "  - {name: user, role: human, human_input_mode: NEVER, auto_reply: Go on.}\n"
        f"  - {{name: Dev, prompt: You act., tools: {TOOLS}}}\n"
        "  - {name: QA, prompt: You review.}\n"
        "selection: {method: round_robin}\n"
        "policies: [{action: approve}]\n"
        f"limits: {{max_rounds: {rounds}, max_repeats: null, when_reached: end}}\n"
        + (f"context: {{tools: {kept_for}}}\n" if kept_for else "")
    )


def roles(messages: list[dict[str, Any]]) -> list[str]:
    return [str(message["role"]) for message in messages]


class TestToolCallsOfEarlierTurns:
    def prompts(self, kept_for: str, model: Any, tools: Traces, server: ScriptedServer, **how: Any) -> list[Any]:
        """The prompts of Dev's three replies, QA's, and Dev's again, whose turn calls once more."""
        server.script([*LOOK, "Good.", WET, "Wet too.", "Fine."])
        play(begin(three(kept_for)), model, replies, tools=tools, **how)
        return [record.messages for record in server.records]

    def test_stand_in_their_callers_prompts_as_in_the_turn_itself(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        prompts = self.prompts("", model, tools, server)
        in_turn, qa, later = prompts[2], prompts[3], prompts[4]
        calls = ["assistant", "tool", "assistant", "tool"]
        assert roles(in_turn) == ["system", "user", *calls]
        assert later[: len(in_turn)] == in_turn
        assert roles(later[len(in_turn) :]) == ["assistant", "user", "user"]
        assert later[len(in_turn)]["content"] == "It is salty."
        assert [message["content"] for message in later if message["role"] == "tool"] == [
            "sea is a word",
            "salt is a word",
        ]
        assert roles(qa) == ["system", "user", "user"]

    def test_have_ids_that_are_told_apart(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        last_of_dev = self.prompts("caller", model, tools, server)[5]
        ids = [call["id"] for message in last_of_dev for call in message.get("tool_calls", ())]
        assert len(ids) == len(set(ids)) == 3
        assert ids == [message["tool_call_id"] for message in last_of_dev if message["role"] == "tool"]

    def test_stand_in_everybodys_prompts_where_the_team_says_so(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        qa = self.prompts("everybody", model, tools, server)[3]
        assert roles(qa) == ["system", "user", "assistant", "tool", "assistant", "tool", "user"]
        assert (qa[2]["name"], qa[2]["tool_calls"][0]["function"]["name"]) == ("Dev", "look_up")

    def test_stand_in_nobodys_where_the_team_says_so(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        prompts = self.prompts("turn", model, tools, server)
        assert [roles(prompts[n]) for n in (3, 4)] == [
            ["system", "user", "user"],
            ["system", "user", "assistant", "user", "user"],
        ]

    @pytest.mark.parametrize("kept_for", ["caller", "everybody"])
    def test_are_the_same_in_a_leg_cut_everywhere(
        self, kept_for: str, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        whole = self.prompts(kept_for, model, tools, server)
        server.records.clear()
        assert self.prompts(kept_for, model, tools, server, cut_after_each_event=True) == whole

    def test_are_left_out_together_with_their_message_when_the_team_reads_the_last_ones(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([*LOOK, "Good.", "Yes.", "Fine."])
        team = three(rounds=7)
        context = team.context.model_copy(update={"method": "last", "n_messages": 2})
        play(begin(team.model_copy(update={"context": context})), model, replies, tools=tools)
        assert "tool" not in roles(server.records[4].messages)
        assert "tool_calls" not in str(server.records[4].messages)

    def test_are_left_out_when_a_person_went_on_before_they_were_over(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        server.script([calling(("zap", {}), ("send_mail", {"to": "bob"})), "Done.", "Good."])
        asked = three().model_copy(update={"policies": []})
        log = play(begin(asked), model, nobody, tools=tools)
        assert [outcome for outcome, _ in returned(log)] == ["unknown_tool"]
        stopped = ChatEnded(reason="stopped", text="Ann stopped the chat.")
        said = MessagePosted(turn=1, agent="user", content="No mail.", source="human", by=Person())
        play(extended(log, stopped, ChatContinued(by=Person()), said), model, replies, tools=tools)
        assert all("tool" not in roles(record.messages) for record in server.records)
