"""From a connection's name to an endpoint, and every way in which that is refused."""

import pytest

from agents.models import Endpoint, NotConfiguredError, is_local_address, resolve
from agents.models.connections import Connections, RunningModel, connection_names, connection_rows, spec_of
from agents.specs import ConnectionSpec, OwnPrice
from tests.support.model_calls import NoModel, book

OLLAMA = ConnectionSpec(name="my-ollama", base_url="http://localhost:11434/v1", model="qwen3")


class ReadyModel(NoModel):
    def is_installed(self) -> bool:
        return True

    def ensure(self, model: str = "") -> RunningModel:
        return RunningModel("http://127.0.0.1:5000/v1", "embedded-key", model or "a-model")


def resolved(
    name: str, connections: Connections, environ: dict[str, str], embedded: NoModel, *, model: str = ""
) -> Endpoint:
    return resolve(spec_of(name, connections, environ), model, connections, environ, embedded)


def endpoint(name: str, *specs: ConnectionSpec, model: str = "", key: str = "", **environ: str) -> Endpoint:
    return resolved(name, book(*specs, key=key), environ, ReadyModel(), model=model)


def refusal(name: str, *specs: ConnectionSpec, model: str = "", key: str = "", **environ: str) -> str:
    with pytest.raises(NotConfiguredError) as refused:
        resolved(name, book(*specs, key=key), environ, NoModel(), model=model)
    return str(refused.value)


class TestNames:
    def test_default_is_the_persons_choice_then_the_environments_then_the_embedded_model(self):
        chosen = resolved("default", book(OLLAMA, default="my-ollama"), {"OPENAI_API_KEY": "k"}, ReadyModel())
        assert chosen.connection == "my-ollama"
        assert endpoint("default", OPENAI_API_KEY="k").connection == "openai"
        assert endpoint("", OPENAI_BASE_URL="http://box:8000/v1", OPENAI_MODEL="m").connection == "openai"
        assert endpoint("default").connection == "embedded"

    def test_the_environment_describes_openai(self):
        found = endpoint("openai", OPENAI_API_KEY="sk-1", OPENAI_MODEL="gpt-5-mini")
        assert (found.base_url, found.api_key, found.model) == ("https://api.openai.com/v1", "sk-1", "gpt-5-mini")
        assert not found.is_local
        local = endpoint("openai", OPENAI_BASE_URL="http://localhost:8000/v1/", OPENAI_MODEL="m")
        assert (local.base_url, local.is_local) == ("http://localhost:8000/v1", True)

    @pytest.mark.parametrize("address", ["localhost:11434/v1", "http://[::1", "http://h:99999/v1"])
    def test_an_address_in_the_environment_that_is_none_is_named_and_keeps_nothing_else_from_working(self, address):
        environ = {"OPENAI_BASE_URL": address}
        assert "OPENAI_BASE_URL cannot be used. Found" in refusal("default", **environ)
        assert connection_names([OLLAMA], environ) == {"default", "embedded", "my-ollama", "rehearsed"}
        rows = connection_rows([OLLAMA], environ, has_key=lambda name: False, default="openai")
        assert [row.spec.name for row in rows] == ["embedded", "my-ollama"]

    @pytest.mark.parametrize(
        "address", ["http://me:secret@h/v1", "me:secret@h/v1", "https://h/v1?key=secret", "ftp://h/v1#secret"]
    )
    def test_what_may_hold_a_secret_is_no_address_and_is_not_repeated(self, address):
        told = refusal("default", OPENAI_BASE_URL=address)
        assert "cannot be used" in told
        assert "secret" not in told

    def test_a_saved_connection_goes_before_the_environments_of_the_same_name(self):
        saved = ConnectionSpec(name="openai", base_url="https://gateway.example.com/v1", model="m")
        assert endpoint("openai", saved, key="k", OPENAI_API_KEY="other").base_url == "https://gateway.example.com/v1"

    def test_nobody_can_take_the_embedded_models_name(self):
        saved = ConnectionSpec(name="embedded", base_url="https://gateway.example.com/v1", model="m")
        assert endpoint("embedded", saved).base_url == "http://127.0.0.1:5000/v1"

    def test_a_model_named_by_the_team_goes_before_the_connections(self):
        assert endpoint("my-ollama", OLLAMA).model == "qwen3"
        assert endpoint("my-ollama", OLLAMA, model="llama4").model == "llama4"

    def test_the_key_comes_from_the_named_variable_else_from_the_store(self):
        spec = ConnectionSpec(name="x", base_url="https://api.example.com/v1", model="m", api_key_env="X_KEY")
        assert endpoint("x", spec, key="stored", X_KEY="from-variable").api_key == "from-variable"
        stored = spec.model_copy(update={"api_key_env": ""})
        assert endpoint("x", stored, key="stored", X_KEY="from-variable").api_key == "stored"

    def test_everything_else_of_the_spec_is_kept(self):
        price = OwnPrice(input_usd_per_mtok=1, output_usd_per_mtok=2)
        spec = OLLAMA.model_copy(update={"timeout_s": 7, "max_retries": 5, "is_local": False, "price": price})
        found = endpoint("my-ollama", spec)
        assert (found.timeout_s, found.max_retries, found.is_local, found.price) == (7, 5, False, price)


