"""A chat as one HTML file to show: it opens without a network, and nothing leaves it.

The transcript is written whole, so that it reads and prints without a script; the script replays it. A policy inside
the page lets run and style only what stands in it, by its digest, and lets nothing be fetched. Pure but for the files.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import BinaryIO

from agents.chats.result import result_of
from agents.exchange.chat_export import ChatFormat, ExportedChat
from agents.exchange.chat_page_entries import (
    ROOMS,
    Drawing,
    Room,
    ShortenedMessages,
    aligned,
    colors_of,
    entry_html,
    faces_of,
    n_shown,
    text_html,
    time_html,
)
from agents.exchange.chat_page_files import PageFiles, page_files
from agents.exchange.chat_page_replay import kind_colors, replay_html
from agents.exchange.chat_timeline import timeline_of
from agents.exchange.chat_transcript import Decision, decisions_of, entries_of, facts_of
from agents.plain_text import beginning
from agents.web.markdown import to_html

MAX_BYTES = 1_900_000
"""Of a page without files; of one with more than `MANY` turns, in proportion."""
MANY = 200
MAX_DIFF_CHARS = 4_000
SHORTENED = "Long texts are shortened in this page; Events, Transcript and Everything have them whole."


def write(chat: ExportedChat, file: BinaryIO) -> None:
    files = page_files(chat)
    most = MAX_BYTES * max(1.0, len(chat.state.messages) / MANY)
    rendered = {room.message_chars: ShortenedMessages(room.message_chars) for room in ROOMS}
    lengths = [len(message.content) for message in chat.state.messages]
    for room in ROOMS:
        if room != ROOMS[-1] and sum(min(length, room.message_chars) for length in lengths) > most:
            continue
        page = _page(chat, files, room, rendered[room.message_chars])
        n_bytes = len(page.encode()) - sum(map(len, files.images.values())) - sum(len(row) for _, row in files.rows)
        if n_bytes <= most:
            break
    file.write(page.encode())


def _page(chat: ExportedChat, files: PageFiles, room: Room, rendered: ShortenedMessages) -> str:
    entries = entries_of(chat, rendered)
    seqs = [entry["seq"] for entry in entries]
    timeline = timeline_of(chat.log, chat.team, seqs)
    drawing = Drawing(faces_of(chat.team), files.images, room)
    has_amounts = chat.options.has_amounts
    used = timeline.used if has_amounts else [""] * len(entries)
    log = "".join(
        entry_html(entry, moment, sum_, drawing)
        for entry, moment, sum_ in zip(entries, timeline.moments, used, strict=True)
    )
    style, script = _part("css") + kind_colors() + colors_of(chat.team), _part("js")
    facts = [*facts_of(chat), *([] if room == ROOMS[0] else [SHORTENED])]
    return Template(_part("html")).substitute(
        script_digest=_digest(script),
        style_digest=_digest(style),
        title=text_html(chat.title),
        facts="".join(f"<li>{text_html(fact)}</li>" for fact in facts),
        result=_result(chat),
        log=log,
        decisions=_decisions(decisions_of(chat), seqs),
        files=_files(files, chat, seqs),
        player=replay_html(timeline, drawing, has_amounts=has_amounts),
        style=style,
        script=script,
    )


def _result(chat: ExportedChat) -> str:
    """What a model summed up; a last message is in the transcript."""
    result = result_of(chat.state)
    if result is None or result.agent:
        return ""
    return (
        f'<section class="result"><h2>Result</h2><div class="content">{aligned(to_html(result.text))}</div></section>'
    )


def _decisions(decisions: Sequence[Decision], seqs: Sequence[int]) -> str:
    if not decisions:
        return ""
    return f"<section><h2>Decisions</h2>{''.join(_decision(each, seqs) for each in decisions)}</section>"


def _decision(decision: Decision, seqs: Sequence[int]) -> str:
    diff = beginning(decision.diff, MAX_DIFF_CHARS)
    edit = f"<details><summary>What was changed</summary><pre>{_diff(diff)}</pre></details>" if diff else ""
    return (
        f'<div class="decision {decision.verdict.lower()}" data-n="{n_shown(seqs, decision.seq)}">'
        f'<span class="verdict">{decision.verdict}</span> <a href="#e{decision.seq}">{text_html(decision.text)}</a>'
        f"{time_html(decision.at.isoformat())}{edit}</div>"
    )


def _diff(diff: str) -> str:
    kinds = {"+": "gi", "-": "gd"}
    lines = diff.splitlines()
    return "\n".join(f'<span class="{kinds.get(line[:1], "same")}">{escape(line)}</span>' for line in lines)


def _files(files: PageFiles, chat: ExportedChat, seqs: Sequence[int]) -> str:
    if not files.rows:
        return ""
    came = {row.path: row.newest.seq for row in chat.file_rows}
    rows = "".join(f'<div data-n="{n_shown(seqs, came[file.path])}">{row}</div>' for file, row in files.rows)
    return f"<section><h2>Files</h2>{rows}</section>"


@cache
def _part(ending: str) -> str:
    return Path(__file__).with_name(f"chat_page.{ending}").read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


FORMAT = ChatFormat(
    name="html",
    label="Page to show",
    purpose="One file that opens in any browser, also without a network: the transcript replays with timeline, costs "
    "and decisions, and prints whole.",
    ending="html",
    mime="text/html",
    write=write,
)
