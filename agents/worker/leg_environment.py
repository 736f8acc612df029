"""What the agents of a leg may use: their tools, what runs their code, their chat's files.

    chat id + its team -> Workspace, CodeRunner, ChatTools -> the events of its leg

One per process that runs legs: the sandbox is chosen, and its Python looked for, when the first leg needs them.
"""

import threading
from collections.abc import Generator

from agents import engine
from agents.chats import ChatState
from agents.engine import Item
from agents.engine.model_calls import Model
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import choose
from agents.sandbox.values import Sandbox
from agents.settings import Settings
from agents.specs import team_from_dict
from agents.tools import ToolRegistry
from agents.tools.context import ToolContext
from agents.workspaces import Workspace


class LegEnvironment:
    """Safe to use from many threads."""

    def __init__(self, settings: Settings, tools: ToolRegistry):
        self._settings, self._tools = settings, tools
        self._choosing = threading.Lock()
        """Guards `_chosen`: looking which sandbox works takes a moment, and one look is enough."""
        self._chosen: tuple[Sandbox, PythonEnvironment] | None = None

    def leg_events(self, chat: str, state: ChatState, model: Model) -> Generator[Item, None, None]:
        """One leg of `chat`, from `state`, with all that its agents may use; see `engine.leg_events`."""
        if state.started is None:
            raise ValueError(f"chat {chat} was never started")
        team = team_from_dict(dict(state.started.team))
        if not any(agent.role == "executor" or agent.tools for agent in team.agents):
            return engine.leg_events(state, model)  # a team that only talks needs no folder
        sandbox, python = self._sandbox()
        workspace = Workspace(self._settings.home, chat)
        runner = CodeRunner(sandbox, workspace.run_folders(), team.sandbox, python)
        tools = self._tools.for_chat(ToolContext(workspace, runner, team.sandbox, chat))
        return engine.leg_events(state, model, tools, runner, workspace)

    def _sandbox(self) -> tuple[Sandbox, PythonEnvironment]:
        with self._choosing:
            if self._chosen is None:
                python = PythonEnvironment(self._settings.home)
                self._chosen = (choose(self._settings.sandbox, self._settings.home), python)
            return self._chosen
