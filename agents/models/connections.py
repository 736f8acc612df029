"""Which connections there are, and what a call to one needs: address, key, model, waiting times, price.

Knows where connections come from (saved ones, the environment, the embedded model) but not how they are stored: the
saved ones are passed in. What cannot be called is refused before any request, with a text that says what was found and
how to correct it. Called by `ModelClient` and by the studio.
"""

import ipaddress
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol
from urllib.parse import urlsplit

from agents.errors import StudioError
from agents.models.environment import CONFIG_LIST, environment
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, INSTALL_EMBEDDED, REHEARSED, ConnectionSpec, OwnPrice
from agents.specs.providers import OPENAI_URL, provider

OPENAI = "openai"
"""Name of the connection that the OPENAI_ variables describe."""

EMBEDDED_CONTEXT = 8192
EMBEDDED_TIMEOUT_S = 600
"""Long, because the calls of several chats wait for each other on a small machine."""

CONNECT_S = 10.0

NO_KEY = "not-needed"
"""Sent to local servers that need no key: the SDK requires one."""


RESERVED_NAMES = (EMBEDDED, REHEARSED)
"""Names of the studio's own connections: no saved connection may have one."""


class NotConfiguredError(StudioError):
    """The connection cannot be used as it stands; no request was made."""


class Connections(Protocol):
    """The saved connections."""

    def get(self, name: str) -> ConnectionSpec | None:
        """Return the connection of that name, None when there is none."""

    def key(self, name: str) -> str:
        """Return its saved key, "" when there is none."""

    def default_name(self) -> str:
        """Return the name of the connection that was chosen as default, "" when none was."""


@dataclass(frozen=True)
class RunningModel:
    """A local model that is served now. Its repr shows no key."""

    base_url: str
    api_key: str = field(repr=False)
    model: str


class Embedded(Protocol):
    """The models on this machine; see `agents.models.embedded`."""

    context: int

    def is_installed(self) -> bool: ...

    def missing(self) -> list[str]: ...

    def wait(self, model: str) -> Generator[str, None, object]: ...

    def ensure(self, model: str = "") -> RunningModel: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Endpoint:
    """One model at one address, ready to be called. Its repr shows no key."""

    connection: str
    kind: Literal["embedded", "openai", "azure"]
    base_url: str
    api_key: str = field(repr=False)
    model: str
    timeout_s: float
    max_retries: int
    is_local: bool
    price: OwnPrice | None = None
    api_version: str = ""
    max_calls_at_once: int | None = None
    max_calls_a_minute: int | None = None
    is_declared_local: bool = False
    """A person said that its tokens cost nothing; otherwise the address speaks for it, and the model may speak
    against."""
    context_window: int | None = None
    """Tokens that the model reads at once, as a person said; None: nobody did."""
    sees_pictures: bool | None = None
    """Whether its model takes pictures, as a person said; None: nobody did."""

    @property
    def connect_s(self) -> float:
        """Longest wait for a connection."""
        return min(CONNECT_S, self.timeout_s)

    @property
    def address(self) -> str:
        """Scheme, host and port: what a person recognises."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def built_in(name: str, environ: Mapping[str, str]) -> ConnectionSpec | None:
    """Return the unsaved connection of that name: "embedded", "rehearsed", or one that the environment describes.

    NotConfiguredError when what the environment says cannot be used."""
    if name == EMBEDDED:
        return ConnectionSpec(
            name=EMBEDDED,
            kind="embedded",
            timeout_s=EMBEDDED_TIMEOUT_S,
            is_local=True,
            context_window=EMBEDDED_CONTEXT,
        )
    if name == REHEARSED:
        return ConnectionSpec(name=REHEARSED, kind="rehearsed", is_local=True)
    found = environment(environ)
    if name in found.problems:
        raise NotConfiguredError(found.problems[name])
    return found.specs.get(name)


def default_connection(connections: Connections, environ: Mapping[str, str]) -> str:
    """Return what "default" stands for: the person's choice, else the environment's first, else the embedded model."""
    chosen = connections.default_name()
    if chosen and chosen != DEFAULT_CONNECTION:
        return chosen
    return environment(environ).default() or EMBEDDED


def spec_of(connection: str, connections: Connections, environ: Mapping[str, str]) -> ConnectionSpec:
    """Return what `connection` (the default one when empty) stands for; NotConfiguredError when there is none.

    A saved connection goes before the environment's of the same name."""
    name = connection or DEFAULT_CONNECTION
    if name == DEFAULT_CONNECTION:
        name = default_connection(connections, environ)
    spec = (None if name in RESERVED_NAMES else connections.get(name)) or built_in(name, environ)
    if spec is None:
        raise NotConfiguredError(_unknown(name, connection))
    return spec


