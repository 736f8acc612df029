"""Vectors of texts: asked of an embedding model once for each text, kept beside the chat's files, compared by cosine.

Kept by the text's hash and the vector space of the model. What is kept may be lost at any time: it is asked for again.
"""

import hashlib
import logging
import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from operator import mul
from pathlib import Path

from agents.tools.context import Embeddings, ToolContext

TEXTS_PER_CALL = 64
MAX_NEW = 1_024
"""Texts whose vectors are asked for in one search; the others' turn comes in the next."""
_log = logging.getLogger(__name__)


def ranked_by_meaning(query: str, texts: Mapping[int, str], model: Embeddings, context: ToolContext) -> list[int]:
    """Return the numbers of the texts that have a vector, nearest to the query first. Vectors of the first `MAX_NEW`
    that have none are asked for. UsageError when the model gives none."""
    kept = _KeptVectors(context.workspace.vectors, model.vector_space)
    digests = {number: _digest(text) for number, text in texts.items()}
    wanted = _digest(query)
    vectors = kept.get([wanted, *digests.values()])
    missing = {digest: texts[number] for number, digest in digests.items() if digest not in vectors}
    asked = ({} if wanted in vectors else {wanted: query}) | dict(list(missing.items())[:MAX_NEW])
    for n_before in range(0, len(asked), TEXTS_PER_CALL):
        context.check_cancelled()
        context.report_progress(f"Comparing by meaning: {n_before:,} of {len(asked):,} passages")
        part = dict(list(asked.items())[n_before : n_before + TEXTS_PER_CALL])
        made = dict(zip(part, context.vectors(model, list(part.values())), strict=True))
        new = {digest: array("f", vector) for digest, vector in made.items()}
        kept.put(new)
        vectors |= new
    near = vectors[wanted]
    nearness = {
        number: sum(map(mul, near, vectors[digest]))
        for number, digest in digests.items()
        if digest in vectors and len(vectors[digest]) == len(near)
    }
    return sorted(nearness, key=lambda number: -nearness[number])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _KeptVectors:
    """A file of vectors; one that cannot be read or written holds none."""

    def __init__(self, file: Path, vector_space: str):
        self._file, self._space = file, vector_space

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file)) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (space TEXT, digest TEXT, vector BLOB, PRIMARY KEY (space, digest))"
            )
            yield database
            database.commit()

    def get(self, digests: Sequence[str]) -> dict[str, "array[float]"]:
        """Return the vectors that are kept, by digest."""
        found: dict[str, array[float]] = {}
        try:
            with self._database() as database:
                for digest in dict.fromkeys(digests):
                    row = database.execute(
                        "SELECT vector FROM vectors WHERE space = ? AND digest = ?", [self._space, digest]
                    ).fetchone()
                    if row is not None:
                        found[digest] = array("f", row[0])
        except sqlite3.Error as error:
            self._forget(error)
            return {}
        return found

    def put(self, vectors: Mapping[str, "array[float]"]) -> None:
        """Keep them."""
        rows = [(self._space, digest, vector.tobytes()) for digest, vector in vectors.items()]
        try:
            with self._database() as database:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._forget(error)

    def _forget(self, error: sqlite3.Error) -> None:
        _log.warning("Vectors of a chat's files could not be kept or read: %s", error)
        if not isinstance(error, sqlite3.OperationalError):  # it is no database any more
            self._file.unlink(missing_ok=True)
