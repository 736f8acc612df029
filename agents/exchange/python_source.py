"""Python code as people paste it, split into pieces that parse: scripts, notebooks, and lessons with prose between.

What is no Python is left out and named. Magics of notebooks are skipped. Nothing runs.
"""

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.errors import SpecError
from agents.exchange.values import Note

MAX_PYTHON_CHARS = 400_000
"""Of the code of a script or a notebook."""
MAX_NOTEBOOK_CHARS = 8_000_000
"""Of a notebook with its outputs."""
MAX_DEPTH = 100
"""Expressions and blocks within each other."""
MAX_STATEMENT_LINES = 200
"""Of a statement between prose."""
MAX_SEEN = 100_000
"""Lines that are looked at for statements between prose, again and again for each of them."""
MAX_TRIED = 10
"""Ends of a statement that are tried."""
MAX_SKIPPED = 5
"""Stretches that are named one by one."""


@dataclass(frozen=True)
class Piece:
    """Code that parses."""

    tree: ast.Module
    lines: list[str]
    where: Callable[[int], str]
    """Says where a line of it stands in the text."""


@dataclass(frozen=True)
class Source:
    """A text's code, in its order, and what of it was left out."""

    pieces: list[Piece]
    notes: list[Note]
    is_notebook: bool = False


class _Unparsable(Exception):
    """The code is no Python."""

    def __init__(self, line: int, why: str):
        self.line, self.why = line, why


def is_notebook(text: str) -> bool:
    """Whether the text is a Jupyter notebook."""
    return text.lstrip()[:1] == "{" and '"cells"' in text and '"cell_type"' in text


def read_source(text: str, subject: str) -> Source:
    """Return the Python code of the text; SpecError says why there is none, and where."""
    return _notebook(text, subject) if is_notebook(text) else _script(text, subject)