def model_of(spec: ConnectionSpec) -> str:
    """Return the model that a connection calls for agents that name none; "" when they must."""
    is_openai = spec.kind == "openai" and spec.base_url.rstrip("/") in ("", OPENAI_URL)
    return spec.model or (provider(OPENAI).default_model if is_openai else "")


def resolve(
    spec: ConnectionSpec, model: str, connections: Connections, environ: Mapping[str, str], embedded: Embedded
) -> Endpoint:
    """Return the endpoint for `model` (the connection's own when empty); start the embedded model for it.

    NotConfiguredError says what is missing and how to correct it; then nothing was sent.
    """
    name = spec.name
    if spec.kind == "rehearsed":
        raise NotConfiguredError(f'Connection "{name}" plays a script and reaches no server.')
    if spec.kind == "embedded":
        return _embedded(spec, model, embedded)
    base_url = spec.base_url or (OPENAI_URL if spec.kind == "openai" else "")
    if not base_url:
        raise NotConfiguredError(
            f'Connection "{name}" has no address. An Azure connection needs the resource\'s, such as '
            '"https://NAME.openai.azure.com". Fill it in under Connections.'
        )
    if spec.kind == "azure" and not spec.api_version and not _is_azure_v1(base_url):
        raise NotConfiguredError(
            f'Connection "{name}" has no API version, which Azure needs. Fill one in under Connections, such as '
            '"2024-10-21", or use the address that ends with "/openai/v1".'
        )
    model = model or model_of(spec)
    if not model:
        raise NotConfiguredError(
            f'No model is named for connection "{name}" ({base_url}). Choose one in the team, or as the '
            f"connection's own under Connections{' (or set OPENAI_MODEL)' if name == OPENAI else ''}."
        )
    is_local = is_local_address(base_url) if spec.is_local is None else spec.is_local
    return Endpoint(
        connection=name,
        kind=spec.kind,
        base_url=base_url.rstrip("/"),
        api_key=_key(spec, base_url, connections, environ),
        model=model,
        timeout_s=spec.timeout_s,
        max_retries=spec.max_retries,
        is_local=is_local,
        price=spec.price,
        api_version="" if _is_azure_v1(base_url) else spec.api_version,
        max_calls_at_once=spec.max_calls_at_once,
        max_calls_a_minute=spec.max_calls_a_minute,
        is_declared_local=spec.is_local is True,
        context_window=spec.context_window,
        sees_pictures=spec.sees_pictures,
    )


