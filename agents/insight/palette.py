"""The colours of charts, apart from the agents' own: kinds of time, buckets of tokens, models, teams.

Mid tones, readable on a light and on a dark ground alike.
"""

from collections.abc import Iterable

from agents.chats import BUCKETS

SELECTION_COLOR = "#8a94a3"
SELECTION_LABEL = "Speaker selection"
RESULT_LABEL = "Summary of the chat"
REPLY_COLOR = "#4c86e8"
WAIT_COLOR = "#d9a400"
FAILED_COLOR = "#e0474c"

SPAN_LABELS = {
    "reply": "A model writes",
    "select": "Speaker selection",
    "wait": "Waiting for a person",
    "failed": "Failed model call",
    "tool": "Tool",
    "code": "Code runs",
    "own": "Message without a model",
}
"""What goes on in a stretch of a chat, by its kind (`agents.insight.turns.SpanKind`)."""

_COLORS_OF = {"input": ("#4c86e8", "#9cbcf2", "#1f9fc4"), "output": ("#2fa58b", "#a36be0", "#7f9a2e")}
_SIDES = {side: [name for name, bucket in BUCKETS.items() if bucket.direction == side] for side in _COLORS_OF}

TOKEN_COLORS = {
    name: colors[place % len(colors)] for side, colors in _COLORS_OF.items() for place, name in enumerate(_SIDES[side])
}
"""Bucket of tokens -> its colour."""

_GROUP_COLORS = (
    "#4c86e8", "#e5813a", "#2fa58b", "#a36be0", "#d65a8e", "#7f9a2e", "#1f9fc4", "#c98f1d", "#8b7ae6", "#6b8a99",
)  # fmt: skip


def colors_for(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each of `names` (models, teams) by its position."""
    return {name: _GROUP_COLORS[place % len(_GROUP_COLORS)] for place, name in enumerate(names)}
