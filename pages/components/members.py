"""How members look on pages: their faces and avatars, and names in a line."""

from html import escape

from agents.chats import ChatStarted
from agents.errors import NotFoundError
from agents.plain_text import escaped
from agents.specs import AgentSpec, TeamSpec, active_team
from agents.text.members import initials
from agents.text.states import STATUS_WORD
from agents.text.team_needs import NeedKind, needs
from pages.components.messages import escape_md
from pages.components.person import session

EMOJI = (
    "🙋", "🧭", "💻", "🔎", "✍️", "📊", "📚", "🧪", "🎨", "🧠", "🤖", "🗂️",
    "🩺", "💳", "📣", "⚖️", "🔧", "🧾", "🌍", "🎯", "🛡️", "🧮", "📝", "💡",
)  # fmt: skip

ROLE_ICON = {
    "assistant": ":material/smart_toy:",
    "human": ":material/person:",
    "executor": ":material/terminal:",
    "team": ":material/groups:",
}

STATUS_LOOK = {
    "running": ("blue", ":material/progress_activity:"),
    "waiting": ("orange", ":material/front_hand:"),
    "ended": ("gray", ":material/check_circle:"),
}
"""(colour, icon) of a chat's status."""


def team_of(chat: str) -> TeamSpec:
    """Return the team as it was at the chat's start; reads one event."""
    started = session().chats.log(chat, limit=1)
    if not started or not isinstance(started[0].event, ChatStarted):
        raise NotFoundError(f"There is no chat {chat!r}. Choose another one.")
    return started[0].event.spec


def status_badge(status: str) -> str:
    """Return Markdown for a chat's status: `:orange-badge[...]`."""
    color, icon = STATUS_LOOK[status]
    return f":{color}-badge[{icon} {STATUS_WORD[status]}]"


def face(agent: AgentSpec) -> str:
    """Its emoji, else a symbol for its role, as Markdown."""
    return escape_md(agent.emoji) or ROLE_ICON[agent.role]


NEED_ICONS: dict[NeedKind, str] = {
    "person": "person", "code": "terminal", "files": "attach_file", "web": "language", "tools": "build",
}  # fmt: skip


def needs_line(team: TeamSpec) -> str:
    """What the team needs of people and of the machine, in one Markdown line."""
    return " · ".join(
        f":material/{NEED_ICONS[need.kind]}:\N{NO-BREAK SPACE}{escape_md(need.text)}" for need in needs(team)
    )


def avatar(label: str, emoji: str, color: str, *, is_off: bool = False) -> str:
    """Return a member's avatar as HTML: the letters of its name, which look alike on every machine, unless somebody
    chose an emoji. Screen readers pass it over: the name stands beside it."""
    kinds = ["member-avatar", *(["emoji"] if emoji else []), *(["off"] if is_off else [])]
    text = escape(escaped(emoji or initials(label)))
    return f'<div class="{" ".join(kinds)}" style="--agent: {escape(color)}" aria-hidden="true">{text}</div>'


def member_line(team: TeamSpec, most: int = 6) -> str:
    """The faces and names of those who take part in one Markdown line; the rest as a number."""
    agents = active_team(team).agents
    shown = [f"{face(agent)} {escape_md(agent.label)}" for agent in agents[:most]]
    more = len(agents) - len(shown)
    return " · ".join([*shown, *([f"{more} more"] if more > 0 else [])])
