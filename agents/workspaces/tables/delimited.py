"""Reads CSV, TSV and their kin: what separates the cells, what is quoted, and each row with its line.

Reads a file twice, never into memory: once to see how it is written and which rows do not fit, then for its rows.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from agents.workspaces.tables.encodings import Encoding, Guess, encoding_of
from agents.workspaces.tables.kinds import is_typed
from agents.workspaces.tables.layout import (
    Layout,
    Misfits,
    Row,
    filled,
    fitted,
    kind_notes,
    kinds_of,
    layout_of,
    usual_width,
    widened,
)
from agents.workspaces.tables.table import NoTableError, Table

ENDINGS = ("csv", "tsv", "tab", "csv.gz", "tsv.gz", "tab.gz")
SEPARATORS = {",": "", ";": "separated by semicolons", "\t": "separated by tabs", "|": "separated by |"}
NO_SEPARATOR = "\x1f"
"""For a table of one column: a character that no text has."""
_END = "\x1e\x1e"
SAMPLE_CHARS, SAMPLE_ROWS = 262_144, 300
KIND_ROWS = 20_000
MAX_COLUMNS = 20_000
MAX_UNPACKED_BYTES = 268_435_456
"""Of a file that gzip packed."""
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n?')


@dataclass(frozen=True)
class _Form:
    """How the text of the file is written."""

    encoding: Encoding
    separator: str
    is_quoted: bool
    """False when quotation marks are text like any other."""
    is_spaced: bool
    """Whether spaces before a quotation mark are no part of a cell."""
    n_skipped: int = 0
    """Lines at the beginning that only say what separates."""
    notes: tuple[str, ...] = ()


class Delimited:
    """A text file of rows and cells. `max_bytes` is how much of it is looked at."""

    def __init__(self, file: BinaryIO, ending: str, guess: Guess | None = None, max_bytes: int | None = None):
        csv.field_size_limit(2**31 - 1)
        self._file = _unpacked(file) if ending.endswith(".gz") else file
        self._max_bytes = max_bytes
        self._is_whole = max_bytes is None or _ends_within(self._file, max_bytes)
        encoding = encoding_of(self._file, guess, max_bytes)
        if encoding is None:
            raise NoTableError("It is not the table that its name says: it holds no text.")
        self._form = self._form_of(encoding, ending)

    def table(self) -> Table:
        """Read it; NoTableError when there is nothing in it."""
        try:
            return self._table()
        except (csv.Error, EOFError, OSError) as error:
            raise NoTableError(f"It cannot be read: {error}.") from error

    def _table(self) -> Table:
        sample = list(islice(self._rows(), SAMPLE_ROWS))
        if not sample:
            raise NoTableError("It holds no rows.")
        layout = layout_of(sample)
        if layout.width > MAX_COLUMNS:
            raise NoTableError(f"It has {layout.width:,} columns; at most {MAX_COLUMNS:,} are read.")
        misfits, shown = Misfits(), list[list[str]]()
        n_kept = max(min(KIND_ROWS, 200_000 // max(layout.width, 1)), 20)
        for line, cells in islice(self._rows(), layout.first, None):
            misfits.n_rows += 1
            if len(cells) != layout.width:
                misfits.count(line, cells, layout.width)
            if misfits.n_rows <= n_kept:
                shown.append(cells)
        columns = widened(layout, misfits)
        kinds = kinds_of([fitted(cells, len(columns)) for cells in shown], len(columns), self._form.separator)
        notes = [SEPARATORS.get(self._form.separator, ""), self._form.encoding.note, *self._form.notes]
        notes += [*layout.notes, misfits.note, *kind_notes(columns, kinds)]
        return Table(
            columns,
            kinds,
            misfits.n_rows,
            self._is_whole,
            [note for note in notes if note],
            lambda: self._fitted(layout, len(columns)),
            separator=self._form.separator,
        )

    def _fitted(self, layout: Layout, width: int) -> Iterator[list[str]]:
        for _, cells in islice(self._rows(), layout.first, None):
            yield fitted(cells, width)

    def _rows(self) -> Iterator[Row]:
        """The rows that hold something, in their order."""
        form = self._form
        rows = _parsed(self._text(), form.separator, form.is_quoted, form.is_spaced, form.n_skipped)
        return rows if self._is_whole else _without_last(rows)

    def _text(self) -> io.TextIOWrapper:
        return _text_of(self._file, self._form.encoding.name, self._max_bytes)

    def _form_of(self, encoding: Encoding, ending: str) -> _Form:
        text = _text_of(self._file, encoding.name, self._max_bytes).read(SAMPLE_CHARS)
        notes = []
        if n_nuls := text.count("\0"):
            notes.append(f"{n_nuls:,} NUL character{'' if n_nuls == 1 else 's'} left out")
        if said := _SEP_LINE.match(text):
            return _Form(encoding, said[1], True, False, 1, tuple(notes))
        if len(text) == SAMPLE_CHARS:  # the last line may be cut
            end = max(text.rfind("\n"), text.rfind("\r"))
            text = text[: end + 1] or text
        wanted = "\t" if ending.startswith(("tsv", "tab")) else ","
        separator, is_quoted = _separator(text, wanted, True), True
        if any('"' in line for line in _text_of(self._file, encoding.name, self._max_bytes)) and _is_open(
            _text_of(self._file, encoding.name, self._max_bytes), separator
        ):
            is_quoted = self._max_bytes is not None and not self._is_whole
            if not is_quoted:
                separator = _separator(text, wanted, False)
                notes.append("a quotation mark is never closed, so quotation marks are read as text")
        is_spaced = is_quoted and f'{separator} "' in text
        return _Form(encoding, separator, is_quoted, is_spaced, 0, tuple(notes))


def _unpacked(file: BinaryIO) -> BinaryIO:
    """The content of a file that gzip packed."""
    with gzip.GzipFile(fileobj=file) as packed:
        try:
            content = packed.read(MAX_UNPACKED_BYTES + 1)
        except (OSError, EOFError) as error:
            raise NoTableError("It is not the gzip file that its name says, or it is cut.") from error
    if len(content) > MAX_UNPACKED_BYTES:
        raise NoTableError(f"Unpacked it is larger than {MAX_UNPACKED_BYTES // 1_000_000} MB.")
    return io.BytesIO(content)


class _Beginning(io.RawIOBase):
    """The first bytes of a file, as a file of its own that closes nothing."""

    def __init__(self, file: BinaryIO, max_bytes: int | None):
        self._file, self._left = file, max_bytes
        file.seek(0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        n_wanted = len(view) if self._left is None else min(len(view), self._left)
        content = self._file.read(n_wanted)
        view[: len(content)] = content
        if self._left is not None:
            self._left -= len(content)
        return len(content)


def _text_of(file: BinaryIO, encoding: str, max_bytes: int | None) -> io.TextIOWrapper:
    raw = io.BufferedReader(_Beginning(file, max_bytes), 1_048_576)
    return io.TextIOWrapper(raw, encoding, errors="replace", newline="")


def _parsed(
    lines: Iterator[str], separator: str, is_quoted: bool, is_spaced: bool = False, n_skipped: int = 0
) -> Iterator[Row]:
    """(line where it begins, cells) of each row that holds something."""
    shown = (line.replace("\0", "") if "\0" in line else line for line in lines)
    reader = csv.reader(
        islice(shown, n_skipped, None),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
        skipinitialspace=is_spaced,
    )
    before = 0
    for cells in reader:
        line, before = before + 1 + n_skipped, reader.line_num
        if any(cells) and filled(cells):
            yield line, cells


def _without_last(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows but the last, which is cut."""
    before: Row | None = None
    for row in rows:
        if before is not None:
            yield before
        before = row


