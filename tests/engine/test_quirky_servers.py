"""Teams reach their end on servers that do not keep to the API, and wait with cause and cure where nobody could."""

from typing import Any

import pytest

from agents.chats import DecisionRequested, ModelCalled, fold
from agents.models import ModelClient
from agents.specs import TeamSpec
from agents.specs.gallery import gallery
from tests.support.legs import Log, begin, four, messages, nobody, play
from tests.support.model_faults import NOT_FOR_PEOPLE
from tests.support.quirky_server import CALLING, NO_TOOLS, SERVED, STRICT_IDS, THINKING, UNSERVED, Profile, play_on
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, approves, pair_with_tools

CODE = "Here it is.\n```python\nprint('tasks')\n```"
PRODUCT = (["It keeps tasks in a file.", CODE, "Looks good.", "TERMINATE"], ["Developer", "Executor", "QA_Engineer"])
SUPPORT = (["This is about an invoice: Billing.", "I see the second charge."], ["Billing", "Customer"])


def team(name: str) -> TeamSpec:
    return next(team.spec for team in gallery() if team.name == name)


def goes_on(request: DecisionRequested) -> dict[str, Any]:
    """A person who presses Retry where a model failed, and ends the chat when it is their turn."""
    return {"verdict": "retry" if request.of == "model_failure" else "end"}


def product_team(model: Any, server: ScriptedServer, profile: Any) -> Log:
    replies, selections = PRODUCT
    play_on(profile, server, replies, [*selections, "Product_Manager"])
    return play(begin(team("product-team")), model, goes_on)


def support_desk(model: Any, server: ScriptedServer, profile: Any) -> Log:
    play_on(profile, server, *SUPPORT)
    return play(begin(team("support-desk"), "I was charged twice."), model, goes_on)


def failed(log: Log) -> list[ModelCalled]:
    return [r.event for r in log if isinstance(r.event, ModelCalled) and r.event.outcome != "ok"]


@pytest.mark.parametrize("name", SERVED)
class TestServed:
    def test_the_product_team_reaches_its_end_and_what_was_learned_is_asked_once(
        self, name: str, model: ModelClient, server: ScriptedServer
    ):
        log = product_team(model, server, SERVED[name])
        state = fold(log)
        assert (state.status, state.ended and state.ended.reason) == ("ended", "phrase")
        said = [who for who, _ in messages(log)]
        assert said == ["user_proxy", "Product_Manager", "Developer", "Executor", "QA_Engineer", "Product_Manager"]
        assert messages(log)[2][1] == CODE
        if name.startswith("fails"):  # an error may be the server's own: it is learned twice
            product_team(model, server, SERVED[name])
        server.records.clear()
        log = product_team(model, server, SERVED[name])
        assert not failed(log)
        assert [record.outcome for record in server.records if record.outcome not in ("ok", "200", "open")] == []

    def test_the_support_desk_reaches_its_end(self, name: str, model: ModelClient, server: ScriptedServer):
        log = support_desk(model, server, SERVED[name])
        assert [who for who, _ in messages(log)] == ["Customer", "Triage", "Billing"]
        assert fold(log).status == "ended"


class TestRefusals:
    def test_a_silent_person_says_nothing_to_a_server_that_takes_no_empty_messages(
        self, model: ModelClient, server: ScriptedServer
    ):
        play_on(SERVED["empty messages"], server, ["One.", "Two.", "Three.", "Four."], [])
        log = play(begin(four("{method: round_robin}", mode="NEVER", max_rounds=6)), model, nobody)
        assert [who for who, _ in messages(log)] == ["user", "PM", "Dev", "QA", "user", "PM"]
        assert len(failed(log)) == 1
        assert all(message["content"].strip() for message in server.records[-1].messages)

    def test_each_refused_try_is_a_failed_call_in_the_log(self, model: ModelClient, server: ScriptedServer):
        log = product_team(model, server, SERVED["gemma: alternation and no system"])
        n_refused = sum(record.outcome == "400" for record in server.records)
        assert [call.outcome for call in failed(log)] == ["bad_request"] * n_refused
        assert 2 <= n_refused <= 4

    @pytest.mark.parametrize("name", ["says nothing: system and names", "fails: names"])
    def test_trying_plainer_forms_has_an_end(self, name: str, model: ModelClient, server: ScriptedServer):
        product_team(model, server, SERVED[name])
        assert len(server.records) < 30

    def test_a_server_that_refuses_everything_is_asked_a_few_times_and_then_known(
        self, model: ModelClient, server: ScriptedServer
    ):
        refuses = UNSERVED["only other requests"].reply
        server.script(refuses)
        log = play(begin(team("product-team")), model, nobody)
        n_first = len(server.records)
        assert n_first <= 15
        play(log, model, lambda request: {"verdict": "retry"} if len(server.records) == n_first else None)
        assert len(server.records) == n_first + 1


