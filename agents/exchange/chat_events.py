"""A chat as JSON lines: every event with its chat, number and time, then those of its teams."""

import json
from typing import BinaryIO

from agents.exchange.chat_export import ChatFormat, ExportedChat, lines_of


def write(chat: ExportedChat, file: BinaryIO) -> None:
    for recorded in lines_of(chat):
        file.write(json.dumps(recorded.to_json(), ensure_ascii=False).encode() + b"\n")


FORMAT = ChatFormat(
    name="events",
    label="Events",
    purpose="Everything that happened, one JSON object a line: for programs, and to keep a chat whole.",
    ending="jsonl",
    mime="application/x-ndjson",
    write=write,
    suffix="-events",
)
