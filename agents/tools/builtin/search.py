"""`search_files`: search over the chat's files, best matches first: by words (BM25, by SQLite's FTS5 in memory), and by
meaning where the member's connection has an embedding model.

Both orders become one by reciprocal rank fusion. The index is made for each call and forgotten: files change as code
runs, and a chat's are few. SQLite is given lines of text and a query of quoted words, never a file.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from agents.errors import UsageError
from agents.plain_text import CONTROL, quotable, shorten, valid
from agents.text.numbers import count_text, size_text
from agents.tools.context import ToolContext
from agents.tools.function import idempotent
from agents.tools.vectors import MAX_NEW, ranked_by_meaning
from agents.workspaces.charset import text_of

MAX_FILE_BYTES, MAX_ALL_BYTES = 5_000_000, 30_000_000
"""Of one file, and of all files together; the result names those that were not searched."""
MAX_QUERY_CHARS, MAX_WORDS = 500, 32
MAX_RESULTS = 50
PASSAGE_LINES, PASSAGE_CHARS = 12, 1_200
"""What is found and ranked as one."""
MAX_LINE_CHARS, SHOWN_LINES = 240, 3
MAX_NAMED = 10
NAME_WEIGHT = 2.0
"""How much more a word counts in a file's name than in its text."""
MAX_COMPARED = 5_000
"""Passages that are compared by meaning."""
RANKED, RANK_OFFSET = 100, 60
"""How many of each order count, and how little the first ranks differ (60 as in Cormack et al., 2009)."""
_BEGIN, _END = "\x01", "\x02"
"""Around what matched; text has no such characters, because it is cleaned before."""
_TOKENS = "porter unicode61 remove_diacritics 2"


@dataclass(frozen=True)
class _Passage:
    """A passage that was found."""

    number: int
    path: str
    line: int
    """Its first."""
    text: str
    """With marks around what matched, where words did."""


@dataclass
class _Index:
    """The text of a chat's files, in passages."""

    database: sqlite3.Connection
    unread: list[str] = field(default_factory=list)
    """What was not searched, and why."""
    n_files: int = 0

    def add(self, context: ToolContext) -> None:
        n_left = MAX_ALL_BYTES
        for path, size in context.workspace.listed():
            context.check_cancelled()
            if size > min(MAX_FILE_BYTES, n_left):
                self.unread.append(f"{quotable(path, 120)} ({size_text(size)}, too large)")
                continue
            try:
                content = context.workspace.read(path)
            except UsageError:
                self.unread.append(f"{quotable(path, 120)} (it cannot be read)")
                continue
            if (read := text_of(content)) is None:
                self.unread.append(f"{quotable(path, 120)} (no text)")
                continue
            n_left -= len(content)
            self.n_files += 1
            rows = _passages(path, read[0])
            self.database.executemany("INSERT INTO passages (name, text, path, line) VALUES (?, ?, ?, ?)", rows)

    def by_words(self, query: str, n: int) -> tuple[int, list[_Passage]]:
        """Return how many passages match, and the best `n`."""
        words = re.findall(r"\w+", query)[:MAX_WORDS]
        if words:
            wanted = " OR ".join(f'"{word}"' for word in words)
            (n_all,) = self.database.execute(
                "SELECT count(*) FROM passages WHERE passages MATCH ?", [wanted]
            ).fetchone()
            best = self.database.execute(
                "SELECT rowid, path, line, highlight(passages, 1, ?, ?) FROM passages WHERE passages MATCH ? "
                "ORDER BY bm25(passages, ?, 1.0), path, line LIMIT ?",
                [_BEGIN, _END, wanted, NAME_WEIGHT, n],
            ).fetchall()
            if n_all:
                return n_all, [_Passage(*row) for row in best]
        return self._containing(query.strip(), n)

    def _containing(self, text: str, n: int) -> tuple[int, list[_Passage]]:
        """The passages that hold `text` as it is: parts of words, signs, and scripts without spaces."""
        pattern = re.compile(re.escape(text), re.IGNORECASE)
        found = []
        for passage in self.all():
            text = passage.text
            if match := pattern.search(text):
                marked = f"{text[: match.start()]}{_BEGIN}{match[0]}{_END}{text[match.end() :]}"
                found.append(replace(passage, text=marked))
        return len(found), found[:n]

    def all(self) -> Iterator[_Passage]:
        """Yield all passages, by path and line."""
        rows = self.database.execute("SELECT rowid, path, line, text FROM passages ORDER BY path, line")
        return (_Passage(*row) for row in rows)


