"""Tools that run when their chat is stopped or their worker is to end: what they started is gone at once."""

import json
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.chats import ChatStarted, MessagePosted, Person, ToolReturned, ToolStarted
from agents.sandbox.python_env import PythonEnvironment
from agents.specs import team_from_dict
from agents.specs.mcp_server import McpSecrets, McpTool, mcp_server
from agents.store import Store
from agents.worker.queue import DbosQueue
from agents.workspaces import Workspace
from tests.support.chats import status, stop
from tests.support.mcp_servers import plain
from tests.support.processes import Processes
from tests.support.sandbox import sandboxed
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import is_alive
from tests.support.tool_legs import calling
from tests.support.waiting import allowed_s, wait_until

LONG = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 1"


@pytest.fixture
def begin(store: Store, queue: DbosQueue, model: ScriptedServer) -> Callable[..., str]:
    """Begins a chat whose first reply calls that tool; returns its id."""

    def begun(tool: str, **arguments: object) -> str:
        chat = f"chat-{uuid.uuid4().hex[:8]}"
        model.script([calling((tool, arguments)), "Done."])
        agents = [
            {"name": "user", "role": "human", "human_input_mode": "NEVER"},
            {"name": "Analyst", "prompt": "You ask.", "tools": [tool]},
        ]
        team = team_from_dict(
            {"name": "Asking", "agents": agents, "policies": [{"kind": "tool_call", "action": "approve"}]}
        )
        started = ChatStarted(team=team.model_dump(mode="json"), task="Count.", by=Person())
        task = MessagePosted(turn=0, agent="user", content="Count.", source="task", by=Person())
        store.chats.create(
            chat, [started, task], client_id=chat, team_id=None, revision=None, title="Count", hook=queue.hook
        )
        return chat

    return begun


def events(store: Store, chat: str) -> list[str]:
    """The tool events of the chat."""
    log = store.chats.log(chat)
    return [recorded.event.kind for recorded in log if isinstance(recorded.event, ToolStarted | ToolReturned)]


class TestAQueryThatRunsForLong:
    @pytest.mark.parametrize("is_stopped", [True, False], ids=["its chat is stopped", "its worker is to end"])
    def test_ends_at_once_with_its_sandbox(
        self,
        is_stopped: bool,
        begin: Callable[..., str],
        store: Store,
        home: Path,
        sandbox_python: PythonEnvironment,
        workers: Processes,
    ) -> None:
        assert sandbox_python.is_ready
        workers.environ["STUDIO_SANDBOX_PYTHON"] = str(sandbox_python.folder)
        (worker,) = workers.start()
        chat = begin("sql", query=LONG)
        files = Workspace(home, chat).files
        wait_until(lambda: len(sandboxed(files)) >= 2)
        if is_stopped:
            stop(store, chat)
        else:
            worker.send(signal.SIGTERM)
        wait_until(lambda: not sandboxed(files), within_s=allowed_s(3))
        assert events(store, chat) == ["ToolStarted"]
        if is_stopped:
            assert status(store, chat) == "ended"
            # its thread is free for others
            wait_until(lambda: store.chats.row(chat).leg_worker is None, within_s=allowed_s(1))
        else:
            assert worker.wait() == 0


class TestACallOfAnMcpServerThatRunsForLong:
    @pytest.mark.parametrize("is_stopped", [True, False], ids=["its chat is stopped", "its worker is to end"])
    def test_ends_with_its_server(
        self, is_stopped: bool, begin: Callable[..., str], store: Store, tmp_path: Path, workers: Processes
    ) -> None:
        server = plain(tmp_path, timeout_s=600)
        store.mcp_servers.save(mcp_server(server.spec.model_dump()), McpSecrets())
        version = store.mcp_servers.get("plain").version
        arguments = {"type": "object", "properties": {"path": {"type": "string"}, "seconds": {"type": "number"}}}
        store.mcp_servers.listed("plain", version, tools=[McpTool(name="slow", arguments=arguments)], error="")
        (worker,) = workers.start()
        file = tmp_path / "pid"
        chat = begin("plain__slow", path=str(file), seconds=600)
        wait_until(lambda: file.exists() and file.read_text())
        pid = json.loads(file.read_text())
        if is_stopped:
            stop(store, chat)
        else:
            worker.send(signal.SIGTERM)
        wait_until(lambda: not is_alive(pid), within_s=allowed_s(3))
        assert events(store, chat) == ["ToolStarted"]
        if is_stopped:
            wait_until(lambda: store.chats.row(chat).leg_worker is None, within_s=allowed_s(1))
        else:
            assert worker.wait() == 0
