"""Replies that have a shape: it is sent, checked, asked for once more, and what still does not fit is said."""

from typing import Any

from agents.chats import MessagePosted
from agents.specs import TeamSpec
from tests.specs.test_reply_shape import SHAPE
from tests.support.legs import begin, facts, four, play, replies
from tests.support.scripted_server import ScriptedServer

TEA = '{"name": "Tea", "price": 2}'


def shaped(rounds: int = 2) -> TeamSpec:
    """Four, of whom the first assistant's replies have a shape."""
    team = four("{method: round_robin}", mode="NEVER", max_rounds=rounds)
    person, pm, *others = team.agents
    return team.model_copy(update={"agents": [person, pm.model_copy(update={"reply_schema": SHAPE}), *others]})


def posted(log: Any) -> list[tuple[str, str | None]]:
    """(content, what is said of its shape) of the messages behind the task."""
    return [(event.content, event.shape_problem) for event in facts(log) if isinstance(event, MessagePosted)][1:]


class TestAReplyWithAShape:
    def test_is_asked_for_by_the_schema_and_others_are_not(self, model: Any, server: ScriptedServer) -> None:
        server.script([TEA, "I code."])
        log = play(begin(shaped(3)), model, replies)
        assert server.records[0].parameters["response_format"]["json_schema"]["schema"] == SHAPE
        assert "response_format" not in server.records[1].parameters
        assert posted(log) == [(TEA, ""), ("I code.", None)]

    def test_is_posted_without_the_fence_around_it(self, model: Any, server: ScriptedServer) -> None:
        server.script([f"```json\n{TEA}\n```"])
        assert posted(play(begin(shaped()), model, replies)) == [(TEA, "")]

    def test_that_does_not_fit_is_asked_for_once_more_with_the_reason(self, model: Any, server: ScriptedServer) -> None:
        server.script(["Tea, please", TEA])
        log = play(begin(shaped()), model, replies, cut_after_each_event=True)
        assert posted(log) == [(TEA, "")]
        draft, told = server.records[1].messages[-2:]
        assert draft["content"] == "Tea, please"
        assert "it is no JSON" in told["content"]
        assert '"required": ["name"]' in told["content"]
        assert len(server.records) == 2

    def test_that_never_fits_is_posted_and_said(self, model: Any, server: ScriptedServer) -> None:
        server.script(["Tea, please", '{"name": 5}'])
        assert posted(play(begin(shaped()), model, replies)) == [('{"name": 5}', "name: must be of type string")]
        assert len(server.records) == 2
