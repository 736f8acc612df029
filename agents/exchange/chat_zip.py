"""A chat as one zip: the page to show, the transcript, the events, the ledger, and the files it has."""

import io
import zipfile
from collections.abc import Sequence
from itertools import count
from typing import BinaryIO

from agents.exchange.chat_export import TOO_LARGE, ChatFormat, ExportedChat
from agents.text.numbers import size_text
from agents.workspaces.file_names import numbered, zip_name

MAX_BYTES = 100_000_000
"""Of all files together; what is beyond stays out."""
LEFT_OUT = "left-out.txt"


def zip_format(inside: Sequence[tuple[str, ChatFormat]]) -> ChatFormat:
    """Return the format of a zip that holds the chat in those formats too, each as (name of the file, format)."""

    def write(chat: ExportedChat, file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, form in inside:
                text = io.BytesIO()
                form.write(chat, text)
                archive.writestr(name, text.getvalue())
            if left_out := _write_files(chat, archive):
                archive.writestr(LEFT_OUT, "\n".join(["These files are not in this zip:", *left_out, ""]))

    return ChatFormat(
        name="zip",
        label="Everything",
        purpose="The page to show, transcript, events and ledger in one zip, with the files of the chat.",
        ending="zip",
        mime="application/zip",
        write=write,
    )


def _free(name: str, archive: zipfile.ZipFile) -> str:
    """Return the name, or another one where names that differ in the chat are the same in a zip."""
    taken = set(archive.namelist())
    return next(free for number in count(1) if (free := numbered(name, number)) not in taken)


def _write_files(chat: ExportedChat, archive: zipfile.ZipFile) -> list[str]:
    """Write the newest version of each file; a line for each that stays out, and why."""
    left_out, n_bytes = [], 0
    for change in chat.files:
        content, why_not = chat.content(change, MAX_BYTES - n_bytes)
        if why_not:
            size = f", {size_text(change.size)}" if why_not == TOO_LARGE else ""
            left_out.append(f"{change.path}: {why_not}{size}")
            continue
        n_bytes += len(content)
        archive.writestr(_free(f"files/{zip_name(change.path)}", archive), content)
    return left_out
