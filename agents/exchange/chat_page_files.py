"""The files of a chat inside a page: pictures where they came, all others to be saved, up to a limit. Pure but for
reading them."""

import base64
import tempfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from agents.chats import FileChange
from agents.exchange.chat_export import ExportedChat
from agents.exchange.chat_page_entries import text_html
from agents.plain_text import beginning
from agents.text.numbers import size_text
from agents.workspaces.file_names import safe_name
from agents.workspaces.preview import Preview, image_type, preview

MAX_FILE_BYTES = 2_000_000
MAX_BYTES = 8_000_000
"""Of all files in one page."""
HEAD_BYTES = 4_096
MAX_TEXT_CHARS = 3_000
MAX_ROWS, MAX_COLUMNS = 12, 8
"""Of a table's preview."""


@dataclass
class PageFiles:
    """The files of one page."""

    images: dict[str, str] = field(default_factory=dict)
    """SHA-256 of a picture -> its data URL, which stands in the transcript."""
    rows: list[tuple[FileChange, str]] = field(default_factory=list)
    """(file, its line in the list as HTML)."""


def page_files(chat: ExportedChat) -> PageFiles:
    """Return the newest version of each file as far as there is room, smallest first; of the others, why not."""
    found, n_bytes, lines = PageFiles(), 0, dict[str, str]()
    for file in sorted(chat.files, key=lambda file: file.size):
        content, why_not = chat.content(file, min(MAX_FILE_BYTES, MAX_BYTES - n_bytes))
        if why_not:
            lines[file.path] = f'<p class="note">Not in this page: {escape(why_not)}.</p>'
            continue
        n_bytes += len(content)
        kind, data = image_type(content[:HEAD_BYTES], file.path), base64.b64encode(content).decode()
        name = escape(safe_name(file.path))
        if kind:
            found.images[file.sha256] = f"data:{kind};base64,{data}"
            lines[file.path] = f'<a class="save" download="{name}" data-picture="{file.sha256}">Save</a>'
        else:
            # never as what it is: a page among the files is saved, not opened
            address = f"data:application/octet-stream;base64,{data}"
            save = f'<a class="save" download="{name}" href="{address}">Save</a>'
            lines[file.path] = save + _shown(file.path, content)
    found.rows = [(file, _line(file, lines[file.path])) for file in chat.files]
    return found


def _line(file: FileChange, inside: str) -> str:
    name = f'<span class="name">{text_html(file.path)}</span>'
    return f'<div class="file">{name}<span class="size">{size_text(file.size)}</span>{inside}</div>'


def _shown(path: str, content: bytes) -> str:
    """Return the beginning of a text or a table; "" for what is neither."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "file")
        copy.write_bytes(content)
        found = preview(path, copy)
    if found.shown == "table" and found.columns:
        inside = _table(found)
    elif found.shown in ("text", "chart") and found.text:
        inside = f"<pre>{escape(beginning(found.text, MAX_TEXT_CHARS))}</pre>"
    else:
        return ""
    return f"<details><summary>Beginning</summary>{inside}</details>"


def _table(found: Preview) -> str:
    columns = found.columns[:MAX_COLUMNS]
    head = "".join(f"<th>{text_html(name)}</th>" for name in columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{text_html(cell)}</td>' for cell in row[:MAX_COLUMNS])}</tr>"
        for row in found.rows[:MAX_ROWS]
    )
    return f'<div class="cells"><table><tr>{head}</tr>{rows}</table></div>'
