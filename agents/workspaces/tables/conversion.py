"""Values in the one notation that databases read: 1234.5, 2026-12-31, true; "" for none.

Pure functions. Which notation a column is in, `kinds` found out from some of its values; one of another kind is refused
here, never bent.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from agents.workspaces.tables.kinds import DATE, MISSING, Kind, number_text

TYPES = {
    "text": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME",
    "timestamp": "TIMESTAMP",
}  # fmt: skip
"""A kind's name -> what databases call it."""
_PLAIN = {
    "integer": re.compile(r"(?:(?:-?(?:0|[1-9]\d{0,17}))?\n)*"),
    "decimal": re.compile(r"(?:(?:-?(?:0|[1-9]\d{0,8})(?:\.\d{1,8})?)?\n)*"),
}
"""Columns that are in that notation already, a value a line."""


class OtherKindError(ValueError):
    """A value is not of its column's kind; the text is the value."""


def converted(values: Sequence[str], kind: Kind) -> Sequence[str]:
    """Return the values of a column in the database's notation; OtherKindError names one that is of another kind."""
    if kind.name == "text" or _is_plain(values, kind):
        return values
    convert = {
        "integer": _number, "decimal": _number, "boolean": _boolean, "time": _time, "date": _moment,
        "timestamp": _moment,
    }[kind.name]  # fmt: skip
    known: dict[str, str] = {"": ""}
    for value in values:
        if value not in known:
            known[value] = _converted(value, kind, convert)
    return [known[value] for value in values]


def _is_plain(values: Sequence[str], kind: Kind) -> bool:
    if kind.mark == "," or kind.unit or kind.has_groups or kind.has_brackets or kind.name not in ("integer", "decimal"):
        return False
    lines = "\n".join(values) + "\n"
    return lines.count("\n") == len(values) and _PLAIN[kind.name].fullmatch(lines) is not None


def _converted(value: str, kind: Kind, convert: Callable[[str, Kind], str]) -> str:
    stripped = value.strip()
    if not stripped or stripped in MISSING:
        return ""
    try:
        return convert(stripped, kind)
    except ValueError as error:
        raise OtherKindError(stripped) from error


def _number(value: str, kind: Kind) -> str:
    text = number_text(value, kind)
    if kind.name == "integer" and "." in text:
        raise ValueError(value)
    return text


def _boolean(value: str, kind: Kind) -> str:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)
    return value.lower()


def _time(value: str, kind: Kind) -> str:
    hours, _, rest = value.partition(":")
    moment = datetime.strptime(f"{hours.zfill(2)}:{rest}", "%H:%M:%S" if ":" in rest else "%H:%M")  # noqa: DTZ007
    return f"{moment:%H:%M:%S}"


def _moment(value: str, kind: Kind) -> str:
    found = DATE.fullmatch(value)
    if found is None or kind.separator != (found[2] or found[6]) or (kind.order == "ymd") != bool(found[1]):
        raise ValueError(value)
    if found[1]:
        year, month, day = found[1], found[3], found[4]
    else:
        day, month = (found[5], found[7]) if kind.order == "dmy" else (found[7], found[5])
        year = found[8]
    if bool(found["zone"]) != kind.has_zone or (found["time"] and kind.name == "date"):
        raise ValueError(value)
    clock = (found["time"] or "")[1:].removesuffix(found["zone"] or "")
    hours, _, rest = (clock or "00:00:00").partition(":")
    zone = found["zone"] or ""
    moment = datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2} {hours:0>2}:{rest}{zone}")
    if kind.name == "date":
        return f"{moment:%Y-%m-%d}".zfill(10)
    return (moment.astimezone(UTC).replace(tzinfo=None) if zone else moment).isoformat(" ")
