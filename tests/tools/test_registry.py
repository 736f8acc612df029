"""The tools there are: built in, and from a folder of plugins in which files come, change, break and go."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.cancellation import drain
from agents.tools import BrokenPlugin, FunctionTool, Tool, ToolContext, ToolRegistry
from tests.support.waiting import allowed_s

PLAIN = '''
def count(text: str, words: list[str] | None = None) -> int:
    """How many characters the text has."""
    return len(text)

def _hidden(text: str) -> str:
    """Not a tool."""
    return text
'''
BUILT_IN = {
    "now",
    "calculate",
    "http_get",
    "list_files",
    "read_file",
    "write_file",
    "sql",
    "write_report",
    "ask_person",
    "hand_to",
    "search_files",
}
COUNT = "from __future__ import annotations\n" + PLAIN

OWN = '''
from agents.tools import ToolContext

def note(text: str, context: ToolContext) -> str:
    """Keep a note."""
    context.workspace.write("note.txt", text.encode())
    return context.chat
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    return plugins


@pytest.fixture
def box(folder: Path) -> ToolRegistry:
    return ToolRegistry(folder)


def broken(box: ToolRegistry) -> list[tuple[str, str]]:
    return [(plugin.file, plugin.text) for plugin in box.broken()]


class TestPlugins:
    def test_a_function_with_hints_and_docstring_is_a_tool(self, folder: Path, box: ToolRegistry):
        (folder / "text.py").write_text(COUNT)
        tool = box.tools()["count"]
        assert (tool.source, tool.description) == ("text.py", "How many characters the text has.")
        assert tool.schema["properties"]["text"] == {"type": "string"}
        assert drain(box.for_chat(None).call("count", {"text": "four"})).text == "4"
        assert "_hidden" not in box.tools()
        assert broken(box) == []

    def test_what_a_file_imports_is_no_tool_of_it(self, folder: Path, box: ToolRegistry):
        (folder / "text.py").write_text("from textwrap import dedent\nfrom agents.tools import idempotent\n" + PLAIN)
        assert box.tools().keys() - BUILT_IN == {"count"}

    @pytest.mark.parametrize(
        ("text", "cause"),
        [
            ("def f(:\n", "SyntaxError"),
            ("import nowhere_to_be_found\n", "No module named 'nowhere_to_be_found'"),
            ("1 / 0\n", "ZeroDivisionError"),
            ("raise SystemExit(1)\n", "SystemExit"),
            ("\0", "null bytes"),
            ('def f(x):\n    """Doc."""\n', "'x' has no type hint"),
            ("def f(x: int):\n    pass\n", "f has no docstring"),
            ('def f(x: "Nowhere"):\n    """Doc."""\n', "make no schema"),
        ],
    )
    def test_a_broken_file_is_named_and_takes_no_other_tool_away(
        self, folder: Path, box: ToolRegistry, text: str, cause: str
    ):
        (folder / "a_broken.py").write_text(text)
        (folder / "text.py").write_text(COUNT)
        assert "count" in box.tools()
        ((file, why),) = broken(box)
        assert file == "a_broken.py"
        assert cause in why

    def test_a_good_function_beside_a_broken_one_is_a_tool(self, folder: Path, box: ToolRegistry):
        (folder / "text.py").write_text(COUNT + "\ndef bad(x):\n    '''Doc.'''\n")
        assert "count" in box.tools()
        assert [file for file, _ in broken(box)] == ["text.py"]

    def test_a_name_that_is_taken_stays_with_the_first(self, folder: Path, box: ToolRegistry):
        (folder / "a.py").write_text(COUNT)
        (folder / "b.py").write_text(COUNT + '\ndef now() -> str:\n    """Mine."""\n    return "mine"\n')
        assert box.tools()["count"].source == "a.py"
        assert box.tools()["now"].source == "built in"
        assert [(file, why.split(";")[0]) for file, why in broken(box)] == [
            ("b.py", "There is a tool 'count' already"),
            ("b.py", "There is a tool 'now' already"),
        ]

    def test_a_changed_file_is_read_again_even_within_the_second_and_of_the_same_size(
        self, folder: Path, box: ToolRegistry
    ):
        file = folder / "answer.py"
        for n in range(10):
            file.write_text(f'def answer() -> int:\n    """The answer."""\n    return {n}\n')
            os.utime(file, ns=(10**18 + n, 10**18 + n))
            assert drain(box.for_chat(None).call("answer", {})).text == str(n)
        assert not (folder / "__pycache__").exists()

    def test_a_file_that_is_broken_and_then_mended_is_a_tool_again(self, folder: Path, box: ToolRegistry):
        file = folder / "text.py"
        for text, is_there in [(COUNT, True), ("def", False), (COUNT, True)]:
            file.write_text(text)
            assert ("count" in box.tools()) is is_there
        file.unlink()
        assert "count" not in box.tools()
        assert drain(box.for_chat(None).call("count", {"text": "x"})).outcome == "unknown_tool"

    def test_a_folder_that_is_not_there_holds_none_until_it_is(self, tmp_path: Path):
        box = ToolRegistry(tmp_path / "later")
        assert set(box.tools()) == BUILT_IN
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "text.py").write_text(COUNT)
        assert "count" in box.tools()

    def test_a_link_to_nowhere_and_a_file_that_cannot_be_read_take_nothing_away(self, folder: Path, box: ToolRegistry):
        (folder / "gone.py").symlink_to(folder / "nowhere")
        (folder / "folder.py").mkdir()
        (folder / "text.py").write_text(COUNT)
        assert "count" in box.tools()
        assert [file for file, _ in broken(box)] == ["folder.py"]

    def test_a_tool_is_there_for_every_thread_while_another_file_changes(self, folder: Path, box: ToolRegistry):
        (folder / "text.py").write_text(COUNT)
        (folder / "zz.py").write_text("X = 0\n")
        missing: list[Any] = []
        is_over = threading.Event()

        def calls() -> None:
            while not is_over.is_set():
                if (result := drain(box.for_chat(None).call("count", {"text": "four"}))).text != "4":
                    missing.append(result)

        threads = [threading.Thread(target=calls) for _ in range(3)]
        for thread in threads:
            thread.start()
        for n in range(60):
            (folder / "zz.py").write_text(f"X = {n}\n" + "y = [z for z in range(2000)]\n" * 5)
            os.utime(folder / "zz.py", ns=(10**18 + n, 10**18 + n))
            box.tools()
        is_over.set()
        for thread in threads:
            thread.join()
        assert missing == []


class TestTheToolbox:
    def test_tells_models_of_the_tools_asked_for_and_leaves_out_what_is_gone(self, box: ToolRegistry):
        entries = box.for_chat(None).for_model(["calculate", "gone", "now"])
        assert [entry["function"]["name"] for entry in entries] == ["calculate", "now"]

    def test_answers_a_call_of_an_unknown_tool_with_those_there_are(self, box: ToolRegistry):
        result = drain(box.for_chat(None).call("rm_rf", {}))
        assert result.outcome == "unknown_tool"
        assert result.text.startswith("There is no tool 'rm_rf' here. There are: now, calculate, http_get, ")
        assert not box.for_chat(None).is_idempotent("rm_rf")

    def test_gives_its_time_limit_to_every_call(self, folder: Path):
        (folder / "slow.py").write_text(
            'import threading\n\ndef slow() -> None:\n    """Slow."""\n    threading.Event().wait(2)\n'
        )
        assert drain(ToolRegistry(folder, timeout_s=0.05).for_chat(None).call("slow", {})).outcome == "timeout"


class Further:
    """A source of one tool besides one that has a built-in tool's name."""

    def __init__(self, *functions: Any):
        self._tools = {function.__name__: FunctionTool(function, source="further") for function in functions}

    def tools(self) -> dict[str, Tool]:
        return dict(self._tools)

    def broken(self) -> list[BrokenPlugin]:
        return [BrokenPlugin("further", "One more makes no tool.")]


