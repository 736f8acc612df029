"""What is written about a connection: a key in the wrong field is not repeated, and not saved there."""

import pytest

from agents.errors import SpecError
from agents.specs import ConnectionSpec
from agents.specs.connection import misplaced_keys
from agents.specs.mcp_server import mcp_server
from agents.specs.validation import read_spec

KEYS = [
    "sk-proj-Abc123def456ghi789jkl",
    "AIzaSyA1234567890abcdefghijk",
    "0f8fad5bd9cb469fa165708ddf1aaaff",
    "xQ7rT2vB9nM4kL8pW3zY6cD1fG5hJ0sA",
    "a-secret-key-4711",
]


class TestAKeyInAnotherField:
    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.parametrize("field", ["base_url", "name", "api_key_env", "timeout_s", "kind", "fallbacks", "price"])
    def test_is_never_repeated_by_the_error(self, field: str, key: str):
        value = [f"{key} "] if field == "fallbacks" else f"{key} !"
        with pytest.raises(SpecError) as caught:
            read_spec(ConnectionSpec, {"name": "c", field: value}, "The connection")
        assert field in str(caught.value)
        assert key[:12] not in str(caught.value)

    @pytest.mark.parametrize("key", KEYS)
    def test_is_not_repeated_of_an_mcp_server_either(self, key: str):
        with pytest.raises(SpecError) as caught:
            mcp_server({"name": "x", "kind": "http", "url": key})
        assert key[:12] not in str(caught.value)

    def test_other_mistakes_are_repeated(self):
        with pytest.raises(SpecError, match="Found 'localhost'; expected an address such as"):
            read_spec(ConnectionSpec, {"name": "c", "base_url": "localhost"}, "The connection")

    @pytest.mark.parametrize(
        ("fields", "unfit"),
        [
            ({"model": KEYS[0]}, ["model"]),
            ({"base_url": f"https://gateway.example/{KEYS[1]}/v1"}, ["base_url"]),
            ({"api_key_env": "k0f8fad5bd9cb469fa165708ddf1aaaff"}, ["api_key_env"]),
            ({"model": "gpt-4o-mini-2024-07-18", "api_key_env": "OPENAI_API_KEY_2"}, []),
            ({"model": "xai-grok-4-fast-reasoning", "base_url": "https://sk-west-1.example.com/v1"}, []),
            ({"base_url": "https://gateway.ai.cloudflare.com/v1/0f8fad5bd9cb469fa165708ddf1aaaff/mine/openai"}, []),
        ],
    )
    def test_is_told_where_it_would_be_taken(self, fields: dict[str, str], unfit: list[str]):
        assert [name for name, _ in misplaced_keys(ConnectionSpec(name="c", **fields))] == unfit
