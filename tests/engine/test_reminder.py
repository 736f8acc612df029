"""What an agent's model reads last, behind the conversation."""

from typing import Any

from agents.specs import TeamSpec, load_team
from tests.support.legs import begin, play, replies
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import TOOLS, Traces, calling

REMINDER = {"role": "system", "content": "Dev, look up a word now."}


def team(reminder: str) -> TeamSpec:
    return load_team(
        "name: Two\n"
        "variables: {name: Dev}\n"
        "agents:\n"
        f"  - {{name: Dev, prompt: You act., tools: {TOOLS}, reminder: '{reminder}'}}\n"
        "  - {name: QA, prompt: You review.}\n"
        "initiator: QA\n"
        "selection: {method: round_robin}\n"
        "policies: [{action: approve}]\n"
        "limits: {max_rounds: 4, when_reached: end}\n"
    ).filled({})


def prompts(reminder: str, model: Any, tools: Traces, server: ScriptedServer) -> list[Any]:
    """The prompts of Dev's two replies, QA's, and Dev's again."""
    server.script([calling(("look_up", {"word": "sea"})), "It is wet.", "Good.", "Done."])
    play(begin(team(reminder)), model, replies, tools=tools)
    return [record.messages for record in server.records]


class TestAReminder:
    def test_is_behind_the_conversation_and_before_the_steps_of_the_turn(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        first, second, _, later = prompts("{name}, look up a word now.", model, tools, server)
        assert first[-1] == REMINDER
        assert second[: len(first)] == first
        assert [message["role"] for message in second[len(first) :]] == ["assistant", "tool"]
        assert later[-1] == REMINDER
        assert later.count(REMINDER) == 1

    def test_is_read_by_nobody_else(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        assert "look up a word now" not in str(prompts("{name}, look up a word now.", model, tools, server)[2])

    def test_that_is_empty_is_not_sent(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        assert all(prompt[-1]["role"] != "system" for prompt in prompts("  ", model, tools, server))
