"""Inside the sandbox: one query over the workspace's files, through a DuckDB that has read them and can reach none.

Reads `{"query", "n_rows", "n_chars", "count_s", "memory_mb"}`. The files are loaded first, then DuckDB is closed to
every file and that is locked, then the query runs: a SELECT may hold a COPY in a WITH, so its kind alone says little.
"""

import json
import os
import re
import sqlite3
import sys
import threading
from typing import Any

MAX_TABLES, MAX_CELL_CHARS = 500, 300
MAX_UNNAMED_BYTES = 20_000_000
"""Of a file that the query does not name; larger ones are not looked into for it."""
READERS = {
    "csv": "read_csv", "tsv": "read_csv", "parquet": "read_parquet", "json": "read_json_auto",
    "jsonl": "read_json_auto", "ndjson": "read_json_auto",
}  # fmt: skip
ALLOWED = ("SELECT", "EXPLAIN", "MULTI")
"""DuckDB's kinds of statements; MULTI is how it calls a PIVOT."""


class Refused(Exception):
    """Said to the agent as it is."""


class Tables:
    """The workspace's files as tables: what they are called, and which of them are there for a query."""

    def __init__(self, database: Any, query: str):
        self._database, self._query = database, query.lower()
        self.names: list[str] = []
        self.broken: list[str] = []

    def open(self) -> None:
        """Makes a table of each file that the query names, of all small ones where it names none."""
        found = [(path, kind, self._name(path)) for path, kind in files()][:MAX_TABLES]
        self._named = {path for path, _, name in found if self._is_named(path, name)}
        for path, kind, name in found:
            if self._named and path not in self._named:
                self.names.append(name)
                continue
            if not self._named and os.path.getsize(path) > MAX_UNNAMED_BYTES:
                self.names.append(f"{name} (large)")
                continue
            try:
                self._open(path, kind, name)
            except Exception as error:  # noqa: BLE001  a file that is broken takes no other away
                self.broken.append(f"{path} cannot be read: {first_lines(error, 2)}")

    def _name(self, path: str) -> str:
        name = plain_name(os.path.splitext(os.path.basename(path))[0])
        taken = [known.partition(".")[0].lower() for known in self.names]
        return plain_name(path) if name.lower() in taken or self._is_twice(path) else name

    def _is_twice(self, path: str) -> bool:
        stem = os.path.splitext(os.path.basename(path))[0].lower()
        return sum(os.path.splitext(os.path.basename(other))[0].lower() == stem for other, _ in files()) > 1

    def _is_named(self, path: str, name: str) -> bool:
        return name.lower() in self._query or path.lower() in self._query

    def _open(self, path: str, kind: str, name: str) -> None:
        if kind == "sqlite":
            self._open_sqlite(path, name)
        elif kind == "duckdb":
            self._database.execute(f"ATTACH {text(path)} AS {identifier(name)} (READ_ONLY)")
            self.names += [
                f"{name}.{table}"
                for (table,) in self._database.execute(
                    "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [name]
                ).fetchall()
            ]
        else:
            self._database.execute(f"CREATE TABLE {identifier(name)} AS FROM {reader(path, kind)}")
            self._database.execute(f"CREATE VIEW {identifier(path)} AS FROM {identifier(name)}")  # FROM 'sales.csv'
            self.names.append(name)

    def _open_sqlite(self, path: str, name: str) -> None:
        """Copies the tables: DuckDB's own way to SQLite is an extension, which is not at hand without a network."""
        source = sqlite3.connect(f"file:{quoted_path(path)}?mode=ro&immutable=1", uri=True)
        self._database.execute(f"CREATE SCHEMA {identifier(name)}")
        listed = source.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        tables = [table for (table,) in listed if not table.startswith("sqlite_")]
        is_one_named = any(table.lower() in self._query for table in tables)
        for table in tables:
            self.names.append(f"{name}.{table}")
            if table.lower() in self._query or not is_one_named:
                copy_table(source, table, self._database, f"{identifier(name)}.{identifier(table)}")
        source.close()

    def listed(self) -> str:
        """The tables there are, and what is broken, in a sentence each."""
        names = ", ".join(self.names[:100]) or "none; no CSV, TSV, Parquet, JSON or SQLite file is in the workspace"
        return " ".join([f"Tables: {names}.", *self.broken[:5]])


