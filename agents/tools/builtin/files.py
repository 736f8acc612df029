"""The tools for a chat's workspace: `list_files`, `read_file` and `write_file`; `sql` and `write_report`.

What a path may be, and how large a file, the workspace decides. `sql` and `write_report` run a script of ours inside
the chat's sandbox: the app itself never parses what people attach and agents make.
"""

import json
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.plain_text import quotable
from agents.text.numbers import size_text
from agents.tools.builtin.sandbox_scripts import script_text
from agents.tools.context import ToolContext
from agents.tools.function import MAX_RESULT_CHARS, idempotent
from agents.workspaces.charset import charsets_in, text_of

MAX_LISTED = 500
MAX_CHARS = MAX_RESULT_CHARS - 500
"""Of a file in one result; whoever wants more asks for further lines."""


@idempotent
def list_files(context: ToolContext) -> str:
    """The files of this chat's workspace with their sizes: what people attached, and what code and tools made."""
    files = context.workspace.listed()
    lines = [f"{path} ({size_text(size)})" for path, size in files[:MAX_LISTED]]
    if len(files) > MAX_LISTED:
        lines.append(f"... and {len(files) - MAX_LISTED:,} more")
    return "\n".join(lines) or "There are no files yet."


@idempotent
def read_file(path: str, context: ToolContext, first_line: int = 1, n_lines: int = 1_000) -> str:
    """Read a text file of the workspace: up to `n_lines` lines from `first_line` (counted from 1) on."""
    if first_line < 1 or n_lines < 1:
        raise UsageError("first_line and n_lines must be 1 or more.")
    content = context.workspace.read(path)
    if (read := text_of(content)) is None:
        raise UsageError(f"{quotable(path)!r} is not a text file ({size_text(len(content))}); run code to read it.")
    text, encoding = read
    note = f"\n[{encoding.note}]" if encoding.note else ""
    lines = text.splitlines(keepends=True)
    if not lines:
        return f"{quotable(path)!r} is empty."
    if first_line > len(lines):
        raise UsageError(f"{quotable(path)!r} has {len(lines):,} lines; line {first_line:,} is not there.")
    shown: list[str] = []
    n_chars = 0
    for line in lines[first_line - 1 : first_line - 1 + n_lines]:
        if shown and n_chars + len(line) > MAX_CHARS:
            break
        shown.append(line if len(line) <= MAX_CHARS else f"{line[:MAX_CHARS]} [... cut]\n")
        n_chars += len(line)
    if len(shown) == len(lines):
        return "".join(shown) + note
    last = first_line - 1 + len(shown)
    return f"{''.join(shown)}\n[lines {first_line:,} to {last:,} of {len(lines):,}]{note}"


@idempotent
def write_file(path: str, text: str, context: ToolContext) -> str:
    """Write a text file into the workspace, for people and for code that runs later. A file of that name is replaced;
    its earlier content stays among the chat's versions."""
    content = text.encode("utf-8", "replace")
    context.workspace.write(path, content)
    return f"{quotable(path)} is written ({size_text(len(content))})."


QUERY_TIMEOUT_S, REPORT_TIMEOUT_S = 30.0, 60.0
MAX_ROWS = 200
MAX_TEXT_CHARS = 100_000


@idempotent
def sql(query: str, context: ToolContext) -> str:
    """Ask the workspace's files with SQL (DuckDB's dialect). Each CSV, TSV, Excel, Parquet, JSON, SQLite or DuckDB file
    is a table named like the file without its ending: `SELECT * FROM sales` asks sales.csv. Tables of a database and
    sheets of a workbook are `<file>.<name>`. SHOW ALL TABLES lists them. One query, which only reads; at most 200 rows
    are shown. Notes say how a table was read, and what is uncertain."""
    order: dict[str, Any] = {"query": query}
    order |= {"n_rows": MAX_ROWS, "n_chars": MAX_RESULT_CHARS - 2_000, "count_s": 5.0}
    order["encodings"] = charsets_in(context.workspace)
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


SANDBOX_TOOLS = frozenset((sql.__name__, write_report.__name__))
"""Tools that run in the sandbox, with its Python."""


def _run_script(script: str, order: dict[str, Any], context: ToolContext, timeout_s: float) -> str:
    """What the script says; UsageError with what kept it from it."""
    result = context.python(script_text(script), stdin=json.dumps(order), timeout_s=timeout_s)
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
