"""What a rehearsed connection says: which line, when none, and what that costs."""

import json
from typing import Any

import pytest

from agents.chats import Call, Usage
from agents.models import ModelClient, check_connection
from agents.models.rehearsed import PACE_VARIABLE, OffScriptError, ScriptOverError, line_for
from agents.specs import ConnectionSpec, load_rehearsal
from agents.specs.rehearsal import in_real_time
from tests.support.model_calls import NoModel, ScriptedConnections, book, drained

SCRIPT = """
name: Three
task: Count the rows.
steps:
  - agent: Analyst
    calls:
      - {tool: sql, arguments: {query: SELECT 1}, saying: One moment.}
      - {tool: sql, arguments: {query: SELECT 2}, is_beside: true}
      - {tool: now}
    heard: noon
    says: There is one row.
    otherwise: I could not count.
  - agent: Runner
  - {agent: Writer, heard: exitcode 0, says: It ran.}
  - {agent: Analyst, says: The end.}
"""
THREE = load_rehearsal(SCRIPT)
RECORDING = """
recording:
  day: 2026-11-30
  model: gpt-4.1-mini
  calls:
    - {step: 1, tokens: {input_uncached: 90, output: 7}, cost_usd: 0.5, price_source: list, duration_s: 4}
    - {step: 1, reply: 3, model: other, first_token_s: 0.1, duration_s: 0.3}
    - {step: 3, purpose: select, tokens: {input_uncached: 5}, duration_s: 2}
"""
TASK = {"role": "user", "name": "You", "content": "Count the rows."}
SYSTEM = {"role": "system", "content": "You count."}
CHECKING = {"role": "system", "name": "checking_agent", "content": "Who speaks next?"}


def said(name: str, content: str = "Something.", role: str = "user") -> dict[str, Any]:
    return {"role": role, "name": name, "content": content}


def called(agent: str, n: int = 1) -> list[dict[str, Any]]:
    calls = [{"id": f"c{i}", "type": "function", "function": {"name": "sql", "arguments": "{}"}} for i in range(n)]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "noon"} for call in calls]
    return [{**said(agent, "", "assistant"), "tool_calls": calls}, *results]


def line(agent: str, *messages: dict[str, Any], purpose: str = "reply") -> str:
    return line_for(THREE, agent, purpose, [SYSTEM, TASK, *messages]).text


def saved(script: str = SCRIPT) -> ScriptedConnections:
    """One saved connection that plays the script."""
    return book(ConnectionSpec(name="mine", kind="rehearsed", script=script))


@pytest.fixture
def client():
    client = ModelClient(saved(), environ={PACE_VARIABLE: "0"}, embedded=NoModel())
    yield client
    client.close()


def call(client: ModelClient, agent: str, *messages: dict[str, Any], at: str = "mine", model: str = "") -> Call:
    return drained(client.call(at, model, [SYSTEM, TASK, *messages], {}, agent=agent))[1]


