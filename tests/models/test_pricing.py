"""What a call costs, and how that is known."""

import importlib.metadata
from datetime import UTC, datetime

import pytest
from genai_prices.data_snapshot import DataSnapshot, get_snapshot, set_custom_snapshot

from agents.chats import Usage
from agents.models import Endpoint, price_of
from agents.specs import OwnPrice

AT = datetime(2026, 11, 20, tzinfo=UTC)
USAGE = Usage(input_uncached=600_000, input_cached=400_000, output=90_000, reasoning=10_000)


def endpoint(base_url: str, model: str, *, is_local: bool = False, price: OwnPrice | None = None) -> Endpoint:
    return Endpoint("c", "openai", base_url, "k", model, 60, 2, is_local, price)


class TestPrices:
    @pytest.mark.parametrize(
        ("base_url", "model", "cost_usd"),
        [
            ("https://api.openai.com/v1", "gpt-4o", 0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10),
            ("https://me.openai.azure.com/openai", "gpt-4o", 3.0),
            ("https://openrouter.ai/api/v1", "openai/gpt-4o", 3.0),
            ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-flash", 0.18 + 0.012 + 0.25),
        ],
    )
    def test_the_list_prices_by_address_and_model_and_bucket(self, base_url: str, model: str, cost_usd: float):
        price = price_of(endpoint(base_url, model), USAGE, AT)
        assert price.cost_usd == pytest.approx(cost_usd)
        assert price.source == f"genai-prices {importlib.metadata.version('genai-prices')}"

    def test_the_date_of_the_list_is_what_the_list_states_and_else_unknown(self):
        at_home = endpoint("https://api.openai.com/v1", "gpt-4o")
        assert price_of(at_home, USAGE, AT).as_of == "", "the list that comes with the package states none"
        snapshot = get_snapshot()
        set_custom_snapshot(DataSnapshot(snapshot.providers, from_auto_update=True, timestamp=AT))
        try:
            assert price_of(at_home, USAGE, AT).as_of == "2026-11-20"
        finally:
            set_custom_snapshot(None)

    @pytest.mark.parametrize(
        ("base_url", "model"),
        [("https://api.openai.com/v1", "no-such-model"), ("https://llm.example.com/v1", "gpt-4o")],
    )
    def test_unknown_is_unknown_and_never_nothing(self, base_url: str, model: str):
        price = price_of(endpoint(base_url, model), USAGE, AT)
        assert (price.cost_usd, price.source) == (None, "unknown")

    def test_a_local_model_is_free_even_when_it_does_not_count(self):
        price = price_of(endpoint("http://localhost:11434/v1", "qwen3", is_local=True), None, AT)
        assert (price.cost_usd, price.source) == (0.0, "local")

    def test_an_own_price_goes_before_everything(self):
        own = OwnPrice(input_usd_per_mtok=1, output_usd_per_mtok=2)
        for is_local in (True, False):
            price = price_of(endpoint("https://api.openai.com/v1", "gpt-4o", is_local=is_local, price=own), USAGE, AT)
            assert price.cost_usd == pytest.approx(1.2)
            assert price.source == "own price"

    def test_uncounted_tokens_of_a_paid_model_have_no_known_price(self):
        assert price_of(endpoint("https://api.openai.com/v1", "gpt-4o"), None, AT).cost_usd is None
