"""MCP servers saved in the studio: how they are reached, what they listed, and their secrets, encrypted.

Knows no protocol; `agents.tools.mcp` speaks to them.
"""

import json
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from pydantic import TypeAdapter

from agents.errors import NotFoundError
from agents.specs.mcp_server import McpSecrets, McpServerRow, McpServerSpec, McpTool
from agents.store.database import as_value, now, upsert, writing
from agents.store.schema import mcp_servers
from agents.store.secret_key import SecretReader

_TOOLS = TypeAdapter(list[McpTool])
_NAMED = sa.select(mcp_servers).where(mcp_servers.c.name == sa.bindparam("name"))


class McpServers(SecretReader):
    """Saved servers by name. Secrets are never listed and never in clear in the database."""

    def save(self, spec: McpServerSpec, secrets: McpSecrets | None = None) -> None:
        """Add or replace the server of that name; `secrets` None keeps the stored ones. What it listed is kept until
        it is asked again."""
        values = {"body": spec.model_dump_json(), "listed_at": None, "error": "", "version": uuid4().hex}
        if secrets is not None:
            text = json.dumps({"env": dict(secrets.env), "headers": dict(secrets.headers)})
            values["secrets_encrypted"] = self._secret_key.encrypt(text) if secrets.env or secrets.headers else ""
        with writing(self.db) as connection:
            stamped = {**values, "updated_at": now(connection)}
            upsert(connection, mcp_servers, stamped, name=spec.name, secrets_encrypted="", tools="[]")

    def listed(self, name: str, version: str, *, tools: list[McpTool] | None, error: str = "") -> bool:
        """Keep what the server listed, or why it did not (`tools` None keeps what it listed before). False, and
        nothing kept, when it was changed or removed since `version`."""
        is_it = (mcp_servers.c.name == name, mcp_servers.c.version == version)
        with writing(self.db) as connection:
            values = {"listed_at": now(connection), "error": error, "version": uuid4().hex}
            if tools is not None:
                values["tools"] = _TOOLS.dump_json(tools).decode()
            return bool(connection.execute(sa.update(mcp_servers).where(*is_it).values(**values)).rowcount)

    def versions(self) -> frozenset[str]:
        """Differs after every change of any server; cheap."""
        return frozenset(self.read(sa.select(mcp_servers.c.version)).scalars())

    def rows(self) -> list[McpServerRow]:
        """Return all servers, by name."""
        rows = self.read(sa.select(mcp_servers).order_by(mcp_servers.c.name)).all()
        return [_row(row) for row in rows]

    def get(self, name: str) -> McpServerRow:
        """Return the server of that name; NotFoundError when there is none."""
        row = self.first(_NAMED, name=name)
        if row is None:
            raise NotFoundError(f"There is no MCP server {name!r}; it may have been removed.")
        return _row(row)

    def secrets(self, name: str) -> McpSecrets:
        """Return the server's secrets; StudioError when the secret key does not unlock them."""
        row = self.first(_NAMED, name=name)
        if row is None or not row.secrets_encrypted:
            return McpSecrets()
        stored = self._secret_key.decrypt(row.secrets_encrypted, f"The secret data of the MCP server {name!r}")
        return McpSecrets(**json.loads(stored))

    def delete(self, name: str) -> None:
        """Forget the server and its secrets, for good; nothing happens when there is none."""
        with writing(self.db) as connection:
            connection.execute(sa.delete(mcp_servers).where(mcp_servers.c.name == name))


def _row(row: sa.Row[Any]) -> McpServerRow:
    spec, tools = McpServerSpec.model_validate_json(row.body), _TOOLS.validate_json(row.tools)
    return as_value(McpServerRow, row, spec=spec, tools=tools)
