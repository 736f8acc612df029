"""Text of a model with what cannot be seen in it written out: characters that reorder a line, hide or move text.

Who approves code or arguments reads them here; what they do must not differ from what they look like.
"""

import re

import streamlit as st

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Not the joiner U+200D, of which emoji are made and which hides nothing."""


def visible(text: str) -> str:
    r"""`text` with each such character as Python writes it, such as \u202e; line feeds and tabs stay."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def warn_of_unseen(*texts: str) -> None:
    """Says so where one of `texts` holds such a character."""
    if any(map(_UNSEEN.search, texts)):
        st.warning(
            "It holds characters that cannot be seen, or that show text in another order than it has. They are written "
            "out here, such as \\u202e. Look twice.",
            icon=":material/visibility_off:",
        )
