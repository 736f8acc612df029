"""The verbs on MCP servers: saved ones are asked at once, secrets stay, who may not is refused; chats use tools."""

import threading
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.chats import Person
from agents.chats.requests import Answer
from agents.errors import NotFoundError, SpecError
from agents.permissions import RefusedError
from agents.settings import Settings
from agents.specs.mcp_server import McpServerSpec
from agents.studio import Studio
from tests.support.mcp_servers import plain
from tests.support.tool_legs import calling, pair_with_tools, returned

pytestmark = pytest.mark.processes

TOOLS = [
    {"name": "count", "description": "Counts its calls.", "inputSchema": {"type": "object"}},
    {"name": "environment", "inputSchema": {"type": "object"}},
]
ANN = Person(name="Ann")


@pytest.fixture
def spec(tmp_path: Path) -> McpServerSpec:
    """A server with two tools."""
    return plain(tmp_path, says={"tools": TOOLS}).spec


class TestSaving:
    def test_a_server_is_asked_as_it_is_saved_and_its_tools_are_there_at_once(self, studio: Studio, spec):
        assert "plain__count" not in studio.tools.tools()
        row = studio.local.mcp_servers.save(spec)
        assert ([tool.name for tool in row.tools], row.error) == (["count", "environment"], "")
        assert "plain__count" in studio.tools.tools()
        assert studio.local.mcp_servers.rows() == [row]

    def test_one_that_does_not_answer_is_saved_with_why(self, studio: Studio):
        row = studio.local.mcp_servers.save(McpServerSpec(name="x", command="no-such-program"))
        assert row.error == "'no-such-program' cannot be started: No such file or directory."
        assert studio.local.mcp_servers.rows() == [row]

    def test_values_are_given_to_it_and_kept_where_nothing_new_is_given(self, studio: Studio, spec):
        studio.local.mcp_servers.save(spec, env={"A_KEY": "first-4711", "B": "2"})
        row = studio.local.mcp_servers.save(spec, env={"A_KEY": None, "C": "3"})
        assert row.spec.env == ["A_KEY", "C"]
        assert studio.store.mcp_servers.secrets("plain").env == {"A_KEY": "first-4711", "C": "3"}
        said = drain(studio.tools.for_chat(None).call("plain__environment", {})).text
        assert '"A_KEY": "***"' in said
        assert '"C": "3"' in said
        assert '"B"' not in said

    def test_a_name_that_is_none_is_refused_and_nothing_is_saved(self, studio: Studio, spec):
        with pytest.raises(SpecError, match="no usable name"):
            studio.local.mcp_servers.save(spec, env={"sesame 4711": "x"})
        assert studio.local.mcp_servers.rows() == []

    def test_a_changed_server_is_used_from_the_next_call_on(self, studio: Studio, spec):
        studio.local.mcp_servers.save(spec)
        assert [drain(studio.tools.for_chat(None).call("plain__count", {})).text for _ in range(2)] == ["1", "2"]
        studio.local.mcp_servers.save(spec.model_copy(update={"timeout_s": 5.0}))
        assert drain(studio.tools.for_chat(None).call("plain__count", {})).text == "1"

    def test_one_that_is_not_in_use_or_removed_has_no_tools(self, studio: Studio, spec):
        studio.local.mcp_servers.save(spec)
        studio.local.mcp_servers.enable("plain", False)
        assert "plain__count" not in studio.tools.tools()
        studio.local.mcp_servers.enable("plain", True)
        assert drain(studio.tools.for_chat(None).call("plain__count", {})).text == "1"
        studio.local.mcp_servers.remove("plain")
        assert drain(studio.tools.for_chat(None).call("plain__count", {})).outcome == "unknown_tool"
        with pytest.raises(NotFoundError):
            studio.local.mcp_servers.ask("plain")

    def test_asking_again_offers_what_it_lists_now(self, studio: Studio, spec, tmp_path):
        studio.local.mcp_servers.save(spec)
        plain(tmp_path, says={"tools": TOOLS[:1]})
        assert "plain__environment" in studio.tools.tools()
        assert len(studio.local.mcp_servers.ask("plain").tools) == 1
        assert "plain__environment" not in studio.tools.tools()


class TestChats:
    def test_an_agent_calls_a_servers_tool_once_a_person_agreed(self, studio: Studio, spec, scripted, server):
        studio.local.mcp_servers.save(spec.model_copy(update={"scope": "chat"}))
        server.script(lambda r: calling(("plain__count", {})) if r.messages[-1]["role"] != "tool" else "Counted.")
        team = pair_with_tools(connection="scripted")
        agents = [
            agent.model_copy(update={"tools": ["plain__count"]}) if agent.tools else agent for agent in team.agents
        ]
        team = team.model_copy(update={"agents": agents})
        chat = studio.as_(ANN).chats.start(team, "Count.", client_id="1", run_here=True)
        studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
        request = studio.local.chats.state(chat).request
        assert request is not None
        assert (request.of, request.payload["tool"]) == ("tool_call", "plain__count")
        assert returned(studio.local.chats.log(chat)) == []
        studio.as_(ANN).requests.decide(chat, Answer.to(request, "approve"), client_id="2", run_here=True)
        studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
        assert returned(studio.local.chats.log(chat))[0] == ("ok", "1")
        (offered,) = [
            tool for tool in server.records[0].parameters["tools"] if tool["function"]["name"] == "plain__count"
        ]
        assert offered["function"]["description"] == "Counts its calls."


class TestWhoMay:
    def test_only_those_who_administer_change_servers(self, tmp_path: Path, spec):
        home = tmp_path / "guarded"
        home.mkdir()
        (home / "access.toml").write_text('administer = ["boss@example.com"]\nview = ["*"]\n')
        studio = Studio.open(Settings(home=home, db_url=f"sqlite:///{home / 'studio.db'}"))
        guest = Person(name="guest@example.com", is_verified=True)
        for act in (
            lambda: studio.as_(guest).mcp_servers.save(spec),
            lambda: studio.as_(guest).mcp_servers.ask("plain"),
            lambda: studio.as_(guest).mcp_servers.enable("plain", False),
            lambda: studio.as_(guest).mcp_servers.remove("plain"),
        ):
            with pytest.raises(RefusedError):
                act()
        assert studio.local.mcp_servers.rows() == []
        assert len(studio.local.requests.refusals()) == 4
        studio.close()
