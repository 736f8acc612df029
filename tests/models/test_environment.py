"""The connections that the environment describes: which there are, what they call, with which key."""

import json
from pathlib import Path

import pytest

from agents.models import Endpoint, ModelClient, NotConfiguredError, check_connection, resolve
from agents.models.connections import connection_names, connection_rows, default_connection, spec_of
from agents.models.environment import environment
from tests.support.model_calls import NoModel, book, drained
from tests.support.scripted_server import ScriptedServer

KEY = "k-very-secret-4711"
LIST = "OAI_CONFIG_LIST"


def endpoint(name: str, model: str = "", **environ: str) -> Endpoint:
    return resolve(spec_of(name, book(), environ), model, book(), environ, NoModel())


def written(*entries: object) -> dict[str, str]:
    return {LIST: json.dumps(entries)}


class TestProviders:
    @pytest.mark.parametrize(
        ("environ", "name", "base_url", "model"),
        [
            ({"OPENAI_API_KEY": KEY}, "openai", "https://api.openai.com/v1", "gpt-4.1-mini"),
            ({"ANTHROPIC_API_KEY": KEY}, "anthropic", "https://api.anthropic.com/v1", "claude-haiku-4-5"),
            (
                {"GEMINI_API_KEY": KEY, "GEMINI_MODEL": "gemini-3-pro"},
                "gemini",
                "https://generativelanguage.googleapis.com/v1beta/openai",
                "gemini-3-pro",
            ),
            ({"MISTRAL_API_KEY": KEY}, "mistral", "https://api.mistral.ai/v1", "mistral-small-latest"),
            ({"OPENROUTER_API_KEY": KEY}, "openrouter", "https://openrouter.ai/api/v1", "openrouter/auto"),
            (
                {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com/",
                 "AZURE_OPENAI_DEPLOYMENT": "prod"},
                "azure", "https://me.openai.azure.com", "prod",
            ),
        ],
    )  # fmt: skip
    def test_a_key_that_is_set_makes_a_connection_and_the_default(
        self, environ: dict[str, str], name: str, base_url: str, model: str
    ):
        assert default_connection(book(), environ) == name
        found = endpoint("default", **environ)
        assert (found.connection, found.base_url, found.model, found.api_key) == (name, base_url, model, KEY)
        [row] = [row for row in connection_rows([], environ, has_key=lambda name: False, default=name)][1:]
        assert (row.source, row.has_key, row.is_default) == ("environment", True, True)
        assert row.key_from.endswith("_API_KEY")
        assert KEY not in repr(row) + repr(environment(environ))

    @pytest.mark.parametrize(
        ("host", "base_url"),
        [
            ("127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
            ("0.0.0.0", "http://127.0.0.1:11434/v1"),
            (":9999", "http://127.0.0.1:9999/v1"),
            ("gpu-box", "http://gpu-box:11434/v1"),
            ("http://gpu-box:8080/", "http://gpu-box:8080/v1"),
            ("https://ollama.example.com", "https://ollama.example.com:443/v1"),
            ("[::]:11434", "http://127.0.0.1:11434/v1"),
            ("http://gpu-box:1/ollama", "http://gpu-box:1/ollama/v1"),
        ],
    )
    def test_ollama_s_host_is_read_as_ollama_reads_it(self, host: str, base_url: str):
        found = endpoint("ollama", "qwen3", OLLAMA_HOST=host)
        assert (found.base_url, found.model) == (base_url, "qwen3")

    def test_one_that_names_no_model_is_there_and_is_not_the_default(self):
        assert default_connection(book(), {"OLLAMA_HOST": "box"}) == "embedded"
        assert default_connection(book(), {"OLLAMA_HOST": "box", "OLLAMA_MODEL": "qwen3"}) == "ollama"
        assert "ollama" in connection_names([], {"OLLAMA_HOST": "box"})

    def test_several_are_each_there_and_a_person_s_choice_goes_before_them(self):
        environ = {"GEMINI_API_KEY": "g", "MISTRAL_API_KEY": "m", "OPENAI_API_KEY": "o"}
        assert {"openai", "gemini", "mistral"} <= connection_names([], environ)
        assert default_connection(book(), environ) == "openai"
        assert default_connection(book(default="mistral"), environ) == "mistral"

    def test_azure_without_its_address_is_told_and_keeps_nothing_else_from_working(self):
        environ = {"AZURE_OPENAI_API_KEY": KEY, "GEMINI_API_KEY": "g"}
        assert default_connection(book(), environ) == "gemini"
        with pytest.raises(NotConfiguredError, match="AZURE_OPENAI_API_KEY is set, and AZURE_OPENAI_ENDPOINT is not"):
            endpoint("azure", **environ)
        assert KEY not in repr(environment(environ))

    def test_an_address_that_is_none_names_its_variable(self):
        with pytest.raises(NotConfiguredError, match="environment variable OLLAMA_HOST cannot be used"):
            endpoint("ollama", "m", OLLAMA_HOST="http://me:secret@box")


class TestAutoGensList:
    def test_each_entry_is_a_connection_with_its_own_key(self):
        environ = written(
            {"model": "gpt-4o", "api_key": KEY},
            {"model": "gpt-4o", "api_key": "k-2", "base_url": "https://gateway.example.com/v1/", "tags": ["x"]},
            {"model": "prod", "api_key": "k-3", "api_type": "azure", "base_url": "https://me.openai.azure.com",
             "api_version": "2024-02-01"},
            {"model": "llama3", "api_type": "ollama", "client_host": "box:11434"},
            {"model": "gemini-2.5-flash", "api_type": "google", "api_key": "k-5"},
        )  # fmt: skip
        specs = environment(environ).specs
        assert [*specs] == ["gpt-4o", "gpt-4o-2", "prod", "llama3", "gemini-2.5-flash"]
        first, second = endpoint("gpt-4o", **environ), endpoint("gpt-4o-2", **environ)
        assert (first.base_url, first.api_key, first.model) == ("https://api.openai.com/v1", KEY, "gpt-4o")
        assert (second.base_url, second.api_key) == ("https://gateway.example.com/v1", "k-2")
        azure = endpoint("prod", **environ)
        assert (azure.kind, azure.api_version, azure.api_key) == ("azure", "2024-02-01", "k-3")
        assert endpoint("llama3", **environ).base_url == "http://box:11434/v1"
        assert endpoint("gemini-2.5-flash", **environ).api_key == "k-5"
        assert default_connection(book(), environ) == "gpt-4o"
        assert specs["gpt-4o"].fallbacks == ["gpt-4o-2", "prod", "llama3", "gemini-2.5-flash"], "as AutoGen tries them"

    def test_its_prices_are_own_prices(self):
        price = endpoint("m", **written({"model": "m", "api_key": "k", "price": [0.01, 0.03]})).price
        assert price is not None
        assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (10, 30)

    def test_a_file_is_read_by_its_path_or_where_the_studio_was_started(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        file = tmp_path / "models.json"
        file.write_text(json.dumps([{"model": "m", "api_key": KEY}]), encoding="utf-8")
        assert endpoint("m", **{LIST: str(file)}).api_key == KEY
        monkeypatch.chdir(tmp_path)
        assert environment({}).specs == {}
        file.rename(LIST)
        assert endpoint("m").api_key == KEY

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[{", "not readable as JSON (line 1)"),
            ('{"model": "m"}', "no list of entries"),
            ("nowhere.json", "neither JSON nor the path of a file"),
            (f'// a comment\n[{{"api_key": "{KEY}"}}]', "neither JSON nor the path"),
            (f"'{json.dumps([{'model': 'm', 'api_key': KEY * 20}])}'", "neither JSON nor the path"),
            ("[" * 100_000, "not readable as JSON"),
        ],
    )
    def test_a_list_that_cannot_be_read_is_told_without_its_keys(self, text: str, said: str):
        found = environment({LIST: text})
        assert found.specs == {}
        assert said in found.problems["oai-config-list"]
        assert KEY not in repr(found)

    def test_a_file_that_is_no_text_is_told(self, tmp_path: Path):
        file = tmp_path / "list.json"
        file.write_bytes(b"\xff\xfe\x00" + KEY.encode())
        assert "the file is no text" in environment({LIST: str(file)}).problems["oai-config-list"]

    def test_of_a_list_with_a_bad_entry_the_others_are_there(self):
        found = environment(written({"model": "a", "api_type": "bedrock"}, {"api_key": KEY}, {"model": "b"}))
        assert [*found.specs] == ["b"]
        assert "Entry 1 of OAI_CONFIG_LIST" in found.problems["oai-config-list-1"]
        assert "give a base_url" in found.problems["oai-config-list-1"]
        assert "names no model" in found.problems["oai-config-list-2"]

    def test_its_names_take_no_provider_s_and_no_saved_one_s_place(self):
        environ = {**written({"model": "OpenAI", "api_key": "k"}), "OPENAI_API_KEY": "o"}
        assert [*environment(environ).specs] == ["openai", "openai-2"]

    def test_a_call_through_it_reaches_the_server_with_the_key(self, server: ScriptedServer):
        environ = written({"model": "scripted-1", "api_key": KEY, "base_url": server.base_url})
        client = ModelClient(book(), environ=environ, embedded=NoModel())
        _, call = drained(client.call("scripted-1", "", [{"role": "user", "content": "Hi."}], {}))
        assert call.outcome == "ok", call.error
        assert check_connection("scripted-1", client).is_ok
        assert KEY not in repr(call)
        client.close()
