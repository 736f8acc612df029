"""The form of one connection: where the model is, with which key, at which price; and the usual servers."""

import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from pydantic import ValidationError

from agents.errors import StudioError
from agents.specs import EMBEDDED, ConnectionSpec, OwnPrice
from agents.specs.connection import misplaced_keys
from agents.specs.providers import OPENAI_URL, PROVIDERS, Provider
from agents.specs.validation import spec_error
from agents.studio import ConnectionRow, Session
from pages.components import unsaved
from pages.components.form_fields import Bound, Finding, Findings
from pages.components.messages import escape_md, showing_errors


def new_fields(provider: Provider) -> dict[str, Any]:
    """The fields of a new connection to that kind of server."""
    base_url = "" if provider.base_url == OPENAI_URL else provider.base_url
    return ConnectionSpec(name=provider.name, kind=provider.kind, base_url=base_url).model_dump(mode="json")


def provider_of(spec: ConnectionSpec) -> Provider | None:
    """The kind of server that a saved connection looks like; None when it is like none."""
    for provider in PROVIDERS:
        if provider.kind == spec.kind and provider.base_url.rstrip("/") == (spec.base_url or OPENAI_URL).rstrip("/"):
            return provider
    return None


LOCAL = {None: "Decide by address and model", True: "Free: it runs on our own machines", False: "Not free"}
PRICE_FIELDS = OwnPrice.model_fields


@dataclass
class ConnectionDraft:
    """What is typed."""

    fields: dict[str, Any]
    price: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(PRICE_FIELDS))
    provider: Provider | None = None
    models: list[str] = field(default_factory=list)
    """What the server lists."""
    why_none: str = ""
    """Why it lists none."""
    asked: tuple[str, ...] = ()
    """With which address and key it was asked."""
    version: int = 0
    """Goes up when fields change other than by their widgets."""
    has_lost_key: bool = False
    """Whether a key was typed in a session that is over."""


def draft_for(row: ConnectionRow | None) -> ConnectionDraft:
    """A draft equal to the row, or to the first of the servers for a new connection."""
    if row is None:
        return ConnectionDraft(new_fields(PROVIDERS[0]), provider=PROVIDERS[0])
    fields = row.spec.model_dump(mode="json")
    draft = ConnectionDraft(fields, provider=provider_of(row.spec))
    draft.price.update(fields["price"] or {})
    return draft


def show(session: Session, row: ConnectionRow | None, *, taken: set[str], key: str) -> str:
    """Draws the form for `row` (None: a new one); the connection's name once it is saved, else "".

    `taken` are the names that a new connection cannot have."""
    place = f"connection:{row.spec.name if row else ''}"
    draft = st.session_state.get(key) or _restored(place) or draft_for(row)
    st.session_state[key] = draft
    unsaved.offer(place, lambda: _start_anew(draft, row, key), note=KEY_AGAIN if draft.has_lost_key else "")
    if row is None:
        _providers(draft, key)
    spec, findings = _check(draft, taken if row is None else set())
    _ask_for_models(session, draft, row, key)
    form = Bound(draft.fields, "", f"{key}:{draft.version}", findings)
    secret = _where(form, draft, row, key)
    with st.expander("Price, waiting times and more", icon=":material/tune:", key=f"{key}:more"):
        _price(form, draft, key)
        _waiting(form)
        left, right = st.columns(2)
        with left:
            form.maybe("max_calls_at_once", "Calls at once", placeholder="No limit")
        with right:
            form.maybe("max_calls_a_minute", "Calls a minute", placeholder="No limit")
        others = [other.spec.name for other in session.connections.rows() if other.spec.name != draft.fields["name"]]
        others += [name for name in draft.fields["fallbacks"] if name not in others]
        form.some(
            "fallbacks",
            "If it fails, use",
            others,
            empty=[],
            placeholder="Nothing: the chat waits and asks",
            help="In this order, each with its own model, when a call fails for good. The chat says so.",
        )
    _keep(place, draft, row, has_key=bool(secret))
    if not st.button("Save and test", key=f"{key}:save", type="primary", icon=":material/save:", disabled=spec is None):
        return ""
    if spec is None:
        return ""
    with showing_errors() as outcome:
        session.connections.save(spec, key=secret)
    if outcome.failed:
        return ""
    unsaved.forget(place)
    return spec.name


