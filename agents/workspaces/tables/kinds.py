"""What the columns of a table hold: numbers in whose notation, dates in which order, or text.

A column has a kind only if every value that was looked at has it, and only one reading of them is possible. Where two
are (1.234 in a table with semicolons, 03/04/2026), it stays text, and `Kind.doubt` says so. Pure functions on strings.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

KindName = Literal["text", "integer", "decimal", "boolean", "date", "time", "timestamp"]

MISSING = frozenset(
    ["NA", "N/A", "n/a", "NULL", "null", "None", "NaN", "nan", "-", "–", "—", "k.A.", "k. A.", "#N/A", "#NV", "#DIV/0!",
     "#VALUE!", "#REF!", "#WERT!", "#BEZUG!"]
)  # fmt: skip
"""Read as empty in a column that holds numbers or dates otherwise, and told."""
MAX_DIGITS = 17
"""Of a decimal number; 18 of a whole one. More cannot be kept, so they stay text."""
NEARLY = 0.9
"""Of a column's values: when so many are numbers or dates, those that are not are told."""

_CURRENCY = r"(?:[€$£¥₹₽₺₩]|CHF|EUR|USD|GBP|JPY|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|Fr\.|kr\.?|zł|Kč)"
"""Written beside sums."""
_SPACES = " \u00a0\u202f\u2009"
_GROUPS = "'’" + _SPACES
_NUMBER = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>[-+−])?\s?(?P<before>{_CURRENCY})?\s?(?P<sign2>[-+−])?"
    rf"(?P<body>\d[\d.,{_GROUPS}]*\d|\d|[.,]\d+)(?P<exponent>[eE][-+]?\d+)?"
    rf"\s?(?P<after>{_CURRENCY}|%|‰)?(?P<last>-)?\s?(?P<close>\))?"
)
DATE = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}))"
    r"(?P<time>[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?(?P<zone>Z|[-+]\d\d:?\d\d)?)?"
)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d\d")
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")


@dataclass(frozen=True)
class Kind:
    """What one column holds."""

    name: KindName = "text"
    mark: str = ""
    """Of numbers: what stands before the decimals, "." or ","; "" for whole ones without groups."""
    unit: str = ""
    """Of numbers: the currency, or %, that stands beside each."""
    has_groups: bool = False
    """Of numbers: whether thousands are set apart."""
    order: str = ""
    """Of dates: "ymd", "dmy" or "mdy"."""
    separator: str = ""
    """Of dates: what is between day, month and year."""
    has_zone: bool = False
    """Of timestamps: whether each says its time zone."""
    has_brackets: bool = False
    """Of numbers: whether negative ones stand in brackets, or have their minus behind."""
    missing: tuple[str, ...] = ()
    """Words among the values that say that there is none."""
    doubt: str = ""
    """What is uncertain about it, such as why it is text although it looks like something else."""
    example: str = ""
    """Of numbers that can be read in two ways: one of them."""

    @property
    def is_number(self) -> bool:
        return self.name in ("integer", "decimal")


@dataclass(frozen=True)
class _Number:
    marks: frozenset[str]
    """The decimal marks with which it reads as a number."""
    has_mark: bool
    unit: str
    has_groups: bool
    has_brackets: bool
    has_decimals: frozenset[str]
    """The decimal marks with which it has decimals."""


def kind_of(values: Iterable[str], marks: str = "") -> Kind:
    """Return what a column with these values holds; the empty ones say nothing. `marks` are the decimal marks that are
    possible where that is known: "." for numbers that a program stored."""
    distinct = list(dict.fromkeys(stripped for value in values if (stripped := value.strip())))
    missing = tuple(value for value in distinct if value in MISSING)
    said = [value for value in distinct if value not in MISSING]
    if not said:
        return Kind()
    kind = _kind(said, marks)
    if kind.name == "text":
        return kind if kind.doubt else replace(kind, doubt=_nearly(said, marks))
    return replace(kind, missing=missing)


