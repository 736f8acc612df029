"""Names that would be links, pictures, colours and formulas in Markdown, and how to find what a page made of them."""

import re
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

HOSTILE = "![x](http://e.vil/i) [a](http://e.vil/l) :red[r] $x$ <b>b</b> www.e.vil a@e.vil"
"""As long as a name may be."""

FORMAT = re.compile(r"http://e|www\.e|:red\[[rx]\]|(?<!\\)<b>|(?<!\\)\$x(?<!\\)\$|a@e")
"""What in a text that Markdown is made of would be more than text."""
CODE = re.compile(r"(`+)[^`].*?\1", re.DOTALL)
PLAIN = {
    "ArrowData", "BidiComponent", "Block.form", "ChatInput.placeholder", "Code", "DownloadButton.url", "Html",
    "LinkButton.url", "MultiSelect.default", "MultiSelect.options", "NumberInput.placeholder", "PageLink.query_string",
    "PlotlyChart", "Selectbox.options", "Selectbox.placeholder", "Selectbox.raw_value", "TextArea.default",
    "TextArea.placeholder", "TextArea.value", "TextInput.default", "TextInput.placeholder", "TextInput.value",
    "ButtonGroup.default", "Selectbox.default",
}  # fmt: skip
"""Parts of a page that Streamlit draws as plain text, or that are no text."""
IDENTITIES = {"id", "element_id", "form_id", "block_id", "key"}


def formatted(page: AppTest) -> list[str]:
    """Return where on the page a hostile name is more than text, with the text."""
    found = []
    for node in _nodes(page._tree):
        for where, text in _texts(getattr(node, "proto", None)):
            if FORMAT.search(CODE.sub("", text)):
                found.append(f"{where}: {text[:200]}")
    return found


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)


def _texts(proto: Any) -> Iterator[tuple[str, str]]:
    """Every text of a message and of those in it, with its place."""
    if not hasattr(proto, "ListFields") or proto.DESCRIPTOR.name in PLAIN:
        return
    for field, value in proto.ListFields():
        where = f"{proto.DESCRIPTOR.name}.{field.name}"
        if where in PLAIN or field.name in IDENTITIES:
            continue
        for one in value if isinstance(value, list) or hasattr(value, "append") else [value]:
            if isinstance(one, str):
                yield where, one
            else:
                yield from _texts(one)
