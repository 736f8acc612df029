"""`list_files`, `read_file` and `write_file` in a real workspace, with paths that mean no good."""

import os

import pytest

from agents.cancellation import drain
from agents.tools import ToolContext, ToolRegistry, ToolResult
from agents.tools.builtin.files import MAX_CHARS, MAX_LISTED
from agents.workspaces import Workspace


@pytest.fixture
def call(plain_context: ToolContext):
    tools = ToolRegistry().for_chat(plain_context)

    def called(name: str, **arguments) -> ToolResult:
        return drain(tools.call(name, arguments))

    return called


class TestListing:
    def test_names_each_file_with_its_size_and_no_link(self, call, workspace: Workspace):
        workspace.write("sub/b.csv", b"x" * 2_048)
        workspace.write("a.txt", b"12")
        os.symlink("/etc/passwd", workspace.files / "link")
        assert call("list_files").text == "a.txt (2 bytes)\nsub/b.csv (2 kB)"

    def test_of_an_empty_workspace_says_so(self, call):
        assert call("list_files").text == "There are no files yet."

    def test_of_very_many_names_the_first_and_counts_the_others(self, call, workspace: Workspace):
        workspace.write("000", b"")
        for n in range(1, MAX_LISTED + 7):
            (workspace.files / f"{n:03}").touch()
        lines = call("list_files").text.splitlines()
        assert (len(lines), lines[-1]) == (MAX_LISTED + 1, "... and 7 more")


class TestReading:
    def test_gives_a_text_whole_also_by_the_name_that_code_uses(self, call, workspace: Workspace):
        workspace.write("a.txt", "\ufeffGrüße\nzwei\n".encode())
        assert call("read_file", path="a.txt").text == "Grüße\nzwei\n"
        assert call("read_file", path="/workspace/a.txt").text == "Grüße\nzwei\n"

    def test_gives_some_lines_and_says_which(self, call, workspace: Workspace):
        workspace.write("n.txt", "".join(f"{n}\n" for n in range(1, 11)).encode())
        assert call("read_file", path="n.txt", first_line=3, n_lines=2).text == "3\n4\n\n[lines 3 to 4 of 10]"
        assert "line 11 is not there" in call("read_file", path="n.txt", first_line=11).text
        assert call("read_file", path="n.txt", first_line=0).outcome == "error"

    def test_of_a_long_text_gives_whole_lines_and_then_goes_on(self, call, workspace: Workspace):
        lines = [f"{n} {'x' * 990}\n" for n in range(100)]
        workspace.write("long.txt", "".join(lines).encode())
        shown, seen, first = "", 0, 1
        while seen < 100:
            text = call("read_file", path="long.txt", first_line=first).text
            part, _, note = text.rpartition("\n[lines ")
            shown += part
            seen = int(note.split()[2])
            first = seen + 1
        assert shown == "".join(lines)

    def test_of_a_line_of_ten_megabytes_gives_its_beginning(self, call, workspace: Workspace):
        workspace.write("line.txt", b"y" * 10_000_000)
        text = call("read_file", path="line.txt").text
        assert text.endswith("[... cut]\n")
        assert MAX_CHARS < len(text) < MAX_CHARS + 100

    def test_of_what_is_no_text_or_empty_says_so(self, call, workspace: Workspace):
        workspace.write("a.png", b"\x89PNG\0\0")
        workspace.write("empty", b"")
        assert "is not a text file (6 bytes)" in call("read_file", path="a.png").text
        assert call("read_file", path="empty").text == "'empty' is empty."

    @pytest.mark.parametrize(
        "path",
        [
            "../secret", "/etc/passwd", "a/../../secret", "link", "folder/passwd", "", ".", "/", "\0", "a\0b", "..",
            "nowhere.txt", "/workspace/../etc/passwd", "/workspace//etc/../../../etc/passwd", "~/x", "x" * 5_000,
            "C:\\Windows\\win.ini", "..\\secret", "file:///etc/passwd", "/proc/self/environ", "pipe",
        ],
    )  # fmt: skip
    def test_never_leaves_the_workspace(self, call, workspace: Workspace, path: str):
        workspace.write("a.txt", b"fine")
        (workspace.files.parent / "secret").write_text("hidden")
        os.symlink(workspace.files.parent / "secret", workspace.files / "link")
        os.symlink("/etc", workspace.files / "folder")
        os.mkfifo(workspace.files / "pipe")
        result = call("read_file", path=path)
        assert result.outcome == "error"
        assert "hidden" not in result.text
        assert "root:" not in result.text


class TestWriting:
    def test_makes_a_file_with_its_folders_and_replaces_one(self, call, workspace: Workspace):
        assert call("write_file", path="out/a.txt", text="one").text == "out/a.txt is written (3 bytes)."
        call("write_file", path="out/a.txt", text="zwei €\ud800")
        assert workspace.read("out/a.txt").decode() == "zwei €?"

    @pytest.mark.parametrize(
        "path", ["../out", "/etc/motd", "link", "folder/x", "", ".", "a\0b", "out/../../../x", "sub", "a\nb", "\x1b[2J"]
    )
    def test_never_leaves_the_workspace_nor_replaces_what_is_no_file(self, call, workspace: Workspace, path: str):
        workspace.write("sub/a.txt", b"fine")
        secret = workspace.files.parent / "secret"
        secret.write_text("hidden")
        os.symlink(secret, workspace.files / "link")
        os.symlink("/tmp", workspace.files / "folder")
        result = call("write_file", path=path, text="mine")
        assert result.outcome == "error"
        assert secret.read_text() == "hidden"
        assert [name for name, _ in workspace.listed()] == ["sub/a.txt"]
        assert "\x1b" not in result.text

    def test_of_too_much_is_refused_in_words(self, call, workspace: Workspace):
        result = call("write_file", path="big.txt", text="x" * (51 * 1024 * 1024))
        assert result.outcome == "error"
        assert "more than 50 MB" in result.text
        assert workspace.listed() == []
