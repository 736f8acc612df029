"""What was asked and decided, as rows for auditors: one for each request, and the same as CSV.

Pure functions over a request's row in the store and its two events. Rows are JSON-ready and name the events that tell
the rest by chat and seq. Knows no store and no pandas; called by the Audit page and the command line.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from agents.chats import DecisionMade, DecisionRequested, Refusal, RequestRow
from agents.plain_text import valid

COLUMNS = (
    "chat", "title", "team", "turn", "request", "seq", "kind", "agent", "tool", "question", "payload", "digest",
    "rule", "verdict", "answer", "edit", "reason", "who", "decided_by", "is_verified", "asked_at", "due_at",
    "decided_at", "decided_seq", "waited_s",
)  # fmt: skip
"""The columns of a row, in the order to show them."""

REFUSED_COLUMNS = ("at", "who", "is_verified", "act", "chat", "why")
"""The columns of a refused act."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to some spreadsheet, whoever wrote it."""

MAX_DIFF_LINES = 2_000
"""Of longer texts a diff names all lines as replaced: comparing them could take minutes."""


def audit_rows(asked: Iterable[tuple[RequestRow, DecisionRequested, DecisionMade | None]]) -> list[dict[str, Any]]:
    """One dict for each request, in the given order, with the keys of `COLUMNS` and JSON values only.

    `seq` and `decided_seq` name the events in the chat's log. `verdict` is "" while the request is open and
    "withdrawn" when the chat ended first; `decided_by` is person, rule, deadline, "end of chat" or "". Times are ISO,
    UTC; `waited_s` is None while it is open. `edit` is a unified diff of what was asked and what stands instead.
    """
    return [_row(row, request, made) for row, request, made in asked]


def refused_rows(refused: Iterable[Refusal]) -> list[dict[str, Any]]:
    """One dict for each act that was refused, in the given order, with the keys of `REFUSED_COLUMNS`; times are ISO,
    UTC."""
    return [{**vars(one), "at": one.at.isoformat()} for one in refused]


SPREADSHEET = "utf-8-sig"
"""The mark at its beginning tells spreadsheets that a file is UTF-8."""


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """The rows of `audit_rows` as CSV with a line of names, also when there are none. Text that a spreadsheet would
    run as a formula gets an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return text.getvalue()


def to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows of `audit_rows` as a JSON list, one row to a line."""
    return "[" + ",\n".join(json.dumps(row) for row in rows) + "]\n"


def edit_diff(request: DecisionRequested, edit: Mapping[str, Any]) -> str:
    """What a person's edit changed, as a unified diff: of arguments as JSON, of content and code line by line."""
    diffs = []
    for name, value in edit.items():
        before, after = _lines(request.payload.get(name)), _lines(value)
        diffs += _diff(before, after, name)
    return "\n".join(diffs)


def _row(row: RequestRow, request: DecisionRequested, made: DecisionMade | None) -> dict[str, Any]:
    found = {
        **vars(row),
        "team": row.team_name,
        "turn": request.turn,
        "question": request.question,
        "payload": request.payload,
        "digest": request.digest,
        "rule": (made.rule if made else "") or request.rule,
        "verdict": row.outcome,
        "answer": request.asked.answered(made.answer) if made else "",
        "edit": edit_diff(request, made.edit) if made else "",
        "reason": made.text if made and made.verdict == "reject" else "",
        "decided_by": row.decided_by or ("end of chat" if row.decided_at else ""),
        "asked_at": row.asked_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "waited_s": (row.decided_at - row.asked_at).total_seconds() if row.decided_at else None,
    }
    return {name: found[name] for name in COLUMNS}


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return text.splitlines()


def _diff(before: Sequence[str], after: Sequence[str], name: str) -> list[str]:
    old, new = f"{name} as asked", f"{name} as decided"
    if max(len(before), len(after)) <= MAX_DIFF_LINES:
        return list(unified_diff(before, after, old, new, lineterm=""))
    head = [f"--- {old}", f"+++ {new}", f"@@ -1,{len(before)} +1,{len(after)} @@"]
    return [*head, *(f"-{line}" for line in before), *(f"+{line}" for line in after)]


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return "" if value is None else value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    text = valid(text)
    return f"'{text}" if text.lstrip(" \ufeff").startswith(FORMULA_STARTS) else text
