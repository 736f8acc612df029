"""A message's Markdown as HTML that is safe to put into a page, whoever wrote it.

Agents' text is hostile input: HTML in it is shown as text, images are never loaded (a link takes their place), links
open elsewhere and only to http, https and mail. Two defences: markdown-it with HTML off writes the HTML, nh3 then lets
only the listed tags through. Knows no chat; called by the live feed and by exports.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

MAX_RENDERED_CHARS = 60_000
"""Of a longer message the beginning is shown, and its length."""
MAX_COLOURED_CHARS = 20_000
"""Longer code is shown in one colour."""
MAX_LINE_CHARS = 8_000
"""A message with a longer line is shown as plain text: what Markdown does with such lines can take minutes."""
MAX_NESTING = 20
"""Quotes and lists within each other. markdown-it drops what is deeper, so such a message is shown as plain text."""

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "code": {"class"},
    "div": {"class", "data-language"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"class"},
    "span": {"class"},
    "td": {"style"},
    "th": {"style"},
}


def to_html(text: str) -> str:
    """`text` as sanitised HTML: no script, style, image or form in it, and no link but http, https and mailto."""
    shown, note = text[:MAX_RENDERED_CHARS], ""
    if len(text) > MAX_RENDERED_CHARS:
        note = f'<p class="note">The first {MAX_RENDERED_CHARS:,} of {len(text):,} characters are shown.</p>'
    html = "" if any(len(line) > MAX_LINE_CHARS for line in shown.split("\n")) else _rendered(shown)
    return _clean((html or f'<p class="plain">{escape(shown)}</p>') + note)


def coloured(code: str, language: str) -> str:
    """`code` as sanitised HTML, in the colours of its language where that is known."""
    return _clean(_coloured(code, language))


def _rendered(text: str) -> str:
    """Return the text's Markdown as HTML; "" when it is nested so deeply that a part of it would be missing."""
    markdown, env = _markdown(), dict[str, Any]()
    tokens = markdown.parse(text, env)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return ""
    return str(markdown.renderer.render(tokens, markdown.options, env))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto"},
        filter_style_properties={"text-align"},
    )


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("js-default", {"html": False, "breaks": True, "linkify": False, "typographer": False})
    markdown.options["maxNesting"] = MAX_NESTING
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    markdown.add_render_rule("image", _image)
    return markdown


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    words = token.info.split()
    language = words[0][:40] if words else ""
    return (
        f'<div class="code" data-language="{escape(language)}">'
        f"<pre><code>{_coloured(token.content, language)}</code></pre></div>"
    )


def _image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Any) -> str:
    token = tokens[index]
    name = escape(renderer.renderInlineAsText(token.children or [], options, env) or "image")
    return f'<a class="image" href="{escape(str(token.attrGet("src") or ""))}">{name}</a>'


def _coloured(code: str, language: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > MAX_COLOURED_CHARS:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language.lower(), stripnl=False)
    except ClassNotFound:
        return escape(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
