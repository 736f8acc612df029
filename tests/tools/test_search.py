"""`search_files`: what it finds in a chat's files and in which order, and that no name, content or query harms it."""

from pathlib import Path
from typing import Any

import pytest

from agents.cancellation import drain
from agents.specs import SandboxSpec
from agents.tools import ToolContext, ToolRegistry, ToolResult
from agents.workspaces import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, "c1")


@pytest.fixture
def search(workspace: Workspace) -> Any:
    tools = ToolRegistry().for_chat(ToolContext(workspace, None, SandboxSpec()))

    def call(query: Any, **more: Any) -> ToolResult:
        return drain(tools.call("search_files", {"query": query, **more}), lambda piece: None)

    return call


def places(result: ToolResult) -> list[str]:
    """The file:line of each result, best first."""
    assert result.outcome == "ok", result.text
    return [block.splitlines()[0] for block in result.text.split("\n\n")[1:] if not block.startswith("Not searched")]


class TestWhatIsFound:
    def test_is_named_by_file_and_line_with_what_stands_there(self, workspace: Workspace, search: Any) -> None:
        workspace.write("docs/terms.md", b"# Terms\n\nPay within 30 days.\nInvoices are sent by mail.\nThe end.\n")
        result = search("invoice")
        assert places(result) == ["docs/terms.md:4"]
        assert "1 passage of 1 file matches:" in result.text
        assert "  Invoices are sent by mail.\n  The end." in result.text

    def test_comes_in_the_order_of_bm25(self, workspace: Workspace, search: Any) -> None:
        workspace.write("often.txt", b"the refund of a refund: refund\n")
        workspace.write("once.txt", b"one refund among the very many other words of a much longer line of text here\n")
        workspace.write("both.txt", b"a refund for a broken kettle\n")
        workspace.write("none.txt", b"nothing of the kind\n")
        assert places(search("broken kettle refund"))[0] == "both.txt:1"
        assert places(search("refund"))[:1] == ["often.txt:1"]
        assert "none.txt" not in search("refund kettle").text

    def test_counts_lines_over_many_passages(self, workspace: Workspace, search: Any) -> None:
        lines = [f"line {n}" for n in range(1, 1_001)]
        lines[776] = "the needle"
        workspace.write("long.txt", "\n".join(lines).encode())
        assert places(search("needle")) == ["long.txt:777"]

    def test_is_found_by_the_files_name_too(self, workspace: Workspace, search: Any) -> None:
        workspace.write("price_list.txt", b"kettle 12\n")
        workspace.write("empty_prices.txt", b"")
        assert set(places(search("price"))) == {"price_list.txt:1", "empty_prices.txt:1"}

    @pytest.mark.parametrize(
        ("content", "query"),
        [
            ("Die Gebühr beträgt 5 €", "gebuhr"),
            ("請求書を送りました", "請求"),
            ("call get_user_by_id(7)", "get_user_by_id"),
            ("a += b ?? c", "??"),
            ("Lieferscheinnummer", "scheinnum"),
        ],
    )
    def test_knows_accents_identifiers_signs_and_scripts_without_spaces(
        self, content: str, query: str, workspace: Workspace, search: Any
    ) -> None:
        workspace.write("a.txt", f"first\n{content}\n".encode())
        assert places(search(query)) == ["a.txt:2"]

    def test_is_limited_and_says_how_much_there_is(self, workspace: Workspace, search: Any) -> None:
        for n in range(30):
            workspace.write(f"{n:02}.txt", b"same words\n")
        result = search("words", n_results=5)
        assert result.text.startswith("30 passages of 30 files match; the best 5:")
        assert len(places(result)) == 5

    def test_is_shown_around_the_match_where_a_line_is_long(self, workspace: Workspace, search: Any) -> None:
        workspace.write("min.js", b"x " * 20_000 + b"needle " + b"y " * 20_000)
        (block,) = search("needle").text.split("\n\n")[1:]
        assert block.startswith("min.js:1\n")
        assert "needle" in block
        assert len(block) < 400

    def test_is_nothing_in_words(self, workspace: Workspace, search: Any) -> None:
        assert search("needle").text.startswith("Nothing in 0 files matches 'needle'.")


class TestHostileInput:
    @pytest.mark.parametrize(
        "query",
        ['"', '" OR 1=1 --', "text:*", "NEAR(a b)", "a* NOT b", "^a", "'; DROP TABLE passages; --", "{a b}: c", "\x00a",
         "\ud800 a", "(" * 400, "AND OR NOT", "%_\\"],
    )  # fmt: skip
    def test_of_a_query_is_only_text(self, query: str, workspace: Workspace, search: Any) -> None:
        workspace.write("a.txt", b"a b c\n")
        assert search(query).outcome == "ok"

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"query": ""}, "1 to 500 characters"),
            ({"query": "a" * 501}, "1 to 500 characters"),
            ({"query": "a", "n_results": 0}, "1 to 50"),
            ({"query": "a", "n_results": 10**9}, "1 to 50"),
        ],
    )
    def test_of_arguments_is_told_in_words(self, arguments: Any, text: str, search: Any) -> None:
        result = search(**arguments)
        assert (result.outcome, text in result.text) == ("error", True)

    def test_of_files_hides_and_leads_nowhere(self, workspace: Workspace, search: Any, tmp_path: Path) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("needle outside")
        workspace.write("a.txt", "\x01\x02\x1b[31m\u202e needle\rred\r\n".encode())
        (workspace.files / "link.txt").symlink_to(secret)
        (workspace.files / "folder").symlink_to(tmp_path)
        (workspace.files / "na\u202eme\n.txt").write_text("needle named")
        (workspace.files / "raw.bin").write_bytes(b"needle\0\xff")
        result = search("needle")
        assert "outside" not in result.text
        assert not set("\x01\x02\x1b\u202e\r\x00") & set(result.text)
        assert "raw.bin (no text)" in result.text
        assert any(place.startswith("a.txt:1") for place in places(result))

    def test_of_size_is_left_out_and_named(self, workspace: Workspace, search: Any) -> None:
        workspace.write("huge.csv", b"needle," * 800_000)
        workspace.write("small.csv", b"needle\n")
        result = search("needle")
        assert places(result) == ["small.csv:1"]
        assert "Not searched: huge.csv (5.6 MB, too large)." in result.text

    def test_may_be_called_twice_after_a_crash(self) -> None:
        assert ToolRegistry().tools()["search_files"].is_idempotent
