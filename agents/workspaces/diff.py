"""What changed between two versions of a text, as a unified difference."""

import difflib
from pathlib import Path

from agents.plain_text import shorten
from agents.workspaces.preview import MAX_LINE_CHARS

MAX_BYTES = 300_000
MAX_LINES = 4_000
"""Comparing takes time that may grow with the square of this."""
CONTEXT_LINES = 3


def difference(before: Path, after: Path) -> tuple[str, str]:
    """(the difference, why there is none): one of the two is "". Line numbers are left out."""
    texts = [_lines(version) for version in (before, after)]
    old, new = texts
    if old is None or new is None:
        return "", "Only texts of up to 300 kB and 4,000 lines can be compared. Download both versions instead."
    lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT_LINES))[3:]
    if not lines:
        return "", "The text of the two versions is the same."
    return "\n".join("⋯" if line.startswith("@@") else line for line in lines), ""


def _lines(version: Path) -> list[str] | None:
    if version.stat().st_size > MAX_BYTES:
        return None
    content = version.read_bytes()
    if b"\0" in content:
        return None
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    if len(lines) > MAX_LINES:
        return None
    return [shorten(line, MAX_LINE_CHARS) for line in lines]
