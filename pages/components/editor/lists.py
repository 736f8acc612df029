"""Lists of the editor: rows to pick from, the buttons that order what is picked, and rows that can be removed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.components.editor.draft import TeamDraft, remove_at
from pages.components.form_fields import Finding
from pages.components.widgets import action

UP, DOWN, DUPLICATE, REMOVE = "Move up", "Move down", "Duplicate", "Remove"
ICONS = {UP: "arrow_upward", DOWN: "arrow_downward", DUPLICATE: "content_copy", REMOVE: "delete"}
Act = Callable[[], object]


def section(title: str, text: str) -> None:
    """Draw the head of a section."""
    st.space("small")
    st.markdown(f"##### {title}")
    st.caption(text)


def pick_row(label: str, key: str, found: Sequence[Finding], pick: Act, *, is_picked: bool, icon: str = "") -> None:
    """Draw a row that shows its form when it is pressed, with a mark where something in it was found wrong."""
    action(
        f"{label}{finding_mark(found)}", key, icon, pick, type="primary" if is_picked else "secondary", width="stretch"
    )


def finding_mark(found: Sequence[Finding]) -> str:
    """Return what follows a name in whose form something was found wrong, as Markdown; "" when nothing was."""
    if not found:
        return ""
    return " :red[:material/error:]" if found[0].is_problem else " :orange[:material/warning:]"


def heading(title: str, key: str, acts: Mapping[str, Act]) -> None:
    """Draw what is picked and a button for each of `acts`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width="stretch"):
            st.markdown(title)
        for what, act in acts.items():
            action("", f"{key}:{what}", ICONS[what], act, help=what, type="tertiary", disabled=act is nothing)


def nothing() -> None:
    """Stand for an act that is not offered now."""


def moves(move: Callable[[int], object], position: int, n: int) -> dict[str, Act]:
    """Return the acts that order the item at `position` of `n`; `move` takes -1 or +1."""
    return {
        UP: partial(move, -1) if position else nothing,
        DOWN: partial(move, 1) if position < n - 1 else nothing,
    }


def remove_button(
    draft: TeamDraft, items: list[Any], position: int, key: str, help: str, *, label: str = "", icon: str = "close"
) -> None:
    """Draw the button that removes a row."""
    action(label, f"{key}:remove", icon, remove_at, draft, items, position, type="tertiary", help=help)
