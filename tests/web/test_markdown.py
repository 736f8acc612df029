"""Agents' Markdown as HTML: what a reader may see, all of it, and nothing that does anything."""

import pytest

from agents.web.markdown import to_html


class TestNesting:
    @pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
    @pytest.mark.parametrize("depth", [1, 5, 9, 10, 18, 19, 20, 21, 60])
    def test_nothing_that_was_written_is_missing_however_deep_it_is_nested(self, mark: str, depth: int):
        html = to_html(f"before\n\n{mark * depth}deep\n\nafter")
        assert [word in html for word in ("before", "deep", "after")] == [True, True, True]

    def test_what_is_nested_a_little_is_drawn_so(self):
        assert to_html("> - quoted").count("<li>") == 1

    def test_emphasis_within_emphasis_is_never_lost(self):
        assert to_html("*" * 90 + "deep" + "*" * 90).count("deep") == 1


class TestHostileText:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&#58;alert(1))",
            "[x](data:text/html;base64,AAAA)",
            "![x](https://evil.example/a.png)",
            "<javascript:alert(1)>",
            '```html" onclick="alert(1)\n<b>\n```',
            "<style>*{}</style><base href=//evil.example>",
        ],
    )
    def test_it_does_nothing(self, text: str):
        html = to_html(text).lower()
        for bad in ("<script", "<img", "<style", "<base", "<b>", 'href="javascript', 'href="data', ' onclick="'):
            assert bad not in html
