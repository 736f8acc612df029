"""Opens a file as its tables, by the ending of its name."""

from typing import BinaryIO

from agents.workspaces.tables import delimited, workbook
from agents.workspaces.tables.encodings import Guess
from agents.workspaces.tables.table import NoTableError, Table, ending_of

ENDINGS = (*delimited.ENDINGS, *workbook.ENDINGS)
"""Of files that are read as tables."""


def is_table(path: str) -> bool:
    """Whether a file of that name is read as tables; False also for those of which it is told why not."""
    return ending_of(path) in ENDINGS


def why_unread(path: str) -> str:
    """Return why a table of that kind is not read; "" for other files."""
    return workbook.NOT_READ.get(ending_of(path), "")


def tables_in(path: str, file: BinaryIO, guess: Guess | None = None, max_bytes: int | None = None) -> list[Table]:
    """Return the tables in a file of that name: one, or a workbook's sheets. Of text, `max_bytes` are read.

    NoTableError says why there is none. The rows are read from the file while they are asked for."""
    ending = ending_of(path)
    if why := workbook.NOT_READ.get(ending):
        raise NoTableError(why)
    if ending in workbook.ENDINGS:
        return workbook.workbook(file, max_bytes or workbook.MAX_XML_BYTES)
    return [delimited.delimited(file, ending, guess, max_bytes)]