class TestFurtherSources:
    def test_add_their_tools_behind_the_others_and_take_no_name(self, folder: Path):
        def shout(text: str) -> str:
            """Shout."""
            return text.upper()

        def now() -> str:
            """Mine."""
            return "mine"

        (folder / "text.py").write_text(COUNT)
        box = ToolRegistry(folder, sources=[Further(shout, now)])
        assert list(box.tools())[-2:] == ["count", "shout"]
        assert box.tools()["now"].source == "built in"
        assert drain(box.for_chat(None).call("shout", {"text": "a"})).text == "A"
        assert broken(box) == [("further", "One more makes no tool.")]


class TestAChatsTools:
    def test_are_given_the_chats_place_and_models_do_not_see_it(self, folder: Path, plain_context: ToolContext):
        (folder / "own.py").write_text(OWN)
        box = ToolRegistry(folder)
        schema = box.tools()["note"].schema
        assert (list(schema["properties"]), schema["required"]) == (["text"], ["text"])
        result = drain(box.for_chat(plain_context).call("note", {"text": "kept"}))
        assert (result.outcome, result.text) == ("ok", "chat1")
        assert plain_context.workspace.read("note.txt") == b"kept"
        assert (
            drain(box.for_chat(plain_context).call("note", {"text": "x", "context": None})).outcome == "bad_arguments"
        )

    def test_written_for_an_earlier_version_may_call_the_context_place(self, folder: Path, plain_context: ToolContext):
        (folder / "own.py").write_text(OWN.replace("ToolContext", "Place").replace("context", "place"))
        result = drain(ToolRegistry(folder).for_chat(plain_context).call("note", {"text": "kept"}))
        assert (result.outcome, result.text) == ("ok", "chat1")

    def test_that_need_a_chat_say_so_where_there_is_none(self, box: ToolRegistry):
        result = drain(box.for_chat(None).call("list_files", {}))
        assert result.outcome == "error"
        assert "there is no chat here" in result.text

    def test_are_the_toolboxs_own(self, folder: Path, plain_context: ToolContext):
        (folder / "text.py").write_text(COUNT)
        tools = ToolRegistry(folder).for_chat(plain_context)
        assert [entry["function"]["name"] for entry in tools.for_model(["count", "gone"])] == ["count"]
        assert (tools.is_idempotent("now"), tools.is_idempotent("count")) == (True, False)
        assert drain(tools.call("count", {"text": "four"})).text == "4"
        assert drain(tools.call("gone", {})).outcome == "unknown_tool"