@pytest.mark.parametrize("name", THINKING)
class TestReasoning:
    def test_is_in_no_prompt_no_message_and_no_card(self, name: str, model: ModelClient, server: ScriptedServer):
        log = product_team(model, server, SERVED[name])
        for record in server.records:
            assert "SECRET-THOUGHT" not in str(record.messages)
        assert "SECRET-THOUGHT" not in str(messages(log))
        for recorded in log:
            if not isinstance(recorded.event, ModelCalled):
                assert "SECRET-THOUGHT" not in recorded.event.model_dump_json()

    def test_selects_nobody_ends_nothing_and_is_kept_beside_the_reply(
        self, name: str, model: ModelClient, server: ScriptedServer
    ):
        log = product_team(model, server, SERVED[name])
        calls = [r.event for r in log if isinstance(r.event, ModelCalled)]
        assert all("SECRET-THOUGHT" in call.reasoning for call in calls)
        assert all("SECRET-THOUGHT" not in call.reply for call in calls)
        assert sum(call.purpose == "select" for call in calls) == 4
        assert all(call.usage is not None and call.usage.reasoning > 0 for call in calls)


def looked_up(tools: Traces, model: ModelClient) -> Log:
    """A chat whose only agent looks words up, and then says what it found."""
    return play(begin(pair_with_tools(policies=[{"action": "approve"}])), model, approves, tools=tools)


class TestTools:
    @pytest.mark.parametrize("name", CALLING)
    def test_calls_are_told_apart_however_they_come(
        self, name: str, model: ModelClient, server: ScriptedServer, tools: Traces
    ):
        server.script([CALLING[name], "Both are words."])
        log = looked_up(tools, model)
        assert tools.left == ["looked up sea", "looked up sky"]
        assert messages(log)[-1] == ("Dev", "Both are words.")
        [said] = [message for message in server.records[-1].messages if message.get("tool_calls")]
        ids = [call["id"] for call in said["tool_calls"]]
        assert len(set(ids)) == 2
        assert [each["tool_call_id"] for each in server.records[-1].messages if each["role"] == "tool"] == ids

    @pytest.mark.parametrize("name", NO_TOOLS)
    def test_a_model_without_tools_calls_them_in_words(
        self, name: str, model: ModelClient, server: ScriptedServer, tools: Traces
    ):
        profile = Profile(refuses=NO_TOOLS[name])
        play_on(profile, server, ['{"name": "look_up", "arguments": {"word": "sea"}}', "It is a word."], [])
        log = looked_up(tools, model)
        assert tools.left == ["looked up sea"]
        assert messages(log)[-1] == ("Dev", "It is a word.")
        assert "- look_up: Look a word up." in server.records[-1].messages[0]["content"]
        assert server.records[-1].messages[-1]["content"] == "Result of look_up: sea is a word"

    def test_ids_are_as_a_strict_server_wants_them(self, model: ModelClient, server: ScriptedServer, tools: Traces):
        replies = iter([CALLING["two with index 0"], Reply("Both are words.")])
        server.script(lambda request: STRICT_IDS(request) or next(replies))
        log = looked_up(tools, model)
        assert messages(log)[-1] == ("Dev", "Both are words.")


@pytest.mark.parametrize("name", UNSERVED)
class TestUnserved:
    def test_the_chat_waits_and_says_cause_and_cure(self, name: str, model: ModelClient, server: ScriptedServer):
        unserved = UNSERVED[name]
        server.script(unserved.reply)
        log = play(begin(team("product-team")), model, nobody)
        state = fold(log)
        assert state.status == "waiting"
        assert state.request is not None
        assert state.request.of == "model_failure"
        assert state.request.payload["outcome"] == unserved.outcome
        assert unserved.cause in state.request.question
        assert unserved.cure in state.request.question
        assert not NOT_FOR_PEOPLE.search(state.request.question)
        assert "agent's" not in state.request.question, "a chat's team is pinned"