def _notebook(text: str, subject: str) -> Source:
    if len(text) > MAX_NOTEBOOK_CHARS:
        raise _too_long(subject, len(text), MAX_NOTEBOOK_CHARS, "a notebook")
    try:
        cells = json.loads(text)["cells"]
        codes = [(number, _cell_text(cell)) for number, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        problem = "It is a notebook (.ipynb) that is cut off or damaged. Save it anew in Jupyter."
        raise SpecError(subject, [("", problem)]) from None
    n_chars = sum(len(code) for _, code in codes)
    if n_chars > MAX_PYTHON_CHARS:
        raise _too_long(subject, n_chars, MAX_PYTHON_CHARS, "the code of a notebook")
    return Source(*_each([(_of_cell(number), code) for number, code in codes], "cell"), is_notebook=True)


def _cell_text(cell: dict[str, object]) -> str:
    source = cell["source"]
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _of_cell(number: int) -> Callable[[int], str]:
    return lambda line: f"cell {number}, line {line}"


def _of_text(first: int) -> Callable[[int], str]:
    return lambda line: f"line {line + first - 1}"


def _too_long(subject: str, n_chars: int, most: int, what: str) -> SpecError:
    return SpecError(subject, [("", f"It has {n_chars:,} characters; of {what} at most {most:,} are read.")])


_FENCE = re.compile(r"^[ \t]*(```|~~~)[ \t]*(\w*)[^\n]*$", re.MULTILINE)


def _script(text: str, subject: str) -> Source:
    if len(text) > MAX_PYTHON_CHARS:
        raise _too_long(subject, len(text), MAX_PYTHON_CHARS, "a script")
    code = without_magics(text)
    try:
        return Source([_piece(code, _of_text(1))], [])
    except _Unparsable as error:
        first = error
    blocks = [(_of_text(line), block) for line, block in _fenced(text)]
    pieces, notes = _each(blocks, "block") if blocks else _between_prose(code)
    if not any(piece.tree.body for piece in pieces):
        raise SpecError(subject, [(f"line {first.line}", f"It is not Python that can be read: {first.why}.")])
    return Source(pieces, notes)


def _fenced(text: str) -> Iterator[tuple[int, str]]:
    """(line, code) of each block of Python in a Markdown text."""
    opened: tuple[int, str] | None = None
    position, line = 0, 1
    for match in _FENCE.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if opened is None:
            opened = (match.end(), match[2].lower()) if match[2].lower() in ("python", "py", "") else (-1, "")
            first = line
        else:
            if opened[0] >= 0:
                yield first + 1, text[opened[0] + 1 : match.start()]
            opened = None


def _each(parts: list[tuple[Callable[[int], str], str]], what: str) -> tuple[list[Piece], list[Note]]:
    """Return the parts that are Python, each given as (says where a line of it stands, code), and which are not."""
    pieces, notes = [], []
    for where, code in parts:
        try:
            pieces.append(_piece(without_magics(code), where))
        except _Unparsable as error:
            notes.append(Note(where(error.line), f"The {what} is not Python that can be read ({error.why}); skipped."))
    return pieces, notes


_STARTS = re.compile(r"(import|from|@|def|class|if|for|with|async|try)\b|@|[A-Za-z_][\w.]*(\s*=[^=]|\()|[A-Za-z_]\w*\[")


def _between_prose(text: str) -> tuple[list[Piece], list[Note]]:
    """Return the statements among lines of prose, and which lines were left out."""
    lines = text.splitlines()
    pieces: list[Piece] = []
    skipped: list[tuple[int, int]] = []
    at = n_seen = 0
    while at < len(lines):
        n_taken = 0
        if _STARTS.match(lines[at]) and n_seen < MAX_SEEN:
            n_taken, seen = _statement(lines, at)
            n_seen += seen
        if n_taken:
            pieces.append(_piece("\n".join(lines[at : at + n_taken]), _of_text(at + 1)))
        elif lines[at].strip() and not lines[at].lstrip().startswith("#"):
            if skipped and not any(map(str.strip, lines[skipped[-1][1] : at])):
                skipped[-1] = (skipped[-1][0], at + 1)
            else:
                skipped.append((at, at + 1))
        at += n_taken or 1
    named = [f"{first + 1}" if last == first + 1 else f"{first + 1}–{last}" for first, last in skipped[:MAX_SKIPPED]]
    more = f" and {len(skipped) - MAX_SKIPPED} more places" if len(skipped) > MAX_SKIPPED else ""
    text = f"These lines are not Python and were skipped: {', '.join(named)}{more}."
    return pieces, [Note("", text)] if skipped else []


def _statement(lines: list[str], at: int) -> tuple[int, int]:
    """Return how many lines the statement at that line takes, 0 when there is none; and how many were looked at."""
    depth, taken, n_tried, end = 0, 0, 0, at
    is_block = lines[at].rstrip().endswith(":") or lines[at].startswith("@")
    for end in range(at, min(at + MAX_STATEMENT_LINES, len(lines))):
        depth += sum(map(lines[end].count, "([{")) - sum(map(lines[end].count, ")]}"))
        if is_block and end + 1 < len(lines) and (lines[end + 1][:1] in (" ", "\t", "") or end == at):
            continue
        if depth <= 0 or n_tried == 0:
            n_tried += 1
            try:
                _piece("\n".join(lines[at : end + 1]), _of_text(1))
                taken = end + 1 - at
                break
            except _Unparsable:
                if n_tried > MAX_TRIED:
                    break
    return taken, end + 1 - at


_MAGIC = re.compile(r"^([ \t]*)(%|!|\?|[\w.]+\?{1,2}\s*$)[^\n]*", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_PYTHON_CELLS = ("capture", "time", "timeit", "prun")


def without_magics(code: str) -> str:
    """Return the code with what only a notebook understands replaced by `pass`, line by line."""
    cell = _CELL_MAGIC.match(code)
    if cell and cell[1] not in _PYTHON_CELLS:
        return ""
    if not re.search(r"^[ \t]*[%!?]|\?\s*$", code, re.MULTILINE):
        return code
    try:
        ast.parse(code)
        return code
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _MAGIC.sub(r"\1pass", code)


def _piece(code: str, where: Callable[[int], str]) -> Piece:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in texts of others
            tree = ast.parse(code)
    except SyntaxError as error:
        raise _Unparsable(error.lineno or 1, _why(error)) from None
    except (ValueError, RecursionError, MemoryError):
        raise _Unparsable(1, "it nests too deep, or has characters that no script has") from None
    line = _too_deep_at(tree)
    if line:
        raise _Unparsable(line, f"it nests more than {MAX_DEPTH} deep")
    return Piece(tree, code.splitlines(), where)


def _why(error: SyntaxError) -> str:
    text = (error.msg or "the syntax is wrong").splitlines()[0]
    return text[:1].lower() + text[1:120]


def _too_deep_at(tree: ast.Module) -> int:
    """Return the line at which the code nests too deep; 0 when it does not."""
    level: list[tuple[ast.AST, int]] = [(tree, 1)]
    for _ in range(MAX_DEPTH):
        level = [
            (inner, getattr(inner, "lineno", line)) for node, line in level for inner in ast.iter_child_nodes(node)
        ]
        if not level:
            return 0
    return level[0][1]
