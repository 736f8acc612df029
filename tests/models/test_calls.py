"""A call that goes well: what is sent, what arrives, what is counted."""

import subprocess
import sys
import threading
from typing import Any

from agents.chats import sha256_of
from agents.models import ModelClient
from agents.specs import ConnectionSpec, OwnPrice
from agents.store import Store
from tests.support.model_calls import KEY, PROMPT, NoModel, book, called, drained
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer


class TestStreaming:
    def test_pieces_arrive_one_by_one(self, client: ModelClient, server: ScriptedServer):
        server.script([Reply("one two three", piece_delay_s=0.3)])
        call = client.call("scripted", "", PROMPT, {})
        assert next(call) == "one"
        assert server.records[0].outcome == "open"
        pieces, result = drained(call)
        assert pieces == [" two", " three"]
        assert result.reply == "one two three"
        assert result.first_token_s is not None
        assert result.first_token_s < result.duration_s

    def test_closing_the_call_closes_the_stream_at_once(self, client: ModelClient, server: ScriptedServer):
        server.script([Reply("word " * 500, piece_delay_s=0.05)])
        call = client.call("scripted", "", PROMPT, {})
        next(call)
        call.close()
        record = server.wait_for(lambda records: records[0].outcome == "closed by client" and records[0])
        assert record.n_pieces < 100

    def test_closing_the_call_ends_the_pause_before_another_try(self, client: ModelClient, server: ScriptedServer):
        server.script([Reply(status=429, headers={"Retry-After": "45"}), Reply("Too late.")])
        call = client.call("scripted", "", PROMPT, {})
        assert next(call) == ""
        call.close()
        assert len(server.records) == 1

    def test_a_server_that_cannot_stream_is_understood(self, client: ModelClient, server: ScriptedServer):
        message = {"role": "assistant", "content": "All at once."}
        usage = {"prompt_tokens": 6, "completion_tokens": 3, "total_tokens": 9}
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
        server.script([Reply(body=body)])
        pieces, result = drained(client.call("scripted", "", PROMPT, {}))
        assert (pieces, result.outcome) == (["All at once."], "ok")
        assert result.usage is not None
        assert result.usage.total == 9

    def test_tool_calls_are_put_together_from_their_parts(self, client: ModelClient, server: ScriptedServer):
        calls = [
            {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"query": "plans"}'}},
            {"id": "c2", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}},
        ]
        server.script([Reply(None, tool_calls=calls, finish_reason="tool_calls")])
        tools = [{"type": "function", "function": {"name": "search", "parameters": {}}}]
        result = called(client, tools=tools)
        assert (result.outcome, result.tool_calls, result.reply) == ("ok", calls, "")
        assert server.records[0].parameters["tools"] == tools


