"""The entries of a transcript as HTML for a page that stands alone: what `pages/components/transcript` draws, written.

Texts from outside are escaped; HTML is only what `agents.web.markdown` sanitised. Nothing here has a style attribute:
the page's policy would refuse it. Pure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape

from agents.plain_text import UNFIT_FOR_NAMES, beginning, escaped
from agents.specs import TeamSpec
from agents.text.members import cast
from agents.web.markdown import to_html
from agents.web.transcript_entries import Entry, RenderedMessages

UNKNOWN = "unknown"
"""The class of whoever is no member."""
LINE_ICONS = {
    "ended": "■", "continued": "▶", "decision": "✓", "failure": "!", "near": "◔", "fallback": "⤷", "team": "»",
    "said": "❝", "paused": "❚❚",
}  # fmt: skip

_ALIGN = re.compile(r' style="text-align:\s*(left|right|center);?"')
_TAG = re.compile(r"<[^>]*>")
_COLORS = re.compile(r"</?span[^>]*>")


@dataclass(frozen=True)
class Room:
    """How much of each text there is room for."""

    message_chars: int
    output_chars: int
    has_details: bool
    """Reasoning, and the colours of code."""


ROOMS = (
    Room(60_000, 20_000, True), Room(60_000, 8_000, False), Room(20_000, 4_000, False), Room(8_000, 2_000, False),
    Room(4_000, 1_000, False), Room(2_000, 500, False), Room(500, 200, False), Room(120, 60, False),
)  # fmt: skip
"""From all that is shown to little of it."""


class ShortenedMessages(RenderedMessages):
    """Renders the beginning of each message."""

    def __init__(self, most: int):
        super().__init__()
        self._most = most

    def html(self, chat: str, seq: int, text: str, render: Callable[[str], str] = to_html) -> str:
        if len(text) <= self._most:
            return super().html(chat, seq, text, render)
        note = f'<p class="note">The first {self._most:,} of {len(text):,} characters are shown.</p>'
        return render(text[: self._most]) + note


@dataclass(frozen=True)
class Drawing:
    """What entries are drawn with."""

    faces: Mapping[str, tuple[str, str, str, bool]]
    """Agent name -> (class of its colour, name to show, face, whether that is an emoji)."""
    images: Mapping[str, str]
    """SHA-256 of a picture -> its data URL."""
    room: Room

    def face(self, agent: str) -> tuple[str, str, str, bool]:
        return self.faces.get(agent, (UNKNOWN, agent, "?", False))


def faces_of(team: TeamSpec) -> dict[str, tuple[str, str, str, bool]]:
    """Return `Drawing.faces` of a team."""
    members = enumerate(cast(team).items())
    return {name: (f"a{place}", look["label"], look["face"], look["is_emoji"]) for place, (name, look) in members}


def colors_of(team: TeamSpec) -> str:
    """Return the style that gives each class of `faces_of` its colour."""
    return "".join(f".a{place}{{--agent:{look['color']}}}" for place, look in enumerate(cast(team).values()))


def entry_html(entry: Entry, moment: float, used: str, drawing: Drawing) -> str:
    """Return an entry as one element, with when it comes in a replay and what was used until then."""
    attributes = f'id="e{entry["seq"]}" data-t="{moment:.2f}" data-used="{escape(used)}"'
    draw = {"message": _message, "tool": _tool, "code": _code, "files": _files}.get(entry["kind"], _line)
    return draw(entry, attributes, drawing)


def text_html(text: str) -> str:
    """Return a name or a line of the studio as HTML; nothing in it is hidden or reorders what stands beside it."""
    return escape(escaped(text, UNFIT_FOR_NAMES))


def time_html(iso: str) -> str:
    """Return when it was, in UTC until the page's script writes it in the reader's time zone."""
    return f'<time class="when" datetime="{escape(iso)}">{datetime.fromisoformat(iso):%H:%M}</time>'


def aligned(html: str) -> str:
    """Return sanitised HTML whose cells are aligned by a class, not by a style."""
    return _ALIGN.sub(r' class="\1"', html)


def _message(entry: Entry, attributes: str, drawing: Drawing) -> str:
    color, label, face, is_emoji = drawing.face(entry["agent"])
    why = f'<span class="why">{text_html(entry["why"])}</span>' if entry["why"] else ""
    html = entry["html"] if drawing.room.has_details else _COLORS.sub("", entry["html"])
    content = f'<p class="note">{text_html(entry["empty"])}</p>' if entry["empty"] else aligned(html)
    below = f'<p class="reply-note">{escape(entry["note"])}</p>' if entry["note"] else ""
    if entry["reasoning"] and drawing.room.has_details:
        below += _details("reasoning", escape(entry["reasoning_title"]), f"<div>{escape(entry['reasoning'])}</div>")
    if usage := entry["usage"]:
        below += f'<footer class="usage" title="{escape(usage["details"])}">{escape(usage["text"])}</footer>'
    avatar = "avatar emoji" if is_emoji else "avatar"
    return (
        f'<article class="entry message {escape(entry["source"])} {color}" {attributes} data-who="{text_html(label)}">'
        f'<div class="{avatar}" aria-hidden="true">{text_html(face)}</div><div class="body">'
        f'<header><span class="who">{text_html(label)}</span>{why}{time_html(entry["at"])}</header>'
        f'<div class="content">{content}</div>{below}</div></article>'
    )


def _tool(entry: Entry, attributes: str, drawing: Drawing) -> str:
    parts = [("Arguments", entry["arguments"]), ("Result", entry["text"])]
    return _card(entry, attributes, drawing, "".join(_titled(title, text, drawing.room) for title, text in parts))


def _code(entry: Entry, attributes: str, drawing: Drawing) -> str:
    code = entry["html"]
    if not drawing.room.has_details:
        code = escape(beginning(unescape(_TAG.sub("", code)), drawing.room.output_chars))
    shown = f'<div class="title">{escape(entry["title"])}</div><pre class="code">{code}</pre>' if code else ""
    return _card(entry, attributes, drawing, shown + _titled("Output", entry["text"], drawing.room))


def _titled(title: str, text: str, room: Room) -> str:
    shown = beginning(text, room.output_chars)
    return f'<div class="title">{title}</div><pre>{escape(shown)}</pre>' if text else ""


def _card(entry: Entry, attributes: str, drawing: Drawing, inside: str) -> str:
    color, label, _, _ = drawing.face(entry["agent"])
    head = (
        f'<span class="who">{text_html(label)}</span><code class="name">{text_html(entry["name"])}</code>'
        f'<span class="outcome">{text_html(entry["outcome"])}</span>{time_html(entry["at"])}'
    )
    return _details(
        f"entry tool {entry['result']} {color}", head, inside, f'{attributes} data-who="{text_html(label)}"'
    )


def _details(kind: str, head: str, inside: str, attributes: str = "") -> str:
    return f'<details class="{kind}" {attributes}><summary>{head}</summary>{inside}</details>'


def _files(entry: Entry, attributes: str, drawing: Drawing) -> str:
    color, label, _, _ = drawing.face(entry["agent"]) if entry["agent"] else (UNKNOWN, entry["by"], "", False)
    names = "".join(
        f'<li class="{escape(file["change"])}"><span class="name">{text_html(file["path"])}</span>'
        f'<span class="size">{escape(file["note"])}</span></li>'
        for file in entry["files"]
    )
    more = f'<li class="more">{escape(entry["more"])}</li>' if entry["more"] else ""
    images = "".join(
        f'<figure><img data-picture="{file["sha256"]}" src="{drawing.images[file["sha256"]]}" '
        f'alt="{text_html(file["path"])}"></figure>'
        for file in entry["files"]
        if file["sha256"] in drawing.images
    )
    shown = f'<div class="images">{images}</div>' if images else ""
    return (
        f'<div class="entry files {color}" {attributes}><header><span class="who">{text_html(label)}</span>'
        f'<span class="why">{escape(entry["text"])}</span>{time_html(entry["at"])}</header>'
        f"<ul>{names}{more}</ul>{shown}</div>"
    )


def _line(entry: Entry, attributes: str, drawing: Drawing) -> str:
    icon, kind = LINE_ICONS.get(entry["of"], "·"), escape(entry["of"])
    return (
        f'<div class="entry line {kind}" {attributes}><span class="icon" aria-hidden="true">{icon}</span>'
        f'<span class="text">{escape(entry["text"])}</span>{time_html(entry["at"])}</div>'
    )


def n_shown(seqs: Sequence[int], seq: int) -> int:
    """Return how many entries are shown once that of the event `seq` is."""
    return sum(each <= seq for each in seqs)
