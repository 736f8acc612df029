"""What a file is shown as: an image, a table, text, a PDF, a plotly chart or nothing; and what changed in it.

Reads only the beginning of a version, within stated limits, and believes its first bytes more than its name. Text comes
back as text: nothing makes HTML. Of an HTML file that `plotly.io.write_html` wrote, the chart's data is read; what
draws it there is agents' code, and is never run. Called by `agents.studio.files` and the file route.
"""

import difflib
import json
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from agents.plain_text import shorten
from agents.workspaces.charset import charset_of
from agents.workspaces.tables.encodings import decoded
from agents.workspaces.tables.reader import tables_in, why_unread
from agents.workspaces.tables.table import NoTableError

Shown = Literal["image", "table", "text", "pdf", "chart", "none"]

MAX_TEXT_BYTES = 200_000
MAX_LINE_CHARS = 2_000
MAX_TABLE_BYTES = 2_000_000
MAX_WORKBOOK_BYTES = 64_000_000
"""Of a workbook, unpacked."""
MAX_ROWS = 200
MAX_COLUMNS = 50
MAX_CELL_CHARS = 300
MAX_JSON_BYTES = 200_000

_ENDINGS: dict[Shown, str] = {
    "image": "png jpg jpeg gif webp svg",
    "table": "csv tsv tab xlsx xlsm",
    "pdf": "pdf",
    "chart": "html htm",
    "none": "parquet xls xlsb ods db sqlite sqlite3 duckdb zip gz tar pickle pkl npy",
}
_SHOWN = {ending: shown for shown, endings in _ENDINGS.items() for ending in endings.split()}
_LANGUAGES = {
    "py": "python", "sh": "bash", "json": "json", "jsonl": "json", "md": "markdown", "yaml": "yaml", "yml": "yaml",
    "toml": "toml", "sql": "sql", "js": "javascript", "ts": "typescript", "css": "css", "html": "html", "htm": "html",
    "xml": "xml", "svg": "xml", "c": "c", "java": "java", "rs": "rust", "go": "go", "r": "r",
}  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """What of a file is shown; which fields are filled depends on `shown`."""

    shown: Shown
    text: str = ""
    language: str = ""
    """Of a text, for its colours; "" for none."""
    columns: list[str] = field(default_factory=list)
    """Of a table, no name twice."""
    rows: list[list[str]] = field(default_factory=list)
    """As long as `columns` each."""
    sheets: list[str] = field(default_factory=list)
    """The names of a workbook's sheets, when there are several."""
    sheet: str = ""
    """The one that is shown."""
    note: str = ""
    """What is not shown, or why nothing is; a sentence, or ""."""


def ending_of(path: str) -> str:
    """Return the part of the name behind its last dot, in small letters; "" for none."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return ending.lower() if dot else ""


def shown_as(path: str) -> Shown:
    """Return what a file of that name is shown as, if it is what its name says."""
    if path.lower().endswith((".csv.gz", ".tsv.gz")):
        return "table"
    return _SHOWN.get(ending_of(path), "text")


def image_type(head: bytes, path: str) -> str:
    """Return the media type of an image that browsers draw, from its first bytes; "" when it is none."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    is_svg = ending_of(path) == "svg" and b"<svg" in head[:4_096]
    return "image/svg+xml" if is_svg else ""


def preview(path: str, version: Path, sheet: str = "") -> Preview:
    """Return the beginning of that version of the file `path`, of a workbook that sheet or its first visible one; never
    raise for what is in it."""
    with version.open("rb") as file:
        head = file.read(MAX_TABLE_BYTES + 1)
    if not head:
        return _none("The file is empty.")
    match shown_as(path):
        case "image":
            return Preview("image") if image_type(head, path) else _none("It is not the image that its name says.")
        case "pdf":
            return Preview("pdf") if head.startswith(b"%PDF") else _none("It is not the PDF that its name says.")
        case "chart":
            return Preview("chart") if figure_of(version) else _page_text(head)
        case "table":
            return _table(path, version, sheet)
        case "text":
            return _text(head, ending_of(path))
        case "none":
            return _none(why_unread(path) or "This kind of file is not shown. Download it to open it.")


def _page_text(head: bytes) -> Preview:
    page = _text(head, "html")
    said = "Pages that agents made are not run here; this is the text. Download it to open it in a browser."
    return replace(page, note=f"{said} {page.note}".rstrip()) if page.shown == "text" else page


def _none(note: str) -> Preview:
    return Preview("none", note=note)


