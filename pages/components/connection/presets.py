"""What to fill in for the usual servers, and what to do before it works."""

from dataclasses import dataclass
from typing import Any, Literal

from agents.specs import ConnectionSpec


@dataclass(frozen=True)
class Preset:
    """A kind of server by the name people know."""

    label: str
    name: str
    """Offered as the connection's name."""
    base_url: str = ""
    model: str = ""
    """Shown as an example, not filled in."""
    kind: Literal["openai", "azure"] = "openai"
    needs_key: bool = True
    hint: str = ""

    def fields(self) -> dict[str, Any]:
        """The fields of a new connection of this kind."""
        spec = ConnectionSpec(name=self.name, kind=self.kind, base_url=self.base_url)
        return spec.model_dump(mode="json")


PRESETS = (
    Preset(
        "Ollama", "ollama", "http://localhost:11434/v1", "llama3.2", needs_key=False,
        hint="Start it with `ollama serve` and get a model with `ollama pull llama3.2`. Free, on your own machine.",
    ),
    Preset("OpenAI", "openai", "", "gpt-4.1-mini", hint="Needs a key from your OpenAI account, with credit on it."),
    Preset(
        "LM Studio", "lm-studio", "http://localhost:1234/v1", "qwen2.5-7b-instruct", needs_key=False,
        hint="Load a model, then turn the server on in the Developer tab. Free, on your own machine.",
    ),
    Preset(
        "vLLM", "vllm", "http://localhost:8000/v1", "Qwen/Qwen2.5-7B-Instruct", needs_key=False,
        hint="Start it with `vllm serve MODEL`; the model here is the one you served.",
    ),
    Preset(
        "llama.cpp", "llama-cpp", "http://localhost:8080/v1", "default", needs_key=False,
        hint="Start it with `llama-server -m model.gguf`; any model name will do.",
    ),
    Preset(
        "OpenRouter", "openrouter", "https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4.5",
        hint="One key for many providers' models.",
    ),
    Preset(
        "Anthropic", "anthropic", "https://api.anthropic.com/v1", "claude-sonnet-4-5",
        hint="Anthropic's endpoint that speaks the OpenAI API.",
    ),
    Preset(
        "Gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-flash",
        hint="Google's endpoint that speaks the OpenAI API.",
    ),
    Preset(
        "Azure OpenAI", "azure", "https://NAME.openai.azure.com", "your deployment's name", kind="azure",
        hint="Put your resource's name into the address; the model is the name of your deployment.",
    ),
    Preset(
        "Another server", "my-server", "http://localhost:9000/v1", hint="Any server that speaks the OpenAI chat API."
    ),
)  # fmt: skip


def preset_like(spec: ConnectionSpec) -> Preset | None:
    """The preset that a saved connection looks like; None when it is like none."""
    for preset in PRESETS:
        if preset.kind == spec.kind and preset.base_url.rstrip("/") == spec.base_url.rstrip("/"):
            return preset
    return None
