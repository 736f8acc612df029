"""The servers and providers that people use: how each is reached, started, and found in the environment.

One table. The form of a connection offers them, the environment's connections and the search for servers on this
machine are made from it, and failures say by it whose port an address has. Values only.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Provider:
    """A kind of server by the name people know."""

    label: str
    name: str
    """Offered as a connection's name, and the name of the environment's."""
    base_url: str
    """Its address that speaks the OpenAI chat completions API."""
    model: str = ""
    """Shown as an example, not filled in."""
    kind: Literal["openai", "azure"] = "openai"
    needs_key: bool = True
    hint: str = ""
    """Said in the form."""
    start: str = ""
    """How a server on this machine is started; "" for what runs elsewhere."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that may hold its key; the first that is set counts, here and below."""
    address_variables: tuple[str, ...] = ()
    model_variables: tuple[str, ...] = ()
    default_model: str = ""
    """What the environment's connection calls at `base_url` when no variable names a model."""
    api_type: str = ""
    """What AutoGen's OAI_CONFIG_LIST calls it."""

    @property
    def port(self) -> int:
        """The port of a server on this machine; 0 for what runs elsewhere."""
        return (urlsplit(self.base_url).port or 0) if self.start else 0


OPENAI_URL = "https://api.openai.com/v1"

PROVIDERS = (
    Provider(
        "Ollama", "ollama", "http://localhost:11434/v1", "llama3.2", needs_key=False, start='"ollama serve"',
        hint="Start it with `ollama serve` and get a model with `ollama pull llama3.2`. Free, on your own machine.",
        address_variables=("OLLAMA_HOST",), model_variables=("OLLAMA_MODEL",), api_type="ollama",
    ),
    Provider(
        "OpenAI", "openai", OPENAI_URL, "gpt-4.1-mini",
        hint="Needs a key from your OpenAI account, with credit on it.",
        key_variables=("OPENAI_API_KEY",), address_variables=("OPENAI_BASE_URL",), model_variables=("OPENAI_MODEL",),
        default_model="gpt-4.1-mini", api_type="openai",
    ),
    Provider(
        "LM Studio", "lm-studio", "http://localhost:1234/v1", "qwen2.5-7b-instruct", needs_key=False,
        start="Start Server in its Developer tab",
        hint="Load a model, then turn the server on in the Developer tab. Free, on your own machine.",
    ),
    Provider(
        "vLLM", "vllm", "http://localhost:8000/v1", "Qwen/Qwen2.5-7B-Instruct", needs_key=False,
        start='"vllm serve MODEL"',
        hint="Start it with `vllm serve MODEL`; the model here is the one you served.",
    ),
    Provider(
        "llama.cpp", "llama-cpp", "http://localhost:8080/v1", "default", needs_key=False,
        start='"llama-server -m FILE"',
        hint="Start it with `llama-server -m model.gguf`; any model name will do.",
    ),
    Provider(
        "OpenRouter", "openrouter", "https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4.5",
        hint="One key for many providers' models.",
        key_variables=("OPENROUTER_API_KEY",), model_variables=("OPENROUTER_MODEL",), default_model="openrouter/auto",
        api_type="openrouter",
    ),
    Provider(
        "Anthropic", "anthropic", "https://api.anthropic.com/v1", "claude-sonnet-4-5",
        hint="Anthropic's endpoint that speaks the OpenAI API.",
        key_variables=("ANTHROPIC_API_KEY",), model_variables=("ANTHROPIC_MODEL",),
        default_model="claude-haiku-4-5", api_type="anthropic",
    ),
    Provider(
        "Gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-flash",
        hint="Google's endpoint that speaks the OpenAI API.",
        key_variables=("GEMINI_API_KEY",), model_variables=("GEMINI_MODEL",),
        default_model="gemini-2.5-flash", api_type="google",
    ),
    Provider(
        "Mistral", "mistral", "https://api.mistral.ai/v1", "mistral-small-latest",
        hint="Needs a key from your Mistral account.",
        key_variables=("MISTRAL_API_KEY",), model_variables=("MISTRAL_MODEL",),
        default_model="mistral-small-latest", api_type="mistral",
    ),
    Provider(
        "Azure OpenAI", "azure", "https://NAME.openai.azure.com", "your deployment's name", kind="azure",
        hint="Put your resource's name into the address; the model is the name of your deployment.",
        key_variables=("AZURE_OPENAI_API_KEY",), address_variables=("AZURE_OPENAI_ENDPOINT",),
        model_variables=("AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME"), api_type="azure",
    ),
    Provider(
        "Another server", "my-server", "http://localhost:9000/v1", hint="Any server that speaks the OpenAI chat API."
    ),
)  # fmt: skip
"""In the order in which a form offers them."""

LOCAL_SERVERS = {provider.port: provider for provider in PROVIDERS if provider.port}
"""Port -> whose it usually is."""

AZURE_VERSION_VARIABLES = ("AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION")

FOUND_FIRST = ("openai", "azure", "anthropic", "gemini", "mistral", "openrouter", "ollama")
"""Providers that the environment may describe; the first that it does, and that names a model, is the default."""


def provider(name: str) -> Provider:
    """Return the provider of that name; StopIteration when there is none."""
    return next(each for each in PROVIDERS if each.name == name)


PROVIDER_VARIABLES = (
    *(
        variable
        for each in PROVIDERS
        for variable in (*each.key_variables, *each.address_variables, *each.model_variables)
    ),
    *AZURE_VERSION_VARIABLES,
    "OAI_CONFIG_LIST",
)
"""Every environment variable that describes a connection."""
