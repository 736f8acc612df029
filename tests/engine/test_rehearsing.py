"""Rehearsed chats: they play to their end, wherever a leg is cut, and a chat becomes a script that plays the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.chats import DecisionRequested, ModelCalled, Spend
from agents.cli.rehearsal import rehearsal_of
from agents.models import ModelClient
from agents.models.rehearsed import PACE_VARIABLE
from agents.specs import REHEARSED, ConnectionSpec, TeamSpec, dump_rehearsal
from agents.specs.gallery import gallery, rehearsals
from agents.specs.rehearsal import Rehearsal, Step, at_script
from tests.support.legs import Log, begin, facts, four, kinds, last, messages, play, replies
from tests.support.model_calls import NoModel, book

AT_ONCE = {PACE_VARIABLE: "0"}
TALKING = ("support-desk", "writer-and-critic")
"""Teams that need nothing but words."""


@pytest.fixture
def stage() -> Iterator[ModelClient]:
    client = ModelClient(book(), environ=AT_ONCE, embedded=NoModel())
    yield client
    client.close()


def rehearsed(name: str) -> TeamSpec:
    return at_script(next(team.spec for team in gallery() if team.name == name), REHEARSED, name)


def test_nobody_but_the_script_speaks_in_a_rehearsed_chat():
    paid = {"connection": "paid", "model": "m"}
    team = next(iter(gallery())).spec
    parts = {part: getattr(team, part).model_copy(update=paid) for part in ("selection", "context", "summary")}
    agents = [agent.model_copy(update=paid) for agent in team.agents]
    played = at_script(team.model_copy(update={**parts, "agents": agents, **paid}), REHEARSED, "x")
    assert "paid" not in played.model_dump_json()


def scripted(name: str) -> Any:
    """A person who says what the rehearsal has for them, and ends the chat in place of their last line."""
    lines = iter([step.says for step in rehearsals()[name].steps if step.agent == "Customer"][:-1])

    def answer(request: DecisionRequested) -> dict[str, Any]:
        text = next(lines, "")
        return {"verdict": "reply", "text": text} if text and request.of == "human_turn" else {"verdict": "end"}

    return answer


def played(team: TeamSpec, script: Rehearsal, answer: Any, **options: Any) -> Log:
    """A chat of `team` on a saved connection that plays `script`."""
    own = ConnectionSpec(name="mine", kind="rehearsed", script=dump_rehearsal(script))
    client = ModelClient(book(own), environ=AT_ONCE, embedded=NoModel())
    try:
        return play(begin(at_script(team, "mine", ""), script.task), client, answer, **options)
    finally:
        client.close()


class TestRehearsedChats:
    @pytest.mark.parametrize("name", TALKING)
    def test_one_says_every_line_of_its_script_in_order(self, name: str, stage: ModelClient):
        script = rehearsals()[name]
        log = play(begin(rehearsed(name), script.task), stage, scripted(name))
        steps = script.steps[:-1] if script.steps[-1].agent == "Customer" else script.steps
        assert [agent for agent, _ in messages(log)[1:]] == [step.agent for step in steps]
        assert [text.strip() for _, text in messages(log)[1:]] == [step.says.strip() for step in steps]
        assert last(log).kind == "ChatEnded"

    @pytest.mark.parametrize("name", TALKING)
    def test_one_that_is_cut_after_every_event_says_no_line_twice(self, name: str, stage: ModelClient):
        task = rehearsals()[name].task
        whole = play(begin(rehearsed(name), task), stage, scripted(name))
        cut = play(begin(rehearsed(name), task), stage, scripted(name), cut_after_each_event=True)
        assert facts(cut) == facts(whole)

    @pytest.mark.parametrize("is_cut", [False, True])
    def test_past_its_end_the_chat_ends_and_says_so(self, stage: ModelClient, is_cut: bool):
        more = {"verdict": "reply", "text": "One more thing."}
        log = play(begin(rehearsed("support-desk"), "Help."), stage, lambda request: more, cut_after_each_event=is_cut)
        assert kinds(log).count("DecisionRequested") == 2
        assert (last(log).reason, last(log).text) == ("script", "The rehearsal is over.")
        calls = [recorded.event for recorded in log if isinstance(recorded.event, ModelCalled)]
        assert {call.outcome for call in calls} == {"ok"}, "what has no line is no failed call"

    def test_a_speaker_whom_the_script_should_name_past_its_end_ends_the_chat_too(self, stage: ModelClient):
        team = four("{method: auto}", max_rounds=8)
        script = Rehearsal(name="Short", task="Go.", steps=[Step(agent="PM", says="Done so far.")])
        log = played(team, script, replies)
        assert [agent for agent, _ in messages(log)[1:]] == ["PM"]
        assert last(log).text == "The rehearsal is over."

    def test_every_call_is_marked_and_free(self, stage: ModelClient):
        log = play(begin(rehearsed("support-desk"), "Help."), stage, scripted("support-desk"))
        calls = [recorded.event for recorded in log if isinstance(recorded.event, ModelCalled)]
        assert {call.purpose for call in calls} == {"reply", "select"}
        assert {(call.price.source, call.price.cost_usd, call.connection) for call in calls} == {
            ("rehearsed", 0.0, "rehearsed")
        }


class TestChatsAsScripts:
    def test_a_chat_that_was_played_by_a_model_is_played_the_same_by_its_script(self, model: Any):
        team = four("{method: auto}", max_rounds=8)
        before = play(begin(team), model, replies)
        script = rehearsal_of(before, "Four")
        again = played(team, script, replies)
        assert messages(again) == messages(before)
        assert kinds(again) == kinds(before)

    def test_a_chat_in_which_nobody_has_spoken_makes_none(self):
        with pytest.raises(ValueError, match="nobody has spoken"):
            rehearsal_of(begin(four("{method: auto}")), "Nothing")

    def test_its_script_tells_what_the_models_calls_took_and_playing_it_spends_nothing(self, model: Any):
        before = play(begin(four("{method: auto}", max_rounds=8)), model, replies)
        calls = [recorded.event for recorded in before if isinstance(recorded.event, ModelCalled)]
        script = rehearsal_of(before, "Four")
        assert script.recording is not None
        assert len(script.recording.calls) == len(calls)
        again = played(four("{method: auto}", max_rounds=8), script, replies)
        lines = [recorded.event for recorded in again if isinstance(recorded.event, ModelCalled)]
        took = [line.recording for line in lines if line.recording]
        assert [(each.usage, each.duration_s) for each in took] == [(call.usage, call.duration_s) for call in calls]
        assert sum((Spend.of(line) for line in lines), Spend()).n_tokens == 0
        assert sum((Spend.of(call) for call in calls), Spend()).n_tokens > 0
