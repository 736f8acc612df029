"""Inside the sandbox: the files of the workspace as tables of a DuckDB database, each read as it is.

CSV and its kin and Excel workbooks are read by the studio's own reader, which is sent along; its notes are told with
the result. The others are read by DuckDB. Called by `sql`.
"""

import csv
import io
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, TextIO

from agents.workspaces.tables.conversion import TYPES, OtherKindError, converted
from agents.workspaces.tables.encodings import encoding_of, western
from agents.workspaces.tables.kinds import Kind
from agents.workspaces.tables.layout import kind_notes
from agents.workspaces.tables.reader import is_table, tables_in, why_unread
from agents.workspaces.tables.table import NoTableError, Table

MAX_TABLES = 500
MAX_UNNAMED_BYTES = 20_000_000
"""Of a file that the query does not name; larger ones are not looked into for it."""
CHUNK_CELLS = 200_000
"""Handed to DuckDB at once."""
READERS = {"parquet": "read_parquet", "json": "read_json_auto", "jsonl": "read_json_auto", "ndjson": "read_json_auto"}


class Tables:
    """The workspace's files as tables: what they are called, and which of them are there for a query."""

    def __init__(self, database: Any, query: str, encodings: dict[str, str]):
        self._database, self._query = database, query.lower()
        self._encodings = encodings
        """Path -> the encoding that a text file is probably in, where it is no UTF-8."""
        self.names: list[str] = []
        self.broken: list[str] = []
        self.notes: list[str] = []
        """What is to be told of the tables that the query names: "sales: 2 of 3 rows do not fit: lines 3, 4"."""

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
            except NoTableError as error:
                self.broken.append(f"{path} cannot be read: {error}")
            except Exception as error:  # noqa: BLE001  a file that is broken takes no other away
                self.broken.append(f"{path} cannot be read: {first_lines(error, 2)}")

    def _name(self, path: str) -> str:
        name = plain_name(stem_of(path))
        taken = [known.partition(".")[0].lower() for known in self.names]
        return plain_name(path) if name.lower() in taken or self._is_twice(path) else name

    def _is_twice(self, path: str) -> bool:
        return sum(stem_of(other).lower() == stem_of(path).lower() for other, _ in files()) > 1

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
        elif kind == "table":
            self._open_tables(path, name)
        else:
            self._open_by_duckdb(path, kind, name)

    def _open_tables(self, path: str, name: str) -> None:
        if why := why_unread(path):
            raise NoTableError(why)
        with open(path, "rb") as file:
            tables = tables_in(path, file, lambda sample: self._encodings.get(path) or western(sample))
            if len(tables) == 1:
                self._add(tables[0], name, identifier(name))
                self._database.execute(f"CREATE VIEW {identifier(path)} AS FROM {identifier(name)}")  # FROM 'sales.csv'
                return
            self._database.execute(f"CREATE SCHEMA {identifier(name)}")
            taken: set[str] = set()
            for number, table in enumerate(tables, start=1):
                sheet = table.name if table.name.lower() not in taken else f"{table.name}_{number}"
                taken.add(sheet.lower())
                self._add(table, f"{name}.{quoted_name(sheet)}", f"{identifier(name)}.{identifier(sheet)}")

    def _add(self, table: Table, name: str, target: str) -> None:
        changed = load(self._database, table, target)
        self.names.append(f"{name} (hidden)" if table.is_hidden else name)
        notes = [*table.notes, *changed]
        if notes:
            self.notes.append(f"{name}: {'; '.join(notes)}")

    def _open_by_duckdb(self, path: str, kind: str, name: str) -> None:
        literally = re.sub(r"[*?[]", lambda match: f"[{match[0]}]", path)  # a name may look like a pattern
        call = f"{READERS[kind]}({text(literally)})"
        try:
            self._database.execute(f"CREATE TABLE {identifier(name)} AS FROM {call}")
        except Exception:
            if kind == "parquet":
                raise
            with scratch_file("json") as (clean, file):
                note = clean_json(path, kind, file)
                self._database.execute(f"CREATE TABLE {identifier(name)} AS FROM {READERS[kind]}({text(clean)})")
            self.notes.append(f"{name}: {note}")
        self._database.execute(f"CREATE VIEW {identifier(path)} AS FROM {identifier(name)}")
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
        kinds = "CSV, TSV, Excel, Parquet, JSON or SQLite"
        names = ", ".join(self.names[:100]) or f"none; no {kinds} file is in the workspace"
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
            elif is_table(name) or why_unread(name):
                found.append((path, "table"))
            elif ending in ("db", "sqlite", "sqlite3", "duckdb") and (kind := database_kind(path)):
                found.append((path, kind))
    return found


def database_kind(path: str) -> str:
    with open(path, "rb") as file:
        head = file.read(16)
    return "sqlite" if head.startswith(b"SQLite format 3\0") else "duckdb" if head[8:12] == b"DUCK" else ""


@contextmanager
def scratch_file(ending: str) -> Iterator[tuple[str, TextIO]]:
    """A file outside the workspace: (its path, the file open for writing); gone at the end."""
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"rows-{os.getpid()}.{ending}")
    try:
        with open(path, "w", encoding="utf-8", errors="replace", newline="") as file:
            yield path, file
    finally:
        if os.path.exists(path):
            os.unlink(path)


