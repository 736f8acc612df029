"""What a call costs, and how that is known."""

import importlib.metadata
from datetime import UTC, datetime

import pytest
from genai_prices.data_snapshot import DataSnapshot, get_snapshot, set_custom_snapshot

from agents.chats import Usage
from agents.models import Endpoint, ModelClient, price_of, resolve
from agents.specs import ConnectionSpec, OwnPrice
from tests.support.model_calls import NoModel, book, called
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

AT = datetime(2026, 11, 20, tzinfo=UTC)
USAGE = Usage(input_uncached=600_000, input_cached=400_000, output=90_000, reasoning=10_000)


def endpoint(base_url: str, model: str, *, is_local: bool = False, price: OwnPrice | None = None) -> Endpoint:
    return Endpoint("c", "openai", base_url, "k", model, 60, 2, is_local, price)


def priced(base_url: str, model: str, *, is_local: bool | None = None):
    """The price of one call at the connection that a person would save."""
    spec = ConnectionSpec(name="c", base_url=base_url, is_local=is_local)
    return price_of(resolve(spec, model, book(spec, key="k"), {}, NoModel()), USAGE, AT)


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


GEMINI = "https://generativelanguage.googleapis.com/v1beta/openai"
OPENROUTER = "https://openrouter.ai/api/v1"
CHARGED = {"cost": 0.0125, "cost_details": {"upstream_inference_cost": 0.5}}


class TestNames:
    @pytest.mark.parametrize(
        ("base_url", "model", "listed"),
        [
            (GEMINI, "models/gemini-2.5-flash", "gemini-2.5-flash"),
            (GEMINI, " gemini-2.5-flash ", "gemini-2.5-flash"),
            (GEMINI, "Gemini 2.5 Flash", "gemini-2.5-flash"),
            (GEMINI, "google/gemini-2.5-flash", "gemini-2.5-flash"),
            (OPENROUTER, "openai/gpt-4o:nitro", "openai/gpt-4o"),
            (OPENROUTER, "openai/gpt-4o:floor", "openai/gpt-4o"),
            ("https://api.openai.com/v1", "openai/gpt-4o", "gpt-4o"),
            ("https://api.openai.com/v1", "gpt 4o", "gpt-4o"),
            ("https://api.anthropic.com/v1", "anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ],
    )
    def test_what_servers_and_people_add_to_a_name_hides_no_price(self, base_url: str, model: str, listed: str):
        cost_usd = priced(base_url, listed).cost_usd
        assert cost_usd
        assert priced(base_url, model).cost_usd == cost_usd

    def test_the_free_variant_is_a_model_of_its_own_and_costs_nothing(self):
        assert priced(OPENROUTER, "meta-llama/llama-3.3-70b-instruct:free").cost_usd == 0
        assert priced(OPENROUTER, "openai/gpt-4o:free").cost_usd is None, "there is none, so it is not guessed"


class TestBehindALocalAddress:
    @pytest.mark.parametrize(
        "host", ["localhost:4000", "127.0.0.1:4000", "litellm:4000", "10.1.2.3", "gateway.internal"]
    )
    @pytest.mark.parametrize(
        "model",
        [
            "gpt-4o",
            "openai/gpt-4o",
            "o3-mini",
            "azure/prod",
            "claude-sonnet-4-5",
            "models/gemini-2.5-flash",
            "glm-5:cloud",
        ],
    )
    def test_a_paid_model_is_unknown_until_somebody_says_that_it_is_free(self, host: str, model: str):
        address = f"http://{host}/v1"
        assert priced(address, model).source == "unknown"
        assert priced(address, model, is_local=False).source == "unknown"
        assert priced(address, model, is_local=True).source == "local"

    @pytest.mark.parametrize(
        "model",
        ["llama3.2", "qwen2.5-coder:7b", "openai/gpt-oss-20b", "gpt-oss:120b", "google/gemma-3-12b", "mistral-small",
         "deepseek-r1:8b", "default", "command-r", "olmo2", "phi4"],
    )  # fmt: skip
    def test_a_model_that_anybody_can_run_is_free(self, model: str):
        assert priced("http://localhost:11434/v1", model).source == "local"


class TestOpenRouter:
    def test_what_it_says_that_it_charged_is_the_price(self):
        price = price_of(endpoint(OPENROUTER, "openai/gpt-4o"), USAGE, AT, CHARGED)
        assert (price.cost_usd, price.source) == (0.0125, "OpenRouter")

    def test_with_a_key_of_the_provider_s_own_both_charge(self):
        price = price_of(endpoint(OPENROUTER, "openai/gpt-4o"), USAGE, AT, {**CHARGED, "is_byok": True})
        assert price.cost_usd == pytest.approx(0.5125)

    def test_a_gateway_that_passes_its_account_on_is_named(self, client: ModelClient, server: ScriptedServer):
        usage = {"prompt_tokens": 5, "completion_tokens": 2, **CHARGED}
        server.script([Reply("Hi.", usage=usage)])
        call = called(client, "openai/gpt-4o")
        assert (call.price.cost_usd, call.price.source) == (0.0125, "stated by 127.0.0.1")

    @pytest.mark.parametrize("cost", [-1, "0.5", True, None, float("nan"), 1e12])
    def test_an_amount_that_is_none_is_not_taken(self, cost: object):
        price = price_of(endpoint(OPENROUTER, "openai/gpt-4o"), USAGE, AT, {**CHARGED, "cost": cost})
        assert price.source.startswith("genai-prices")

    def test_an_own_price_goes_before_it(self):
        own = OwnPrice(input_usd_per_mtok=1, output_usd_per_mtok=2)
        price = price_of(endpoint(OPENROUTER, "openai/gpt-4o", price=own), USAGE, AT, CHARGED)
        assert price.source == "own price"
