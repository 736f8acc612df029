"""Pictures of the chat reach the members whose model sees; the others are told of them."""

import base64
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.chats import FileChange, FilesChanged, ModelCalled, Person, ToolStarted
from agents.engine.pictures import MAX_BYTES, MAX_PICTURES
from agents.models import ModelClient
from agents.models.connections import EMBEDDED_CONTEXT
from agents.models.vision import sees_by_name
from agents.specs import ConnectionSpec, load_team
from agents.tools import ChatTools, ToolRegistry
from agents.workspaces import Workspace
from tests.support.legs import Log, ScriptedConnections, begin, extended, facts, four, last, nobody, play, replies
from tests.support.model_calls import NoModel, book
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import calling
from tests.support.waiting import WITHIN_S

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
DRAW = """
from pathlib import Path
from agents.tools import idempotent

@idempotent
def draw() -> str:
    '''Draw.'''
    file = Path({file!r})
    file.write_bytes(file.read_bytes() + b"!")
    return "drawn"
"""
DRAWING = load_team(
    "name: Three\n"
    "agents:\n"
    "  - {name: user, role: human, human_input_mode: NEVER, auto_reply: Go on.}\n"
    "  - {name: Dev, tools: [draw]}\n"
    "  - {name: QA}\n"
    "selection: {method: round_robin}\n"
    "policies: [{action: approve}]\n"
    "limits: {max_rounds: 3, when_reached: end}\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, "c")


@pytest.fixture
def seeing(server: ScriptedServer) -> Iterator[ModelClient]:
    client = ModelClient(ScriptedConnections(server.base_url, "gpt-4o"), environ={}, embedded=NoModel())
    yield client
    client.close()


def attached(workspace: Workspace, *names: str, max_rounds: int = 8) -> Log:
    """A chat whose task comes with these pictures, each with bytes of its own behind the same one."""
    changes = [workspace.save(name, PNG + bytes([n])) for n, name in enumerate(names)]
    team = four("{method: round_robin}", mode="NEVER", max_rounds=max_rounds)
    return extended(begin(team), FilesChanged(turn=0, changes=changes, by=Person()))


def parts(messages: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """(place, part) of the parts of messages that are more than text."""
    return [(i, part) for i, message in enumerate(messages) if isinstance(message["content"], list)
            for part in message["content"]]  # fmt: skip


class TestAModelThatSees:
    def test_is_sent_a_picture_behind_the_message_it_came_with(
        self, seeing: Any, workspace: Workspace, server: ScriptedServer
    ) -> None:
        log = play(attached(workspace, "plan.png"), seeing, replies, files=workspace)
        assert last(log).reason == "max_rounds"
        for record in server.records:
            (at, text), (_, picture) = parts(record.messages)
            assert record.messages[at - 1]["content"] == "Build it."
            assert text["text"] == "The picture plan.png:"
            assert picture["image_url"]["url"].startswith(URL[:60])
        calls = [recorded.event for recorded in log if isinstance(recorded.event, ModelCalled)]
        assert all(call.usage_raw["studio"] == {"pictures": 1} for call in calls)

    def test_is_sent_the_same_prompts_when_a_leg_is_cut_after_every_event(
        self, seeing: Any, workspace: Workspace, server: ScriptedServer
    ) -> None:
        log = attached(workspace, "a.png", "b.png")
        whole = play(log, seeing, replies, files=workspace)
        prompts = [record.messages for record in server.records]
        server.records.clear()
        assert facts(play(log, seeing, replies, files=workspace, cut_after_each_event=True)) == facts(whole)
        assert [record.messages for record in server.records] == prompts

    def test_is_sent_the_same_prompts_when_a_tool_draws_the_picture_anew_and_the_leg_is_cut(
        self, seeing: Any, tmp_path: Path, server: ScriptedServer
    ) -> None:
        def prompts(name: str, **how: Any) -> list[Any]:
            server.script([calling(("draw", {})), "Drawn.", "Good."])
            server.records.clear()
            workspace = Workspace(tmp_path, name)
            change = workspace.save("plan.png", PNG)
            plugins = tmp_path / name
            plugins.mkdir()
            (plugins / "draw.py").write_text(DRAW.format(file=str(workspace.files / change.path)))
            tools = ChatTools(ToolRegistry(plugins, timeout_s=WITHIN_S), None)
            log = extended(begin(DRAWING), FilesChanged(turn=0, changes=[change], by=Person()))
            play(log, seeing, replies, tools=tools, files=workspace, **how)
            return [record.messages for record in server.records]

        whole = prompts("whole")
        assert [len(parts(prompt)) for prompt in whole] == [2, 2, 2]
        assert prompts("cut", cut_after_each_event=True, spared=(ToolStarted,)) == whole

    def test_that_fails_leaves_the_same_prompt_to_a_fallback_when_the_leg_is_cut(
        self, workspace: Workspace, server: ScriptedServer
    ) -> None:
        refused = ConnectionSpec(name="first", base_url=server.base_url, model="gpt-4o", fallbacks=["second"])
        other = ConnectionSpec(name="second", base_url=server.base_url, model="m")
        client = ModelClient(book(refused, other), environ={}, embedded=NoModel())
        team = four("{method: round_robin}", mode="NEVER", max_rounds=3).model_copy(update={"connection": "first"})
        changes = [workspace.save("plan.png", PNG)]
        log = extended(begin(team), FilesChanged(turn=0, changes=changes, by=Person()))

        def prompts(**how: Any) -> list[Any]:
            server.script(["fault-401"])
            server.records.clear()
            play(log, client, nobody, files=workspace, **how)
            return [record.messages for record in server.records]

        whole = prompts()
        assert whole[0] == whole[1]
        assert prompts(cut_after_each_event=True) == whole
        client.close()

    def test_is_sent_the_newest_and_told_of_the_others(
        self, seeing: Any, workspace: Workspace, server: ScriptedServer
    ) -> None:
        log = attached(workspace, *(f"{n:02}.png" for n in range(10)), max_rounds=3)
        large = FileChange(path="large.png", change="added", size=MAX_BYTES + 1, sha256="0" * 64)
        log = extended(log, FilesChanged(turn=0, changes=[large], by=Person()))
        play(log, seeing, replies, files=workspace)
        texts = [part["text"] for _, part in parts(server.records[0].messages) if part["type"] == "text"]
        assert texts == [
            "[The picture 00.png: not shown to you]",
            "[The picture 01.png: not shown to you]",
            *(f"The picture {n:02}.png:" for n in range(2, 10)),
            "[The picture large.png: too large to be shown to you: 5 MB]",
        ]

    def test_is_sent_nothing_that_only_has_the_name_of_a_picture(
        self, seeing: Any, workspace: Workspace, server: ScriptedServer
    ) -> None:
        change = workspace.save("fake.png", b"#!/bin/sh")
        log = extended(attached(workspace, max_rounds=3), FilesChanged(turn=0, changes=[change], by=Person()))
        play(log, seeing, replies, files=workspace)
        assert server.records[0].messages[2]["content"] == "[The picture fake.png: not shown to you]"


class TestAModelThatSeesNothing:
    def test_is_told_of_the_picture(self, model: Any, workspace: Workspace, server: ScriptedServer) -> None:
        play(attached(workspace, "plan.png"), model, replies, files=workspace)
        texts = [message["content"] for message in server.records[-1].messages]
        assert texts[2] == "The picture plan.png:\n[You cannot see pictures.]"

    def test_is_found_out_by_its_refusal(self, seeing: Any, workspace: Workspace, server: ScriptedServer) -> None:
        def answer(request: Request) -> Reply | None:
            if "image_url" not in str(request.messages):
                return None
            return Reply(None, 400, {"error": {"message": "This model does not support image input."}})

        server.script(answer)
        log = play(attached(workspace, "plan.png"), seeing, replies, files=workspace)
        assert last(log).reason == "max_rounds"
        assert sum("image_url" in str(record.messages) for record in server.records) == 1
        assert seeing.sees_pictures("scripted", "") is False

    def test_that_refuses_in_the_middle_of_a_turn_is_sent_the_same_prompts_when_the_leg_is_cut(
        self, workspace: Workspace, server: ScriptedServer, tmp_path: Path
    ) -> None:
        def prompts(**how: Any) -> list[Any]:
            left: deque[Reply | str] = deque([calling(("draw", {})), *["Drawn."] * 3])

            def answer(request: Request) -> Reply | str:
                if "image_url" in str(request.messages):
                    return Reply(None, 400, {"error": {"message": "This model does not support image input."}})
                return left.popleft()

            server.script(answer)
            server.records.clear()
            client = ModelClient(ScriptedConnections(server.base_url, "gpt-4o"), environ={}, embedded=NoModel())
            play(log, client, replies, tools=tools, files=workspace, spared=(ToolStarted,), **how)
            client.close()
            return [record.messages for record in server.records]

        changes = [workspace.save(f"{n:02}.png", PNG + bytes([n])) for n in range(MAX_PICTURES + 1)]
        log = extended(begin(DRAWING), FilesChanged(turn=0, changes=changes, by=Person()))
        drawn = workspace.files / "drawn.txt"
        drawn.touch()
        (tmp_path / "plugins").mkdir()
        (tmp_path / "plugins" / "draw.py").write_text(DRAW.format(file=str(drawn)))
        tools = ChatTools(ToolRegistry(tmp_path / "plugins", timeout_s=WITHIN_S), None)
        refused, first, *others = prompts()
        assert (len(parts(refused)), len(parts(first))) == (2 * MAX_PICTURES + 1, 0)
        assert prompts(cut_after_each_event=True) == [refused, first, *others]
        assert len({message["content"] for prompt in (first, *others) for message in prompt[2:3]}) == 1

    def test_is_the_local_one_also_while_its_file_is_on_its_way(self) -> None:
        client = ModelClient(book(), environ={}, embedded=NoModel())
        assert client.sees_pictures("embedded", "gemma3:4b") is False
        assert client.context_window("embedded", "") == EMBEDDED_CONTEXT
        client.close()

    @pytest.mark.parametrize(
        ("name", "sees"),
        [
            ("gpt-4o-mini", True), ("openai/gpt-4.1", True), ("claude-sonnet-4-5", True), ("gemini-2.5-flash", True),
            ("llava:13b", True), ("qwen2.5-vl-7b", True), ("gemma3:4b", True), ("llama3.2-vision", True),
            ("gemma3:1b", False), ("gpt-3.5-turbo", False), ("o3-mini", False), ("llama3.2", False),
            ("qwen2.5-coder:1.5b", False), ("deepseek-chat", False), ("scripted", False),
        ],
    )  # fmt: skip
    def test_is_known_by_its_name(self, name: str, sees: bool) -> None:
        assert sees_by_name(name) is sees
