"""What tools print: in the log, line by line, and never on standard output, which may be JSON."""

import logging
import sys
import threading
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.tools import FunctionTool, ToolRegistry
from agents.tools.stdout_capture import MAX_LINE_CHARS


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture):
    """What was logged as printed so far."""
    caplog.set_level(logging.INFO, logger="agents.tools.stdout_capture")
    return lambda: [record.getMessage() for record in caplog.records]


class TestWhatAToolPrints:
    def test_goes_to_the_log_and_not_to_standard_output(self, lines, capsys: pytest.CaptureFixture[str]):
        def talks() -> str:
            """Talk."""
            print("one", "two")
            sys.stdout.write("three\nfour")
            sys.stdout.writelines(["five", "\n"])
            sys.stdout.flush()
            return "result"

        assert drain(FunctionTool(talks).call({})).text == "result"
        assert capsys.readouterr().out == ""
        assert lines() == ["talks printed: one two", "talks printed: three", "talks printed: fourfive"]

    def test_before_it_fails_is_kept(self, lines, capsys: pytest.CaptureFixture[str]):
        def fails() -> None:
            """Fail."""
            print("about to fail", end="")
            raise RuntimeError("so")

        assert drain(FunctionTool(fails).call({})).outcome == "error"
        assert (capsys.readouterr().out, lines()) == ("", ["fails printed: about to fail"])

    def test_without_end_is_cut_and_half_characters_harm_nothing(self, lines, capsys: pytest.CaptureFixture[str]):
        def floods() -> None:
            """Flood."""
            print("x" * 50_000)
            print("\ud800")

        drain(FunctionTool(floods).call({}))
        assert capsys.readouterr().out == ""
        assert lines() == [f"floods printed: {'x' * MAX_LINE_CHARS}", "floods printed: \\ud800"]

    def test_of_very_much_its_beginning_is_kept(self, lines, capsys: pytest.CaptureFixture[str]):
        def floods() -> None:
            """Flood."""
            for _ in range(1_000):
                print("y" * 1_000)

        drain(FunctionTool(floods).call({}))
        assert capsys.readouterr().out == ""
        assert len(lines()) == 201
        assert lines()[-1] == "floods printed more than is kept (200,000 characters)"

    def test_leaves_what_others_print_meanwhile_where_it_was(self, lines, capsys: pytest.CaptureFixture[str]):
        is_printing, may_end = threading.Event(), threading.Event()

        def waits() -> None:
            """Wait."""
            print("inner", end="")
            is_printing.set()
            may_end.wait(10)

        thread = threading.Thread(target=lambda: drain(FunctionTool(waits).call({})))
        thread.start()
        assert is_printing.wait(10)
        print("outer")
        may_end.set()
        thread.join()
        assert capsys.readouterr().out == "outer\n"
        assert lines() == ["waits printed: inner"]

    def test_at_its_import_goes_to_the_log_too(self, lines, capsys: pytest.CaptureFixture[str], tmp_path: Path):
        (tmp_path / "loud.py").write_text('print("hello")\ndef f() -> int:\n    """F."""\n    return 1\n')
        assert "f" in ToolRegistry(tmp_path).tools()
        assert (capsys.readouterr().out, lines()) == ("", ["loud.py printed: hello"])
