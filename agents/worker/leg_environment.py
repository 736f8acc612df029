"""What the legs of a process use: its model client, its tools, what runs their code, and their chat's files.

    chat id + its team -> Workspace, CodeRunner, ChatTools -> the events of its leg

Called by the worker and the studio.
"""

from collections.abc import Generator
from typing import Any

from agents import engine
from agents.chats import ChatState
from agents.engine import Item
from agents.engine.model_calls import Model, connection_for
from agents.models import ModelClient
from agents.models.embeddings import EmbeddingModel
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import choose
from agents.settings import Settings
from agents.specs.mcp_server import McpServerRow, McpTool
from agents.store import Store
from agents.tools import ToolRegistry
from agents.tools.context import ToolContext
from agents.tools.mcp import McpTools, Server, Sessions, kept
from agents.workspaces import Workspace


class Tools(ToolRegistry):
    """The toolbox, and the connections to MCP servers behind it."""

    def __init__(self, store: Store, settings: Settings, **more: Any):
        self._store, self._sessions = store, Sessions(settings.home)
        self._mcp_tools = McpTools(store.mcp_servers, self._sessions)
        super().__init__(settings.plugins, sources=[self._mcp_tools], **more)

    def listed(self, row: McpServerRow) -> tuple[list[McpTool], list[str]]:
        """Return what the server lists now, fit for models, and a sentence for each tool that is left out. McpError
        says why it lists nothing, StudioError that its secrets cannot be read."""
        server = Server(row.spec, self._store.mcp_servers.secrets(row.spec.name), row.version)
        return kept(self._sessions.tools(server))

    def refresh_now(self) -> None:
        """Make a server that was saved just now count at once, in this process."""
        self._mcp_tools.refresh_now()

    def close(self) -> None:
        """End the servers that calls have started."""
        self._sessions.close()


class LegEnvironment:
    """Safe to use from many threads."""

    def __init__(self, settings: Settings, tools: ToolRegistry):
        self._settings, self._tools = settings, tools

    def leg_events(self, chat: str, state: ChatState, model: Model) -> Generator[Item, None, None]:
        """One leg of `chat`, from `state`, with all that its agents may use; see `engine.leg_events`."""
        if state.started is None:
            raise ValueError(f"chat {chat} was never started")
        team, workspace = state.started.spec, Workspace(self._settings.home, chat)
        if not any(agent.role == "executor" or agent.tools for agent in team.agents):
            return engine.leg_events(state, model, files=workspace, functions=self._tools, chat=chat)  # no sandbox
        home = self._settings.home
        sandbox = choose(self._settings.sandbox, home)
        runner = CodeRunner(sandbox, workspace.run_folders(), team.sandbox, PythonEnvironment(home))

        def embeddings_of(agent: str) -> EmbeddingModel | None:
            if not isinstance(model, ModelClient):
                return None
            return model.embeddings(connection_for(team, state, agent)[0], agent)

        context = ToolContext(workspace, runner, team.sandbox, chat, embeddings_of=embeddings_of)
        tools = self._tools.for_chat(context)
        return engine.leg_events(state, model, tools, runner, workspace, self._tools, chat)