def is_typed(value: str) -> bool:
    """Whether a value looks like a number, a date, a time or a truth: not like the name of a column."""
    value = value.strip()
    return bool(value) and (_NUMBER.fullmatch(value) is not None or DATE.fullmatch(value) is not None
                            or _TIME.fullmatch(value) is not None or value.lower() in ("true", "false"))  # fmt: skip


def settled(kinds: list[Kind], separator: str) -> list[Kind]:
    """Return the kinds with those numbers decided that could be read in two ways, where the rest of the table decides
    it: by the notation of its other columns, or by a comma between columns, beside which a point is the decimal
    mark."""
    seen = {kind.mark for kind in kinds if kind.is_number and kind.mark and not kind.doubt}
    found = []
    for kind in kinds:
        if kind.name == "text" and kind.mark:
            if len(seen) == 1:
                kind = _with_mark(kind, next(iter(seen)))
            elif kind.mark == "." and separator in (",", "\t", "|"):
                doubt = "" if separator == "," else f"the point in {kind.example} is read as a decimal point"
                kind = replace(_with_mark(kind, "."), doubt=doubt)
        found.append(kind)
    return found


def _with_mark(kind: Kind, mark: str) -> Kind:
    """`kind`, whose only mark is `kind.mark`, when numbers are written with `mark`."""
    has_decimals = kind.mark == mark
    return replace(
        kind, name="decimal" if has_decimals else "integer", mark=mark, has_groups=not has_decimals, doubt=""
    )


def _kind(values: list[str], marks: str) -> Kind:
    if all(value.lower() in ("true", "false") for value in values):
        return Kind("boolean")
    if all(map(_TIME.fullmatch, values)):
        return Kind("time")
    if all(map(_SHORT_YEAR.fullmatch, values)):
        return Kind(doubt=f"dates with two digits of the year, such as {values[0]}, stay text")
    return _dates(values) or _numbers(values, marks) or Kind()


def _numbers(values: list[str], marks: str) -> Kind | None:
    possible, decimals = frozenset(marks or ".,"), frozenset[str]()
    units: set[str] = set()
    has_mark = has_groups = has_brackets = False
    example = ""
    for value in values:
        number = _number(value)
        if number is None or not (possible := possible & number.marks):
            return None
        decimals |= number.has_decimals
        units.add(number.unit)
        has_groups, has_brackets = has_groups or number.has_groups, has_brackets or number.has_brackets
        if number.has_mark:
            has_mark, example = True, value
    if len(units) > 1:
        mixed = ", ".join(sorted(unit or "none" for unit in units)[:4])
        return Kind(doubt=f"numbers of several units ({mixed}) stay text")
    (unit,) = units
    found = Kind("integer", unit=unit, has_groups=has_groups, has_brackets=has_brackets)
    if not has_mark:
        return found
    if len(possible) > 1:
        mark = "." if "." in example else ","
        whole = example.replace(mark, "")
        doubt = f"{example} can be {example.replace(',', '.')} or {whole}, so the column is kept as text"
        return replace(found, name="text", mark=mark, doubt=doubt, example=example)
    (mark,) = possible
    other = "," if mark == "." else "."
    has_groups = has_groups or any(other in value for value in values)
    return replace(found, name="decimal" if mark in decimals else "integer", mark=mark, has_groups=has_groups)