def files() -> list[tuple[str, str]]:
    """(path, kind) of each file that can be a table, by path; links are none."""
    found = []
    for here, folders, names in os.walk("."):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(here, name))
            if not os.path.isfile(path) or os.path.islink(path) or name.startswith("."):
                continue
            ending = os.path.splitext(name)[1].lower().lstrip(".")
            if ending in READERS:
                found.append((path, ending))
            elif ending in ("db", "sqlite", "sqlite3", "duckdb") and (kind := database_kind(path)):
                found.append((path, kind))
    return found


def database_kind(path: str) -> str:
    with open(path, "rb") as file:
        head = file.read(16)
    return "sqlite" if head.startswith(b"SQLite format 3\0") else "duckdb" if head[8:12] == b"DUCK" else ""


def reader(path: str, kind: str) -> str:
    """The call that reads the file, with what its content needs."""
    options = ""
    if READERS[kind] == "read_csv":
        options += ", sample_size=-1" if os.path.getsize(path) <= MAX_UNNAMED_BYTES else ""
        options += ", encoding='latin-1'" if not is_utf8(path) else ""
    literally = re.sub(r"[*?[]", lambda match: f"[{match[0]}]", path)  # a name may look like a pattern
    return f"{READERS[kind]}({text(literally)}{options})"


def is_utf8(path: str) -> bool:
    with open(path, "rb") as file:
        start = file.read(1_000_000)
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4 and len(start) == 1_000_000
    return True


def copy_table(source: sqlite3.Connection, table: str, target: Any, name: str) -> None:
    """Copies a SQLite table with the types that its values have: its declared ones bind nobody there."""
    shown = source.execute(f"SELECT * FROM {identifier(table)} LIMIT 0").description
    columns = [column[0] for column in shown]
    types = [column_type(source, table, column) for column in columns]
    cells = ", ".join(
        f"hex({identifier(column)})" if kind == "BLOB" else f"CAST({identifier(column)} AS TEXT)"
        if kind == "VARCHAR" else identifier(column)
        for column, kind in zip(columns, types, strict=True)
    )  # fmt: skip
    kinds = ["VARCHAR" if kind == "BLOB" else kind for kind in types]
    declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in zip(columns, kinds, strict=True))
    target.execute(f"CREATE TABLE {name} ({declared})")
    rows = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"rows-{os.getpid()}.jsonl")
    try:
        with open(rows, "w", encoding="utf-8", errors="replace") as file:
            for row in source.execute(f"SELECT {cells} FROM {identifier(table)}"):
                file.write(json.dumps({f"c{n}": cell for n, cell in enumerate(row)}) + "\n")
        struct = "{" + ", ".join(f"c{n}: {text(kind)}" for n, kind in enumerate(kinds)) + "}"
        target.execute(f"INSERT INTO {name} FROM read_json({text(rows)}, format='newline_delimited', columns={struct})")
    finally:
        if os.path.exists(rows):
            os.unlink(rows)


def column_type(source: sqlite3.Connection, table: str, column: str) -> str:
    query = f"SELECT DISTINCT typeof({identifier(column)}) FROM {identifier(table)}"
    kinds = {kind for (kind,) in source.execute(query)} - {"null"}
    if kinds == {"integer"}:
        return "BIGINT"
    if kinds and kinds <= {"integer", "real"}:
        return "DOUBLE"
    return "BLOB" if kinds == {"blob"} else "VARCHAR"


def first_lines(error: BaseException, n_lines: int) -> str:
    return " ".join(line.strip() for line in str(error).splitlines()[:n_lines] if line.strip())[:600]


def plain_name(name: str) -> str:
    cleaned = re.sub(r"\W+", "_", name).strip("_") or "file"
    return f"t_{cleaned}" if cleaned[0].isdigit() else cleaned


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quoted_path(path: str) -> str:
    return re.sub(r"[%?#]", lambda match: f"%{ord(match[0]):02x}", path)


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
    rows = relation.limit(n_rows + 1).fetchall()
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
    tables = Tables(database, order["query"])
    try:
        query = the_query(database, order["query"])
        tables.open()
        locked(database)
        return {"text": answered(database, query, order)}
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
