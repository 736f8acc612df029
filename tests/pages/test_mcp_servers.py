"""MCP servers on the Settings page: added, asked, put out of use and removed, and no secret is ever on screen."""

import shlex
import sys

import pytest

from agents.errors import UsageError
from agents.specs.mcp_server import McpServerSpec, McpTool
from pages.components.settings.mcp_servers import KEPT, command_of, line_of, text_of, values_of
from tests.support.app_pages import field, open_screen, words
from tests.support.mcp_servers import plain

pytestmark = pytest.mark.processes

TOOLS = [{"name": "count", "description": "Counts its *calls*.", "inputSchema": {"type": "object"}}]


@pytest.fixture
def spec(tmp_path) -> McpServerSpec:
    """A server with a tool."""
    return plain(tmp_path, says={"tools": TOOLS}).spec


class TestAdding:
    def test_a_server_is_saved_asked_and_shown_with_its_tools(self, studio, spec):
        page = open_screen("settings")
        field(page, "mcp:new:0:save", "button").click().run()
        assert "Write a name for the server, and the command that starts it." in words(page)
        field(page, "mcp:new:0:called").set_value("counter").run()
        field(page, "mcp:new:0:command").set_value(shlex.join([spec.command, *spec.args])).run()
        field(page, "mcp:new:0:env", "text_area").set_value("A_KEY=sesame-4711\n\nB=2").run()
        field(page, "mcp:new:0:save", "button").click().run()
        assert not page.exception
        (row,) = studio.local.mcp_servers.rows()
        assert (row.spec.name, row.spec.env, [tool.name for tool in row.tools]) == (
            "counter",
            ["A_KEY", "B"],
            ["count"],
        )
        assert studio.store.mcp_servers.secrets("counter").env == {"A_KEY": "sesame-4711", "B": "2"}
        shown = words(page)
        assert "“counter” is saved; it has 1 tool." in shown
        assert "Counts its *calls*." in shown
        assert "A_KEY, B saved encrypted" in shown
        assert "sesame" not in shown + repr(page.main)
        assert field(page, "mcp:new:1:command").value == ""

    def test_what_cannot_be_used_is_told_and_nothing_is_saved(self, studio):
        page = open_screen("settings")
        field(page, "mcp:new:0:called").set_value("No Name").run()
        field(page, "mcp:new:0:command").set_value("x").run()
        field(page, "mcp:new:0:save", "button").click().run()
        assert "use up to 24 of a-z" in words(page)
        field(page, "mcp:new:0:called").set_value("name").run()
        field(page, "mcp:new:0:env", "text_area").set_value("sesame-4711").run()
        field(page, "mcp:new:0:save", "button").click().run()
        assert "Line 1 is not NAME=value" in words(page)
        assert studio.local.mcp_servers.rows() == []
        assert not page.exception


class TestAServer:
    def test_one_that_does_not_answer_says_why(self, studio):
        studio.local.mcp_servers.save(McpServerSpec(name="gone", command="no-such-program"))
        page = open_screen("settings")
        assert "cannot be started: No such file or directory" in words(page)
        field(page, "mcp:gone:test", "button").click().run()
        assert "cannot be started: No such file or directory" in words(page)
        assert not page.exception

    def test_a_test_lists_its_tools_anew(self, studio, spec):
        studio.store.mcp_servers.save(spec)
        page = open_screen("settings")
        assert "not checked yet" in words(page)
        field(page, "mcp:plain:test", "button").click().run()
        assert "“plain” answers; it has 1 tool." in words(page)
        assert "1 tool" in [part.label for part in page.expander]
        assert not page.exception

    def test_it_is_put_out_of_use_and_back(self, studio, spec):
        studio.local.mcp_servers.save(spec)
        page = open_screen("settings")
        field(page, "mcp:plain:enabled", "button").click().run()
        assert "[Off]" in words(page)
        assert "plain__count" not in studio.tools.tools()
        field(page, "mcp:plain:enabled", "button").click().run()
        assert "plain__count" in studio.tools.tools()
        assert not page.exception

    def test_editing_shows_no_saved_value(self, studio, spec):
        studio.local.mcp_servers.save(spec, env={"A_KEY": "sesame-4711"})
        page = open_screen("settings")
        field(page, "mcp:plain:edit", "button").click().run()
        assert page.text_area(key="mcp:edit:plain:env").value == f"A_KEY={KEPT}"
        assert "sesame" not in words(page) + repr(page.main)
        assert not page.exception

    def test_it_is_removed_after_a_question(self, studio, spec):
        studio.local.mcp_servers.save(spec)
        page = open_screen("settings")
        field(page, "mcp:plain:remove", "button").click().run()
        assert "are deleted for good" in words(page)
        assert len(studio.local.mcp_servers.rows()) == 1

    def test_hostile_words_of_a_server_stay_words(self, studio):
        studio.store.mcp_servers.save(McpServerSpec(name="x", command="`evil` <b>"))
        tool = McpTool(name="<script>", description="[click](javascript:alert(1)) ![](http://x/y.png)")
        studio.store.mcp_servers.listed("x", studio.store.mcp_servers.get("x").version, tools=[tool], error="<img>")
        page = open_screen("settings")
        shown = "\n".join(str(part.value) for part in (*page.markdown, *page.warning, *page.caption))
        assert "javascript:" not in shown
        assert "<script>" not in shown.replace("\\<", "")
        assert "<img>" not in shown.replace("\\<", "")
        assert not page.exception


class TestWhatIsWritten:
    @pytest.mark.parametrize("line", ["npx -y server '{workspace}'", f"{sys.executable} 'a b' ''", ""])
    def test_a_command_comes_back_as_it_was(self, line):
        assert command_of(line_of(*command_of(line))) == command_of(line)

    def test_a_quote_without_end_is_told(self):
        with pytest.raises(UsageError, match="unclosed quote"):
            command_of("npx 'server")

    def test_values_are_read_and_kept_ones_stay(self):
        assert values_of("A=1=2\n B = x \nC=\n\n", "=") == {"A": "1=2", "B": "x", "C": ""}
        assert values_of(text_of(["A", "B"], ": "), ":") == {"A": None, "B": None}
