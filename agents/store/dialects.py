"""What was learned of the models at each connection: which parts of the API they refuse.

A table of facts; what a quirk means is known to `agents.models.dialect`. Called by the model client of every process.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from agents.store.cached_rows import CachedRows, has_changed
from agents.store.database import Reader, connected, now, upsert, writing
from agents.store.schema import dialects

_KEY = ("connection", "model", "address")
_OF = sa.select(dialects.c.quirk, dialects.c.said).where(*(dialects.c[name] == sa.bindparam(name) for name in _KEY))


class Dialects(Reader):
    """Quirks by connection and model, and what the server said when each was learned."""

    def __init__(self, db: sa.Engine, cached: CachedRows):
        super().__init__(db)
        self._cached = cached

    def of(self, connection: str, model: str, address: str) -> dict[str, str]:
        """Return the quirks of a model, and what its server said of them; {} when the connection led elsewhere then."""
        of = (connection, model, address)
        return self._cached.get(("dialect", *of), lambda: self._read(*of))

    def _read(self, connection: str, model: str, address: str) -> dict[str, str]:
        with connected(self.db) as db:
            found = db.execute(_OF, {"connection": connection, "model": model, "address": address})
            return {row.quirk: row.said for row in found}

    def learn(self, connection: str, model: str, address: str, learned: Mapping[str, str]) -> None:
        """Add quirks; what was learned while the connection led elsewhere is forgotten."""
        with writing(self.db) as db:
            is_elsewhere = (dialects.c.connection == connection, dialects.c.address != address)
            db.execute(sa.delete(dialects).where(*is_elsewhere))
            of = {"connection": connection, "model": model, "address": address, "learned_at": now(db)}
            for quirk, said in learned.items():
                upsert(db, dialects, {**of, "quirk": quirk, "said": said})
            has_changed(db)
        self._cached.look_again()

    def rows(self, connection: str) -> dict[str, dict[str, str]]:
        """Return model -> its quirks and what the server said of them, by the model's name."""
        order = (dialects.c.model, dialects.c.quirk)
        found: dict[str, dict[str, str]] = {}
        for row in self.read(sa.select(dialects).where(dialects.c.connection == connection).order_by(*order)):
            found.setdefault(row.model, {})[row.quirk] = row.said
        return found

    def forget(self, connection: str, beginning: str = "") -> None:
        """Forget what was learned of all models at the connection: it is learned anew. With `beginning`, forget the
        quirks alone whose names begin so."""
        is_meant = dialects.c.quirk.startswith(beginning, autoescape=True)
        with writing(self.db) as db:
            db.execute(sa.delete(dialects).where(dialects.c.connection == connection, is_meant))
            has_changed(db)
        self._cached.look_again()