KEY_AGAIN = "The key is never kept before you save: type it again."


def _keep(place: str, draft: ConnectionDraft, row: ConnectionRow | None, *, has_key: bool) -> None:
    """Keep what is typed, but never the key: only that there was one."""
    before = draft_for(row) if row or draft.provider is None else ConnectionDraft(new_fields(draft.provider))
    if (draft.fields, draft.price) == (before.fields, before.price) and not has_key:
        if unsaved.is_kept(place):
            unsaved.forget(place)
        return
    provider = draft.provider.name if draft.provider else ""
    has_key = has_key or draft.has_lost_key
    kept = {"fields": draft.fields, "price": draft.price, "provider": provider, "has_lost_key": has_key}
    unsaved.keep(place, json.dumps(kept))


def _start_anew(draft: ConnectionDraft, row: ConnectionRow | None, key: str) -> None:
    fresh = st.session_state[key] = draft_for(row)
    fresh.version = draft.version + 1
    if fresh.provider:
        st.session_state[f"{key}:preset"] = fresh.provider.label


def _restored(place: str) -> ConnectionDraft | None:
    """Return what another session left of the form; None when there is nothing."""
    found = unsaved.take(place)
    if found is None or not found.body:
        return None
    kept = json.loads(found.body)
    known = draft_for(None)
    known.fields.update(kept["fields"])
    known.price.update(kept["price"])
    known.has_lost_key = kept["has_lost_key"]
    known.provider = next((provider for provider in PROVIDERS if provider.name == kept["provider"]), None)
    return known


def _providers(draft: ConnectionDraft, key: str) -> None:
    labels = [provider.label for provider in PROVIDERS]
    st.pills(
        "What do you want to reach?",
        labels,
        default=draft.provider.label if draft.provider else None,
        required=True,
        key=f"{key}:preset",
        on_change=_use_provider,
        args=(draft, key),
    )
    if draft.provider:
        st.caption(draft.provider.hint)


def _use_provider(draft: ConnectionDraft, key: str) -> None:
    chosen = st.session_state[f"{key}:preset"]
    if draft.provider is not None and draft.provider.label == chosen:
        return  # nobody changed it (`pages.components.widgets`)
    draft.provider = next(provider for provider in PROVIDERS if provider.label == chosen)
    draft.fields.update(new_fields(draft.provider))
    draft.version += 1


def _where(form: Bound, draft: ConnectionDraft, row: ConnectionRow | None, key: str) -> str | None:
    """Address, model and key; the key typed, None to keep what is stored, "" to remove it."""
    example = draft.provider.model if draft.provider else ""
    left, right = st.columns(2)
    with left:
        form.text(
            "name",
            "Name",
            disabled=row is not None,
            help="Teams use this name.",
        )
    with right:
        _model(form, draft, f"such as {example}" if example else "")
    is_azure = draft.fields["kind"] == "azure"
    left, *more = st.columns([2, 1]) if is_azure else [st.container()]
    with left:
        placeholder = "https://api.openai.com/v1" if not is_azure else "https://NAME.openai.azure.com"
        form.text("base_url", "Address", placeholder=placeholder)
    for right in more:
        with right:
            form.text("api_version", "API version", placeholder="2024-10-21")
    return _key(form, draft, row, key)