def _number(value: str) -> _Number | None:
    """Return in which ways the text is a number; None for none."""
    found = _NUMBER.fullmatch(value)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    if sum(bool(found[part]) for part in ("open", "sign", "sign2", "last")) > 1 or (found["before"] and found["after"]):
        return None
    unit = found["before"] or found["after"] or ""
    body, has_groups = found["body"], False
    if any(char in _GROUPS for char in body):
        whole = re.fullmatch(rf"(\d{{1,3}}([{_GROUPS}])\d{{3}}(?:\2\d{{3}})*)((?:[.,]\d+)?)", body)
        if whole is None:
            return None
        body, has_groups = re.sub(rf"[{_GROUPS}]", "", whole[1]) + whole[3], True
    marks = {mark for mark in ".," if _reads(body, mark, has_groups)}
    n_digits = sum(map(str.isdigit, body.lstrip("0.,")))
    if not marks or n_digits > (MAX_DIGITS if "." in body or "," in body else MAX_DIGITS + 1):
        return None
    has_mark = "." in body or "," in body
    if found["exponent"]:  # programs write these: no groups, and a point where it is not a comma
        marks, has_mark = {mark for mark in marks if mark in body} or {"."}, True
        if has_groups or unit:
            return None
    has_decimals = frozenset(mark for mark in marks if mark in body or found["exponent"])
    has_brackets = bool(found["open"] or found["last"])
    return _Number(frozenset(marks), has_mark, unit, has_groups, has_brackets, has_decimals)


def number_text(value: str, kind: Kind) -> str:
    """Return the number as programs write it; ValueError when the text is none in the notation of `kind`."""
    number, found = _number(value), _NUMBER.fullmatch(value)
    if number is None or found is None or (kind.mark and kind.mark not in number.marks) or number.unit != kind.unit:
        raise ValueError(value)
    if not kind.mark and number.has_mark:
        raise ValueError(value)
    other = "," if kind.mark == "." else "."
    body = re.sub(rf"[{other}{_GROUPS}]", "", found["body"]).replace(",", ".")
    is_negative = found["open"] or found["last"] or "-" in (found["sign"], found["sign2"])
    is_negative = is_negative or "−" in (found["sign"], found["sign2"])
    return f"{'-' if is_negative else ''}{body}{found['exponent'] or ''}"


def _reads(body: str, mark: str, has_groups: bool) -> bool:
    """Whether digits with marks are a number whose decimals stand behind `mark`."""
    group = "," if mark == "." else "."
    whole, _, decimals = body.partition(mark)
    if mark in decimals or group in decimals:
        return False
    if has_groups and group in whole:
        return False
    if group in whole:
        return re.fullmatch(rf"[1-9]\d{{0,2}}(\{group}\d{{3}})+", whole) is not None
    return whole in ("", "0") or (whole.isdigit() and not whole.startswith("0"))


def _dates(values: list[str]) -> Kind | None:
    orders, separators, has_time = frozenset(("ymd", "dmy", "mdy")), set[str](), False
    zones: set[bool] = set()
    for value in values:
        found = DATE.fullmatch(value)
        if found is None:
            return None
        separators.add(found[2] or found[6])
        orders &= _orders(found)
        has_time |= bool(found["time"])
        zones.add(bool(found["zone"]))
        if not orders or len(separators) > 1 or len(zones) > 1:
            return None
    (separator,) = separators
    if len(orders) > 1:
        return Kind(
            doubt=f"dates such as {values[0]} can begin with the day or the month, so the column is kept as text"
        )
    (order,) = orders
    if zones == {True} and (order, separator) != ("ymd", "-"):
        return None
    name: KindName = "timestamp" if has_time else "date"
    return Kind(name, order=order, separator=separator, has_zone=zones == {True})


def _orders(found: re.Match[str]) -> frozenset[str]:
    if found[1]:
        return frozenset(["ymd"] if _is_date(found[1], found[3], found[4]) else [])
    possible = [("dmy", found[7], found[5])] + ([("mdy", found[5], found[7])] if found[6] != "." else [])
    return frozenset(order for order, month, day in possible if _is_date(found[8], month, day))


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _nearly(values: Collection[str], marks: str) -> str:
    """Return what keeps a column from being numbers or dates; "" when most of it keeps it from that."""
    if len(values) < 10:
        return ""
    others = [value for value in values if not is_typed(value)]
    if not others or len(others) > (1 - NEARLY) * len(values):
        return ""
    rest = [value for value in values if is_typed(value)]
    if _kind(rest, marks).name == "text":
        return ""
    shown = ", ".join(other[:20] for other in others[:3])
    return f"kept as text for {len(others):,} value{'' if len(others) == 1 else 's'} such as {shown}"
