"""A chat's place for tools: a real workspace, and a workbench in a real sandbox with its real Python."""

from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.specs import SandboxSpec
from agents.tools import ToolContext, ToolRegistry
from agents.workspaces import Workspace
from tests.support.tool_calls import Call, CallOf


@pytest.fixture(scope="session")
def sandbox(sandbox_python: PythonEnvironment) -> Bubblewrap:
    return Bubblewrap(sandbox_python.folder)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home", "chat1")


@pytest.fixture
def plain_context(workspace: Workspace) -> ToolContext:
    """A place in which nothing can be run."""
    return ToolContext(workspace, None, SandboxSpec(), "chat1")


@pytest.fixture
def context(workspace: Workspace, sandbox: Bubblewrap) -> ToolContext:
    spec = SandboxSpec(timeout_s=20)
    workspace.write("made.txt", b"so that the folder is there")
    return ToolContext(workspace, CodeRunner(sandbox, workspace.run_folders(), spec), spec, "chat1")


@pytest.fixture
def call_of(context: ToolContext) -> CallOf:
    """Begins a call of a built-in tool by name in `context`."""
    tools = ToolRegistry().for_chat(context)
    return lambda name, **arguments: tools.call(name, arguments)


@pytest.fixture
def call(call_of: CallOf) -> Call:
    """What a built-in tool by name says in `context`."""
    return lambda name, **arguments: drain(call_of(name, **arguments))
