"""`list_files`, `read_file` and `write_file`: the chat's workspace, as its agents use it without running code.

What a path may be, and how large a file, is the workspace's to say. Called by `ToolRegistry` as built-in tools.
"""

from agents.errors import UsageError
from agents.plain_text import quotable
from agents.text.numbers import size_text
from agents.tools.context import ToolContext
from agents.tools.function import MAX_RESULT_CHARS, idempotent

MAX_LISTED = 500
MAX_CHARS = MAX_RESULT_CHARS - 500
"""Of a file in one result; whoever wants more asks for further lines."""


@idempotent
def list_files(context: ToolContext) -> str:
    """The files of this chat's workspace with their sizes: what people attached, and what code and tools made."""
    files = context.workspace.listed()
    lines = [f"{path} ({size_text(size)})" for path, size in files[:MAX_LISTED]]
    if len(files) > MAX_LISTED:
        lines.append(f"... and {len(files) - MAX_LISTED:,} more")
    return "\n".join(lines) or "There are no files yet."


@idempotent
def read_file(path: str, context: ToolContext, first_line: int = 1, n_lines: int = 1_000) -> str:
    """Read a text file of the workspace: up to `n_lines` lines from `first_line` (counted from 1) on."""
    if first_line < 1 or n_lines < 1:
        raise UsageError("first_line and n_lines must be 1 or more.")
    content = context.workspace.read(path)
    if b"\0" in content[:8_192]:
        raise UsageError(f"{quotable(path)!r} is no text file ({size_text(len(content))}); run code to read it.")
    text = content.decode("utf-8-sig", "replace")
    lines = text.splitlines(keepends=True)
    if not lines:
        return f"{quotable(path)!r} is empty."
    if first_line > len(lines):
        raise UsageError(f"{quotable(path)!r} has {len(lines):,} lines; line {first_line:,} is not there.")
    shown: list[str] = []
    n_chars = 0
    for line in lines[first_line - 1 : first_line - 1 + n_lines]:
        if shown and n_chars + len(line) > MAX_CHARS:
            break
        shown.append(line if len(line) <= MAX_CHARS else f"{line[:MAX_CHARS]} [... cut]\n")
        n_chars += len(line)
    if len(shown) == len(lines):
        return "".join(shown)
    last = first_line - 1 + len(shown)
    return f"{''.join(shown)}\n[lines {first_line:,} to {last:,} of {len(lines):,}]"


@idempotent
def write_file(path: str, text: str, context: ToolContext) -> str:
    """Write a text file into the workspace, for people and for code that runs later. A file of that name is replaced;
    its earlier content stays among the chat's versions."""
    content = text.encode("utf-8", "replace")
    context.workspace.write(path, content)
    return f"{quotable(path)} is written ({size_text(len(content))})."
