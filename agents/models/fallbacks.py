"""Which connections are called in place of one that fails: the ones it names, in order, each followed by its own.

Pure functions over connections. Called by `ModelClient`, and by the studio before a connection is saved.
"""

from collections.abc import Iterable, Mapping

from agents.errors import SpecError
from agents.models.connections import Connections, NotConfiguredError, spec_of
from agents.specs import EMBEDDED, ConnectionSpec


def fallbacks_of(connection: str, connections: Connections, environ: Mapping[str, str]) -> list[str]:
    """Return the names of the connections to call in place of `connection`, in order, each followed by its own
    fallbacks; each once, and never `connection` itself."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        try:
            spec = spec_of(name, connections, environ)
        except NotConfiguredError:
            return
        for other in spec.fallbacks:
            if other not in (connection, *found):
                found[other] = None
                add(other)

    add(connection)
    return [*found]


def check_fallbacks(spec: ConnectionSpec, others: Iterable[ConnectionSpec]) -> None:
    """SpecError when `spec`, saved beside `others`, names a fallback that is not there, or leads back to itself."""
    by_name = {each.name: each for each in others} | {spec.name: spec}
    for name in spec.fallbacks:
        if name not in by_name and name != EMBEDDED:
            raise SpecError("The connection", [("fallbacks", f"There is no connection {name!r}; choose another one.")])

    def path_back(name: str, seen: tuple[str, ...]) -> tuple[str, ...]:
        for other in by_name[name].fallbacks if name in by_name else ():
            if other == spec.name:
                return (*seen, other)
            if other not in seen and (found := path_back(other, (*seen, other))):
                return found
        return ()

    if circle := path_back(spec.name, (spec.name,)):
        text = f"{' → '.join(circle)} goes round in a circle. Remove one of them."
        raise SpecError("The connection", [("fallbacks", text)])
