"""`sql` over a real workspace, in a real sandbox: what is a table, what is shown, and queries that mean no good."""

import json
import os
import sqlite3
import subprocess
import threading
import time

import pytest

from agents.cancellation import drain
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.selection import Off
from agents.specs import SandboxSpec
from agents.tools import ToolContext, ToolRegistry
from agents.tools.builtin.sandbox_scripts import importer
from agents.workspaces import Workspace
from tests.support.sandbox import sandboxed
from tests.support.tool_calls import Call, CallOf
from tests.support.waiting import allowed_s

SALES = b"region,amount,day\nnorth,12.5,2026-01-02\nsouth,3,2026-01-03\n"

NO_QUERIES = """
COPY sales TO 'out.csv'
COPY (SELECT 1) TO '/etc/out.csv'
ATTACH 'out.db'
DETACH workspace
USE memory
INSTALL httpfs
LOAD httpfs
SET enable_external_access = true
RESET lock_configuration
PRAGMA version
CALL force_checkpoint()
CREATE TABLE x AS SELECT 1
CREATE MACRO f(a) AS a
CREATE SECRET s (TYPE s3)
ALTER TABLE sales ADD COLUMN x INT
INSERT INTO sales VALUES ('x', 1, NULL)
UPDATE sales SET amount = 1
DELETE FROM sales
DROP TABLE sales
EXPORT DATABASE 'out'
IMPORT DATABASE 'out'
PREPARE p AS SELECT 1
EXECUTE p
BEGIN
VACUUM
CHECKPOINT
SELECT 1; SELECT 2
;
-- nothing
""".splitlines()
PASSING = """
import sys, duckdb
from agents.tools.builtin.scripts import sql
for query in sys.argv[1:]:
    try:
        print(sql.the_query(duckdb.connect(), query))
    except (sql.Refused, duckdb.Error):
        continue
"""
"""Prints the statements that the script would run."""


@pytest.fixture
def ask(call: Call, workspace: Workspace):
    """The result of a query; asserts that it was answered."""
    workspace.write("sales.csv", SALES)

    def asked(query: str) -> str:
        result = call("sql", query=query)
        assert result.outcome == "ok", result.text
        return result.text

    return asked


@pytest.fixture
def refused(call: Call, workspace: Workspace):
    """Why a query was not answered."""
    workspace.write("sales.csv", SALES)

    def asked(query: str) -> str:
        result = call("sql", query=query)
        assert result.outcome == "error", result.text
        assert result.text.startswith("sql failed: ")
        assert "Traceback" not in result.text
        return result.text

    return asked


def made_by(workspace: Workspace, python: PythonEnvironment, script: str) -> None:
    """Lets the sandbox's Python make files in the workspace."""
    subprocess.run([python.python, "-c", script], cwd=workspace.files, check=True)