class TestRequests:
    def test_only_what_every_server_takes_is_sent(self, client: ModelClient, server: ScriptedServer):
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": "Be brief."},
            {"role": "assistant", "name": "Zoë Q.", "content": None, "tool_calls": [{"id": "c1"}], "extra": 1},
            {"role": "tool", "tool_call_id": "c1", "content": "42", "tool_responses": []},
        ]
        result = drained(client.call("scripted", "scripted-2", messages, {"temperature": 0.5, "top_k": 3}))[1]
        record = server.records[0]
        assert record.messages == [
            {"role": "system", "content": "Be brief."},
            {"role": "assistant", "name": "Zo__Q_", "content": None, "tool_calls": [{"id": "c1"}]},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
        ]
        assert (record.model, record.parameters["temperature"], record.parameters["top_k"]) == ("scripted-2", 0.5, 3)
        assert result.prompt_sha256 == sha256_of(record.messages)
        assert messages[1]["content"] is None

    def test_refused_parameters_are_left_out_and_remembered(self, client: ModelClient, server: ScriptedServer):
        said = {"error": {"message": "Unsupported value: 'temperature' does not support 0 with this model."}}
        server.script([Reply(None, 400, said)])
        first = called(client, temperature=0)
        second = called(client, temperature=0)
        assert (first.outcome, second.outcome) == ("ok", "ok")
        assert ["temperature" in record.parameters for record in server.records] == [True, False, False]
        assert second.usage_raw["studio"] == {"parameters_left_out": ["temperature"]}

    def test_what_one_client_learned_another_knows(self, server: ScriptedServer, store: Store):
        spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="fault-no-stream-options")
        for _ in range(2):
            client = ModelClient(book(spec, key=KEY), environ={}, embedded=NoModel(), dialects=store.dialects)
            assert called(client).outcome == "ok"
            client.close()
        assert ["stream_options" in record.parameters for record in server.records] == [True, False, False]

    def test_one_value_of_a_parameter_can_be_refused(self, client: ModelClient, server: ScriptedServer):
        detail = [{"loc": ["body", "temperature"], "msg": "Input should be less than or equal to 1"}]
        server.script([Reply(None, 422, {"detail": detail})])
        first, second = called(client, temperature=2), called(client, temperature=1)
        assert [call.outcome for call in (*first.failed_before, first, second)] == ["bad_request", "ok", "ok"]
        assert [record.parameters.get("temperature") for record in server.records] == [2, None, 1]

    def test_a_server_without_stream_options_is_asked_without_them(self, client: ModelClient, server: ScriptedServer):
        assert called(client, "fault-no-stream-options").outcome == "ok"
        assert called(client, "fault-no-stream-options").outcome == "ok"
        assert ["stream_options" in record.parameters for record in server.records] == [True, False, False]

    def test_max_tokens_takes_its_newer_name_where_that_is_asked_for(self, client: ModelClient, server: ScriptedServer):
        said = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
        server.script([Reply(None, 400, {"error": {"message": said}})])
        assert called(client, max_tokens=50).outcome == "ok"
        assert server.records[1].parameters["max_completion_tokens"] == 50
        assert "max_tokens" not in server.records[1].parameters


class TestCounting:
    def test_totals_equal_the_servers(self, client: ModelClient, server: ScriptedServer):
        results = [called(client, model) for model in ("scripted-1", "details", "fault-empty", "fault-no-usage")]
        usages = [result.usage for result in results[:3] if result.usage]
        server.records.pop()  # its count was never sent
        totals = server.totals()
        assert sum(usage.total for usage in usages) == totals["prompt_tokens"] + totals["completion_tokens"]
        assert sum(usage.input_cached for usage in usages) == totals["cached_tokens"] == 2
        assert sum(usage.reasoning for usage in usages) == totals["reasoning_tokens"] == 5
        assert results[3].usage is None

    def test_an_own_price_is_charged_by_bucket(self, server: ScriptedServer):
        price = OwnPrice(input_usd_per_mtok=1, cached_input_usd_per_mtok=0.1, output_usd_per_mtok=10)
        spec = ConnectionSpec(name="scripted", base_url=server.base_url, price=price)
        client = ModelClient(book(spec), environ={}, embedded=NoModel())
        result = called(client, "details")
        client.close()
        assert result.usage is not None
        assert result.price.source == "own price"
        assert result.price.cost_usd is not None
        expected = result.usage.input_uncached + 0.2 + 10 * (result.usage.output + 5)
        assert round(result.price.cost_usd * 1e6, 6) == round(expected, 6)


class TestSharing:
    def test_two_hundred_chats_call_at_once_over_one_client(self, client: ModelClient, server: ScriptedServer):
        server.gather = 200
        outcomes: list[str] = []
        threads = [threading.Thread(target=lambda: outcomes.append(called(client).outcome)) for _ in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert outcomes == ["ok"] * 200

    def test_the_sdk_is_not_loaded_before_the_first_call(self):
        code = "import sys, agents.models; print([m for m in ('openai', 'httpx2', 'genai_prices') if m in sys.modules])"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert found.stdout.strip() == "[]"

    def test_the_key_is_sent_and_never_shown(self, client: ModelClient, server: ScriptedServer):
        result = called(client, "fault-401")
        assert "[key]" in result.error  # the server had repeated it
        endpoint = client.endpoint("scripted")
        assert endpoint.api_key == KEY
        assert KEY not in result.error + repr(result) + repr(endpoint) + str(server.records)
