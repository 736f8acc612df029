"""Who must be asked: step mode, the ordered rules with what they would have decided, and how long requests may wait."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from agents.chats import KINDS
from agents.specs import TeamSpec
from agents.studio import Session
from agents.text.time import OVERDUE
from pages.components.bound import Bound
from pages.components.editor import rule_form, trial
from pages.components.editor.draft import TeamDraft
from pages.components.errors import plain
from pages.components.findings import Findings

ACTION = {"approve": "Approve", "ask": "Ask a person", "refuse": "Refuse"}
ACTION_ICON = {"approve": ":material/check:", "ask": ":material/front_hand:", "refuse": ":material/block:"}
WAITS = {"any": "Any request", **{kind: asked.label for kind, asked in KINDS.items()}}
AFTERWARDS = {outcome: text[0].upper() + text[1:] for outcome, text in OVERDUE.items()}


def show(session: Session, draft: TeamDraft, findings: Findings, team: TeamSpec | None) -> None:
    """Draws the part "Policies"; `team` is the draft as a team where it is one, for the trial."""
    form = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    form.toggle(
        "step_mode",
        "Step mode: a person sees each message of a model before the team does",
        help="Members can have it for themselves as well.",
    )
    st.space("small")
    st.markdown("##### Rules")
    st.caption("What members may do without being asked. The first rule that fits decides; where none does, you are.")
    _rules(draft, findings)
    trial.show(session, draft, team)
    st.space("small")
    st.markdown("##### Deadlines")
    st.caption("How long a request may wait. The first that fits counts. Time never approves anything.")
    _deadlines(draft, findings)


def _rules(draft: TeamDraft, findings: Findings) -> None:
    rules: list[dict[str, Any]] = draft.fields["policies"]
    left, right = st.columns([1, 1.6], gap="large")
    picked = min(int(st.session_state.get(_picked_key(draft), 0)), len(rules) - 1)
    with left:
        findings.show_only("policies")
        if not rules:
            st.caption(
                "None yet: every tool call, block of code, install of a package and, in step mode, message is "
                "asked about."
            )
        with st.container(key="rule_list", gap="xsmall"):
            for position, rule in enumerate(rules):
                _row(draft, rule, position, findings, is_picked=position == picked)
        st.button(
            "Add a rule",
            key=f"{draft.key}:rule:add",
            icon=":material/add:",
            width="stretch",
            on_click=_add,
            args=(draft,),
        )
    with right:
        if rules:
            _heading(draft, rules, picked)
            rule_form.show(draft, picked, findings)


def _row(draft: TeamDraft, rule: dict[str, Any], position: int, findings: Findings, *, is_picked: bool) -> None:
    found, mark = findings.under(f"policies.{position + 1}"), ""
    if found:
        mark = " :red[:material/error:]" if found[0].is_problem else " :orange[:material/warning:]"
    st.button(
        f"{position + 1}. {plain(rule_form.label(rule))}{mark}",
        key=f"{draft.key}:rule:{position}:pick",
        icon=ACTION_ICON[rule["action"]],
        type="primary" if is_picked else "secondary",
        width="stretch",
        on_click=_pick,
        args=(draft, position),
    )


def _heading(draft: TeamDraft, rules: list[dict[str, Any]], picked: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width="stretch"):
            st.markdown(f"**Rule {picked + 1}**")
        for what, icon, act, is_off in (
            ("Move up", ":material/arrow_upward:", _up, picked == 0),
            ("Move down", ":material/arrow_downward:", _down, picked == len(rules) - 1),
            ("Remove", ":material/delete:", _remove, False),
        ):
            _act(draft, picked, what, icon, act, is_off)


def _act(draft: TeamDraft, position: int, what: str, icon: str, act: Callable[..., None], is_off: bool) -> None:
    st.button(
        "", key=f"{draft.key}:{draft.version}:rule:{what}", icon=icon, help=what, type="tertiary", disabled=is_off,
        on_click=act, args=(draft, position),
    )  # fmt: skip


def _picked_key(draft: TeamDraft) -> str:
    return f"{draft.key}:rule:picked"


def _pick(draft: TeamDraft, position: int) -> None:
    st.session_state[_picked_key(draft)] = position


def _add(draft: TeamDraft) -> None:
    draft.fields["policies"].append(rule_form.blank())
    _pick(draft, len(draft.fields["policies"]) - 1)


def _up(draft: TeamDraft, position: int) -> None:
    _move(draft, position, position - 1)


def _down(draft: TeamDraft, position: int) -> None:
    _move(draft, position, position + 1)


def _move(draft: TeamDraft, position: int, target: int) -> None:
    rules = draft.fields["policies"]
    rules.insert(target, rules.pop(position))
    draft.version += 1
    _pick(draft, target)


def _remove(draft: TeamDraft, position: int) -> None:
    del draft.fields["policies"][position]
    draft.version += 1
    _pick(draft, max(0, position - 1))


# -- deadlines


def _deadlines(draft: TeamDraft, findings: Findings) -> None:
    rows, key = draft.fields["deadlines"], f"{draft.key}:{draft.version}:deadline"
    for position, row in enumerate(rows):
        form = Bound(row, f"deadlines.{position + 1}", f"{key}:{position}", findings)
        with st.container(key=f"deadline:{position}"):
            waits, after, then, remove = st.columns([3, 2, 3, 1], vertical_alignment="bottom")
            with waits:
                form.choice("kind", "What waits", list(WAITS), lambda kind: WAITS.get(kind, str(kind)))
            with after:
                _minutes(row, f"{key}:{position}:minutes")
            with then:
                form.choice("outcome", "After that", list(AFTERWARDS), AFTERWARDS.__getitem__)
            with remove:
                st.button(
                    "", key=f"{key}:{position}:remove", icon=":material/delete:", type="tertiary",
                    help=f"Remove deadline {position + 1}", on_click=_remove_deadline, args=(draft, position),
                )  # fmt: skip
        findings.show_only(f"deadlines.{position + 1}")
        findings.show(f"deadlines.{position + 1}.after_s")
    st.button(
        "Add a deadline", key=f"{draft.key}:deadline:add", icon=":material/add:", on_click=rows.append,
        args=({"kind": "any", "after_s": 3_600.0, "outcome": "wait"},),
    )  # fmt: skip


def _minutes(row: dict[str, Any], key: str) -> None:
    st.number_input(
        "Minutes", min_value=0.0, value=float(row["after_s"]) / 60, step=5.0, format="%.4g", key=key,
        on_change=_set_minutes, args=(row, key),
    )  # fmt: skip


def _set_minutes(row: dict[str, Any], key: str) -> None:
    row["after_s"] = float(st.session_state[key] or 0.0) * 60


def _remove_deadline(draft: TeamDraft, position: int) -> None:
    del draft.fields["deadlines"][position]
    draft.version += 1