class TestRefusals:
    def test_an_unknown_name(self):
        assert 'Connection "mine" does not exist' in refusal("mine")
        assert "OPENAI_API_KEY" in refusal("openai")

    def test_a_deleted_default(self):
        with pytest.raises(NotConfiguredError, match='The default connection "gone" does not exist'):
            resolved("default", book(default="gone"), {}, NoModel())

    def test_the_embedded_model_without_its_server_names_it_and_the_command(self):
        text = refusal("embedded")
        assert '"xllamacpp" is not installed' in text
        assert "pip install --no-deps -r requirements-embedded.txt" in text

    def test_no_key_for_an_address_that_wants_one(self):
        spec = ConnectionSpec(name="x", base_url="https://api.example.com/v1", model="m")
        assert "has no key" in refusal("x", spec)
        assert "X_KEY, which is not set" in refusal("x", spec.model_copy(update={"api_key_env": "X_KEY"}))

    def test_a_key_with_a_line_break_is_refused_without_repeating_it(self):
        spec = ConnectionSpec(name="x", base_url="https://api.example.com/v1", model="m")
        text = refusal("x", spec, key="sk-abc\ndef")
        assert "Copy it again" in text
        assert "sk-abc" not in text

    def test_no_model(self):
        text = refusal("my-ollama", OLLAMA.model_copy(update={"model": ""}))
        assert "No model is named" in text
        assert "OPENAI_MODEL" in refusal("openai", OPENAI_BASE_URL="http://localhost:8000/v1")

    def test_azure_without_address_or_version(self):
        azure = ConnectionSpec(name="az", kind="azure", model="gpt-4o")
        assert "has no address" in refusal("az", azure)
        azure = azure.model_copy(update={"base_url": "https://me.openai.azure.com"})
        assert "has no API version" in refusal("az", azure)
        azure = azure.model_copy(update={"base_url": "https://me.openai.azure.com/openai/v1"})
        assert endpoint("az", azure, key="k").api_version == ""


class TestLocality:
    @pytest.mark.parametrize(
        "host",
        ["localhost", "127.0.0.1", "[::1]", "192.168.1.20", "10.0.0.3", "ollama", "host.docker.internal", "box.local"],
    )
    def test_machines_of_ones_own_are_local(self, host: str):
        assert is_local_address(f"http://{host}:11434/v1")

    @pytest.mark.parametrize("host", ["api.openai.com", "8.8.8.8", "openrouter.ai", "[2606:4700::1111]"])
    def test_others_are_not(self, host: str):
        assert not is_local_address(f"https://{host}/v1")
