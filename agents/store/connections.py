"""Connections saved in the studio, with their keys encrypted, and settings such as the default connection.

Knows neither the built-in connection nor the environment's; `agents.models` puts those beside these.
"""

import sqlalchemy as sa

from agents.specs import ConnectionSpec
from agents.store.cached_rows import CachedRows, has_changed
from agents.store.database import Reader, now, upsert, writing
from agents.store.schema import connection_reports, connections, settings
from agents.store.secret_key import SecretKey, SecretReader

DEFAULT_SETTING = "default_connection"
_NAMED = sa.select(connections).where(connections.c.name == sa.bindparam("name"))


class Connections(SecretReader):
    """Saved connections by name. Keys are never listed and never in clear in the database."""

    def __init__(self, db: sa.Engine, secret_key: SecretKey, cached: CachedRows):
        super().__init__(db, secret_key)
        self._cached = cached

    def save(self, spec: ConnectionSpec, *, key: str | None = None) -> None:
        """Add or replace the connection of that name; `key` None keeps the stored key and "" removes it."""
        values = {"body": spec.model_dump_json()}
        if key is not None:
            values["key_encrypted"] = self._secret_key.encrypt(key) if key else ""
        with writing(self.db) as connection:
            stamped = {**values, "updated_at": now(connection)}
            upsert(connection, connections, stamped, name=spec.name, key_encrypted="")
            _forget_report(connection, spec.name)
            has_changed(connection)
        self._cached.look_again()

    def rows(self) -> list[ConnectionSpec]:
        """Return all saved connections, by name."""
        bodies = self.read(sa.select(connections.c.body).order_by(connections.c.name)).scalars()
        return [ConnectionSpec.model_validate_json(body) for body in bodies]

    def get(self, name: str) -> ConnectionSpec | None:
        """Return the saved connection of that name; None when there is none."""
        return self._saved(name)[0]

    def key(self, name: str) -> str:
        """Return the key saved with the connection, "" without one; StudioError when the secret key does not unlock
        it."""
        token = self._saved(name)[1]
        subject = f"The key of the connection {name!r}"
        return self._cached.get(("key", token), lambda: self._secret_key.decrypt(token, subject)) if token else ""

    def has_key(self, name: str) -> bool:
        """Whether a key is saved with the connection, readable or not."""
        return bool(self._read(name)[1])

    def delete(self, name: str) -> None:
        """Forget the connection and its key, for good; nothing happens when there is none."""
        with writing(self.db) as connection:
            connection.execute(sa.delete(connections).where(connections.c.name == name))
            _forget_report(connection, name)
            has_changed(connection)
        self._cached.look_again()

    def keep_report(self, name: str, body: str) -> None:
        """Keep what the last test of the connection found, until it is saved again or deleted."""
        with writing(self.db) as connection:
            upsert(connection, connection_reports, {"body": body}, name=name)

    def reports(self) -> dict[str, str]:
        """Return what was kept, by the connection's name."""
        found = self.read(sa.select(connection_reports.c.name, connection_reports.c.body))
        return {row.name: row.body for row in found}

    def default_name(self) -> str:
        """Return the name of the connection that a person chose as default; "" when none was."""
        return self._cached.get("default", lambda: StudioSettings(self.db).get(DEFAULT_SETTING))

    def set_default(self, name: str) -> None:
        """Let the connection of that name be the default; "" for none."""
        with writing(self.db) as connection:
            upsert(connection, settings, {"value": name}, key=DEFAULT_SETTING)
            has_changed(connection)
        self._cached.look_again()

    def _saved(self, name: str) -> tuple[ConnectionSpec | None, str]:
        """Return the connection and its encrypted key: as one, so that no key is sent to another one's address."""
        return self._cached.get(("connection", name), lambda: self._read(name))

    def _read(self, name: str) -> tuple[ConnectionSpec | None, str]:
        row = self.first(_NAMED, name=name)
        return (ConnectionSpec.model_validate_json(row.body), row.key_encrypted) if row else (None, "")


def _forget_report(connection: sa.Connection, name: str) -> None:
    connection.execute(sa.delete(connection_reports).where(connection_reports.c.name == name))


class StudioSettings(Reader):
    """Key -> text, shared by all processes."""

    def get(self, key: str, default: str = "") -> str:
        """Return the text under `key`; `default` when nothing was ever set."""
        row = self.first(sa.select(settings.c.value).where(settings.c.key == key))
        return row.value if row else default

    def set(self, key: str, value: str) -> None:
        """Overwrite the text under `key`."""
        with writing(self.db) as connection:
            upsert(connection, settings, {"value": value}, key=key)
