"""How members look where nobody chose it: a colour by position, and the letters of a name. Pure functions.

Called by the pages, the live transcript and exports, so that a member looks alike everywhere.
"""

import re
from typing import Any

from agents.specs import TeamSpec

COLORS = ("#4552c4", "#c2571a", "#17876d", "#b3418e", "#0f7f95", "#8a5a2b", "#7a4fd0", "#5b6472")


def color_at(position: int) -> str:
    """The colour of the member at `position` (from 0) when it names none."""
    return COLORS[position % len(COLORS)]


def initials(label: str) -> str:
    """Return two letters for a name: "PM" for "Product Manager", "CO" for "Coder"."""
    words = re.split(r"[\s_-]+", label.strip(" _-"))
    letters = words[0][:1] + words[1][:1] if len(words) > 1 else words[0][:2]
    return letters.upper() or "?"


def cast(team: TeamSpec) -> dict[str, dict[str, Any]]:
    """Return agent name -> label, colour and face, as a transcript draws them."""
    return {
        agent.name: {
            "label": agent.label,
            "color": agent.color or color_at(place),
            "face": agent.emoji or initials(agent.label),
            "is_emoji": bool(agent.emoji),
        }
        for place, agent in enumerate(team.agents)
    }
