"""JSON as HTML: an object as a table of its fields, a list of objects as a table with a row for each. Pure.

Everything from outside is escaped; what nests deeper than is readable stays text.
"""

import html
import json
from typing import Any

MAX_DEPTH = 6
MAX_ROWS = 500
"""Of one table; of a longer list its beginning is shown, and how much is missing."""


def json_html(text: str) -> str:
    """Return the JSON `text` as tables."""
    return _value(json.loads(text), 0)


def _value(value: Any, depth: int) -> str:
    if depth >= MAX_DEPTH and isinstance(value, dict | list):
        return f"<code>{html.escape(json.dumps(value, ensure_ascii=False))}</code>"
    match value:
        case dict() | list() if not value:
            return "<em>empty</em>"
        case dict():
            fields = ((html.escape(str(name)), _value(item, depth + 1)) for name, item in value.items())
            return _table([f"<tr><th>{name}</th><td>{shown}</td></tr>" for name, shown in fields])
        case list():
            return _list(value, depth)
        case bool():
            return "yes" if value else "no"
        case None:
            return "<em>none</em>"
    return html.escape(str(value)).replace("\n", "<br>")


def _list(items: list[Any], depth: int) -> str:
    if not all(isinstance(item, dict) and item for item in items):
        shown = "".join(f"<li>{_value(item, depth + 1)}</li>" for item in items[:MAX_ROWS])
        return f"<ul>{shown}</ul>{_more(items)}"
    names = list(dict.fromkeys(name for item in items[:MAX_ROWS] for name in item))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    rows = [f"<tr>{head}</tr>"]
    for item in items[:MAX_ROWS]:
        cells = "".join(f"<td>{_value(item[name], depth + 1) if name in item else ''}</td>" for name in names)
        rows.append(f"<tr>{cells}</tr>")
    return _table(rows) + _more(items)


def _table(rows: list[str]) -> str:
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _more(items: list[Any]) -> str:
    n_more = len(items) - MAX_ROWS
    return f"<p>… and {n_more:,} more.</p>" if n_more > 0 else ""
