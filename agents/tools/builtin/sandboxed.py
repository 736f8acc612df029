"""`sql` and `write_report`: tools whose work is done by a script of ours inside the chat's sandbox.

The app itself never parses what people attach and agents make. Called by `ToolRegistry` as built-in tools.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.tools.context import ToolContext
from agents.tools.function import MAX_RESULT_CHARS, idempotent

QUERY_TIMEOUT_S, REPORT_TIMEOUT_S = 30.0, 60.0
MAX_ROWS = 200
MAX_TEXT_CHARS = 100_000
SCRIPTS = Path(__file__).with_name("scripts")


@idempotent
def sql(query: str, context: ToolContext) -> str:
    """Ask the workspace's files with SQL (DuckDB's dialect). Each CSV, TSV, Parquet, JSON, SQLite or DuckDB file is a
    table named like the file without its ending: `SELECT * FROM sales` asks sales.csv. Tables of a database are
    `<file>.<table>`. SHOW ALL TABLES lists them. One query, which only reads; at most 200 rows are shown."""
    order = {"query": query, "n_rows": MAX_ROWS, "n_chars": MAX_RESULT_CHARS - 2_000, "count_s": 5.0}
    order["memory_mb"] = context.sandbox.memory_mb * 6 // 10  # the rest is Python's and DuckDB's own
    return _run_script("sql", order, context, min(QUERY_TIMEOUT_S, context.sandbox.timeout_s))


@idempotent
def write_report(path: str, markdown: str, context: ToolContext) -> str:
    """Write a report as a PDF file (such as report.pdf) into the workspace, from Markdown: headings, lists, tables,
    code, and images of the workspace by their path, as ![Sales by region](chart.png)."""
    if not path.lower().endswith(".pdf"):
        raise UsageError(f"A report is a PDF; name it so, such as {Path(path).stem[:60] or 'report'}.pdf.")
    if len(markdown) > MAX_TEXT_CHARS:
        raise UsageError(f"The report has {len(markdown):,} characters; at most {MAX_TEXT_CHARS:,} are allowed.")
    return _run_script("report", {"path": path, "markdown": markdown}, context, REPORT_TIMEOUT_S)


def _run_script(script: str, order: dict[str, Any], context: ToolContext, timeout_s: float) -> str:
    """What the script says; UsageError with what kept it from it."""
    result = context.python(_source(script), stdin=json.dumps(order), timeout_s=timeout_s)
    lines = result.output.strip().splitlines()
    try:
        reply = json.loads(lines[-1]) if lines and result.outcome == "ok" else {}
    except ValueError:
        reply = {}
    if isinstance(reply, dict) and isinstance(reply.get("text"), str):
        return str(reply["text"])
    if isinstance(reply, dict) and reply.get("error"):
        raise UsageError(str(reply["error"]))
    raise UsageError(result.text or f"The sandbox gave no result. {lines[-1][:500] if lines else ''}".strip())


@cache
def _source(script: str) -> str:
    return (SCRIPTS / f"{script}.py").read_text(encoding="utf-8")
