"""`write_report` in a real sandbox: a PDF that holds what the Markdown says, its images, and nothing from elsewhere."""

import base64
import io
import json
import os
import subprocess
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from agents.cancellation import Notice, drain, notice_of
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.values import SETTING_UP, RunResult
from agents.specs import SandboxSpec
from agents.tools import ToolContext, ToolRegistry
from agents.workspaces import Workspace
from tests.support.tool_calls import Call

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
REPORT = """\
# Sales «Q3» – Übersicht

The **total** is *12.5* €, `f(x)` and Привет. <script>alert(1)</script> [a link](https://example.com)

1. First
   - nested

![Sales by region](chart.png)

| Region | Amount |
|--------|-------:|
| north | 1,200 |
| **south** | 3 |

> Quoted.

```python
print("code")
```
"""

CHART = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plot
plot.bar([1], [2])
plot.savefig("chart.png")
"""


@pytest.fixture
def write(call: Call):
    def written(markdown: str, path: str = "report.pdf") -> str:
        result = call("write_report", path=path, markdown=markdown)
        assert result.outcome == "ok", result.text
        return result.text

    return written


def read(workspace: Workspace, path: str = "report.pdf") -> tuple[str, int]:
    """(the text of all pages, number of images) of a PDF."""
    pages = PdfReader(io.BytesIO(workspace.read(path))).pages
    return "\n".join(page.extract_text() for page in pages), sum(len(page.images) for page in pages)


class TestAReport:
    def test_holds_text_tables_code_and_the_images_it_names(
        self, write, workspace: Workspace, sandbox_python: PythonEnvironment
    ):
        subprocess.run([sandbox_python.python, "-c", CHART], cwd=workspace.files, check=True)
        assert write(REPORT).startswith("report.pdf is written (1 page, ")
        text, n_images = read(workspace)
        assert n_images == 1
        for part in ("Sales «Q3» – Übersicht", "The total is 12.5 €", "Привет", "nested", "Sales by region"):
            assert part in text
        for part in ("Region Amount", "north 1,200", "south 3", "Quoted.", 'print("code")', "<script>alert(1)"):
            assert part in text
        assert "**" not in text

    def test_may_lie_in_a_folder_and_is_replaced_when_written_again(self, write, workspace: Workspace):
        write("# One", "out/deep/report.pdf")
        write("# Two", "/workspace/out/deep/report.pdf")
        assert "Two" in read(workspace, "out/deep/report.pdf")[0]
        assert [name for name, _ in workspace.listed()] == ["made.txt", "out/deep/report.pdf"]

    def test_of_many_pages_numbers_them(self, write, workspace: Workspace):
        text = write("\n\n".join(f"## Part {n}\n\n{'word ' * 300}" for n in range(20)))
        n_pages = len(PdfReader(io.BytesIO(workspace.read("report.pdf"))).pages)
        assert n_pages > 3
        assert f"({n_pages} pages" in text

    def test_says_which_signs_its_font_lacks(self, write):
        assert "no sign for 中文" in write("Chinese: 中文")

    @pytest.mark.parametrize("markdown", ["", "|a|\n|-|\n\n![](\n\n<b>\n\n# ", "* " * 500, "a" * 50_000])
    def test_of_odd_markdown_is_written_all_the_same(self, write, workspace: Workspace, markdown: str):
        write(markdown)
        assert workspace.read("report.pdf").startswith(b"%PDF")

    def test_with_a_table_of_many_columns_and_long_words_is_written(self, write, workspace: Workspace):
        row = "|" + "|".join(["w" * 200] * 12) + "|\n"
        write(f"{row}|{'-|' * 12}\n{row}")
        assert workspace.read("report.pdf").startswith(b"%PDF")


class TestImages:
    def test_that_are_none_of_the_workspace_are_named_and_left_out(self, write, workspace: Workspace):
        (workspace.files.parent / "secret.png").write_bytes(PIXEL)
        os.symlink("../secret.png", workspace.files / "link.png")
        workspace.write("broken.png", b"\x89PNG\r\n\x1a\n and no more")
        workspace.write("fine.png", PIXEL)
        reasons = {
            "http://127.0.0.1:1/x.png": "only files of the workspace are shown",
            "https://example.com/x.png": "only files of the workspace are shown",
            "data:image/png;base64,AAAA": "only files of the workspace are shown",
            "/etc/passwd": "there is no such file in the workspace",
            "../secret.png": "there is no such file in the workspace",
            "link.png": "there is no such file in the workspace",
            "gone.png": "there is no such file in the workspace",
            "broken.png": "it cannot be read",
            "made.txt": "only PNG, JPEG, GIF, WebP and BMP are shown",
        }
        text = write("\n\n".join(f"![the {n}]({source})" for n, source in enumerate([*reasons, "fine.png"])))
        said, n_images = read(workspace)
        assert n_images == 1
        for n, (source, why) in enumerate(reasons.items()):
            assert f"The image {source!r} is left out: {why}." in text
            assert f"[the {n}: {why}]" in " ".join(said.split())

    def test_at_addresses_that_no_browser_would_open_are_no_images(self, write, workspace: Workspace):
        write("![a](file:///etc/passwd) ![b](javascript:alert(1))")
        assert read(workspace)[1] == 0


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        ["../out.pdf", "/etc/out.pdf", "a/../../out.pdf", "folder/out.pdf", "a\nb.pdf", "out.txt", "", "sub.pdf"],
    )
    def test_outside_the_workspace_or_of_no_pdf_are_refused(self, call: Call, workspace: Workspace, path: str):
        os.symlink("/tmp", workspace.files / "folder")
        workspace.write("sub.pdf/x.txt", b"")
        result = call("write_report", path=path, markdown="# Mine")
        assert (result.outcome, "Traceback" in result.text) == ("error", False)
        assert [name for name, _ in workspace.listed()] == ["made.txt", "sub.pdf/x.txt"]
        assert not (workspace.files.parent / "out.pdf").exists()
        assert not Path("/tmp/out.pdf").exists()

    def test_that_are_links_are_replaced_and_not_followed(self, write, workspace: Workspace):
        target = workspace.files.parent / "target.pdf"
        target.write_bytes(b"hidden")
        os.symlink(target, workspace.files / "report.pdf")
        write("# Mine")
        assert target.read_bytes() == b"hidden"
        assert workspace.read("report.pdf").startswith(b"%PDF")


def test_without_a_sandbox_no_report_is_written(plain_context: ToolContext):
    result = drain(ToolRegistry().for_chat(plain_context).call("write_report", {"path": "a.pdf", "markdown": "# A"}))
    assert (result.outcome, result.text) == ("error", "write_report failed: It needs a sandbox, and none works here.")


class Preparing(CodeRunner):
    """A sandbox whose Python is being built until somebody has heard of it."""

    def __init__(self) -> None:
        self.has_been_heard = threading.Event()

    def python(self, script: str, **_: Any) -> Generator[str, None, RunResult]:
        yield Notice(f"{SETTING_UP}3 of 25 to go")
        while not self.has_been_heard.is_set():
            yield ""
        yield Notice("")
        yield "what a script prints"
        return RunResult("ok", 0, json.dumps({"text": "report.pdf is written."}), "")


class TestTheFirstReport:
    def test_tells_whoever_watches_that_the_sandboxs_python_is_set_up_and_the_model_does_not_read_it(
        self, workspace: Workspace
    ):
        runner, shown = Preparing(), list[str]()

        def show(piece: str) -> None:
            shown.append(notice_of(piece) or piece)
            if notice_of(piece):
                runner.has_been_heard.set()

        tools = ToolRegistry().for_chat(ToolContext(workspace, runner, SandboxSpec(), "chat1"))
        result = drain(tools.call("write_report", {"path": "report.pdf", "markdown": "# It"}), show)
        assert set(shown) - {""} == {f"{SETTING_UP}3 of 25 to go"}
        assert (result.outcome, result.text) == ("ok", "report.pdf is written.")
