"""Reads the sheets of an Excel workbook (.xlsx) as tables, within stated limits.

Values are those that Excel saved: of a formula its last result. Dates are told from numbers by their format, as Excel
does it.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse

from agents.workspaces.tables.layout import Misfits, Row, filled, fitted, kind_notes, kinds_of, layout_of, widened
from agents.workspaces.tables.table import NoTableError, Table

ENDINGS = ("xlsx", "xlsm")
NOT_READ = {
    "xls": "It is an old Excel file (.xls), which is not read. Save it as .xlsx or .csv in Excel.",
    "xlsb": "It is a binary Excel file (.xlsb), which is not read. Save it as .xlsx or .csv in Excel.",
    "ods": "It is an OpenDocument table (.ods), which is not read. Save it as .xlsx or .csv.",
}
"""Ending -> why no such file is read."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins old Excel files, and new ones with a password."""
MAX_XML_BYTES = 134_217_728
"""Of all parts of the workbook together, unpacked."""
MAX_SHEETS = 100
MAX_CELLS = 3_000_000
MAX_COLUMNS = 16_384
DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 32), 34, 35, 36, *range(50, 59)])
TIME_FORMATS = frozenset([18, 19, 20, 21, 32, 33, 45, 46, 47])
"""Numbers of Excel's own formats; others are told by their text."""
_UNSHOWN = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass
class Sheet:
    """One sheet's cells, as Excel saved them."""

    name: str
    is_hidden: bool
    rows: list[Row] = field(default_factory=list)
    n_merged: int = 0
    n_formulas: int = 0
    n_unsaved: int = 0
    """Formulas whose result was not saved."""


def workbook(file: BinaryIO, max_bytes: int = MAX_XML_BYTES) -> list[Table]:
    """Return the sheets that hold something, in their order; NoTableError when the file is no workbook."""
    head = file.read(8)
    file.seek(0)
    if head == OLE:
        raise NoTableError("It is an old Excel file, or has a password. Save it as .xlsx without a password in Excel.")
    try:
        with zipfile.ZipFile(file) as archive:
            sheets = list(_Workbook(archive, max_bytes).sheets())
    except (zipfile.BadZipFile, ParseError, KeyError, ValueError, IndexError, OSError, NotImplementedError,
            RuntimeError, EOFError, OverflowError, zipfile.LargeZipFile) as error:  # fmt: skip
        raise NoTableError("It is not the Excel workbook that its name says, or it is damaged.") from error
    tables = [_table(sheet) for sheet in sheets if sheet.rows]
    if not tables:
        raise NoTableError("It holds no rows.")
    return tables


def _table(sheet: Sheet) -> Table:
    left = min(next(place for place, cell in enumerate(cells) if cell) for _, cells in sheet.rows)
    rows = [(line, cells[left:]) for line, cells in sheet.rows]
    layout = layout_of(rows[:300])
    misfits = Misfits()
    for line, cells in rows[layout.first :]:  # a sheet's cells are where they are: only those too far right do not fit
        misfits.n_rows += 1
        if len(cells) > layout.width:
            misfits.count(line, cells, layout.width)
    columns = widened(layout, misfits)
    body = [fitted(cells, len(columns)) for _, cells in rows[layout.first :]]
    kinds = kinds_of(body, len(columns), "", ".")
    notes = [*layout.notes, misfits.note, *kind_notes(columns, kinds)]
    if sheet.n_merged:
        notes.append(f"{sheet.n_merged:,} merged area{_s(sheet.n_merged)}: the value stands in the first cell of each")
    if sheet.n_formulas:
        notes.append(f"{sheet.n_formulas:,} formula{_s(sheet.n_formulas)}: the values that Excel saved")
    if sheet.n_unsaved:
        notes.append(f"{sheet.n_unsaved:,} formula{_s(sheet.n_unsaved)} without a saved value, read as empty")
    return Table(
        columns, kinds, len(body), True, [note for note in notes if note], lambda: iter(body), sheet.name,
        sheet.is_hidden,
    )  # fmt: skip


def _s(count: int) -> str:
    return "" if count == 1 else "s"


