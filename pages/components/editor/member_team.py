"""The fields of a member that is a team: which team it is, and what that is told."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from agents.specs.validation import quoted
from pages.components.form_fields import Bound
from pages.components.messages import escape_md
from pages.components.person import session


def team_fields(form: Bound, itself: str) -> None:
    """Draw them; `itself` is how a member would name the team that is edited, which it cannot have in it."""
    member, choices = form.target, session().teams.choices()
    member.setdefault("team", None)  # drafts of versions before these fields are without them
    member.setdefault("carryover", False)
    own = member["team"] if isinstance(member["team"], dict) else None
    if own is not None:
        st.caption(f"Its team is written out in this one: **{escape_md(str(own.get('name', '')))}**.")
        st.button("Choose another", key=f"{form.key}:team:drop", on_click=_drop, args=(form,))
    else:
        names = [None, *(name for name in choices if name != itself)]
        form.choice(
            "team",
            "Team",
            names,
            lambda name: _label(name, choices),
            help="Each chat takes its live revision, or else the newest.",
        )
    form.area(
        "prompt",
        "What it is told",
        height=84,
        placeholder="The last message",
        help="Its task, in place of the last message. Left empty, it is told the last message alone, as in AutoGen.",
    )
    form.toggle("carryover", "It is told the task, and the results of the teams before it")
    form.toggle("step_mode", "Step mode: a person sees its result first")


def team_name(member: Mapping[str, Any]) -> str:
    """Return the name of the team that the member is; "" while none is chosen."""
    team = member.get("team")
    if not team:
        return ""
    return str(team.get("name", "")) if isinstance(team, dict) else _label(team, session().teams.choices())


def _label(name: str | None, choices: dict[str, str]) -> str:
    if name is None:
        return "Choose a team"
    return choices.get(name) or f"{quoted(name)} (missing)"


def _drop(form: Bound) -> None:
    form.target["team"] = None