def _table(path: str, version: Path, sheet: str) -> Preview:
    is_workbook = ending_of(path) in ("xlsx", "xlsm")
    with version.open("rb") as file:
        try:
            tables = tables_in(path, file, charset_of, MAX_WORKBOOK_BYTES if is_workbook else MAX_TABLE_BYTES)
        except NoTableError as error:
            return _none(str(error))
        visible = [table for table in tables if not table.is_hidden] or tables
        table = next((table for table in tables if table.name == sheet), visible[0])
        rows = [[_cell(cell) for cell in row[:MAX_COLUMNS]] for row in islice(table.rows(), MAX_ROWS)]
    notes = [_sentence(note) for note in table.notes]
    if table.n_rows > len(rows) or not table.is_whole:
        notes.append(f"The first {len(rows):,} rows are shown.")
    if len(table.columns) > MAX_COLUMNS:
        notes.append(f"The first {MAX_COLUMNS} of {len(table.columns):,} columns are shown.")
    sheets = [table.name for table in tables] if len(tables) > 1 else []
    return Preview(
        "table", columns=table.columns[:MAX_COLUMNS], rows=rows, sheets=sheets, sheet=table.name, note=" ".join(notes)
    )


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{shorten(note[1:], MAX_CELL_CHARS)}{'' if note.endswith('.') else '.'}"


def _cell(text: str) -> str:
    return shorten(text, MAX_CELL_CHARS)


def _text(head: bytes, ending: str) -> Preview:
    is_cut = len(head) > MAX_TEXT_BYTES
    read = decoded(head[:MAX_TEXT_BYTES], charset_of, is_cut)
    if read is None or read[0].count("�") > len(read[0]) // 10:
        return _none("This file is not text, so it is not shown. Download it to open it.")
    text, encoding = read
    if ending == "json" and not is_cut and len(head) <= MAX_JSON_BYTES:
        text = _pretty(text)
    lines = text.splitlines()
    is_clipped = any(len(line) > MAX_LINE_CHARS for line in lines)
    shown = "\n".join(shorten(line, MAX_LINE_CHARS) for line in lines)
    notes = [f"The first {MAX_TEXT_BYTES // 1_000:,} kB are shown."] if is_cut else []
    notes += [_sentence(encoding.note)] if encoding.note else []
    notes += [f"Of long lines the first {MAX_LINE_CHARS:,} characters are shown."] if is_clipped else []
    return Preview("text", text=shown[:MAX_TEXT_BYTES], language=_LANGUAGES.get(ending, ""), note=" ".join(notes))


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


MAX_CHART_BYTES = 20_000_000
"""A chart that brings the whole of plotly along has about 5 MB."""

_CALL = "Plotly.newPlot("
_BETWEEN = re.compile(r"[\s,]*")


def figure_of(version: Path) -> dict[str, Any] | None:
    """Return the last chart in that file: {"data": [trace], "layout": {...}}; None when there is none that is JSON."""
    if version.stat().st_size > MAX_CHART_BYTES:
        return None
    return figure_in(version.read_text(encoding="utf-8", errors="replace"))


def figure_in(html: str) -> dict[str, Any] | None:
    """As `figure_of`, in the text of an HTML file."""
    begin = html.rfind(_CALL)
    if begin < 0:
        return None
    arguments: list[Any] = []
    position, decoder = begin + len(_CALL), json.JSONDecoder()
    try:
        for _ in ("element", "data", "layout"):
            argument, position = decoder.raw_decode(html, _skipped(html, position))
            arguments.append(argument)
    except (ValueError, RecursionError):
        if len(arguments) < 2:
            return None
    data, layout = arguments[1], arguments[2] if len(arguments) > 2 else {}
    return {"data": data, "layout": layout} if isinstance(data, list) and isinstance(layout, dict) else None


def _skipped(html: str, position: int) -> int:
    between = _BETWEEN.match(html, position)
    return between.end() if between else position


MAX_COMPARED_BYTES = 300_000
MAX_COMPARED_LINES = 4_000
"""Comparing takes time that may grow with the square of this."""
CONTEXT_LINES = 3


def difference(before: Path, after: Path | str) -> tuple[str, str]:
    """(the difference, why there is none): one of the two is "". Line numbers are left out. `after`: a file, or a text
    that is in none yet."""
    texts = [_lines_to_compare(version) for version in (before, after)]
    old, new = texts
    if old is None or new is None:
        return "", "Only texts of up to 300 kB and 4,000 lines can be compared. Download both versions instead."
    lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT_LINES))[3:]
    if not lines:
        return "", "The text of the two versions is the same."
    return "\n".join("⋯" if line.startswith("@@") else line for line in lines), ""


def _lines_to_compare(version: Path | str) -> list[str] | None:
    if isinstance(version, str):
        lines = version.splitlines()
        return [shorten(line, MAX_LINE_CHARS) for line in lines] if len(lines) <= MAX_COMPARED_LINES else None
    if version.stat().st_size > MAX_COMPARED_BYTES:
        return None
    read = decoded(version.read_bytes(), charset_of)
    if read is None or "\0" in read[0]:
        return None
    lines = read[0].splitlines()
    if len(lines) > MAX_COMPARED_LINES:
        return None
    return [shorten(line, MAX_LINE_CHARS) for line in lines]
