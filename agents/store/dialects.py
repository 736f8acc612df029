"""What was learned of the models at each connection: which parts of the API they refuse.

A table of facts; what a quirk means is known to `agents.models.dialect`. Called by the model client of every process.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from agents.store.database import Reader, insert, now, writing
from agents.store.schema import dialects


class Dialects(Reader):
    """Quirks by connection and model, and what the server said when each was learned."""

    def of(self, connection: str, model: str, address: str) -> dict[str, str]:
        """Return the quirks of a model, and what its server said of them; {} when the connection led elsewhere then."""
        is_it = (dialects.c.connection == connection, dialects.c.model == model, dialects.c.address == address)
        return {row.quirk: row.said for row in self.read(sa.select(dialects.c.quirk, dialects.c.said).where(*is_it))}

    def learn(self, connection: str, model: str, address: str, learned: Mapping[str, str]) -> None:
        """Add quirks; what was learned while the connection led elsewhere is forgotten."""
        with writing(self.db) as db:
            is_elsewhere = (dialects.c.connection == connection, dialects.c.address != address)
            db.execute(sa.delete(dialects).where(*is_elsewhere))
            for quirk, said in learned.items():
                values = {"address": address, "said": said, "learned_at": now(db)}
                key = {"connection": connection, "model": model, "quirk": quirk}
                new = insert(db, dialects).values({**key, **values})
                db.execute(new.on_conflict_do_update(index_elements=[dialects.c[name] for name in key], set_=values))

    def rows(self, connection: str) -> dict[str, dict[str, str]]:
        """Return model -> its quirks and what the server said of them, by the model's name."""
        order = (dialects.c.model, dialects.c.quirk)
        found: dict[str, dict[str, str]] = {}
        for row in self.read(sa.select(dialects).where(dialects.c.connection == connection).order_by(*order)):
            found.setdefault(row.model, {})[row.quirk] = row.said
        return found

    def forget(self, connection: str) -> None:
        """Forget what was learned of all models at the connection: it is learned anew."""
        with writing(self.db) as db:
            db.execute(sa.delete(dialects).where(dialects.c.connection == connection))
