"""`sql` over tables as programs and people really write them: the right figures, and what is uncertain is told."""

import subprocess

import pytest

from agents.sandbox.python_env import PythonEnvironment
from agents.workspaces import Workspace
from tests.support.odd_tables import NO_TABLES, ODD_TABLES
from tests.support.tool_calls import Call
from tests.support.workbooks import MAKE_WORKBOOK


def name_of(file: str) -> str:
    """The table's name."""
    return file.removesuffix(".gz").partition(".")[0]


class TestOddTables:
    @pytest.mark.parametrize("part", range(4))
    def test_are_counted_and_summed_right(self, call: Call, workspace: Workspace, part: int):
        tables = [odd for odd in ODD_TABLES[part::4] if odd.name != "wide.csv"]
        for odd in tables:
            workspace.write(odd.name, odd.content)
        query = " UNION ALL ".join(
            f"SELECT '{odd.name}' AS file, count(*) AS n, CAST({odd.sql} AS VARCHAR) AS answer FROM {name_of(odd.name)}"
            for odd in tables
        )
        result = call("sql", query=query)
        assert result.outcome == "ok", result.text
        found = dict(line.split(" | ", 1) for line in result.text.splitlines() if line.count(" | ") == 2)
        expected = {odd.name: f"{odd.n_rows} | {odd.answer}" for odd in tables}
        assert {
            name: found.get(name, "").replace("true", "True").replace("false", "False") for name in expected
        } == expected

    def test_with_ten_thousand_columns_are_asked_too(self, call: Call, workspace: Workspace):
        (odd,) = [odd for odd in ODD_TABLES if odd.name == "wide.csv"]
        workspace.write(odd.name, odd.content)
        result = call("sql", query="SELECT c9999 FROM wide")
        assert result.text.endswith("\n19999"), result.text

    def test_are_told_with_what_is_uncertain(self, call: Call, workspace: Workspace):
        workspace.write("ragged.csv", b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n")
        workspace.write("late.csv", b"a,b\n" + b"1,2\n" * 30_000 + b"x,3\n")
        text = call("sql", query="SELECT * FROM ragged").text
        assert text.splitlines()[0] == "Note on ragged: 2 of 3 rows do not fit: lines 3, 4"
        assert "Note on late: a: kept as text for values such as x" in call("sql", query="SELECT * FROM late").text

    def test_those_that_cannot_be_read_are_named_with_why(self, call: Call, workspace: Workspace):
        for name, content, _ in NO_TABLES:
            workspace.write(name, content)
        result = call("sql", query="SELECT * FROM old")
        assert "old.xls cannot be read: It is an old Excel file (.xls), which is not read." in result.text

    def test_lines_of_json_that_are_none_take_no_others_away(self, call: Call, workspace: Workspace):
        workspace.write("events.jsonl", '{"a": "ä"}\n{"a": \nno\n{"a": "z"}\n'.encode("utf-16"))
        result = call("sql", query="SELECT count(*) AS n, min(a) FROM events")
        assert "2 of 4 lines are no JSON and left out: lines 2, 3" in result.text
        assert result.text.endswith("2 | z")


class TestWorkbooks:
    def test_each_sheet_is_a_table(self, call: Call, workspace: Workspace, sandbox_python: PythonEnvironment):
        subprocess.run([sandbox_python.python, "-c", MAKE_WORKBOOK], cwd=workspace.files, check=True)
        text = call("sql", query='SELECT sum(amount), max(day), max("at"), bool_and(ok) FROM book.Sales').text
        assert text.endswith("\n15.5 | 2026-01-03 | 2026-01-03 09:00:05 | False")
        assert "1 merged area: the value stands in the first cell of each" in text
        assert call("sql", query='SELECT sum("sum") FROM book."Costs 2026"').text.endswith("\n1000.1")
        assert 'book."Costs 2026"' in call("sql", query="SELECT * FROM nothing").text
        assert "book.Old (hidden)" in call("sql", query="SELECT * FROM nothing").text

    def test_one_sheet_alone_is_named_like_the_file(self, call: Call, workspace: Workspace, sandbox_python):
        rows = "[book.active.append(row) for row in (['x'], [4], [5])]"
        script = f"import openpyxl; book = openpyxl.Workbook(); {rows}; book.save('one.xlsx')"
        subprocess.run([sandbox_python.python, "-c", script], cwd=workspace.files, check=True)
        assert call("sql", query="SELECT sum(x) FROM one").text.endswith("\n9")
        assert call("sql", query="SELECT sum(x) FROM 'one.xlsx'").text.endswith("\n9")