@lru_cache
def is_local_address(url: str) -> bool:
    """Return whether `url` leads to this machine, a private network, or a name of a local network or of Docker."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".lan", ".internal"))
    return address.is_loopback or address.is_private or address.is_link_local or address.is_unspecified


def _is_azure_v1(base_url: str) -> bool:
    return base_url.rstrip("/").endswith("/openai/v1")


def _unknown(name: str, asked: str) -> str:
    if name == OPENAI:
        return (
            'Connection "openai" is not set up: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set, and none is saved '
            "under that name. Save one under Connections, or set the variable and start the studio again."
        )
    how = f'The default connection "{name}"' if asked in ("", DEFAULT_CONNECTION) else f'Connection "{name}"'
    return f"{how} does not exist; it may have been deleted or renamed. Choose another one, or save one of that name."


def _embedded(spec: ConnectionSpec, model: str, embedded: Embedded) -> Endpoint:
    if not embedded.is_installed():
        missing = " and ".join(f'"{name}"' for name in embedded.missing())
        raise NotConfiguredError(
            f'The local model cannot run here: {missing} is not installed. Run "{INSTALL_EMBEDDED}", or choose '
            "another connection."
        )
    running = embedded.ensure(model or spec.model)
    return Endpoint(
        connection=EMBEDDED,
        kind="embedded",
        base_url=running.base_url,
        api_key=running.api_key,
        model=running.model,
        timeout_s=spec.timeout_s,
        max_retries=spec.max_retries,
        is_local=True,
        is_declared_local=True,
        context_window=spec.context_window,
        sees_pictures=spec.sees_pictures,
    )


def _key(spec: ConnectionSpec, base_url: str, connections: Connections, environ: Mapping[str, str]) -> str:
    key = environ.get(spec.api_key_env, "").strip() if spec.api_key_env else connections.key(spec.name)
    key = key or _listed_key(spec, connections, environ)
    if key:
        if key.isascii() and key.isprintable() and " " not in key:
            return key
        raise NotConfiguredError(
            f'The key of connection "{spec.name}" holds a character that no key has (a space, a line break or a '
            "letter outside ASCII). Copy it again and save it under Connections."
        )
    if is_local_address(base_url) or (spec.name in (OPENAI, "ollama") and spec.base_url):
        return NO_KEY
    if spec.api_key_env:
        raise NotConfiguredError(
            f'Connection "{spec.name}" takes its key from the environment variable {spec.api_key_env}, which is not '
            "set. Set it and start the studio again, or save the key under Connections."
        )
    raise NotConfiguredError(
        f'Connection "{spec.name}" ({base_url}) has no key. Save one under Connections, or name the environment '
        "variable that holds it."
    )


def _listed_key(spec: ConnectionSpec, connections: Connections, environ: Mapping[str, str]) -> str:
    """Return the key that AutoGen's list has for a connection that is read from there."""
    if spec.api_key_env or connections.get(spec.name) is not None:
        return ""
    return environment(environ).keys.get(spec.name, "")


@dataclass(frozen=True)
class ConnectionRow:
    """A connection as people see it: everything but its key."""

    spec: ConnectionSpec
    source: Literal["built in", "environment", "saved"]
    has_key: bool
    """Whether a key is there to send, saved or in the variable it names."""
    is_default: bool
    """Whether "default" means this one."""
    key_from: str = ""
    """The environment variable that its key is taken from; "" for a key saved in the studio, or none."""


def connection_names(saved: Iterable[ConnectionSpec], environ: Mapping[str, str]) -> set[str]:
    """Return the names that a team or an answer may use, "default" included."""
    return {DEFAULT_CONNECTION, *RESERVED_NAMES, *(spec.name for spec in saved), *environment(environ).specs}


def environment_problems(environ: Mapping[str, str]) -> list[str]:
    """Return why what the environment says makes no connection, a sentence or two for each that it would make."""
    return [*environment(environ).problems.values()]


def connection_rows(
    saved: Iterable[ConnectionSpec], environ: Mapping[str, str], *, has_key: Callable[[str], bool], default: str
) -> list[ConnectionRow]:
    """Return all connections: the embedded model, the environment's, then the saved ones in their order.

    "rehearsed" is not listed: it only plays the gallery's rehearsals, and is chosen with one. A saved connection goes
    before the environment's of the same name. `has_key` says whether a key is saved under a name, `default` is the name
    that "default" stands for.
    """
    by_name = {spec.name: spec for spec in saved if spec.name not in RESERVED_NAMES}
    found = environment(environ)
    rows = []
    for name in dict.fromkeys([EMBEDDED, *found.specs, *by_name]):
        spec = by_name.get(name) or found.specs.get(name) or built_in(EMBEDDED, {})
        assert spec is not None
        source: Literal["built in", "environment"] = "built in" if name == EMBEDDED else "environment"
        is_listed = name in found.keys and name not in by_name
        is_keyed = bool(environ.get(spec.api_key_env)) if spec.api_key_env else name in by_name and has_key(name)
        rows.append(
            ConnectionRow(
                spec,
                source="saved" if name in by_name else source,
                has_key=is_listed or is_keyed,
                is_default=name == default,
                key_from=CONFIG_LIST if is_listed else spec.api_key_env,
            )
        )
    return rows
