"""An agent whose model is to call a tool before it says anything."""

from collections.abc import Iterator
from typing import Any

from agents.specs import TeamSpec, load_team
from tests.support.legs import begin, play, replies
from tests.support.quirky_server import error
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import TOOLS, Traces, calling

REFUSAL = error(400, "tool_choice 'required' is not supported by this model", param="tool_choice")


def team(tool_choice: str) -> TeamSpec:
    return load_team(
        "name: Two\n"
        "agents:\n"
        f"  - {{name: Dev, prompt: You act., tools: {TOOLS}, tool_choice: {tool_choice}}}\n"
        "  - {name: QA, prompt: You review., tool_choice: required}\n"
        "initiator: QA\n"
        "selection: {method: round_robin}\n"
        "policies: [{action: approve}]\n"
        "limits: {max_rounds: 4, when_reached: end}\n"
    )


def asked(tool_choice: str, model: Any, tools: Traces, server: ScriptedServer) -> list[Any]:
    """What Dev's two calls, QA's, and Dev's next two were told of tools."""
    look_up = calling(("look_up", {"word": "sea"}))
    server.script([look_up, "It is wet.", "Good.", look_up, "Done."])
    play(begin(team(tool_choice)), model, replies, tools=tools)
    return [record.parameters.get("tool_choice") for record in server.records]


class TestThatIsRequired:
    def test_is_asked_for_first_in_each_turn_and_never_again_in_it(
        self, model: Any, tools: Traces, server: ScriptedServer
    ) -> None:
        assert asked("required", model, tools, server) == ["required", None, None, "required", None]

    def test_is_left_out_where_the_server_cannot(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        texts: Iterator[str | Reply] = iter([calling(("look_up", {"word": "sea"})), "It is wet.", "Good.", "Wet."])
        server.script(lambda request: REFUSAL if "tool_choice" in request.body else next(texts))
        play(begin(team("required")), model, replies, tools=tools)
        assert tools.left == ["looked up sea"]
        sent = ["tools" in record.parameters for record in server.records if "tool_choice" not in record.parameters]
        assert sent == [True, True, False, True], "still in the form of the API; QA has no tools"


class TestThatIsLeftToTheModel:
    def test_is_not_mentioned(self, model: Any, tools: Traces, server: ScriptedServer) -> None:
        assert asked("auto", model, tools, server) == [None] * 5