@idempotent
def search_files(query: str, context: ToolContext, n_results: int = 8) -> str:
    """Search the text of all files of this chat's workspace. `query` is a few words; passages that have more of them,
    and rarer ones, come first. Each result says file, line, and what stands there; read_file reads on from there."""
    query = valid(query).strip()
    if not query or len(query) > MAX_QUERY_CHARS:
        raise UsageError(f"The query needs 1 to {MAX_QUERY_CHARS:,} characters.")
    if not 1 <= n_results <= MAX_RESULTS:
        raise UsageError(f"n_results must be 1 to {MAX_RESULTS}.")
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute(
                "CREATE VIRTUAL TABLE passages USING fts5"
                f"(name, text, path UNINDEXED, line UNINDEXED, tokenize = '{_TOKENS}')"
            )
        except sqlite3.OperationalError as error:
            raise UsageError("This machine's SQLite has no full text search. Use list_files and read_file.") from error
        index = _Index(database)
        index.add(context)
        context.check_cancelled()
        return _answer(query, index, context, n_results)


def _answer(query: str, index: _Index, context: ToolContext, n: int) -> str:
    model = context.embeddings_of(context.agent)
    n_all, found = index.by_words(query, n if model is None else max(n, RANKED))
    heading, notes = _heading(query, n_all, min(n, len(found)), index.n_files), _unread(index.unread)
    passages = {passage.number: passage for passage in index.all() if passage.text.strip()} if model else {}
    if model and passages:
        try:
            compared = dict.fromkeys([*(passage.number for passage in found if passage.number in passages), *passages])
            texts = {number: passages[number].text for number in list(compared)[:MAX_COMPARED]}
            nearest = ranked_by_meaning(query, texts, model, context)
        except UsageError as error:
            notes.append(f"Searched by words alone, because {model.model} could not compare by meaning: {error}")
        else:
            found = _fused(found, [passages[number] for number in nearest[:RANKED]])
            heading = f"The best {min(n, len(found))} of {count_text(len(passages), 'passage')} in "
            heading += f"{count_text(index.n_files, 'file')}, by words and by meaning ({model.model}):"
            if n_left := len(passages) - len(nearest):
                notes.append(
                    f"{count_text(n_left, 'passage')} searched by words alone; {MAX_NEW:,} more at each search."
                )
    return "\n\n".join([heading, *map(_shown, found[:n]), *notes])


def _fused(by_words: list[_Passage], by_meaning: list[_Passage]) -> list[_Passage]:
    """Return both orders as one: by the sum of 1 / (60 + rank)."""
    found = {passage.number: passage for passage in [*by_meaning, *by_words]}
    scores = dict.fromkeys(found, 0.0)
    for order in (by_words, by_meaning):
        for rank, passage in enumerate(order, start=1):
            scores[passage.number] += 1 / (RANK_OFFSET + rank)
    return sorted(found.values(), key=lambda passage: -scores[passage.number])


def _passages(path: str, text: str) -> Iterator[tuple[str, str, str, int]]:
    """The name (with the first one only), the text, the path and the first line of each passage."""
    name = path
    lines: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(), start=1):
        clean = CONTROL.sub(" ", line.replace("\t", " "))
        pieces = [clean[at : at + PASSAGE_CHARS] for at in range(0, len(clean), PASSAGE_CHARS)] or [""]
        for piece in pieces:
            if lines and (len(lines) >= PASSAGE_LINES or sum(map(len, lines)) + len(piece) > PASSAGE_CHARS):
                yield name, "\n".join(lines), path, first
                name, lines = "", []
            if not lines:
                first = number
            lines.append(piece)
    if lines or name:
        yield name, "\n".join(lines), path, first


def _shown(found: _Passage) -> str:
    first, text = found.line, found.text
    at = text.find(_BEGIN)
    n_before = text.count("\n", 0, max(at, 0))
    lines = text.split("\n")[n_before : n_before + SHOWN_LINES]
    return "\n".join(
        [f"{quotable(found.path)}:{first + n_before}", *(f"  {_around(line)}" for line in lines if line.strip())]
    )


def _around(line: str) -> str:
    """The part of a line around what matched in it."""
    start = max(0, line.find(_BEGIN) - MAX_LINE_CHARS // 3) if len(line) > MAX_LINE_CHARS else 0
    part = line[start:].replace(_BEGIN, "").replace(_END, "")
    return f"{'…' if start else ''}{shorten(part, MAX_LINE_CHARS)}"


def _heading(query: str, n_all: int, n_shown: int, n_files: int) -> str:
    where = count_text(n_files, "file")
    if not n_all:
        return f"Nothing in {where} matches {quotable(query, 80)!r}. Try other or fewer words."
    best = f"; the best {n_shown}" if n_shown < n_all else ""
    return f"{count_text(n_all, 'passage')} of {where} {'matches' if n_all == 1 else 'match'}{best}:"


def _unread(unread: list[str]) -> list[str]:
    if not unread:
        return []
    more = f" and {len(unread) - MAX_NAMED:,} more" if len(unread) > MAX_NAMED else ""
    return [f"Not searched: {', '.join(unread[:MAX_NAMED])}{more}."]
