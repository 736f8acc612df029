"""Whatever an agent writes becomes HTML that runs nothing, loads nothing and takes no long time."""

import re
import time

import pytest

from agents.web.markdown import MAX_RENDERED_CHARS, to_html
from agents.web.transcript_entries import RenderedMessages

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&colon;alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x) [a](file:///etc/passwd)",
    "![x](http://evil.example/track.png)",
    '![x](http://evil.example/a.png "t\\" onload=alert(1)")',
    '[a](http://x "\\" onmouseover=alert(1)")',
    '```"><svg onload=alert(1)>\ncode\n```',
    "```html\n<script>alert(1)</script>\n```",
    "<style>*{display:none}</style><iframe src=//evil.example></iframe><form action=//evil.example><input>",
    '<a href="x" style="position:fixed">x</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "| <b onclick=alert(1)> |\n|---|\n| <script> |",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>",
    "http://x/\"onmouseover='alert(1)'",
]
SLOW = {
    "brackets": "[" * 60_000,
    "bracket lines": ("[" * 20 + "\n") * 3_000,
    "images": ("![" * 10 + "\n") * 3_000,
    "emphasis": ("*a " * 10 + "\n") * 2_000,
    "quotes": (">" * 7_900 + "a\n") * 7,
    "backticks": "\n".join("`" * n + "a" for n in range(1, 330)),
    "one line of 10 MB": "x" * 10_000_000,
    "ten thousand columns": "|a" * 3_000 + "|\n" + "|-" * 3_000 + "|\n" + "|b" * 3_000 + "|\n",
}
TAG = re.compile(r"<([a-z0-9]+)((?:\s[^>]*)?)>")


class TestHostileText:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_nothing_in_it_runs_or_loads(self, text):
        for name, attributes in TAG.findall(to_html(text)):
            assert name not in ("script", "style", "img", "svg", "iframe", "form", "input", "object", "link", "meta")
            outside = re.sub(r'"[^"]*"', '""', attributes)  # names of attributes, without their values
            assert not re.search(r"\bon\w+\s*=", outside)
            assert "src" not in outside
            for address in re.findall(r'href="([^"]*)"', attributes):
                assert address.startswith(("http://", "https://", "mailto:"))

    @pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
    def test_no_text_takes_long_or_swells(self, text):
        started_s = time.process_time()
        html = to_html(text)
        assert time.process_time() - started_s < 5
        assert len(html) < 12 * MAX_RENDERED_CHARS

    def test_of_a_very_long_message_the_beginning_is_shown_and_its_length(self):
        assert "of 10,000,000 characters" in to_html("x" * 10_000_000)

    def test_links_open_elsewhere_and_tell_nobody_where_from(self):
        html = to_html("[docs](https://example.com)")
        assert 'target="_blank"' in html
        assert 'rel="noopener noreferrer nofollow"' in html

    def test_an_image_becomes_a_link_with_its_name(self):
        html = to_html("![a chart](https://example.com/chart.png)")
        assert "<img" not in html
        assert 'href="https://example.com/chart.png"' in html
        assert ">a chart</a>" in html


class TestMarkdown:
    def test_code_keeps_every_character_and_gets_colours(self):
        html = to_html('```python\nif a < b and "<b>":\n    return 1\n```')
        assert "&lt;" in html
        assert 'class="k"' in html
        assert 'data-language="python"' in html

    def test_tables_lists_and_line_breaks_come_through(self):
        html = to_html("one\ntwo\n\n- a\n- b\n\n| x | y |\n|---|--:|\n| 1 | 2 |")
        assert "one<br>" in html
        assert html.count("<li>") == 2
        assert 'style="text-align:right"' in html


class TestRenderedMessages:
    def test_a_message_is_rendered_once_while_it_is_kept(self):
        rendered = RenderedMessages()
        assert rendered.html("c", 1, "**a**") is rendered.html("c", 1, "**a**")

    def test_the_longest_unused_go_first(self):
        rendered = RenderedMessages(max_chars=40)
        first = rendered.html("c", 1, "a" * 20)
        rendered.html("c", 2, "b" * 20)
        assert rendered.html("c", 1, "a" * 20) is not first
