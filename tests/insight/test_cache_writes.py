"""Tokens that a provider writes to its cache and bills apart, from its reply to the charts."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.chats import ModelCalled, Recorded, Spend, Usage
from agents.insight.cost_charts import token_bars
from agents.insight.frames import totals_frame, turns_frame
from agents.insight.turns import Turns
from agents.models import ModelClient
from agents.models.connections import Endpoint
from agents.models.pricing import price_of
from agents.specs import ConnectionSpec, OwnPrice
from agents.store import open_store
from agents.web.transcript_entries import Entries, RenderedMessages
from tests.support.legs import begin, four, play
from tests.support.long_chat import MORNING
from tests.support.model_calls import NoModel, book
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

COUNTS = {"prompt_tokens": 1_000, "completion_tokens": 50, "total_tokens": 1_050}
FORMS: list[dict[str, Any]] = [
    {"prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 300}},
    {"prompt_tokens_details": {"cached_tokens": 600, "cache_creation_tokens": 300}},
    {"prompt_tokens_details": {"cached_tokens": 600}, "cache_creation_input_tokens": 300},
]
"""As OpenRouter and two versions of LiteLLM report them."""
USED = Usage(input_uncached=100, input_cached=600, cache_write=300, output=50)
PRICE = OwnPrice(
    input_usd_per_mtok=1_000, cached_input_usd_per_mtok=100, cache_write_usd_per_mtok=1_250, output_usd_per_mtok=5_000
)
COST_USD = 0.1 + 0.06 + 0.375 + 0.25


@pytest.fixture
def model(server: ScriptedServer) -> Iterator[ModelClient]:
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="m", price=PRICE)
    client = ModelClient(book(spec, key="sk-test", default="scripted"), environ={}, embedded=NoModel())
    yield client
    client.close()


@pytest.fixture(params=FORMS, ids=["openrouter", "litellm", "litellm-top"])
def log(request: pytest.FixtureRequest, server: ScriptedServer, model: ModelClient) -> list[Recorded]:
    """A chat with one reply, whose server says that it wrote to its cache."""
    server.script([Reply("Done.", usage={**COUNTS, **request.param})])
    return play(begin(four("{method: round_robin}", mode="NEVER", max_rounds=2)), model, lambda asked: None)


def test_they_are_a_bucket_of_the_event_with_their_own_price(log: list[Recorded]):
    (call,) = [item.event for item in log if isinstance(item.event, ModelCalled)]
    assert call.usage == USED
    assert call.price.source == "own price"
    assert call.price.cost_usd == pytest.approx(COST_USD)


def test_the_ledger_stores_and_sums_them(log: list[Recorded], tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/studio.db", tmp_path)
    events = [item.event for item in log]
    store.chats.create("c", events, client_id="1", team_id=None, revision=None, title="A chat")
    (call,) = store.ledger.calls("c")
    (total,) = store.ledger.totals_by("model")
    assert call.usage == total.spend.usage == USED
    assert total.spend == Spend.of(call)
    assert store.chats.verify("c") == []
    store.close()

    figure = token_bars(totals_frame([total]), totals_frame([total])["key"])
    assert {bar.name: bar.x[0] for bar in figure.data} == {
        "Input": 100, "Input, cached": 600, "Input, cache writes": 300, "Output": 50
    }  # fmt: skip


def test_tables_of_turns_and_the_transcript_show_them(log: list[Recorded]):
    turns = turns_frame(Turns().add(log).turns, MORNING)
    assert turns["cache_write"].sum() == 300
    assert turns["n_tokens"].sum() == 1_050
    entries = Entries(RenderedMessages(), {}).of(log)
    (usage,) = [entry["usage"] for entry in entries if entry.get("usage")]
    assert "Input, cache writes: 300" in usage["details"]


def test_the_price_list_has_a_rate_for_them():
    claude = Endpoint("c", "openai", "https://api.anthropic.com/v1", "k", "claude-sonnet-4-5", 60, 2, False)
    written, read = Usage(cache_write=100_000), Usage(input_uncached=100_000)
    assert price_of(claude, written, MORNING).cost_usd == pytest.approx(0.375)
    assert price_of(claude, read, MORNING).cost_usd == pytest.approx(0.3)


def test_an_own_price_without_a_rate_for_them_is_that_of_input():
    endpoint = Endpoint("c", "openai", "https://llm.example.com/v1", "k", "m", 60, 2, False, OwnPrice(
        input_usd_per_mtok=2, output_usd_per_mtok=8))  # fmt: skip
    assert price_of(endpoint, Usage(cache_write=1_000_000), MORNING).cost_usd == pytest.approx(2)
