"""Header, rows and columns in a grid of cells: which line names the columns, what stands above it, which rows fit.

Nothing is dropped silently: lines above the header, rows that are too short or too long, and names that were made are
told in `Layout.notes`. Serves delimited text and workbooks alike. Pure functions.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.workspaces.tables.kinds import MISSING, Kind, is_typed, kind_of, settled

Row = tuple[int, list[str]]
"""(line, cells)"""

MAX_EXTRA = 20
"""Columns that are added for rows that are too long; what is beyond stands in the last of them."""
MAX_NAME_CHARS = 100
MAX_LISTED = 8
"""Lines that are named."""
N_SAMPLED_CELLS = 200_000
"""Looked at to find out what the columns hold."""
MARKS = {",": "commas", ".": "points"}


@dataclass
class Layout:
    """How the cells are a table."""

    first: int
    """The place among the rows that hold something of the first row that is data."""
    columns: list[str]
    """Their names, none twice."""
    width: int
    """The columns that a row should have; `columns` may be more, for those that are too long."""
    has_header: bool
    notes: list[str] = field(default_factory=list)


@dataclass
class Misfits:
    """Rows that have more or fewer cells than the table."""

    n: int = 0
    n_rows: int = 0
    widest: int = 0
    lines: list[int] = field(default_factory=list)

    def count(self, line: int, cells: Sequence[str], width: int) -> None:
        """Count a row that has more or fewer cells than `width`, if those that are too many say something."""
        n_cells = len(cells)
        if n_cells > width:
            n_cells = filled(cells)
            self.widest = max(self.widest, n_cells)
            if n_cells <= width:
                return
        self.n += 1
        if len(self.lines) < MAX_LISTED:
            self.lines.append(line)

    @property
    def note(self) -> str:
        """ "2 of 3 rows do not fit: lines 3, 4"; "" when all fit."""
        if not self.n:
            return ""
        word = "row does" if self.n_rows == 1 else "rows do"
        lines = ", ".join(f"{line:,}" for line in self.lines) + (", ..." if self.n > len(self.lines) else "")
        return f"{self.n:,} of {self.n_rows:,} {word} not fit: line{'' if self.n == 1 else 's'} {lines}"


def filled(cells: Sequence[str]) -> int:
    """How many cells there are without the empty ones at the end."""
    n = len(cells)
    while n and not cells[n - 1].strip():
        n -= 1
    return n


def layout_of(rows: Sequence[Row]) -> Layout:
    """Return the layout, from the first rows that hold something."""
    if not rows:
        return Layout(0, [], 0, False)
    common = usual_width([cells for _, cells in rows])
    start = _start(rows, common)
    notes = [_above_note(rows[:start])] if start else []
    body = rows[start:]
    has_header, is_sure = _has_header(body)
    head = body[0][1]
    n_named = filled(head)
    width = max(n_named if has_header else 0, common)
    if has_header and not is_sure:
        notes.append(f"line {body[0][0]} is taken as the header")
    if not has_header:
        notes.append("no header, so the columns are numbered")
    if has_header and n_named < width and common > len(head):
        notes.append(f"the header names {n_named} of {width} columns")
    names = _names(head[:width] if has_header else [], width, notes)
    return Layout(start + has_header, names, width, has_header, notes)


def widened(layout: Layout, misfits: Misfits) -> list[str]:
    """Return the names of all columns, with those for what is too long in some rows."""
    extra = min(max(misfits.widest - layout.width, 0), MAX_EXTRA)
    return _names(layout.columns, layout.width + extra, [])


def fitted(cells: list[str], width: int) -> list[str]:
    """Return the cells of a row as `width` cells; what is beyond the last stands in it."""
    n_cells = len(cells)
    if n_cells == width:
        return cells
    if n_cells < width:
        return cells + [""] * (width - n_cells)
    beyond = cells[width - 1 : max(filled(cells), width)]
    return [*cells[: width - 1], " | ".join(beyond) if len(beyond) > 1 else cells[width - 1]]


def kinds_of(rows: Sequence[Sequence[str]], n_columns: int, separator: str, marks: str = "") -> list[Kind]:
    """Return what each column holds, from these rows, all `n_columns` wide."""
    most = max(N_SAMPLED_CELLS // max(n_columns, 1), 20)
    columns = zip(*rows[:most], strict=True) if rows else iter([()] * n_columns)
    return settled([kind_of(column, marks) for column in columns], separator)


def kind_notes(columns: Sequence[str], kinds: Sequence[Kind]) -> list[str]:
    """Return what to tell of the columns' kinds: the notation of numbers and dates, and what is uncertain."""
    notes = []
    marks = {kind.mark for kind in kinds if kind.is_number and kind.mark}
    if "," in marks:
        both = len(marks) > 1
        notes.append("decimals are commas in some columns, points in others" if both else "decimals are commas")
    notes += _of_columns("thousands are set apart in", columns, [kind.is_number and kind.has_groups for kind in kinds])
    brackets = [kind.is_number and kind.has_brackets for kind in kinds]
    notes += _of_columns("numbers in brackets, or with the minus behind, are negative in", columns, brackets)
    for order, said in (("dmy", "dates begin with the day in"), ("mdy", "dates begin with the month in")):
        notes += _of_columns(said, columns, [kind.order == order for kind in kinds])
    notes += _of_columns("times are in UTC in", columns, [kind.has_zone for kind in kinds])
    for unit in dict.fromkeys(kind.unit for kind in kinds if kind.is_number and kind.unit):
        notes += _of_columns(f"{unit} beside each number in", columns, [kind.unit == unit for kind in kinds])
    missing = dict.fromkeys(word for kind in kinds for word in kind.missing)
    if missing:
        notes.append(f"{', '.join(list(missing)[:5])} read as empty")
    doubts = [f"{name}: {kind.doubt}" for name, kind in zip(columns, kinds, strict=True) if kind.doubt]
    return notes + doubts[:5] + ([f"{len(doubts) - 5} more columns in doubt"] if len(doubts) > 5 else [])


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many cells most rows have, of those with more than one."""
    counts = Counter(n for cells in rows if (n := filled(cells)) > 1)
    full = Counter(len(cells) for cells in rows if len(cells) > 1)
    if not counts or sum(counts.values()) * 3 < len(rows):
        return 1
    width, n_full = max(full.items(), key=lambda item: (item[1], item[0] >= min(counts)))
    n_ends_empty = sum(not cells[-1].strip() for cells in rows if len(cells) == width)
    return width if n_full > n_ends_empty else max((n for n in counts if n <= width), default=width)


def _start(rows: Sequence[Row], common: int) -> int:
    """Return the place of the first row of the table: behind titles and comments."""
    for place, (_, cells) in enumerate(rows[:50]):
        n = filled(cells)
        is_comment = _is_comment(cells) and (n < common or _has_header(rows[place + 1 :]) == (True, True))
        if (n >= common and not is_comment) or not (is_comment or n <= 1 or n <= common / 2):
            is_named = place == 0 or _has_header(rows[place:])[0]
            skipped = rows[:place]
            is_all_comments = all(_is_comment(row) for _, row in skipped)
            return place if is_named or is_all_comments else 0
    return 0


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith(("#", "//"))


def _above_note(rows: Sequence[Row]) -> str:
    said = [" ".join(" ".join(cell for cell in cells if cell.strip()).split())[:60] for _, cells in rows[:3]]
    more = ", ..." if len(rows) > 3 else ""
    count = f"{len(rows)} line{'' if len(rows) == 1 else 's'}"
    return f"{count} above the header left out: {', '.join(repr(text) for text in said)}{more}"


def _has_header(rows: Sequence[Row]) -> tuple[bool, bool]:
    """(whether the first row names the columns, whether that is sure)"""
    if not rows:
        return False, False
    head = rows[0][1]
    body = [cells for _, cells in rows[1:200]]
    if not body:
        return not any(map(is_typed, head)), True
    n_for = n_against = 0
    for place, name in enumerate(head):
        values = [cells[place] for cells in body if place < len(cells) and cells[place].strip()]
        if not values or not name.strip() or name.strip() in MISSING:
            continue
        if sum(map(is_typed, values)) > len(values) / 2:
            looks_same = is_typed(name) and not _is_year_above(name, values)
            n_for, n_against = n_for + (not looks_same), n_against + looks_same
        elif is_typed(name):
            n_for += _is_year_above(name, values)
        elif name in values:
            n_against += 1
    if n_for or n_against:
        return n_for >= n_against, not (n_for and n_against)
    return True, False


def _is_year_above(name: str, values: Sequence[str]) -> bool:
    """Whether the name is a year, and the values below it are none."""

    def is_year(text: str) -> bool:
        return re.fullmatch(r"(19|20)\d\d", text.strip()) is not None

    return is_year(name) and not all(map(is_year, values))


def _names(given: Sequence[str], width: int, notes: list[str]) -> list[str]:
    """Return names for all columns: those given, cleaned, and numbers for the others; none twice, also in SQL."""
    found: list[str] = []
    taken: set[str] = set()
    twice: list[str] = []
    n_without = 0
    for place in range(width):
        name = " ".join(given[place].replace("\0", "").split())[:MAX_NAME_CHARS] if place < len(given) else ""
        n_without += not name
        name = name or f"column_{place + 1}"
        if name.lower() in taken:
            twice.append(name)
            number = 2
            while f"{name}_{number}".lower() in taken:
                number += 1
            name = f"{name}_{number}"
        taken.add(name.lower())
        found.append(name)
    if twice:
        notes.append(f"names that are there twice are numbered: {', '.join(dict.fromkeys(twice[:5]))}")
    if any(len(name) > 2 * MAX_NAME_CHARS for name in given):
        notes.append(f"long names are cut after {MAX_NAME_CHARS} characters")
    if given and n_without and len(given) >= width:
        notes.append(f"{n_without} column{'' if n_without == 1 else 's'} without a name")
    return found


def _of_columns(said: str, columns: Sequence[str], chosen: Sequence[bool]) -> list[str]:
    names = [name for name, is_it in zip(columns, chosen, strict=True) if is_it]
    if not names:
        return []
    return [f"{said} {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"]
