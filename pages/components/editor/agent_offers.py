"""Agents that may be taken into a team, as rows to tick: who each is, what it does, and its prompt in a tooltip.

What is ticked is kept in the session. Called by the dialog that adds members and by the proposal of a team.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from agents.plain_text import one_line, shorten
from agents.specs.library import LibraryAgent
from agents.studio import LibraryRow
from pages.components.editor.member_cards import member_badges
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action, tick_box, unless

DESCRIPTION_CHARS, PROMPT_CHARS = 220, 900


@dataclass(frozen=True)
class Offer:
    """An agent that may be ticked."""

    id: str
    agent: LibraryAgent
    note: str = ""
    """What stands below its description, as Markdown."""
    name: str = ""
    """What people see; the agent's own when empty."""
    row: LibraryRow | None = None
    """The saved agent that it is."""


Chosen = dict[str, LibraryAgent]
"""What is ticked, by the id of its offer, in the order in which it was ticked."""
Delete = Callable[[str, LibraryRow], object]


def rows(key: str, offers: Sequence[Offer], delete: Delete | None = None, *, has_border: bool = False) -> None:
    """Draw the offers, two side by side where there is room; the session's `key` holds which are ticked (`Chosen`).
    `delete` is called with that key to delete a saved agent."""
    for first in range(0, len(offers), 2):
        columns = st.columns(2, gap="small" if has_border else "medium")
        for column, offer in zip(columns, offers[first : first + 2], strict=False):
            with column, st.container(gap=None, key=f"agentrow:{offer.id}", border=has_border, height="stretch"):
                _row(key, offer, delete)


def _row(key: str, offer: Offer, delete: Delete | None) -> None:
    agent = offer.agent.agent
    box = f"{key}:{offer.id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width="stretch"):
            tick_box(
                escape_md(offer.name or agent.label),
                offer.id in st.session_state[key],
                box,
                on_change=_tick,
                args=(key, offer, box),
                help=_more(offer.agent) or None,
            )
        if offer.row is not None and delete is not None:
            with unless(session().why_not("administer")):
                action(
                    "", f"{box}:delete", "delete", delete, key, offer.row, type="tertiary",
                    help=f"Delete {escape_md(agent.label)} from the library",
                )  # fmt: skip
    lines = [escape_md(one_line(agent.description, DESCRIPTION_CHARS)), offer.note]
    lines = [f":small[:gray[{line}]]" for line in lines if line]
    if badges := member_badges(agent.model_dump()):
        lines.append(" ".join(badges))
    st.markdown("  \n".join(lines))


def _more(agent: LibraryAgent) -> str:
    """Return what a row's tooltip says, as Markdown."""
    parts = []
    if agent.try_with:
        parts.append(f"**Try it with:** {escape_md(one_line(agent.try_with, 300))}")
    if agent.agent.tools:
        parts.append(f"**Tools:** {escape_md(', '.join(agent.agent.tools))}")
    if agent.agent.prompt:
        prompt = escape_md(shorten(agent.agent.prompt, PROMPT_CHARS)).replace("\n", "  \n")
        parts.append(f"**Prompt:** {prompt}")
    return "\n\n".join(parts)


def _tick(key: str, offer: Offer, box: str) -> None:
    chosen: Chosen = st.session_state[key]
    if st.session_state[box] == (offer.id in chosen):
        return  # nobody changed it (`pages.components.widgets`)
    chosen.pop(offer.id, None)
    if st.session_state[box]:
        chosen[offer.id] = offer.agent