def _model(form: Bound, draft: ConnectionDraft, example: str) -> None:
    """The connection's own model: one that its server lists, or a name that is typed."""
    help = "For agents without a model of their own."
    if draft.models:
        suggested = replace(form, key=f"{form.key}:listed")
        placeholder = f"Choose one of {len(draft.models)}, or type a name"
        suggested.suggestion("model", "Model", draft.models, placeholder=placeholder, help=help)
        return
    form.text("model", "Model", placeholder=example, help=help)
    if draft.why_none:
        st.caption(f"Its models cannot be listed. {escape_md(draft.why_none)}")


LEAST_KEY_CHARS = 8
"""What is shorter is being typed."""


def _ask_for_models(session: Session, draft: ConnectionDraft, row: ConnectionRow | None, key: str) -> None:
    """Ask the server for its models, once for each address and key that may be complete."""
    typed = str(st.session_state.get(f"{key}:{draft.version}:secret") or "").strip()
    fields = draft.fields
    asked = (fields["kind"], fields["base_url"], fields["api_key_env"], typed)
    if asked == draft.asked:
        return
    draft.asked, draft.models, draft.why_none = asked, [], ""
    is_keyed = len(typed) >= LEAST_KEY_CHARS or bool(fields["api_key_env"]) or (row is not None and row.has_key)
    if fields["kind"] != "openai" or not (is_keyed or _is_own_address(fields["base_url"])):
        return
    try:
        spec = ConnectionSpec(name=row.spec.name if row else "new", **{name: fields[name] for name in ASKED_WITH})
        with st.spinner("Asking for its models..."):
            draft.models = session.connections.listed_models(spec, key=typed or (None if row else ""))
    except ValidationError:  # said beneath the field
        return
    except StudioError as error:
        draft.why_none = str(error)


ASKED_WITH = ("kind", "base_url", "api_key_env")


def _is_own_address(url: str) -> bool:
    """Whether no key is likely to be needed there."""
    host = urlsplit(url).hostname if url.startswith("http") else ""
    return bool(host) and ("." not in str(host) or str(host)[:1].isdigit())


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
    return draft.provider is not None and not draft.provider.needs_key


def _price(form: Bound, draft: ConnectionDraft, key: str) -> None:
    form.choice(
        "is_local",
        "Cost of tokens",
        list(LOCAL),
        LOCAL.__getitem__,
        help="Models on this machine and in private networks are free, except those that only paid providers have.",
    )
    st.caption("Your own prices, in dollars per million tokens. If empty, the price list counts.")
    price = Bound(draft.price, "price", f"{key}:{draft.version}:price", form.findings)
    columns = st.columns(len(PRICE_FIELDS))
    for column, (name, rate) in zip(columns, PRICE_FIELDS.items(), strict=True):
        with column:
            price.maybe(name, str(rate.title), placeholder="Not set")


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
        form.maybe(
            "context_window", "Context window in tokens", placeholder="As the server says",
            help="How much the model reads at once. Longer chats are shortened for it.",
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        form.choice(
            "sees_pictures",
            "Pictures",
            list(PICTURES),
            PICTURES.__getitem__,
            help="Whether pictures of the chat's files are sent. Other models are told the names.",
        )
    with right:
        form.text(
            "embedding_model", "Embedding model", placeholder="None: files are searched by words alone",
            help="Agents that search files then find passages by their meaning too. The text is sent to this model.",
        )  # fmt: skip


PICTURES = {None: "Sent, if the model's name says that it sees", True: "Sent", False: "Not sent"}


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
    if spec is not None:
        found += [Finding(path, text, True) for path, text in misplaced_keys(spec)]
    is_ready = spec is not None and not found
    if spec is not None and spec.base_url != values["base_url"]:
        note = f"This is saved as {spec.base_url}. Calls add /chat/completions themselves."
        found.append(Finding("base_url", note, False))
    return spec if is_ready else None, Findings(tuple(found))


def _written_price(draft: ConnectionDraft) -> dict[str, float | None] | None:
    price = draft.price
    if all(value is None for value in price.values()):
        return None
    return {name: value for name, value in price.items() if value is not None or not PRICE_FIELDS[name].is_required()}