def _ends_within(file: BinaryIO, n_bytes: int) -> bool:
    file.seek(n_bytes)
    is_at_end = not file.read(1)
    file.seek(0)
    return is_at_end


def _is_open(lines: Iterator[str], separator: str) -> bool:
    """Whether a quotation mark is open where the file ends: then a row behind it is part of a cell."""
    last: list[str] = []
    for cells in csv.reader((line.replace("\0", "") for line in chain(lines, [_END])), delimiter=separator):
        last = cells
    return last != [_END]


def _separator(text: str, wanted: str, is_quoted: bool) -> str:
    """Return what separates the cells: what makes the rows most alike and their cells most like values."""
    scores = {mark: _score(text, mark, is_quoted) + 0.1 * (mark == wanted) for mark in SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best] >= 0.5:
        return best
    first = next((line for line in text.splitlines() if line.strip()), "")
    most = max(SEPARATORS, key=lambda mark: (first.count(mark), mark == wanted))
    return most if most in first else NO_SEPARATOR


def _score(text: str, mark: str, is_quoted: bool) -> float:
    """How well the mark makes rows of the text: from 0 to about 2."""
    rows = [cells for _, cells in islice(_parsed(io.StringIO(text, newline=""), mark, is_quoted), 100)]
    common = usual_width(rows)
    if common < 2:
        return 0.0
    is_alike = [common in (len(cells), filled(cells)) for cells in rows]
    n_above = is_alike.index(True)
    alike = sum(is_alike) / (len(rows) - n_above)
    if n_above and alike < 0.75:  # a sentence with commas is no row
        return 0.0
    body = [cell for cells in rows[1:21] for cell in cells if cell.strip()] or rows[0]
    return alike + 0.5 * sum(map(is_typed, body)) / len(body) + 0.3 * (n_above == 0)


def delimited(file: BinaryIO, ending: str, guess: Guess | None = None, max_bytes: int | None = None) -> Table:
    """Read the table in a text file with that ending; NoTableError when it is none."""
    return Delimited(file, ending, guess, max_bytes).table()
