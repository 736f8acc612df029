"""Values in the one notation that databases read: 1234.5, 2026-12-31, true; "" for none.

Pure functions. Which notation a column is in, `kinds` found out from some of its values; one of another kind is refused
here, never bent.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from agents.workspaces.tables.kinds import DATE, MISSING, Kind, number_text

TYPES = {
    "text": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME",
    "timestamp": "TIMESTAMP",
}  # fmt: skip
"""A kind's name -> what databases call it."""


class OtherKindError(ValueError):
    """A value is not of its column's kind; the text is the value."""


def converted(values: Sequence[str], kind: Kind) -> Sequence[str]:
    """Return the values of a column in the database's notation; OtherKindError names one that is of another kind."""
    if kind.name == "text":
        return values
    if kind.is_number and (at_once := _numbers(values, kind)) is not None:
        return at_once
    convert = {
        "integer": _number, "decimal": _number, "boolean": _boolean, "time": _time, "date": _moment,
        "timestamp": _moment,
    }[kind.name]  # fmt: skip
    known: dict[str, str] = {"": ""}
    for value in values:
        if value not in known:
            known[value] = _converted(value, kind, convert)
    return [known[value] for value in values]


def _numbers(values: Sequence[str], kind: Kind) -> Sequence[str] | None:
    """Return a column of plain numbers converted at once, a hundred times as fast; None when it holds others."""
    if kind.unit or kind.has_brackets:
        return None
    lines = "\n".join(values) + "\n"
    if lines.count("\n") != len(values) or _plain(kind.mark, kind.name == "decimal").fullmatch(lines) is None:
        return None
    if "," not in lines and kind.mark != ",":
        return values
    return lines[:-1].replace("." if kind.mark == "," else ",", "").replace(",", ".").split("\n")


@cache
def _plain(mark: str, has_decimals: bool) -> re.Pattern[str]:
    """Numbers of at most 17 digits with that decimal mark, without signs but a minus, or nothing; one a line."""
    groups = {".": r"[1-9]\d{0,2}(?:,\d{3}){1,2}|", ",": r"[1-9]\d{0,2}(?:\.\d{3}){1,2}|", "": ""}[mark]
    whole = rf"0|{groups}[1-9]\d{{0,{9 if has_decimals else 16}}}"
    decimals = rf"(?:\{mark}\d{{1,7}})?" if has_decimals else ""
    return re.compile(rf"(?:(?:-?(?:{whole}){decimals})?\n)*")


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
