"""Names of files: as a person's upload may be called, as a tool may ask for them, and as a screen may show them.

Pure functions. What people, agents and their code call a file is hostile input: it may hold path separators, control
characters that reorder text, or bytes that are no text at all.
"""

import re
import unicodedata

from agents.errors import UsageError
from agents.plain_text import UNFIT_FOR_NAMES, escaped, quotable

MAX_NAME_BYTES = 120
"""Of an uploaded file's name; its ending is kept."""
MAX_DEPTH = 20
"""Folders within each other."""
MAX_PATH_CHARS = 1_000
INSIDE = "/workspace/"
"""Where code and agents see the workspace."""


def safe_name(name: str) -> str:
    """A name for an uploaded file: one component, that hides nothing and leads nowhere; "file" when nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    text = UNFIT_FOR_NAMES.sub("", unicodedata.normalize("NFC", last))
    text = re.sub(r'[<>:"|?*`$]', "_", " ".join(text.split())).strip(" .") or "file"
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 20:
        return _cut(text, MAX_NAME_BYTES)
    return f"{_cut(stem, MAX_NAME_BYTES - 1 - len(ending.encode())) or 'file'}.{ending}"


def numbered(name: str, number: int) -> str:
    """`name` for the `number`th file that would be called so: "data.csv", "data-2.csv", ..."""
    if number < 2:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number}.{ending}" if dot else f"{name}-{number}"


def shown(path: str) -> str:
    """`path` with what is no plain text in it made visible, such as \\x1b; equal to `path` for nearly every file."""
    return escaped(path, UNFIT_FOR_NAMES)


def components(path: str) -> list[str]:
    """Return the parts of a path that a tool names, within the workspace; UsageError says what is wrong with it."""
    asked = quotable(path, 200)
    inner = path.removeprefix(INSIDE) if path.startswith(INSIDE) else path
    if inner.startswith("/"):
        raise UsageError(f"{asked!r} is not in the workspace. Name a file by its path within it, such as 'data.csv'.")
    parts = [part for part in inner.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise UsageError(f"{asked!r} leads out of the workspace. Name a file by its path within it.")
    if not parts or inner.endswith("/"):
        raise UsageError(f"{asked!r} names no file. Name one by its path in the workspace, such as 'data.csv'.")
    if (
        len(parts) > MAX_DEPTH
        or len(inner) > MAX_PATH_CHARS
        or any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts)
    ):
        raise UsageError(f"{asked!r} is too long or nested too deeply. Choose a shorter path.")
    if UNFIT_FOR_NAMES.search(inner):
        raise UsageError(f"{asked!r} holds characters that no file name should have. Choose a plainer name.")
    return parts


def zip_name(path: str) -> str:
    """Return what a file is called in a zip: its path, which leads nowhere else."""
    parts = [part for part in path.replace("\\", "_").split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "file"


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[: max(max_bytes, 0)].decode(errors="ignore").strip(" .")