class _Workbook:
    """The parts of an open archive."""

    def __init__(self, archive: zipfile.ZipFile, max_bytes: int):
        self._archive, self._max_bytes, self._left, self._n_cells = archive, max_bytes, max_bytes, 0
        self._path = self._main_part()
        self._targets = self._relations(self._path)

    def sheets(self) -> Iterator[Sheet]:
        """Read each sheet with its cells."""
        named: list[tuple[str, str, bool]] = []
        is_1904 = False
        for element in self._elements(self._path):
            match _local(element.tag):
                case "workbookPr":
                    is_1904 = element.get("date1904") in ("1", "true")
                case "sheet":
                    target = self._targets.get(_attribute(element, "id"), ("", ""))[1]
                    is_hidden = element.get("state", "visible") != "visible"
                    named.append((element.get("name", ""), target, is_hidden))
        self._texts = self._shared()
        self._formats = self._styles()
        self._epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  sheets know no zone
        for name, target, is_hidden in named[:MAX_SHEETS]:
            if "worksheet" in target:
                yield self._sheet(Sheet(name, is_hidden), target)

    def _sheet(self, sheet: Sheet, part: str) -> Sheet:
        line = 0
        for element in self._elements(part, {"row", "mergeCell"}):
            if _local(element.tag) == "mergeCell":
                sheet.n_merged += 1
                continue
            line = int(element.get("r") or line + 1)
            cells: list[str] = []
            for cell in element:
                column = self._place(cell.get("r"), len(cells))
                cells += [""] * (column - len(cells))
                cells.append(self._value(cell, sheet))
            cells = cells[: filled(cells)]
            self._n_cells += len(cells)
            if self._n_cells > MAX_CELLS:
                raise NoTableError(f"It has more than {MAX_CELLS:,} cells. Save the sheet as .csv.")
            if any(cells):
                sheet.rows.append((line, cells))
        return sheet

    def _place(self, reference: str | None, following: int) -> int:
        found = _REFERENCE.fullmatch(reference or "")
        if found is None:
            return following
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        if column > MAX_COLUMNS:
            raise ValueError("no such column")
        return max(column - 1, following)

    def _value(self, cell: Element, sheet: Sheet) -> str:
        kind, value, has_formula, inline = cell.get("t", "n"), None, False, ""
        for part in cell:
            match _local(part.tag):
                case "v":
                    value = part.text
                case "f":
                    has_formula = True
                case "is":
                    inline = _text(part)
        if has_formula:
            sheet.n_formulas += value is not None
            sheet.n_unsaved += value is None
        if kind == "inlineStr":
            return inline
        if value is None:
            return ""
        match kind:
            case "s":
                return self._texts[int(value)]
            case "b":
                return "true" if value in ("1", "true") else "false"
            case "n":
                return self._number(value, int(cell.get("s") or 0))
            case "d":
                return value.replace("T", " ")
        return value

    def _number(self, value: str, style: int) -> str:
        shown_as = self._formats[style] if style < len(self._formats) else ""
        if not shown_as or not value:
            return repr(float(value)) if "." in value and "E" not in value else value
        days = float(value)
        if not 0 <= days < 2_958_466:
            return value
        if shown_as == "time" and days < 1:
            return _clock(self._epoch + timedelta(days=days))
        if shown_as == "time":
            return value
        if days < 61 and self._epoch.year == 1899:  # Excel believes in a 29 February 1900
            days += 1
        moment = self._epoch + timedelta(days=days)
        return moment.strftime("%Y-%m-%d") if days == int(days) else f"{moment:%Y-%m-%d} {_clock(moment)}"

    def _shared(self) -> list[str]:
        part = self._part("sharedStrings")
        return [_text(element) for element in self._elements(part, {"si"})] if part else []

    def _styles(self) -> list[str]:
        """What each style shows a number as: "date", "time" or "" for a number."""
        part = self._part("styles")
        own: dict[int, str] = {}
        found: list[str] = []
        for element in self._elements(part, {"numFmt", "cellXfs"}) if part else ():
            if _local(element.tag) == "numFmt":
                own[int(element.get("numFmtId", 0))] = _shown_as(element.get("formatCode", ""))
            else:
                numbers = [int(style.get("numFmtId", 0)) for style in element]
                found = [own.get(number, _own_format(number)) for number in numbers]
        return found

    def _main_part(self) -> str:
        for kind, target in self._relations("").values():
            if kind.endswith("/officeDocument"):
                return target
        raise KeyError("no workbook")

    def _part(self, kind: str) -> str:
        return next((target for said, target in self._targets.values() if said.endswith(f"/{kind}")), "")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> (kind, path) of the parts that belong to `part`."""
        folder, _, name = part.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        path = f"{prefix}_rels/{name}.rels"
        found = {}
        for element in self._elements(path, {"Relationship"}):
            target = element.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else _joined(folder, target)
            found[element.get("Id", "")] = (element.get("Type", ""), whole)
        return found

    def _elements(self, part: str, wanted: set[str] | None = None) -> Iterator[Element]:
        """The elements of a part with a wanted name, whole; they are forgotten behind it."""
        above: list[Element] = []
        with self._archive.open(part) as packed:
            for event, element in iterparse(_Limited(packed, self), events=("start", "end")):
                if event == "start":
                    above.append(element)
                    continue
                above.pop()
                if wanted is None or _local(element.tag) in wanted:
                    yield element
                    if wanted is not None and above:
                        above[-1].remove(element)

    def take(self, n_bytes: int) -> None:
        """Count what was unpacked; NoTableError when it is too much."""
        self._left -= n_bytes
        if self._left < 0:
            raise NoTableError(f"Unpacked it is larger than {self._max_bytes // 1_000_000} MB. Save the sheet as .csv.")


class _Limited:
    """A part being read, within the limit of the whole workbook; a document type, which may hold traps, is refused."""

    def __init__(self, packed: object, workbook: _Workbook):
        self._packed, self._workbook, self._is_first = packed, workbook, True

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._packed.read(size if size > 0 else 65_536)  # type: ignore[attr-defined]
        self._workbook.take(len(content))
        if self._is_first and b"<!DOCTYPE" in content:
            raise ValueError("a document type")
        self._is_first = False
        return content


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    """An attribute by its name without its namespace."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _text(element: Element) -> str:
    """The text of a string with its formats, without how it is pronounced."""
    parts = []
    for child in element:
        if _local(child.tag) == "t":
            parts.append(child.text or "")
        elif _local(child.tag) == "r":
            parts += [part.text or "" for part in child if _local(part.tag) == "t"]
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), "".join(parts))


def _shown_as(code: str) -> str:
    letters = _UNSHOWN.sub("", code.partition(";")[0]).lower()
    if "general" in letters or not re.search(r"[dmyhs]", letters):
        return ""
    return "date" if re.search(r"[dy]", letters) or not re.search(r"[hs]", letters) else "time"


def _own_format(number: int) -> str:
    return "date" if number in DATE_FORMATS else "time" if number in TIME_FORMATS else ""


def _clock(moment: datetime) -> str:
    near = moment + timedelta(microseconds=500_000)
    return f"{near:%H:%M:%S}"


def _joined(folder: str, target: str) -> str:
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
