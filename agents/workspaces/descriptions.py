"""What agents and people are told about files: names, sizes, kinds, and what is in a table.

Reads only the kept versions, and of each no more than a little. What it says of a file is a guess from its name and
its first bytes, never a promise. Called by the engine and by `agents.studio.files`.
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from agents.chats import FileChange
from agents.text.numbers import count_text, size_text
from agents.workspaces.charset import charset_of
from agents.workspaces.file_names import shown
from agents.workspaces.tables.encodings import decoded
from agents.workspaces.tables.reader import is_table, tables_in, why_unread
from agents.workspaces.tables.table import NoTableError, Table
from agents.workspaces.workspace import Workspace

MAX_DESCRIBED = 50
MAX_READ_BYTES = 16 * 1_048_576
"""Of a file whose rows or entries are counted; of a larger one only the beginning is read."""
MAX_WORKBOOK_BYTES = 64 * 1_048_576
"""Of a workbook, unpacked; of a larger one only its size is told."""
MAX_SHEETS = 10
MAX_NOTE_CHARS = 200
MAX_COLUMNS = 40
MAX_COLUMN_CHARS = 40

_KINDS = {
    "csv": "CSV table", "tsv": "TSV table", "tab": "TSV table", "xlsm": "Excel workbook", "xls": "old Excel workbook",
    "gz": "packed file", "json": "JSON", "jsonl": "JSON lines", "txt": "text", "md": "Markdown",
    "py": "Python", "sh": "shell script", "html": "HTML", "htm": "HTML", "pdf": "PDF", "png": "PNG image",
    "jpg": "JPEG image", "jpeg": "JPEG image", "gif": "GIF image", "webp": "WebP image", "svg": "SVG image",
    "parquet": "Parquet table", "xlsx": "Excel workbook", "db": "database", "sqlite": "SQLite database",
    "sqlite3": "SQLite database", "duckdb": "DuckDB database", "zip": "zip archive", "log": "text", "yaml": "YAML",
    "yml": "YAML", "toml": "TOML", "xml": "XML",
}  # fmt: skip


def described(changes: Sequence[FileChange], workspace: Workspace) -> str:
    """Return what agents are told of these files, one line each: "- data.csv (CSV table, 2.1 kB): 40 rows; columns: a,
    b"."""
    lines = [_line(change, workspace) for change in changes[:MAX_DESCRIBED]]
    if len(changes) > MAX_DESCRIBED:
        lines.append(f"- and {len(changes) - MAX_DESCRIBED:,} more")
    return "\n".join(lines)


def kind_text(path: str) -> str:
    """Return what a file of that name is, in a word or two."""
    stem, dot, ending = path.rpartition("/")[2].rpartition(".")
    return _KINDS.get(ending.lower(), f"{ending[:10].lower()} file" if dot and stem and ending else "file")


def _line(change: FileChange, workspace: Workspace) -> str:
    if change.change == "removed":
        return f"- {change.path} was removed"
    word = " was changed" if change.change == "changed" else ""
    version = workspace.version(change.sha256)
    inside = _inside(change.path, version) if version else ""
    return f"- {change.path}{word} ({kind_text(change.path)}, {size_text(change.size)})" + (
        f": {inside}" if inside else ""
    )


def _inside(path: str, version: Path) -> str:
    """Return what can be said of the content; "" for nothing."""
    if why := why_unread(path):
        return why
    if is_table(path):
        return _tables(path, version)
    ending = path.rpartition(".")[2].lower()
    with version.open("rb") as file:
        head = file.read(MAX_READ_BYTES)
    is_whole = len(head) < MAX_READ_BYTES or version.stat().st_size == MAX_READ_BYTES
    try:
        match ending:
            case "json" if is_whole:
                return _json(head)
            case "jsonl" | "txt" | "md" | "log" | "py":
                return _lines(head, is_whole)
            case "png" | "gif" | "jpg" | "jpeg":
                return _image(head)
    except (ValueError, RecursionError, struct.error, IndexError):
        return ""  # it is not what its name says
    return ""


def _tables(path: str, version: Path) -> str:
    is_workbook = path.lower().endswith(("xlsx", "xlsm"))
    with version.open("rb") as file:
        try:
            tables = tables_in(path, file, charset_of, MAX_WORKBOOK_BYTES if is_workbook else MAX_READ_BYTES)
        except NoTableError as error:
            return str(error)
    if len(tables) == 1:
        return _table(tables[0])
    more = [f"and {len(tables) - MAX_SHEETS} more sheets"] if len(tables) > MAX_SHEETS else []
    sheets = [
        f"sheet {_name(table.name)}{' (hidden)' if table.is_hidden else ''} has {_table(table)}"
        for table in tables[:MAX_SHEETS]
    ]
    return ". ".join([*sheets, *more])


def _table(table: Table) -> str:
    names = [_name(name) for name in table.columns[:MAX_COLUMNS]]
    more = f" and {len(table.columns) - MAX_COLUMNS} more" if len(table.columns) > MAX_COLUMNS else ""
    counted = f"{'' if table.is_whole else 'over '}{count_text(table.n_rows, 'row')}"
    notes = [shown(" ".join(note.split())[:MAX_NOTE_CHARS]) for note in table.notes]
    return "; ".join([counted, f"columns: {', '.join(names)}{more}", *notes])


def _lines(head: bytes, is_whole: bool) -> str:
    read = decoded(head, charset_of, not is_whole)
    if read is None:
        return ""
    text, encoding = read
    count = count_text(text.count("\n") + (not text.endswith("\n") and bool(text)), "line")
    return "; ".join(part for part in (f"{'' if is_whole else 'over '}{count}", encoding.note) if part)


def _name(text: str) -> str:
    return shown(" ".join(text.split())[:MAX_COLUMN_CHARS]) or "(no name)"


def _json(head: bytes) -> str:
    value = json.loads(head)
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        names = [_name(name) for name in list(value)[:MAX_COLUMNS]]
        return f"an object with {', '.join(names)}" if names else "an empty object"
    return ""


def _image(head: bytes) -> str:
    """Width and height in pixels, from the header alone."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", head[16:24])
    elif head.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack("<HH", head[6:10])
    elif head.startswith(b"\xff\xd8"):
        width, height = _jpeg(head)
    else:
        return ""
    return f"{width} x {height} pixels"


def _jpeg(head: bytes) -> tuple[int, int]:
    position = 2
    while head[position] == 0xFF:
        kind, size = head[position + 1], int.from_bytes(head[position + 2 : position + 4])
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return width, height
        position += 2 + size
    raise ValueError("no size in it")
