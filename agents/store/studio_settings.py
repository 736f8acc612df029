"""What people chose in the studio itself, such as the default connection: text by key."""

import sqlalchemy as sa

from agents.store.database import insert, writing
from agents.store.schema import settings


class StudioSettings:
    """Key -> text, shared by all processes."""

    def __init__(self, db: sa.Engine):
        self._db = db

    def get(self, key: str, default: str = "") -> str:
        """Return the text under `key`; `default` when nothing was ever set."""
        with self._db.connect() as connection:
            value = connection.scalar(sa.select(settings.c.value).where(settings.c.key == key))
        return default if value is None else str(value)

    def set(self, key: str, value: str) -> None:
        """Overwrite the text under `key`."""
        with writing(self._db) as connection:
            new = insert(connection, settings).values(key=key, value=value)
            connection.execute(
                new.on_conflict_do_update(index_elements=[settings.c.key], set_={"value": new.excluded.value})
            )
