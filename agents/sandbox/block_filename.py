"""The file name of a block of code: what its first line says, as AutoGen reads it, or none.

Pure functions. A name is relative to the workspace and stays in it; links are the sandbox's to refuse.
"""

import re
from pathlib import PurePosixPath

PYTHON = ("python", "py", "python3")
SHELL = ("sh", "bash", "shell")
SAVED = {"html": "html", "css": "css", "javascript": "js", "js": "js"}
"""Languages whose blocks are kept as files and not run, as AutoGen does; and what their files end with."""

_COMMENTS = (("#", ""), ("//", ""), ("/*", "*/"), ("<!--", "-->"))
"""What a comment begins and ends with."""
_NAMED = re.compile(r"file\s?name\s*:\s*(.+)", re.IGNORECASE)
_LOOKS_LIKE_ONE = re.compile(
    r"[\w-][\w./-]*\.(py|sh|bash|txt|md|json|jsonl|csv|tsv|html|css|js|ya?ml|toml|ini|cfg|sql|xml)"
)
MAX_NAME_CHARS = 200


def name_in(code: str) -> str:
    """Return the name that the code's first line gives it ("# filename: x.py", "# x.py"); "" when it gives none.

    AutoGen takes any first comment for a name; here one without "filename:" must look like a name."""
    first = code.lstrip("\ufeff").partition("\n")[0].strip()
    for begin, end in _COMMENTS:
        inner = first[len(begin) : len(first) - len(end)].strip()
        if inner and first.startswith(begin) and first.endswith(end):
            text = inner.strip("`'\"")
            if named := _NAMED.fullmatch(text):
                return named.group(1).strip().strip("`'\"")
            return text if _LOOKS_LIKE_ONE.fullmatch(text) else ""
    return ""


def wrong_with(name: str) -> str:
    """Return why a block may not be kept under this name, for the agent; "" when it may."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return f"The file name {name[:200]!r} leads out of the workspace. Nothing ran. Name a file within it."
    is_plain = name.isprintable() and not any(part.startswith("-") for part in path.parts)
    if not is_plain or not path.name or len(name) > MAX_NAME_CHARS or name.endswith("/"):
        return f"The file name {name[:200]!r} cannot be used. Nothing ran. Choose a plain one such as 'main.py'."
    return ""


def within(name: str) -> str:
    """Return the name relative to the workspace: agents may write its full path as they see it, /workspace/x.py."""
    return name.removeprefix("/workspace/").removeprefix("./")
