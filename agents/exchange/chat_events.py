"""A chat as JSON lines: every event with its chat, number, time and kind, then those of its teams.

What the event says stands under "event": some name another chat, that of a team.
"""

import json
from typing import BinaryIO

from agents.exchange.chat_export import ChatFormat, ExportedChat, lines_of


def write(chat: ExportedChat, file: BinaryIO) -> None:
    for recorded in lines_of(chat):
        head = {"chat": recorded.chat, "seq": recorded.seq, "at": recorded.at.isoformat(), "kind": recorded.event.kind}
        line = {**head, "event": recorded.event.model_dump(mode="json")}
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


FORMAT = ChatFormat(
    name="events",
    label="Events",
    purpose="Everything that happened, one JSON object a line: for programs, and to keep a chat whole.",
    ending="jsonl",
    mime="application/x-ndjson",
    write=write,
    suffix="-events",
)