class TestTables:
    def test_a_csv_file_is_one_named_like_it(self, ask):
        text = ask("SELECT region, amount FROM sales ORDER BY amount;")
        assert text == "2 rows:\nregion (VARCHAR) | amount (DOUBLE)\nsouth | 3.0\nnorth | 12.5"
        assert ask("FROM 'sales.csv' LIMIT 1").endswith("north | 12.5 | 2026-01-02")

    def test_json_parquet_and_files_in_folders_are_ones_too(self, ask, workspace, sandbox_python):
        workspace.write("events.jsonl", b'{"a": 1}\n{"a": 2}\n')
        workspace.write("list.json", json.dumps([{"b": "x"}]).encode())
        workspace.write("in/deep.tsv", b"c\td\n1\t2\n")
        made_by(
            workspace, sandbox_python, "import duckdb; duckdb.sql('select 7 as e').write_parquet('numbers.parquet')"
        )
        assert ask("SELECT sum(a), max(b), max(d), max(e) FROM events, list, deep, numbers").endswith("\n3 | x | 2 | 7")

    def test_those_of_databases_are_named_with_their_file(self, ask, workspace, sandbox_python):
        with sqlite3.connect(workspace.files / "shop.db") as shop:
            shop.execute("CREATE TABLE orders (id INTEGER, name TEXT, odd)")
            shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(1, "a", 1.5), (2, None, "\\N"), (3, "ü", "x")])
        shop.close()
        made_by(
            workspace,
            sandbox_python,
            "import duckdb; duckdb.connect('lake.duckdb').sql('create table t as select 5 v')",
        )
        assert ask("SELECT * FROM shop.orders").splitlines()[2:] == ["1 | a | 1.5", "2 | NULL | \\N", "3 | ü | x"]
        assert ask("SELECT v FROM lake.t").endswith("\n5")

    def test_names_that_are_no_words_or_twice_there_can_be_told_apart(self, ask, workspace: Workspace):
        for name in ("2026 (final) [1].csv", "a'b;drop.csv", "twin.csv", "twin.json"):
            workspace.write(name, b'{"x": 1}' if name.endswith("json") else b"x\n1\n")
        tables = ask("SHOW TABLES")
        for name in ("t_2026_final_1", "a_b_drop", "twin_csv", "twin_json"):
            assert f"\n{name}\n" in f"{tables}\n"
            assert ask(f"SELECT x FROM {name}").endswith("\n1")

    def test_a_csv_file_of_another_encoding_is_read(self, ask, workspace: Workspace):
        workspace.write("orte.csv", "ort;plz\nKöln;50667\n".encode("latin-1"))
        assert ask("SELECT ort FROM orte").endswith("\nKöln")

    def test_a_broken_file_is_named_and_takes_no_other_away(self, ask, refused, workspace: Workspace):
        workspace.write("broken.parquet", b"PAR1 and no more")
        workspace.write("fake.db", b"SQLite format 3\0" + b"\xff" * 5_000)
        workspace.write("empty.json", b"{")
        assert "2 rows" in ask("SELECT * FROM sales")
        assert "broken.parquet cannot be read" in refused("SELECT * FROM broken")
        assert "fake.db cannot be read" in refused("SELECT * FROM fake.t")
        assert "sales" in ask("SHOW TABLES")

    def test_a_table_or_column_that_is_not_there_is_answered_with_those_there_are(self, refused, workspace):
        workspace.write("other.csv", b"x\n1\n")
        assert refused("SELECT * FROM nothing").endswith("Tables: other, sales.")
        assert "amount" in refused("SELECT amont FROM sales")


class TestWhatIsShown:
    def test_at_most_200_rows_with_how_many_there_are(self, ask):
        lines = ask("SELECT * FROM range(1234567)").splitlines()
        assert lines[0] == "1,234,567 rows; the first 200 are shown:"
        assert (len(lines), lines[-1]) == (202, "199")

    def test_more_rows_than_can_be_counted_soon_are_said_to_be_more(self, ask):
        text = ask("SELECT a.range AS x FROM range(100000) a, range(100000) b, range(100000) c")
        assert text.startswith("more than 200 rows; the first 200 are shown:")

    def test_long_cells_lines_and_wide_rows_are_cut(self, ask):
        text = ask("SELECT repeat('x', 1000000) AS long, 'a\nb|c' AS odd, NULL AS none FROM range(150)")
        assert len(text) < 20_000
        assert "…" in text
        assert "a b\\|c | NULL" in text
        assert "150 rows; the first" in text

    def test_a_full_result_in_any_script_is_shown(self, ask, workspace: Workspace):
        workspace.write("names.csv", f"name\n{chr(10).join(['漢字😀' * 22 + chr(0x2028) + '.'] * 190)}\n".encode())
        text = ask("SELECT * FROM names")
        assert "\n190 rows:\n" in text
        assert text.endswith("漢字😀 .")

    def test_a_time_with_its_zone_is_shown_and_equal_names_are_two_columns(self, ask):
        text = ask("SELECT timestamptz '2024-05-01 12:00:00Z' AS at, [now()] IS NULL AS at FROM range(1)")
        assert text.splitlines()[-1] == "2024-05-01 12:00:00+00 | False"

    def test_a_plan_is_drawn_line_by_line(self, ask):
        lines = ask("EXPLAIN SELECT amount + 1 FROM sales").splitlines()
        assert "Projection" in lines[0]
        assert len(lines) > 3

    def test_summaries_pivots_and_windows_are_queries_too(self, ask):
        assert "amount" in ask("SUMMARIZE sales")
        assert "amount" in ask("DESCRIBE sales")
        assert "north" in ask("PIVOT sales ON region USING sum(amount)")
        assert ask("SELECT rank() OVER (ORDER BY amount) AS r FROM sales LIMIT 1").endswith("\n1")


