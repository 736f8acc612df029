"""Which of the old encodings a text is in, guessed from its bytes; the only `import charset_normalizer`.

Western texts are told first: the guess of the library is poor where few letters are not ASCII.
"""

import contextlib
import gzip
import io
import unicodedata
from functools import partial
from itertools import pairwise

from agents.errors import UsageError
from agents.workspaces.tables import delimited
from agents.workspaces.tables.encodings import Encoding, decoded, encoding_of, looks_western, western
from agents.workspaces.tables.table import ending_of
from agents.workspaces.workspace import Workspace

MAX_READ_BYTES = 8_388_608
"""Of one file that is looked at for its encoding; of all together eight times as much."""
_SINGLE = ["cp1251", "koi8_r", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp437", "cp850", "mac_roman"]
_MULTI = ["cp932", "euc_jp", "gb18030", "big5", "cp949"]


def charset_of(sample: bytes) -> str:
    """Return the encoding that the bytes, which are no UTF-8, are probably in."""
    if looks_western(sample):
        return western(sample)
    from charset_normalizer import from_bytes  # 30 ms, for the few files that need it

    matches = from_bytes(sample, cp_isolation=[*_SINGLE, *_MULTI])
    return next((match.encoding for match in matches if _is_plausible(sample.decode(match.encoding))), western(sample))


def text_of(content: bytes) -> tuple[str, Encoding] | None:
    """Return the text of a file, and its encoding; None for a file that is no text."""
    read = decoded(content, charset_of)
    return None if read is None or "\0" in read[0][:8_192] else read


def charsets_in(workspace: Workspace) -> dict[str, str]:
    """Return the encodings of those of the workspace's tables that are no UTF-8: path -> encoding."""
    found: dict[str, str] = {}
    n_left = 8 * MAX_READ_BYTES
    for path, size in workspace.listed():
        if ending_of(path) not in delimited.ENDINGS or size > n_left:
            continue
        n_left -= min(size, MAX_READ_BYTES)
        with contextlib.suppress(UsageError, OSError, EOFError), workspace.open(path) as file:
            unpacked = gzip.GzipFile(fileobj=file) if path.lower().endswith(".gz") else file
            content = io.BytesIO(unpacked.read(MAX_READ_BYTES))
            encoding_of(content, partial(_remembered, found, path))
    return found


def _remembered(found: dict[str, str], path: str, sample: bytes) -> str:
    found[path] = charset_of(sample)
    return found[path]


def _is_plausible(text: str) -> bool:
    """Whether no Latin letter stands beside one of another script: then bytes were taken for characters wrongly."""
    return not any(
        one.isalpha() and other.isalpha() and _is_latin(one) != _is_latin(other) for one, other in pairwise(text)
    )


def _is_latin(letter: str) -> bool:
    return letter < "\x80" or unicodedata.name(letter, "").startswith("LATIN")