def load(database: Any, table: Table, target: str) -> list[str]:
    """Make the table `target` of it, each column with the type that all its values have; return what to tell of those
    that are text because of a value further down. When it fails there is no table: an empty one would be believed."""
    try:
        others = filled_from(database, table, table.kinds, target)
        if others:
            kinds = [Kind() if place in others else kind for place, kind in enumerate(table.kinds)]
            database.execute(f"DROP TABLE {target}")
            filled_from(database, table, kinds, target)
        ((n_rows,),) = database.execute(f"SELECT count(*) FROM {target}").fetchall()
        if n_rows != table.n_rows:
            raise NoTableError(f"only {n_rows:,} of its {table.n_rows:,} rows could be loaded.")
    except BaseException:
        database.execute(f"DROP TABLE IF EXISTS {target}")
        raise
    doubts = [replace(Kind(), doubt=f"kept as text for values such as {value[:40]}") for value in others.values()]
    return kind_notes([table.columns[place] for place in others], doubts)


def filled_from(database: Any, table: Table, kinds: list[Kind], target: str) -> dict[int, str]:
    """Make the table and fill it: place -> value of the columns with a value that is of another kind than theirs."""
    declared = [f"{identifier(name)} {TYPES[kind.name]}" for name, kind in zip(table.columns, kinds, strict=True)]
    database.execute(f"CREATE TABLE {target} ({', '.join(declared)})")
    others: dict[int, str] = {}
    rows, n_rows = table.rows(), max(CHUNK_CELLS // len(kinds), 1)
    while chunk := list(islice(rows, n_rows)):
        columns = []
        for place, (values, kind) in enumerate(zip(zip(*chunk, strict=True), kinds, strict=True)):
            try:
                columns.append(converted(values, kind))
            except OtherKindError as error:
                others.setdefault(place, str(error))
                columns.append([""] * len(chunk))
        if not others:
            insert(database, columns, kinds, target)
    return others


LINE_END = re.compile("[\ue000\n\r]")
LINE_ENDS = {"\ue000": "\ue000e", "\n": "\ue000n", "\r": "\ue000r"}
"""Character -> what stands for it on the way: DuckDB's reader loses its way at line ends inside a value."""


def insert(database: Any, columns: list[Any], kinds: list[Kind], target: str) -> None:
    escaped = [
        kind.name == "text" and any(map(LINE_END.search, values)) for values, kind in zip(columns, kinds, strict=True)
    ]
    columns = [
        [LINE_END.sub(lambda found: LINE_ENDS[found[0]], value) for value in values] if is_escaped else values
        for values, is_escaped in zip(columns, escaped, strict=True)
    ]
    types = ", ".join(f"'c{n}': '{TYPES[kind.name]}'" for n, kind in enumerate(kinds))
    cells = [
        f"replace(replace(replace(c{n}, '\ue000n', chr(10)), '\ue000r', chr(13)), '\ue000e', '\ue000')"
        if is_escaped
        else f"c{n}"
        for n, is_escaped in enumerate(escaped)
    ]
    with scratch_file("csv") as (path, file):
        csv.writer(file, lineterminator="\n").writerows(zip(*columns, strict=True))
        file.close()
        line = max(os.path.getsize(path) + 1, 2_097_152)
        form = "auto_detect=false, header=false, delim=',', quote='\"', escape='\"', strict_mode=true, new_line='\\n'"
        database.execute(
            f"INSERT INTO {target} SELECT {', '.join(cells) if any(escaped) else '*'} "
            f"FROM read_csv({text(path)}, {form}, allow_quoted_nulls=true, max_line_size={line}, columns={{{types}}})"
        )


def clean_json(path: str, kind: str, target: TextIO) -> str:
    """Write the JSON of a file that DuckDB did not read, as UTF-8 and without lines that are none: what to tell."""
    with open(path, "rb") as file:
        encoding = encoding_of(file)
        if encoding is None:
            raise NoTableError("it holds no text.")
        lines = io.TextIOWrapper(file, encoding.name, errors="replace")
        if kind == "json":
            json.dump(json.load(lines), target)
            target.close()
            return encoding.note or "read again as UTF-8"
        n, wrong = 0, list[int]()
        for number, line in enumerate(lines, start=1):
            if line.strip():
                n += 1
                try:
                    target.write(json.dumps(json.loads(line)) + "\n")
                except (ValueError, RecursionError):
                    wrong.append(number)
    target.close()
    if n == len(wrong):
        raise NoTableError("none of its lines is JSON.")
    listed = ", ".join(map(str, wrong[:8])) + (", ..." if len(wrong) > 8 else "")
    said = f"{len(wrong):,} of {n:,} lines are no JSON and left out: {'line' if len(wrong) == 1 else 'lines'} {listed}"
    return "; ".join(note for note in (encoding.note, said if wrong else "") if note)


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
    with scratch_file("jsonl") as (path, file):
        for row in source.execute(f"SELECT {cells} FROM {identifier(table)}"):
            file.write(json.dumps({f"c{n}": cell for n, cell in enumerate(row)}) + "\n")
        file.close()
        struct = "{" + ", ".join(f"c{n}: {text(kind)}" for n, kind in enumerate(kinds)) + "}"
        target.execute(f"INSERT INTO {name} FROM read_json({text(path)}, format='newline_delimited', columns={struct})")


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


def stem_of(path: str) -> str:
    """The name of a file without its folder and ending, nor .gz behind that."""
    name = os.path.basename(path)
    return os.path.splitext(name[:-3] if name.lower().endswith(".gz") else name)[0]


def plain_name(name: str) -> str:
    cleaned = re.sub(r"\W+", "_", name).strip("_") or "file"
    return f"t_{cleaned}" if cleaned[0].isdigit() else cleaned


def quoted_name(name: str) -> str:
    """A name as it is written in a query."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else identifier(name)


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quoted_path(path: str) -> str:
    return re.sub(r"[%?#]", lambda match: f"%{ord(match[0]):02x}", path)