class TestQueriesThatMeanNoGood:
    @pytest.mark.parametrize("query", ["COPY sales TO 'out.csv'", "ATTACH 'out.db'", "SELECT 1; SELECT 2", ""])
    def test_what_is_no_query_is_refused(self, refused, workspace: Workspace, query: str):
        text = refused(query)
        assert "is not a query" in text or "one query at a time" in text
        assert [name for name, _ in workspace.listed()] == ["made.txt", "sales.csv"]

    def test_no_statement_but_a_query_passes(self, sandbox_python: PythonEnvironment):
        done = subprocess.run(
            [sandbox_python.python, "-I", "-c", importer() + PASSING, *NO_QUERIES, "SELECT 1"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines() == ["SELECT 1"]

    @pytest.mark.parametrize(
        "query",
        [
            "WITH x AS (COPY (SELECT 1) TO 'out.csv') SELECT 1",
            "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
            "WITH x AS (COPY (SELECT 'mine') TO 'sales.csv') SELECT 1",
            "SELECT * FROM query('COPY (SELECT 1) TO ''out.csv''')",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM read_csv('/etc/passwd')",
            "FROM '/etc/passwd'",
            "SELECT * FROM read_blob('/proc/self/environ')",
            "SELECT * FROM read_text('/proc/1/environ')",
            "SELECT * FROM glob('/**')",
            "SELECT * FROM read_text('link')",
            "FROM 'link.csv'",
            "FROM 'https://example.com/x.csv'",
            "FROM 's3://bucket/x.parquet'",
            "SELECT * FROM sqlite_scan('/etc/x.db', 't')",
            "SELECT getenv('HOME')",
            "SELECT * FROM pandas_object",
            "SELECT * FROM order",
        ],
    )
    def test_no_file_is_written_and_none_outside_is_read(self, refused, workspace: Workspace, query: str):
        workspace.write("a.txt", b"")
        secret = workspace.files.parent / "secret.csv"
        secret.write_text("a\nhidden\n")
        os.symlink(secret, workspace.files / "link.csv")
        os.symlink(secret, workspace.files / "link")
        text = refused(query)
        assert "hidden" not in text
        assert "root:" not in text
        assert [name for name, _ in workspace.listed()] == ["a.txt", "made.txt", "sales.csv"]
        assert workspace.read("sales.csv") == SALES

    def test_one_that_changes_its_copy_of_a_table_changes_no_file(self, ask, workspace: Workspace):
        ask("WITH x AS (INSERT INTO sales VALUES ('west', 1, NULL) RETURNING *) SELECT * FROM x")
        assert workspace.read("sales.csv") == SALES
        assert "2 rows" in ask("SELECT * FROM sales")

    def test_one_that_never_ends_is_ended(self, workspace: Workspace, sandbox):
        workspace.write("sales.csv", SALES)
        spec = SandboxSpec(timeout_s=2)
        context = ToolContext(workspace, CodeRunner(sandbox, workspace.run_folders(), spec), spec)
        query = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 1"
        result = drain(ToolRegistry().for_chat(context).call("sql", {"query": query}))
        assert result.outcome == "error"
        assert "2 s" in result.text
        assert result.duration_s < allowed_s(15)

    def test_one_that_wants_all_memory_ends_in_words(self, workspace: Workspace, sandbox):
        workspace.write("sales.csv", SALES)
        spec = SandboxSpec(timeout_s=20, memory_mb=256)
        context = ToolContext(workspace, CodeRunner(sandbox, workspace.run_folders(), spec), spec)
        query = "SELECT list(range) FROM range(1000000000)"
        result = drain(ToolRegistry().for_chat(context).call("sql", {"query": query}))
        assert result.outcome == "error"
        assert "memory" in result.text.lower()
        assert result.duration_s < allowed_s(25)


class TestAQueryThatIsGivenUp:
    def test_ends_at_once_with_all_it_started(self, call_of: CallOf, workspace: Workspace):
        query = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 1"
        asking = call_of("sql", query=query)
        while len(sandboxed(workspace.files)) < 2:
            assert next(asking) == ""
        start = time.monotonic()
        asking.close()
        while sandboxed(workspace.files):
            assert time.monotonic() - start < allowed_s(1)
            threading.Event().wait(0.01)


class TestWithoutASandbox:
    def test_nothing_is_asked_and_the_agent_reads_why(self, plain_context: ToolContext, workspace: Workspace):
        result = drain(ToolRegistry().for_chat(plain_context).call("sql", {"query": "SELECT 1"}))
        assert (result.outcome, result.text) == (
            "error",
            "sql failed: It needs a sandbox, and none works here.",
        )
        workspace.write("a.csv", SALES)
        runner = CodeRunner(Off(), workspace.run_folders(), SandboxSpec())
        result = drain(
            ToolRegistry().for_chat(ToolContext(workspace, runner, SandboxSpec())).call("sql", {"query": "SELECT 1"})
        )
        assert result.outcome == "error"
        assert len(result.text) > 40
