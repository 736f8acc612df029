"""Which connections there are: the embedded model, the environment's, and those that people saved.

Pure functions over values. They tell whether there is a key, never the key. Called by `agents.studio`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.models.connections import OPENAI, RESERVED_NAMES, NotConfiguredError, built_in
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, ConnectionSpec


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
