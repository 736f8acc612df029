"""Connections: which there are, which is the default, saving and checking one.

A service of `agents.studio.Session`. Keys go to the store and to the model's server, nowhere else. Knows no screen and
no SQL.
"""

from agents.errors import NotFoundError, SpecError
from agents.models import ConnectionReport, check_connection, default_connection
from agents.models.connections import ConnectionRow, connection_names, connection_rows
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, REHEARSED, ConnectionSpec
from agents.studio.service import Service, needs
from agents.worker.model_client import DEFAULT_CONNECTION_SETTING


class Connections(Service):
    """The connections to models."""

    @needs("view")
    def rows(self) -> list[ConnectionRow]:
        """All connections there are: the embedded model, the environment's, then the saved ones by name.

        A saved one named "openai" goes before the environment's.
        """
        return connection_rows(
            self._store.connections.rows(),
            self._studio.client.environ,
            has_key=self._store.connections.has_key,
            default=default_connection(self._studio.client.connections, self._studio.client.environ),
        )

    @needs("view")
    def names(self) -> set[str]:
        """The names a team or an answer may use, "default" among them."""
        return connection_names(self._store.connections.rows(), self._studio.client.environ)

    @needs("view")
    def default(self) -> str:
        """The name of the connection that "default" means."""
        return default_connection(self._studio.client.connections, self._studio.client.environ)

    @needs("administer", act="save a connection")
    def save(self, spec: ConnectionSpec, *, key: str | None = None) -> None:
        """Add or replace the connection of that name. `key` None keeps the saved key, "" removes it.

        The key is stored encrypted and goes to the model's server only. SpecError for a name that is taken.
        """
        if spec.name in (EMBEDDED, REHEARSED, DEFAULT_CONNECTION):
            raise SpecError("The connection", [("name", f"{spec.name!r} is the studio's own; choose another name.")])
        self._store.connections.save(spec, key=None if key is None else key.strip())

    @needs("administer", act="delete a connection")
    def delete(self, name: str) -> None:
        """Forget a saved connection and its key; the default is the studio's own choice again if it was that one."""
        if self._store.connections.get(name) is None:
            raise NotFoundError(f"There is no saved connection {name!r}. What is built in or set outside stays.")
        if self._store.settings.get(DEFAULT_CONNECTION_SETTING) == name:
            self._store.settings.set(DEFAULT_CONNECTION_SETTING, "")
        self._store.connections.delete(name)

    @needs("administer", act="set the default connection")
    def set_default(self, name: str) -> None:
        """Let "default" mean this connection from the next model call on; "" leaves the choice to the studio."""
        if name and name not in self.names() - {DEFAULT_CONNECTION, REHEARSED}:
            raise NotFoundError(f"There is no connection named {name!r}; nothing was changed.")
        self._store.settings.set(DEFAULT_CONNECTION_SETTING, name)

    @needs("run", "administer")
    def check(self, name: str, *, model: str = "") -> ConnectionReport:
        """Try the connection with one token; what was found, in words. Never raises for what is wrong with it.
        For those who run teams or administer, because it may cost something."""
        return check_connection(name, self._studio.client, model=model)

    @needs("view")
    def missing_for_embedded(self) -> list[str]:
        """Names of the packages that the embedded model lacks here; [] when it can run."""
        return self._studio.client.embedded.missing()
