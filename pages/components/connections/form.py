"""The form of one connection: where the model is, with which key, at which price; and the usual servers."""

from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st
from pydantic import ValidationError

from agents.specs import EMBEDDED, ConnectionSpec, OwnPrice
from agents.specs.validation import spec_error
from agents.studio import ConnectionRow, Session
from pages.components.form_fields import Bound, Finding, Findings
from pages.components.messages import showing_errors


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


LOCAL = {None: "Decide by the address", True: "Free: it runs on our own machines", False: "Not free"}
PRICE_FIELDS = OwnPrice.model_fields


@dataclass
class ConnectionDraft:
    """What is typed."""

    fields: dict[str, Any]
    price: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(PRICE_FIELDS))
    preset: Preset | None = None
    version: int = 0
    """Goes up when fields change other than by their widgets."""


def draft_for(row: ConnectionRow | None) -> ConnectionDraft:
    """A draft equal to the row, or to the first preset for a new connection."""
    if row is None:
        return ConnectionDraft(PRESETS[0].fields(), preset=PRESETS[0])
    fields = row.spec.model_dump(mode="json")
    draft = ConnectionDraft(fields, preset=preset_like(row.spec))
    draft.price.update(fields["price"] or {})
    return draft


def show(session: Session, row: ConnectionRow | None, *, taken: set[str], key: str) -> str:
    """Draws the form for `row` (None: a new one); the connection's name once it is saved, else "".

    `taken` are the names that a new connection cannot have."""
    draft = st.session_state.setdefault(key, draft_for(row))
    if row is None:
        _presets(draft, key)
    spec, findings = _check(draft, taken if row is None else set())
    form = Bound(draft.fields, "", f"{key}:{draft.version}", findings)
    secret = _where(form, draft, row, key)
    with st.expander("Price, waiting times and more", icon=":material/tune:", key=f"{key}:more"):
        _price(form, draft, key)
        _waiting(form)
    if not st.button("Save and test", key=f"{key}:save", type="primary", icon=":material/save:", disabled=spec is None):
        return ""
    if spec is None:
        return ""
    with showing_errors() as outcome:
        session.connections.save(spec, key=secret)
    return "" if outcome.failed else spec.name


def _presets(draft: ConnectionDraft, key: str) -> None:
    labels = [preset.label for preset in PRESETS]
    st.pills(
        "What do you want to reach?",
        labels,
        default=draft.preset.label if draft.preset else None,
        required=True,
        key=f"{key}:preset",
        on_change=_use_preset,
        args=(draft, key),
    )
    if draft.preset:
        st.caption(draft.preset.hint)


def _use_preset(draft: ConnectionDraft, key: str) -> None:
    chosen = st.session_state[f"{key}:preset"]
    draft.preset = next(preset for preset in PRESETS if preset.label == chosen)
    draft.fields.update(draft.preset.fields())
    draft.version += 1


def _where(form: Bound, draft: ConnectionDraft, row: ConnectionRow | None, key: str) -> str | None:
    """Address, model and key; the key typed, None to keep what is stored, "" to remove it."""
    example = draft.preset.model if draft.preset else ""
    left, right = st.columns(2)
    with left:
        form.text(
            "name",
            "Name",
            disabled=row is not None,
            help="Teams use this name.",
        )
    with right:
        form.text(
            "model",
            "Model",
            placeholder=f"such as {example}" if example else "",
            help="For agents without a model of their own.",
        )
    is_azure = draft.fields["kind"] == "azure"
    left, *more = st.columns([2, 1]) if is_azure else [st.container()]
    with left:
        placeholder = "https://api.openai.com/v1" if not is_azure else "https://NAME.openai.azure.com"
        form.text("base_url", "Address", placeholder=placeholder)
    for right in more:
        with right:
            form.text("api_version", "API version", placeholder="2024-10-21")
    return _key(form, draft, row, key)


def _key(form: Bound, draft: ConnectionDraft, row: ConnectionRow | None, key: str) -> str | None:
    has_key = row is not None and row.has_key
    left, right = st.columns(2)
    with left:
        placeholder = (
            "Saved; type to replace it" if has_key else ("Not needed" if _is_keyless(draft) else "Paste the key")
        )
        # Live, because Streamlit 1.67 loses a password that is left with Tab: the focus goes to its own eye first.
        typed = st.text_input(
            "Key", key=f"{key}:{draft.version}:secret", type="password", placeholder=placeholder, live="300ms",
            help="Kept encrypted, never shown again, never sent to the browser.",
        )  # fmt: skip
        removing = has_key and st.checkbox("Remove the saved key", key=f"{key}:remove_key")
    with right:
        form.text(
            "api_key_env", "Or the environment variable that holds it", placeholder="such as OPENAI_API_KEY",
            help="Used instead of a saved key.",
        )  # fmt: skip
    return (typed or "").strip() or ("" if removing else None)


def _is_keyless(draft: ConnectionDraft) -> bool:
    return draft.preset is not None and not draft.preset.needs_key


def _price(form: Bound, draft: ConnectionDraft, key: str) -> None:
    form.choice(
        "is_local",
        "Cost of tokens",
        list(LOCAL),
        LOCAL.__getitem__,
        help="By the address, models on this machine and in private networks are free.",
    )
    st.caption("Your own prices, in dollars per million tokens. If empty, the price list counts.")
    price = Bound(draft.price, "price", f"{key}:{draft.version}:price", form.findings)
    columns = st.columns(len(PRICE_FIELDS))
    for column, (name, rate) in zip(columns, PRICE_FIELDS.items(), strict=True):
        with column:
            price.maybe(name, str(rate.title), min_value=0.0, step=0.1, format="%.4f", placeholder="Not set")


def _waiting(form: Bound) -> None:
    left, middle, right = st.columns(3)
    with left:
        form.number(
            "timeout_s",
            "Longest wait in seconds",
            min_value=1.0,
            max_value=3_600.0,
            step=10.0,
            format="%.0f",
            help="For the first token, and between two tokens.",
        )
    with middle:
        form.number(
            "max_retries", "Retries", min_value=0, max_value=10, step=1, help="After a failure that may be temporary."
        )
    with right:
        form.maybe("context_window", "Context window in tokens", min_value=1, step=1_024, placeholder="Unknown")


def _check(draft: ConnectionDraft, taken: set[str]) -> tuple[ConnectionSpec | None, Findings]:
    """The draft as a connection, or None and what is wrong with it."""
    values = {**draft.fields, "price": _written_price(draft)}
    found = []
    if values["name"] in taken or values["name"] == EMBEDDED:
        found.append(Finding("name", f"There is already a connection {values['name']!r}; choose another name.", True))
    if "NAME" in values["base_url"] and values["kind"] == "azure":
        found.append(Finding("base_url", "Put your resource's name in place of NAME.", True))
    try:
        spec = ConnectionSpec.model_validate(values)
    except ValidationError as error:
        found += [Finding(path, text, True) for path, text in spec_error("The connection", error).problems]
        spec = None
    return None if found else spec, Findings(tuple(found))


def _written_price(draft: ConnectionDraft) -> dict[str, float | None] | None:
    price = draft.price
    if all(value is None for value in price.values()):
        return None
    return {name: value for name, value in price.items() if value is not None or not PRICE_FIELDS[name].is_required()}