class TestLines:
    def test_each_reply_with_calls_comes_before_the_message(self):
        first = line_for(THREE, "Analyst", "reply", [SYSTEM, TASK])
        assert (first.text, [call.arguments["query"] for call in first.calls]) == (
            "One moment.",
            ["SELECT 1", "SELECT 2"],
        )
        second = line_for(THREE, "Analyst", "reply", [SYSTEM, TASK, *called("Analyst", 2)])
        assert [call.tool for call in second.calls] == ["now"]
        third = line_for(THREE, "Analyst", "reply", [SYSTEM, TASK, *called("Analyst", 2), *called("Analyst")])
        assert (third.text, third.calls) == ("There is one row.", [])

    def test_ids_of_calls_are_unique_in_the_script(self):
        first = line_for(THREE, "Analyst", "reply", [SYSTEM, TASK]).wire_calls
        second = line_for(THREE, "Analyst", "reply", [SYSTEM, TASK, *called("Analyst", 2)]).wire_calls
        ids = [wire["id"] for wire in first + second]
        assert len(set(ids)) == 3
        assert json.loads(first[0]["function"]["arguments"]) == {"query": "SELECT 1"}

    def test_who_speaks_next_is_who_the_script_has_next(self):
        assert line("", CHECKING, purpose="select") == "Analyst"
        assert line("", said("Analyst"), CHECKING, purpose="select") == "Runner"
        asked_again = [CHECKING, said("speaker_selection_agent", "Nobody"), CHECKING]
        assert line("", said("Analyst"), said("Runner"), *asked_again, purpose="select") == "Writer"

    def test_the_same_agent_has_another_line_the_next_time(self):
        before = [said("Analyst"), said("Runner", "exitcode 0"), said("Writer")]
        assert line("Analyst", *before) == "The end."

    def test_what_a_person_says_between_stands_beside_the_script(self):
        assert line("Writer", said("Analyst"), said("You", "Quick!"), said("Runner", "exitcode 0")) == "It ran."

    def test_it_is_read_before_a_reminder(self):
        reminder = {"role": "system", "content": "Write now."}
        assert line("Writer", said("Analyst"), said("Runner", "exitcode 0"), reminder) == "It ran."

    def test_words_that_do_not_fit_what_was_read_are_not_said(self):
        with pytest.raises(OffScriptError, match="“exitcode 0” was read before, and it was not"):
            line("Writer", said("Analyst"), said("Runner", "exitcode 1"))

    def test_a_line_may_say_what_is_said_instead(self):
        calls = [*called("Analyst", 2), *called("Analyst")]
        calls[-1] = {**calls[-1], "content": "no clock"}
        assert line("Analyst", *calls) == "I could not count."

    def test_somebody_who_is_not_next_gets_no_line(self):
        with pytest.raises(OffScriptError, match="Analyst would speak here, not Writer"):
            line("Writer")

    def test_past_its_end_it_says_so(self):
        whole = [said(step.agent) for step in THREE.steps]
        with pytest.raises(ScriptOverError, match="The rehearsal is over"):
            line("Analyst", *whole)
        with pytest.raises(ScriptOverError, match="The rehearsal is over"):
            line("", *whole, CHECKING, purpose="select")

    def test_a_rejected_message_is_not_said_again(self):
        before = [said("Analyst"), said("Runner", "exitcode 0")]
        rejected = said("reviewer", "The reviewer rejected this message: too short. Nobody has read it.")
        with pytest.raises(OffScriptError, match="has no other"):
            line("Writer", *before, said("Writer", "It ran.", "assistant"), rejected)


class TestCalls:
    def test_a_call_streams_costs_nothing_and_is_marked(self, client: ModelClient):
        result = call(client, "Analyst", *called("Analyst", 2), *called("Analyst"))
        assert (result.outcome, result.reply, result.finish_reason) == ("ok", "There is one row.", "stop")
        assert (result.price.cost_usd, result.price.source) == (0.0, "rehearsed")
        assert (result.connection, result.model) == ("mine", "Three")
        assert result.usage is not None
        assert result.usage.total == 0

    def test_calls_have_the_form_that_servers_send(self, client: ModelClient):
        result = call(client, "Analyst")
        assert result.finish_reason == "tool_calls"
        functions: list[Any] = [wire["function"] for wire in result.tool_calls]
        assert [function["name"] for function in functions] == ["sql", "sql"]

    def test_off_the_script_is_a_failure_of_the_model_with_a_next_step(self, client: ModelClient):
        result = call(client, "Writer")
        assert (result.outcome, result.reply, result.price.cost_usd) == ("not_found", "", 0.0)
        assert "choose another model" in result.error

    def test_the_pieces_are_the_line_and_come_with_pauses(self):
        long = SCRIPT.replace("The end.", "word " * 40)
        client = ModelClient(saved(long), environ={PACE_VARIABLE: "2000"}, embedded=NoModel())
        before = [said("Analyst"), said("Runner"), said("Writer")]
        heard, result = drained(client.call("mine", "", [SYSTEM, TASK, *before], {}, agent="Analyst"))
        assert "".join(heard) == result.reply
        assert len(heard) > 5
        assert result.duration_s >= 0.05
        client.close()

    def test_the_gallerys_rehearsals_are_played_by_the_models_name(self, client: ModelClient):
        result = call(client, "Writer", at="rehearsed", model="writer-and-critic")
        assert (result.outcome, result.connection, result.model) == ("ok", "rehearsed", "writer-and-critic")
        assert result.reply.startswith("Dear neighbours")

    @pytest.mark.parametrize("model", ["", "nothing-like-it"])
    def test_a_rehearsal_that_is_not_there_is_named_with_those_that_are(self, client: ModelClient, model: str):
        result = call(client, "Writer", at="rehearsed", model=model)
        assert result.outcome == "not_configured"
        assert "name one of code-review, coder-and-executor" in result.error

    def test_trying_it_says_how_long_it_is_and_whose(self, client: ModelClient):
        report = check_connection("mine", client)
        assert report.is_ok
        assert report.text.startswith("Three: 4 turns of Analyst, Runner, Writer.")
        nameless = check_connection("rehearsed", client)
        assert not nameless.is_ok
        assert "writer-and-critic" in nameless.models