class TestTheBuiltInTools:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [("(2 + 3) * 4 ** 2", "80"), ("sqrt(2) > 1", "true"), ("round(pi, 2)", "3.14"), ("max(1, 2)", "2")],
    )
    def test_calculate_knows_arithmetic(self, box: ToolRegistry, expression: str, value: str):
        result = drain(box.for_chat(None).call("calculate", {"expression": expression}))
        assert (result.outcome, result.text) == ("ok", value)

    @pytest.mark.parametrize(
        "expression",
        [
            "__import__('os').system('true')",
            "().__class__",
            "9**9**9**9",
            "'a' * 10**9",
            "[x for x in range(10**9)]",
            "1 +",
            "1" * 1_001,
            "open('/etc/passwd')",
            "1/0",
            "'text'",
        ],
    )
    def test_calculate_does_nothing_else(self, box: ToolRegistry, expression: str):
        result = drain(box.for_chat(None).call("calculate", {"expression": expression}))
        assert result.outcome == "error"
        assert result.duration_s < allowed_s(5)

    def test_now_knows_time_zones_by_name(self, box: ToolRegistry):
        assert drain(box.for_chat(None).call("now", {})).text.endswith("+00:00")
        assert drain(box.for_chat(None).call("now", {"timezone": "Asia/Tokyo"})).text.endswith("+09:00")
        for nowhere in ("Middle/Earth", "../../etc/passwd", "", "\0"):
            result = drain(box.for_chat(None).call("now", {"timezone": nowhere}))
            assert (result.outcome, "is no time zone" in result.text or "no time zone" in result.text) == (
                "error",
                True,
            )

    def test_may_all_run_twice(self, box: ToolRegistry):
        is_idempotent: Callable[[str], bool] = box.for_chat(None).is_idempotent
        assert all(is_idempotent(name) for name in box.tools())
