"""How much a model reads at once is known: from its person, its server, a table, or its refusal."""

from typing import Any

import pytest

from agents.models import ModelClient
from agents.models.compatibility import dialect_lines
from agents.models.context_window import named_window
from agents.specs import ConnectionSpec
from tests.support.json_server import JsonServer
from tests.support.model_calls import NoModel, book, called
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

REFUSALS = [
    ("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", 8_192),
    ("This model's maximum context length is 4,096 tokens. However, you requested 5000 tokens", 4_096),
    ("This endpoint's maximum context length is 32768 tokens. However, you requested about 40000 tokens", 32_768),
    ("This model's maximum prompt length is 131072 but the request contains 150000 tokens.", 131_072),
    ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
    ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
    ("the request exceeds the available context size (4096 tokens), try increasing it", 4_096),
    ("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", 32_768),
    ("the model is loaded with context length of only 4096 tokens, which is not enough", 4_096),
    ("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.", 272_000),
    ("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000", 4_097),
    ("Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7000", 6_000),
    ("Please reduce the length of the messages or completion.", None),
]


def local(server: JsonServer, model: str = "m", **fields: Any) -> ModelClient:
    spec = ConnectionSpec(name="c", base_url=server.base_url, model=model, **fields)
    return ModelClient(book(spec), environ={}, embedded=NoModel())


def window(answers: dict[str, Any], model: str = "m", **fields: Any) -> int | None:
    with JsonServer(answers) as server:
        client = local(server, model, **fields)
        try:
            return client.context_window("c", "")
        finally:
            client.close()


class TestARefusal:
    @pytest.mark.parametrize(("said", "n_tokens"), REFUSALS)
    def test_names_the_window_in_its_words(self, said: str, n_tokens: int | None) -> None:
        assert named_window(said) == n_tokens

    def test_names_it_in_a_field(self) -> None:
        body = {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9_000, "n_ctx": 2_048}
        assert named_window("too long", [body]) == 2_048

    @pytest.mark.parametrize(("said", "n_tokens"), REFUSALS[:-1])
    def test_is_remembered_by_the_client(
        self, said: str, n_tokens: int, client: ModelClient, server: ScriptedServer
    ) -> None:
        status = 429 if "per minute" in said else 400
        server.script([Reply(None, status, {"error": {"message": said}})])
        assert called(client).outcome == "too_long"
        assert called(client).context_window == n_tokens
        assert client.context_window("scripted", "") == n_tokens
        endpoint = client.endpoint("scripted")
        learned = dialect_lines(client.compatibility.dialect(endpoint))
        line = f"reads {n_tokens:,} tokens at once: longer chats are shortened for it"
        assert any(found.startswith(line) for found in learned)

    @pytest.mark.usefixtures("soon_again")
    @pytest.mark.parametrize(
        ("status", "said", "outcome"),
        [
            (400, "max_tokens is too large: 99999. At most 16384 completion tokens are supported.", "ok"),
            (504, "The upstream took too long.", "server_error"),
            (500, "the request exceeds the available context size", "too_long"),
            (413, "Payload Too Large", "too_long"),
            (429, "Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000", "rate_limited"),
        ],
    )
    def test_is_told_from_other_failures(
        self, status: int, said: str, outcome: str, client: ModelClient, server: ScriptedServer
    ) -> None:
        server.script([Reply(None, status, {"error": {"message": said}})] * 3)
        assert called(client).outcome == outcome


class TestAServer:
    @pytest.mark.parametrize(
        "field", ["context_length", "max_model_len", "context_window", "max_context_length", "loaded_context_length"]
    )
    def test_tells_it_in_its_list_of_models(self, field: str) -> None:
        listed = {"data": [{"id": "other", field: 1}, {"id": "m", field: 9_000}]}
        assert window({"/v1/models": listed}) == 9_000

    def test_llama_cpp_tells_what_it_serves_rather_than_what_the_model_has(self) -> None:
        answers = {
            "/v1/models": {"data": [{"id": "m", "meta": {"n_ctx_train": 131_072}}]},
            "/props": {"default_generation_settings": {"n_ctx": 4_096}},
        }
        assert window(answers) == 4_096

    def test_lm_studio_tells_what_is_loaded(self) -> None:
        loaded = {"id": "m", "max_context_length": 131_072, "loaded_context_length": 4_000}
        assert window({"/v1/models": {"data": [{"id": "m"}]}, "/api/v0/models": {"data": [loaded]}}) == 4_000

    @pytest.mark.parametrize(
        ("running", "parameters", "n_tokens"),
        [
            ([{"name": "m", "context_length": 16_384}], "num_ctx 8192", 16_384),
            ([], "stop hello\nnum_ctx                        8192", 8_192),
            ([], "", 4_096),
        ],
    )
    def test_ollama_serves_less_than_the_model_has(self, running: list[Any], parameters: str, n_tokens: int) -> None:
        shown = {"model_info": {"llama.context_length": 131_072}, "parameters": parameters}
        answers = {"/v1/models": {"data": [{"id": "m"}]}, "/api/ps": {"models": running}, "/api/show": shown}
        assert window(answers) == n_tokens

    def test_is_asked_once(self) -> None:
        with JsonServer({"/v1/models": {"data": [{"id": "m", "max_model_len": 9_000}]}}) as server:
            client = local(server)
            assert [client.context_window("c", "") for _ in range(3)] == [9_000] * 3
            client.close()
            assert server.asked == ["GET /v1/models"]

    def test_that_tells_nonsense_or_nothing_tells_nothing(self) -> None:
        odd = [{"id": "m", "context_length": value} for value in (0, -5, True, None, "many", [1], 10**30)]
        assert all(window({"/v1/models": {"data": [entry]}}) is None for entry in odd)
        assert window({"/v1/models": ["m"]}) is None
        assert window({}) is None


class TestOtherSources:
    def test_what_a_person_set_goes_before_what_the_server_tells(self) -> None:
        assert window({"/v1/models": {"data": [{"id": "m", "max_model_len": 9_000}]}}, context_window=2_000) == 2_000

    @pytest.mark.parametrize("model", ["gpt-4.1-mini", "openai/gpt-4.1-mini", "openai/gpt-4.1-mini:nitro"])
    def test_the_table_knows_a_model_behind_a_gateway(self, model: str) -> None:
        n_tokens = window({}, model)
        assert n_tokens is not None
        assert n_tokens >= 1_000_000

    def test_a_connection_that_cannot_be_used_has_none(self) -> None:
        client = ModelClient(book(), environ={}, embedded=NoModel())
        assert client.context_window("gone", "") is None
        assert client.context_window("rehearsed", "coder-and-executor") is None
        client.close()
