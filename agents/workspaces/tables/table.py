"""A table that was read: its columns, its rows, and what is told of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agents.workspaces.tables.kinds import Kind


class NoTableError(Exception):
    """The file is not the table that its name says; the text says why, for people and agents."""


@dataclass(frozen=True)
class Table:
    """One table of a file."""

    columns: list[str]
    """Their names, none twice."""
    kinds: list[Kind]
    """What each column holds, as far as the rows that were looked at tell."""
    n_rows: int
    is_whole: bool
    """False when more of the file was not read."""
    notes: list[str]
    """What is told of it, most of all what is uncertain: parts of a sentence."""
    rows: Callable[[], Iterator[list[str]]] = field(repr=False)
    """Returns the rows, each as wide as `columns`."""
    name: str = ""
    """Of a workbook's sheet."""
    is_hidden: bool = False
    """Whether that sheet is hidden in the workbook."""
    separator: str = ""
    """What is between the cells; "" in a workbook."""


def ending_of(path: str) -> str:
    """Return the ending of a name in small letters, with the one before .gz: "csv", "csv.gz", "" for none."""
    stem, dot, ending = path.rpartition("/")[2].lower().rpartition(".")
    if not dot:
        return ""
    if ending != "gz":
        return ending
    _, dot, inner = stem.rpartition(".")
    return f"{inner}.gz" if dot else "gz"
