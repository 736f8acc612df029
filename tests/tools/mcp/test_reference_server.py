"""The protocol authors' own server of everything, fetched from the npm registry by npx as a person would."""

import sys
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.store import open_store
from agents.tools import ToolRegistry
from agents.tools.mcp import McpTools, Server, Sessions, kept
from tests.support.mcp_servers import context_of

pytestmark = pytest.mark.processes

PACKAGE = "@modelcontextprotocol/server-everything@2026.8.31"
CACHE = Path(sys.prefix) / ".npm"
"""Kept between runs."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory):
    """A toolbox with the tools of that server."""
    home = tmp_path_factory.mktemp("home")
    sessions = Sessions(home, start_s=280)  # the first time it is fetched
    spec = McpServerSpec(name="everything", command="npx", args=["-y", PACKAGE, "stdio"], env=["npm_config_cache"])
    secrets = McpSecrets(env={"npm_config_cache": str(CACHE), "SOME_TOKEN": "sesame-4711"})
    store = open_store(f"sqlite:///{home / 'studio.db'}", home, environ={})
    store.mcp_servers.save(spec, secrets)
    row = store.mcp_servers.get("everything")
    tools, refused = kept(sessions.tools(Server(spec, secrets, row.version)))
    assert refused == []
    assert store.mcp_servers.listed("everything", row.version, tools=tools)
    yield ToolRegistry(sources=[McpTools(store.mcp_servers, sessions)])
    sessions.close()
    store.close()


class TestTheServerOfEverything:
    def test_lists_its_tools_with_schemas_that_models_can_read(self, everything):
        tools = {name: tool for name, tool in everything.tools().items() if name.startswith("everything__")}
        assert {"everything__echo", "everything__get-sum", "everything__get-tiny-image"} <= set(tools)
        assert tools["everything__get-sum"].schema == {
            "type": "object",
            "properties": {
                "a": {"type": "number", "description": "First number"},
                "b": {"type": "number", "description": "Second number"},
            },
            "required": ["a", "b"],
        }

    def test_is_called_and_its_failures_are_told(self, everything):
        result = drain(everything.for_chat(None).call("everything__get-sum", {"a": 2, "b": 3.5}))
        assert (result.outcome, result.text) == ("ok", "The sum of 2 and 3.5 is 5.5.")
        assert (
            drain(everything.for_chat(None).call("everything__get-sum", {"a": "2", "b": 3})).outcome == "bad_arguments"
        )
        weather = drain(everything.for_chat(None).call("everything__get-structured-content", {"location": "New York"}))
        assert '"temperature"' in weather.text

    def test_sends_pictures_that_become_files(self, everything, tmp_path):
        context = context_of(tmp_path, "chat")
        result = drain(everything.for_chat(context).call("everything__get-tiny-image", {}))
        assert "everything__get-tiny-image-1.png" in result.text
        assert (context.workspace.files / "everything__get-tiny-image-1.png").read_bytes().startswith(b"\x89PNG")

    def test_tells_its_environment_without_what_is_secret_there(self, everything):
        result = drain(everything.for_chat(None).call("everything__get-env", {}))
        assert '"SOME_TOKEN": "***"' in result.text
        assert "sesame" not in result.text
