"""How members look when nobody chose: a colour by position, and emoji to pick from."""

from agents.specs import AgentSpec, TeamSpec
from pages.components.errors import plain

COLORS = ("#4552c4", "#c2571a", "#17876d", "#b3418e", "#0f7f95", "#8a5a2b", "#7a4fd0", "#5b6472")

EMOJI = (
    "🙋", "🧭", "💻", "🔎", "✍️", "📊", "📚", "🧪", "🎨", "🧠", "🤖", "🗂️",
    "🩺", "💳", "📣", "⚖️", "🔧", "🧾", "🌍", "🎯", "🛡️", "🧮", "📝", "💡",
)  # fmt: skip


def color_at(position: int) -> str:
    """The colour of the member at `position` (from 0) when it names none."""
    return COLORS[position % len(COLORS)]


def face(agent: AgentSpec) -> str:
    """Its emoji, else a symbol for its role, as Markdown."""
    symbols = {"assistant": ":material/smart_toy:", "human": ":material/person:", "executor": ":material/terminal:"}
    return plain(agent.emoji) or symbols[agent.role]


def member_line(team: TeamSpec, most: int = 6) -> str:
    """The members' faces and names in one Markdown line; the rest as a number."""
    shown = [f"{face(agent)} {plain(agent.label)}" for agent in team.agents[:most]]
    more = len(team.agents) - len(shown)
    return " · ".join([*shown, *([f"{more} more"] if more > 0 else [])])
