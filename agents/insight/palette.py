"""Which colour means what in charts, apart from the agents' own: kinds of time, kinds of tokens, models, teams.

Mid tones, readable on a light and on a dark ground alike.
"""

from collections.abc import Iterable

SELECTION_COLOR = "#8a94a3"
SELECTION_LABEL = "Speaker selection"
REPLY_COLOR = "#4c86e8"
WAIT_COLOR = "#d9a400"
FAILED_COLOR = "#e0474c"

TOKEN_COLORS = {
    "input_uncached": "#4c86e8",
    "input_cached": "#9cbcf2",
    "output": "#2fa58b",
    "reasoning": "#a36be0",
}

_GROUP_COLORS = (
    "#4c86e8", "#e5813a", "#2fa58b", "#a36be0", "#d65a8e", "#7f9a2e", "#1f9fc4", "#c98f1d", "#8b7ae6", "#6b8a99",
)  # fmt: skip


def colors_for(names: Iterable[str]) -> dict[str, str]:
    """A colour for each of `names` (models, teams) by its place among them."""
    return {name: _GROUP_COLORS[place % len(_GROUP_COLORS)] for place, name in enumerate(names)}
