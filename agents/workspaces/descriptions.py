"""What agents and people are told about files: names, sizes, kinds, and what is in a table.

Reads only the kept versions, and of each no more than a little. What it says of a file is a guess from its name and
its first bytes, never a promise. Called by the engine and by `agents.studio.files`.
"""

import csv
import io
import json
import struct
from collections.abc import Sequence
from pathlib import Path

from agents.chats import FileChange
from agents.text.numbers import count_text, size_text
from agents.workspaces.file_names import shown
from agents.workspaces.workspace import Workspace

MAX_DESCRIBED = 50
MAX_READ_BYTES = 16 * 1_048_576
"""Of a file whose rows or entries are counted; of a larger one only the beginning is read."""
MAX_COLUMNS = 40
MAX_COLUMN_CHARS = 40

_KINDS = {
    "csv": "CSV table", "tsv": "TSV table", "json": "JSON", "jsonl": "JSON lines", "txt": "text", "md": "Markdown",
    "py": "Python", "sh": "shell script", "html": "HTML", "htm": "HTML", "pdf": "PDF", "png": "PNG image",
    "jpg": "JPEG image", "jpeg": "JPEG image", "gif": "GIF image", "webp": "WebP image", "svg": "SVG image",
    "parquet": "Parquet table", "xlsx": "Excel workbook", "db": "database", "sqlite": "SQLite database",
    "sqlite3": "SQLite database", "duckdb": "DuckDB database", "zip": "zip archive", "log": "text", "yaml": "YAML",
    "yml": "YAML", "toml": "TOML", "xml": "XML",
}  # fmt: skip

_SEPARATED = {",": "", ";": "; separated by semicolons", "\t": "; separated by tabs", "|": "; separated by |"}


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
    ending = path.rpartition(".")[2].lower()
    with version.open("rb") as file:
        head = file.read(MAX_READ_BYTES)
    is_whole = len(head) < MAX_READ_BYTES or version.stat().st_size == MAX_READ_BYTES
    try:
        match ending:
            case "csv" | "tsv":
                return _table(head, is_whole)
            case "json" if is_whole:
                return _json(head)
            case "jsonl" | "txt" | "md" | "log" | "py":
                return f"{'' if is_whole else 'over '}{count_text(_n_lines(head), 'line')}"
            case "png" | "gif" | "jpg" | "jpeg":
                return _image(head)
    except (ValueError, csv.Error, RecursionError, struct.error, IndexError):
        return ""  # it is not what its name says
    return ""


def _table(head: bytes, is_whole: bool) -> str:
    text = head.decode("utf-8-sig", errors="replace")
    delimiter = delimiter_of(text)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    columns = next(rows, [])
    n_rows = sum(1 for row in rows if row)
    names = [_name(name) for name in columns[:MAX_COLUMNS]]
    more = f" and {len(columns) - MAX_COLUMNS} more" if len(columns) > MAX_COLUMNS else ""
    counted = f"{'' if is_whole else 'over '}{count_text(n_rows, 'row')}"
    return f"{counted}; columns: {', '.join(names)}{more}{_SEPARATED[delimiter]}"


def _name(text: str) -> str:
    return shown(" ".join(text.split())[:MAX_COLUMN_CHARS]) or "(no name)"


def delimiter_of(text: str) -> str:
    """Return what separates the columns of a table: the mark that is most frequent in its first line."""
    first = text.partition("\n")[0]
    return max(_SEPARATED, key=first.count)


def _json(head: bytes) -> str:
    value = json.loads(head)
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        names = [_name(name) for name in list(value)[:MAX_COLUMNS]]
        return f"an object with {', '.join(names)}" if names else "an empty object"
    return ""


def _n_lines(head: bytes) -> int:
    return head.count(b"\n") + (not head.endswith(b"\n") and bool(head))


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
