"""The model client of a process that runs legs, over the connections that the store keeps. Called by the worker, and
by whatever else runs or tests a model in this process.
"""

from agents.models import ModelClient
from agents.specs import ConnectionSpec
from agents.store import Store

DEFAULT_CONNECTION_SETTING = "default_connection"
"""Under which the store's settings keep the name of the connection that a person chose as default."""


class StoredConnections:
    """The saved connections as `agents.models` reads them: afresh for each call, so that a change counts at once."""

    def __init__(self, store: Store):
        self._store = store

    def get(self, name: str) -> ConnectionSpec | None:
        return self._store.connections.get(name)

    def key(self, name: str) -> str:
        return self._store.connections.key(name)

    def default_name(self) -> str:
        return self._store.settings.get(DEFAULT_CONNECTION_SETTING)


def open_client(store: Store) -> ModelClient:
    """Return the process's one model client; `close` it when done."""
    return ModelClient(StoredConnections(store))
