"""MCP servers: which there are, saving, asking and removing them.

A service of `agents.studio.Session`. What is secret goes to the store and to the server, nowhere else. Knows no
screen and no SQL.
"""

from collections.abc import Mapping

from agents.errors import NotFoundError, StudioError
from agents.specs.mcp_server import McpSecrets, McpServerSpec, mcp_server
from agents.store import McpServerRow
from agents.studio.service import Service, needs
from agents.worker.tools import McpError

KEEP = None
"""In place of the value of a variable or header: the saved one stays."""


class McpServers(Service):
    """The saved MCP servers."""

    @needs("view")
    def rows(self) -> list[McpServerRow]:
        """All saved MCP servers by name, with what they listed when they were last asked; no secrets."""
        return self._store.mcp_servers.rows()

    @needs("administer", act="save an MCP server")
    def save(
        self,
        spec: McpServerSpec,
        *,
        env: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> McpServerRow:
        """Add or replace the server of that name, then ask it what it lists. `env` and `headers` are name -> value, of
        which None keeps the saved one; their names in `spec` are taken from here.

        The server is saved even when it does not answer: the row's `error` says why. Values are stored encrypted."""
        env, headers = env or {}, headers or {}
        spec = mcp_server({**spec.model_dump(), "env": [*env], "headers": [*headers]})
        secrets = McpSecrets(env=env, headers=headers)  # type: ignore[arg-type]  # when nothing is kept
        if KEEP in [*env.values(), *headers.values()]:
            saved = self._store.mcp_servers.secrets(spec.name)
            secrets = McpSecrets(env=_filled(env, saved.env), headers=_filled(headers, saved.headers))
        self._store.mcp_servers.save(spec, secrets)
        return self._asked(spec.name)

    @needs("administer", act="ask an MCP server")
    def ask(self, name: str) -> McpServerRow:
        """Start or reach the server now and keep what it lists, for models to read from now on; the row's `error` says
        why when it does not answer, and what it listed before stays. NotFoundError when it was removed."""
        return self._asked(name)

    @needs("administer", act="change an MCP server")
    def enable(self, name: str, enabled: bool) -> None:
        """Let agents call its tools, or not, from now on; NotFoundError when it was removed."""
        row = self._store.mcp_servers.get(name)
        self._store.mcp_servers.save(row.spec.model_copy(update={"enabled": enabled}))
        self._store.mcp_servers.listed(name, self._store.mcp_servers.get(name).version, tools=None, error=row.error)
        self._studio.tools.refresh_now()

    @needs("administer", act="remove an MCP server")
    def remove(self, name: str) -> None:
        """Forget the server and its secrets, for good; teams that name its tools miss them."""
        self._store.mcp_servers.get(name)
        self._store.mcp_servers.delete(name)
        self._studio.tools.refresh_now()

    def _asked(self, name: str) -> McpServerRow:
        row = self._store.mcp_servers.get(name)
        try:
            tools, refused = self._studio.tools.listed(row)
            is_kept = self._store.mcp_servers.listed(name, row.version, tools=tools, error=" ".join(refused)[:2_000])
        except (McpError, StudioError) as error:
            is_kept = self._store.mcp_servers.listed(name, row.version, tools=None, error=str(error))
        self._studio.tools.refresh_now()
        if not is_kept:
            raise NotFoundError(f"The MCP server {name!r} was changed or removed meanwhile. Open the page again.")
        return self._store.mcp_servers.get(name)


def _filled(given: Mapping[str, str | None], saved: Mapping[str, str]) -> dict[str, str]:
    return {name: saved.get(name, "") if value is KEEP else value for name, value in given.items()}
