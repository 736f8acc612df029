"""A chat as a Markdown transcript.

What was said stands in quotes, so that no message looks like another speaker or a decision. One that holds HTML or
pictures stands there as it was typed: a reader that draws Markdown runs and fetches nothing of it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agents.chats import CodeReturned, CodeStarted, Event, MessagePosted
from agents.chats.result import result_of
from agents.exchange.chat_export import ChatFormat, ExportedChat
from agents.exchange.chat_transcript import entries_of, facts_of
from agents.plain_text import CONTROL, escaped, fenced, one_line
from agents.text.numbers import date_text, size_text
from agents.web.markdown import MAX_LINE_CHARS, MAX_NESTING, MAX_RENDERED_CHARS
from agents.web.transcript_entries import Entry

_READER = MarkdownIt("commonmark").enable("table")
_MARK = re.compile(r"([\\`*_\[\]<>#|~&])")


def write(chat: ExportedChat, file: BinaryIO) -> None:
    log = {recorded.seq: recorded.event for recorded in chat.log}
    code = {(event.turn, event.block): event.code for event in log.values() if isinstance(event, CodeStarted)}
    blocks = [f"# {_plain(chat.title)}", "  \n".join(map(_plain, facts_of(chat)))]
    if (result := result_of(chat.state)) and not result.agent:
        blocks += ["## Result", _quoted(_harmless(result.text))]
    blocks.append("## Transcript")
    for entry in entries_of(chat):
        agent = str(entry.get("agent") or entry.get("by") or "")
        who = _plain(chat.labels.get(agent, agent))
        blocks += _entry(entry, who, log[entry["seq"]], code)
    if chat.files:
        blocks += ["## Files", "\n".join(f"- {_plain(each.path)} ({size_text(each.size)})" for each in chat.files)]
    file.write(escaped("\n\n".join(blocks) + "\n", CONTROL).encode())


def _entry(entry: Entry, who: str, event: Event, code: dict[tuple[int, str], str]) -> Iterable[str]:
    at = date_text(datetime.fromisoformat(entry["at"]))
    match event:
        case MessagePosted():
            yield f"### {who}{f' ({_plain(why)})' if (why := entry['why']) else ''}, {at}"
            yield f"*{_plain(entry['empty'])}*" if entry["empty"] else _quoted(_said(event))
            notes = [entry["note"], entry["usage"]["text"] if entry["usage"] else ""]
            yield from (f"*{_plain(note)}*" for note in notes if note)
            return
        case CodeReturned():
            yield f"**{who}: {_plain(entry['name'])}, {_plain(entry['outcome'])}**"
            texts = [code.get((event.turn, event.block), ""), event.text]
        case _ if entry["kind"] == "tool":
            yield f"**{who}: {_plain(entry['name'])}, {_plain(entry['outcome'])}**"
            texts = [entry["arguments"], entry["text"]]
        case _ if entry["kind"] == "files":
            paths = ", ".join(f"{_plain(each['path'])} ({each['note']})" for each in entry["files"])
            yield f"**{who} {_plain(entry['text'])}:** {paths} {entry['more']}".rstrip()
            return
        case _:
            yield f"*{_plain(entry['text'])}* ({at})"
            return
    yield from (_quoted(fenced(text)) for text in texts if text)


def _said(message: MessagePosted) -> str:
    return fenced(message.content) if message.source == "code" else _harmless(message.content)


def _harmless(text: str) -> str:
    """Return what was said as it is; in a fence when Markdown would make HTML or a picture of some of it, or when there
    is too much of it to tell."""
    is_large = len(text) > MAX_RENDERED_CHARS or any(len(line) > MAX_LINE_CHARS for line in text.split("\n"))
    return fenced(text) if is_large or any(map(_draws, _READER.parse(text))) else text


def _draws(token: Token) -> bool:
    """Whether it is HTML or a picture, or holds one, or so deep that the reader does not look into it."""
    is_drawn = token.type in ("html_block", "html_inline", "image") or token.level >= MAX_NESTING - 1
    return is_drawn or any(map(_draws, token.children or ()))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in re.split(r"\r\n|\r|\n", text.strip("\r\n")))


def _plain(text: str) -> str:
    """Return `text` on one line, such that Markdown shows it as it is."""
    return _MARK.sub(r"\\\1", one_line(text))


FORMAT = ChatFormat(
    name="markdown",
    label="Transcript",
    purpose="What was said, done and decided, as Markdown: to read, and to paste into a document.",
    ending="md",
    mime="text/markdown",
    write=write,
)
