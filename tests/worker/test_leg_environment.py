"""What a leg has to hand: a place where its team needs one, the team's own limits, and what this machine has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.chats import CodeReturned, FilesChanged, ModelCalled, ToolReturned, fold
from agents.engine import Streamed
from agents.models import ModelClient
from agents.sandbox.python_env import VARIABLE
from agents.settings import Settings
from agents.specs import ConnectionSpec, TeamSpec, team_from_dict
from agents.tools import ToolRegistry
from agents.worker.leg_environment import LegEnvironment
from agents.workspaces import Workspace
from tests.support.legs import Log, ScriptedConnections, begin, extended, last
from tests.support.model_calls import NoModel
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import calling


@pytest.fixture
def client(model: ScriptedServer) -> Iterator[ModelClient]:
    opened = ModelClient(ScriptedConnections(model.base_url), environ={}, embedded=NoModel())
    yield opened
    opened.close()


def team(*, tools: tuple[str, ...] = (), executor: bool = False, **more: Any) -> TeamSpec:
    """Two agents, the first of whom begins; everything is allowed."""
    first = (
        {"name": "Ann", "role": "executor"}
        if executor
        else {"name": "Ann", "role": "human", "human_input_mode": "NEVER"}
    )
    return team_from_dict(
        {
            "name": "Pair",
            "agents": [first, {"name": "Bob", "prompt": "You act.", "tools": list(tools)}],
            "policies": [{"action": "approve"}],
            "limits": {"max_rounds": 3, "when_reached": "end", "max_repeats": None},
            **more,
        }
    )


def played(home: Path, spec: TeamSpec, client: ModelClient, sandbox: str = "auto") -> Log:
    """The log of a chat of that team after one leg in a studio of that home."""
    settings = Settings(home=home, db_url="", workers=0, sandbox=sandbox)
    log = begin(spec)
    for item in LegEnvironment(settings, ToolRegistry()).leg_events("c", fold(log), client):
        if not isinstance(item, Streamed):
            log = extended(log, *(item if isinstance(item, tuple) else (item,)))
    return log


def code(log: Log) -> CodeReturned:
    """What became of the one block of the chat."""
    (returned,) = [r.event for r in log if isinstance(r.event, CodeReturned)]
    return returned


class TestATeam:
    def test_that_only_talks_leaves_no_folder(self, tmp_path: Path, client: ModelClient, model: ScriptedServer) -> None:
        model.script(["Hello."])
        assert last(played(tmp_path, team(), client)).kind == "ChatEnded"
        assert list(tmp_path.iterdir()) == []

    def test_of_tools_alone_works_in_the_files_of_its_chat(
        self, tmp_path: Path, client: ModelClient, model: ScriptedServer
    ) -> None:
        model.script([calling(("write_file", {"path": "a.txt", "text": "kept"})), "Done."])
        log = played(tmp_path, team(tools=("write_file",)), client)
        (made,) = [r.event for r in log if isinstance(r.event, FilesChanged)]
        assert [(change.path, made.agent, made.cause) for change in made.changes] == [("a.txt", "Bob", "0.0")]
        assert Workspace(tmp_path, "c").read("a.txt") == b"kept"

    def test_has_its_own_limits_for_what_it_runs(
        self, tmp_path: Path, client: ModelClient, model: ScriptedServer
    ) -> None:
        model.script(["```sh\nsleep 600\n```"])
        returned = code(played(tmp_path, team(executor=True, sandbox={"timeout_s": 0.5}), client))
        assert (returned.outcome, "0.5 s" in returned.text) == ("timeout", True)


class WithEmbeddings(ScriptedConnections):
    def get(self, name: str) -> ConnectionSpec | None:
        connection = super().get(name)
        return connection and connection.model_copy(update={"embedding_model": "near"})


class TestASearchByMeaning:
    def test_is_paid_for_by_its_chat_and_begins_no_turn_anew(self, tmp_path: Path, model: ScriptedServer) -> None:
        def embed(body: dict[str, Any]) -> tuple[int, Any]:
            data = [{"index": n, "embedding": [1.0, float(n)]} for n in range(len(body["input"]))]
            return 200, {"data": data, "usage": {"prompt_tokens": 1_000, "total_tokens": 1_000}}

        model.embeddings = embed
        model.script([calling(("search_files", {"query": "anything"})), "Done."])
        Workspace(tmp_path, "c").write("a.txt", b"A text.")
        client = ModelClient(WithEmbeddings(model.base_url), environ={}, embedded=NoModel())
        log = played(tmp_path, team(tools=("search_files",)), client, sandbox="off")
        client.close()
        calls = [r.event for r in log if isinstance(r.event, ModelCalled)]
        assert [(call.purpose, call.agent, call.turn) for call in calls] == [
            ("reply", "Bob", 1), ("embed", "Bob", 1), ("reply", "Bob", 1),
        ]  # fmt: skip
        state = fold(log)
        assert state.spent_in_all.n_calls == 3
        assert state.spent_in_all.n_tokens > 1_000
        assert state.contexts["Bob"].n_input < 1_000
        n_embedded = log.index(next(r for r in log if r.event is calls[1]))
        assert isinstance(log[n_embedded + 1].event, ToolReturned)


class TestAMachine:
    def test_whose_python_cannot_be_built_says_so_where_code_misses_it(
        self, tmp_path: Path, client: ModelClient, model: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(VARIABLE, raising=False)
        (tmp_path / "sandbox").write_text("in the way")
        model.script(["```python\nimport duckdb\n```"])
        returned = code(played(tmp_path, team(executor=True), client))
        assert "the sandbox's packages are not installed" in returned.text

    def test_without_a_sandbox_is_told_to_the_team_and_the_chat_goes_on(
        self, tmp_path: Path, client: ModelClient, model: ScriptedServer
    ) -> None:
        model.script(["```sh\necho hello\n```"])
        log = played(tmp_path, team(executor=True), client, sandbox="off")
        assert (code(log).outcome, last(log).kind) == ("unavailable", "ChatEnded")
        assert "Code cannot run here" in code(log).text