class TestRecordings:
    @pytest.fixture
    def recorded(self):
        client = ModelClient(saved(SCRIPT + RECORDING), environ={PACE_VARIABLE: "0"}, embedded=NoModel())
        yield client
        client.close()

    def test_a_line_goes_with_what_it_took_and_spends_nothing(self, recorded: ModelClient):
        result = call(recorded, "Analyst")
        took = result.recording
        assert took is not None
        assert took.usage == Usage(input_uncached=90, output=7)
        assert (took.day, took.model, took.price.cost_usd, took.duration_s) == ("2026-11-30", "gpt-4.1-mini", 0.5, 4)
        assert (result.price.cost_usd, result.usage) == (0.0, Usage())

    def test_a_call_of_another_model_and_a_selection_have_their_own(self, recorded: ModelClient):
        third = call(recorded, "Analyst", *called("Analyst", 2), *called("Analyst")).recording
        assert third is not None
        assert (third.model, third.usage, third.price.cost_usd) == ("other", None, None)
        messages = [SYSTEM, TASK, said("Analyst"), said("Runner"), CHECKING]
        chosen = drained(recorded.call("mine", "", messages, {}, purpose="select"))[1].recording
        assert chosen is not None
        assert chosen.usage == Usage(input_uncached=5)

    def test_what_was_not_recorded_has_no_figures(self, recorded: ModelClient):
        assert call(recorded, "Analyst", *called("Analyst", 2)).recording is None
        calls = [*called("Analyst", 2), *called("Analyst")]
        calls[-1] = {**calls[-1], "content": "no clock"}
        other_words = call(recorded, "Analyst", *calls)
        assert (other_words.reply, other_words.recording) == ("I could not count.", None)
        assert call(recorded, "Writer").recording is None

    def test_tokens_of_an_unknown_kind_are_refused_by_name(self):
        client = ModelClient(saved(SCRIPT + RECORDING.replace("output", "outptu")), environ={}, embedded=NoModel())
        result = call(client, "Analyst")
        assert result.outcome == "not_configured"
        assert "counts tokens as outptu; known are input_uncached" in result.error
        client.close()

    def test_in_real_time_a_line_takes_what_it_took_and_otherwise_not(self):
        client = ModelClient(saved(SCRIPT + RECORDING), environ={}, embedded=NoModel())
        messages = [*called("Analyst", 2), *called("Analyst")]
        slow = call(client, "Analyst", *messages, model=in_real_time(""))
        assert (slow.model, slow.reply) == ("Three", "There is one row.")
        assert slow.first_token_s is not None
        assert slow.first_token_s >= 0.1
        assert slow.duration_s >= 0.3
        assert call(client, "Analyst", *messages).duration_s < 0.3
        client.close()

    def test_at_once_means_at_once_in_real_time_too(self, recorded: ModelClient):
        assert call(recorded, "Analyst", model=in_real_time("")).duration_s < 4

    def test_a_ready_teams_rehearsal_is_found_by_its_name_in_real_time(self, recorded: ModelClient):
        result = call(recorded, "Writer", at="rehearsed", model=in_real_time("writer-and-critic"))
        assert (result.outcome, result.model) == ("ok", "writer-and-critic")
