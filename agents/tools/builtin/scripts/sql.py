"""Inside the sandbox: one query over the workspace's files, through a DuckDB that has read them and can reach none.

Reads `{"query", "n_rows", "n_chars", "count_s", "memory_mb", "encodings"}`. The files are loaded first
(`workspace_tables`), then DuckDB is closed to every file and that is locked, then the query runs: a SELECT may hold a
COPY in a WITH, so its kind alone says little.
"""

import json
import re
import sys
import threading
from itertools import count
from typing import Any

from agents.tools.builtin.scripts.workspace_tables import Tables, first_lines

MAX_CELL_CHARS = 300
ALLOWED = ("SELECT", "EXPLAIN", "MULTI")
"""DuckDB's kinds of statements; MULTI is how it calls a PIVOT."""


class Refused(Exception):
    """Said to the agent as it is."""


def locked(database: Any) -> None:
    """From here on no file can be read or written, and none of this can be set otherwise."""
    database.execute("SET enable_external_access = false")
    database.execute("SET python_enable_replacements = false")
    database.execute("SET enable_progress_bar = false")
    database.execute("SET lock_configuration = true")


def the_query(database: Any, query: str) -> str:
    """The one statement; Refused when it is not one that only reads."""
    statements = database.extract_statements(query)
    if len(statements) != 1:
        raise Refused(f"Found {len(statements)} statements; write one query at a time.")
    kind = statements[0].type.name
    if kind not in ALLOWED:
        raise Refused(f"{kind.replace('_', ' ')} is not a query. Only SELECT and the like; nothing can be changed.")
    return str(statements[0].query).strip().rstrip(";")


def answered(database: Any, query: str, limits: dict[str, Any]) -> str:
    """The rows as text, with how many there are."""
    relation = database.sql(query)
    if relation is None:
        return "No rows."
    if relation.columns[:1] == ["explain_key"]:
        return "\n".join(str(row[-1]) for row in relation.fetchall())
    n_rows = int(limits["n_rows"])
    heads = [f"{name} ({kind})" for name, kind in zip(relation.columns, map(str, relation.types), strict=True)]
    rows = relation.limit(n_rows + 1).project(", ".join(map(as_read, count(1), relation.types))).fetchall()
    lines, n_chars = [" | ".join(map(cell_text, heads))], 0
    for row in rows[:n_rows]:
        line = " | ".join(cell_text(cell) for cell in row)
        n_chars += len(line) + 1
        if n_chars > int(limits["n_chars"]):
            break
        lines.append(line[: int(limits["n_chars"])])
    n_shown = len(lines) - 1
    if len(rows) <= n_rows:
        total = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    else:
        total = counted(database, relation, float(limits["count_s"])) or f"more than {n_rows:,} rows"
    shown = f"{total}:" if n_shown == len(rows) else f"{total}; the first {n_shown:,} are shown:"
    return "\n".join([shown, *lines])


def as_read(number: int, kind: Any) -> str:
    """The column of that number as it is fetched: a time with its zone as text, for which DuckDB needs nothing else."""
    return f"#{number}::VARCHAR" if "TIME ZONE" in str(kind) else f"#{number}"


def told(notes: list[str]) -> list[str]:
    """What is told of the tables, a line each, shortened."""
    shown = [cell_text(note) for note in notes[:10]]
    return [f"Note on {note}" for note in shown]


def counted(database: Any, relation: Any, within_s: float) -> str:
    """How many rows there are; "" when counting takes too long."""
    import duckdb

    timer = threading.Timer(within_s, database.interrupt)
    timer.start()
    try:
        ((count,),) = relation.aggregate("count(*)").fetchall()
        return f"{count:,} rows"
    except duckdb.InterruptException:
        return ""
    finally:
        timer.cancel()


def cell_text(cell: Any) -> str:
    said = "NULL" if cell is None else cell.hex() if isinstance(cell, bytes) else str(cell)
    said = " ".join(said[: 2 * MAX_CELL_CHARS].split()).replace("|", "\\|")
    return said if len(said) <= MAX_CELL_CHARS else said[:MAX_CELL_CHARS] + "…"


def main() -> dict[str, str]:
    order = json.load(sys.stdin)
    try:
        import duckdb
    except ImportError:
        return {"error": "DuckDB is not in the sandbox's Python; its packages are not installed (see Settings)."}
    settings = {
        "threads": "2",
        "memory_limit": f"{order.get('memory_mb', 512)}MiB",
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
    }
    database = duckdb.connect(":memory:", config={**settings, "autoload_known_extensions": "false"})
    database.execute("ATTACH ':memory:' AS workspace (COMPRESS)")
    database.execute("USE workspace")
    tables = Tables(database, order["query"], order.get("encodings", {}))
    try:
        query = the_query(database, order["query"])
        tables.open()
        locked(database)
        return {"text": "\n".join([*told(tables.notes), answered(database, query, order)])}
    except Refused as refused:
        return {"error": str(refused)}
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        return {"error": f"{first_lines(error, 6)} {tables.listed()}"}
    except (duckdb.OutOfMemoryException, MemoryError):
        return {"error": "The query needs more memory than the sandbox has. Ask for less: filter or group earlier."}
    except duckdb.PermissionException as error:
        return {"error": f"{first_lines(error, 2)}. A query reads tables, no files. {tables.listed()}"}
    except duckdb.Error as error:
        return {"error": " ".join([first_lines(error, 6), *tables.broken[:5]])}


def line(result: dict[str, str]) -> str:
    """The result as one line of JSON with characters as they are: written as \\uXXXX, many languages would be six times
    as long, and too much to print."""
    written = json.dumps(result, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", written)


if __name__ == "__main__":
    sys.stdout.buffer.write(line(main()).encode() + b"\n")
