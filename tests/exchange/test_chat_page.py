"""The page to show: what is in the file, before any browser opens it."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agents.chats import MessagePosted
from agents.exchange.chat_page_entries import LINE_ICONS
from agents.exchange.chat_page_files import MAX_FILE_BYTES
from agents.studio import Studio
from tests.exchange.conftest import Export
from tests.support.chat_with_files import CHART, CSV, chat_with_files, png
from tests.support.chat_with_files import HOSTILE as HOSTILE_NAME
from tests.support.exported_chats import DRAFT, EDITED, SUMMARY, everything, hostile, long_chat, put, with_files
from tests.web.test_hostile_text import HOSTILE, SLOW

ROOT = Path(__file__).resolve().parents[2]


class Page(HTMLParser):
    """A page read as HTML."""

    def __init__(self, content: bytes):
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open].append(data)
        self._open = ""

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.tags if name == tag]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class TestPolicy:
    def test_nothing_runs_or_styles_but_what_stands_in_it_and_nothing_is_fetched(self, studio: Studio, export: Export):
        put(studio, everything())
        page = Page(export("html"))
        (script,), (style,) = page.inside["script"], page.inside["style"]
        first = page.tags[3]
        assert first[1]["http-equiv"] == "Content-Security-Policy"
        assert first[1]["content"] == (
            f"default-src 'none'; script-src 'sha256-{digest(script)}'; style-src 'sha256-{digest(style)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        assert [tag for tag, attributes in page.tags if "style" in attributes] == []

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_brings_no_element_and_no_handler(self, studio: Studio, export: Export, text: str):
        put(studio, everything(), chat="known")
        known = {tag for tag, _ in Page(export("html", "known")).tags}
        put(studio, hostile(text, f"x\"'><img src=x onerror=alert(1)>{text}"[:200]))
        page = Page(export("html"))
        written = known | {"a", "p", "pre", "blockquote", "ul", "ol", "li", "em", "hr", "br", "h1", "h2", "h3", "span"}
        assert {tag for tag, _ in page.tags} - written == set()
        assert page.all("img") == []
        assert (len(page.all("script")), len(page.all("style")), len(page.all("link"))) == (1, 1, 1)
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcset", "ping")]
            address = attributes.get("href") or "#"
            assert address.startswith(("#", "http://", "https://", "mailto:", "data:,")), (tag, address)

    @pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
    def test_no_text_takes_long_or_swells(self, studio: Studio, export: Export, text: str):
        said = MessagePosted(turn=1, agent="writer", content=text, source="model")
        put(studio, [*everything()[:3], said])
        assert len(export("html")) < 2_000_000


class TestContent:
    def test_it_holds_the_transcript_the_result_and_the_decisions(self, studio: Studio, export: Export):
        put(studio, everything())
        text = export("html").decode()
        for told in (EDITED, SUMMARY, "Let me think.", "send_mail", "Thank you.", 'class="right"', "1.2k tokens"):
            assert told in text, told
        assert DRAFT not in text.partition("<aside>")[0]
        verdicts = re.findall(r'<span class="verdict">(\w+)</span>', text)
        assert verdicts == ["Edited", "Edited", "Refused"]
        assert DRAFT in text.partition("<aside>")[2]  # what an edit changed

    def test_every_entry_comes_at_its_own_moment(self, studio: Studio, export: Export):
        put(studio, everything())
        page = Page(export("html"))
        moments = [float(attributes["data-t"]) for _, attributes in page.tags if "data-t" in attributes]
        assert moments[0] == 0.0
        assert moments == sorted(set(moments))
        assert moments[-1] <= float(page.all("input")[0]["max"])
        bars = [bar for bar in page.all("rect") if "data-from" in bar]
        assert all(0 <= float(bar["x"]) <= 1_000 for bar in bars)
        assert {"reply", "tool", "code", "wait"} <= {bar["class"].split()[1] for bar in bars}

    def test_what_was_used_grows_to_the_sum(self, studio: Studio, export: Export):
        put(studio, everything())
        used = re.findall(r'data-used="([^"]*)"', export("html").decode())
        assert used[0] == ""
        assert used[-1] == "6.2k tokens · $0.0625"
        assert set(re.findall(r'data-used="([^"]*)"', export("html", has_amounts=False).decode())) == {""}

    def test_lines_have_the_icons_of_the_live_transcript(self):
        script = (ROOT / "pages" / "components" / "transcript" / "entries.mjs").read_text(encoding="utf-8")
        icons = script.partition("LINE_ICONS = {")[2].partition("}")[0]
        assert dict(re.findall(r'(\w+): "([^"]+)"', icons)) == LINE_ICONS


class TestSize:
    @pytest.mark.parametrize("n_chars", [600, pytest.param(6_000, marks=pytest.mark.long), 30_000])
    def test_two_hundred_turns_have_two_megabytes_at_most(self, studio: Studio, export: Export, n_chars: int):
        put(studio, long_chat(200, n_chars))
        content = export("html")
        assert len(content) <= 2_000_000
        assert content.count(b'class="entry message') == 201
        is_short = n_chars == 600
        assert (b"Long texts are shortened" in content) != is_short


class TestFiles:
    def test_pictures_stand_where_they_came_and_other_files_can_be_saved(self, studio: Studio, export: Export):
        chat_with_files(studio)
        page = Page(export("html"))
        (image,) = page.all("img")
        assert base64.b64decode(image["src"].partition(",")[2]) == png()
        saved = {link["download"]: link.get("href", "") for link in page.all("a") if "download" in link}
        assert base64.b64decode(saved["chart.html"].partition(",")[2]) == CHART.encode()
        assert saved["chart.png"] == ""  # the script gives it the picture's
        assert {address.partition(",")[0] for address in saved.values() if address} == {
            "data:application/octet-stream;base64"
        }
        assert len(saved) == 6
        assert HOSTILE_NAME.encode() not in export("html")
        assert base64.b64decode(saved["sales.csv"].partition(",")[2]) == CSV[:90].encode()

    def test_a_file_that_is_too_large_is_named_and_stays_out(self, studio: Studio, export: Export):
        with_files(studio, {"large.bin": b"\x01" * (MAX_FILE_BYTES + 1)})
        text = export("html").decode()
        assert "large.bin" in text
        assert "Not in this page: it is too large." in text
        assert len(text) < 200_000

    def test_all_files_together_have_a_limit(self, studio: Studio, export: Export):
        with_files(studio, {f"f{n}.bin": bytes([n]) * (MAX_FILE_BYTES - 9) for n in range(8)})
        content = export("html")
        assert content.count(b"Not in this page: it is too large.") == 5
        assert len(content) < 12_000_000
