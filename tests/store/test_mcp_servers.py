"""Saved MCP servers: what is secret is never in clear, a listing never lands on another server. On each database."""

import pytest
import sqlalchemy as sa

from agents.errors import NotFoundError
from agents.specs.mcp_server import McpSecrets, McpServerSpec, McpTool

FILES = McpServerSpec(name="files", command="npx", args=["-y", "server", "{workspace}"], env=["TOKEN"], scope="chat")
SECRETS = McpSecrets(env={"TOKEN": "sesame-4711"}, headers={"X-Key": "hunter22"})
TOOL = McpTool(name="read", description="Reads ö.", arguments={"type": "object"}, is_idempotent=True)


@pytest.fixture
def servers(store):
    return store.mcp_servers


class TestMcpServers:
    def test_a_server_comes_back_as_it_was_saved(self, servers):
        servers.save(FILES, SECRETS)
        servers.save(McpServerSpec(name="a", kind="http", url="http://localhost/mcp"))
        assert [row.spec.name for row in servers.rows()] == ["a", "files"]
        row = servers.get("files")
        assert (row.spec, row.tools, row.listed_at, row.error) == (FILES, [], None, "")
        assert servers.secrets("files") == SECRETS
        assert servers.secrets("a") == McpSecrets()

    def test_saving_again_keeps_the_secrets_and_what_was_listed(self, servers):
        servers.save(FILES, SECRETS)
        assert servers.listed("files", servers.get("files").version, tools=[TOOL])
        servers.save(FILES.model_copy(update={"timeout_s": 5.0}))
        row = servers.get("files")
        assert (row.spec.timeout_s, row.tools, row.listed_at) == (5.0, [TOOL], None)
        assert servers.secrets("files") == SECRETS
        servers.save(FILES, McpSecrets())
        assert servers.secrets("files") == McpSecrets()

    def test_a_failure_keeps_what_was_listed_before(self, servers):
        servers.save(FILES)
        servers.listed("files", servers.get("files").version, tools=[TOOL])
        servers.listed("files", servers.get("files").version, tools=None, error="It ended.")
        row = servers.get("files")
        assert (row.tools, row.error) == ([TOOL], "It ended.")
        assert row.listed_at is not None

    def test_a_listing_of_what_was_changed_meanwhile_is_dropped(self, servers):
        servers.save(FILES)
        version = servers.get("files").version
        servers.save(FILES.model_copy(update={"command": "other"}))
        assert not servers.listed("files", version, tools=[TOOL])
        assert servers.get("files").tools == []

    def test_every_change_makes_another_version(self, servers):
        seen = [servers.versions()]
        for change in (
            lambda: servers.save(FILES),
            lambda: servers.save(FILES),
            lambda: servers.listed("files", servers.get("files").version, tools=[TOOL]),
            lambda: servers.delete("files"),
        ):
            change()
            assert servers.versions() != seen[-1]
            seen.append(servers.versions())

    def test_what_is_secret_is_not_in_clear_in_the_database(self, servers, store):
        servers.save(FILES, SECRETS)
        with store.db.connect() as connection:
            kept = str(connection.execute(sa.text("SELECT * FROM mcp_servers")).all())
        assert "TOKEN" in kept
        assert "sesame" not in kept
        assert "hunter" not in kept
        assert "sesame" not in repr(SECRETS)

    def test_a_removed_one_leaves_nothing_behind(self, servers):
        servers.save(FILES, SECRETS)
        servers.delete("files")
        servers.delete("files")
        with pytest.raises(NotFoundError, match="no MCP server 'files'"):
            servers.get("files")
        assert servers.secrets("files") == McpSecrets()
