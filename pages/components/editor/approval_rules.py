"""Who must be asked: step mode, the ordered rules, their trial on past requests, and how long requests may wait."""

import html
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from agents.chats import KINDS
from agents.errors import NotFoundError
from agents.specs import GATED, ActionRequest, PolicyDecision, Rule, TeamSpec, evaluate
from agents.studio import Session
from agents.text.numbers import OVERDUE
from pages.components.editor.draft import TeamDraft, remove_at
from pages.components.form_fields import Bound, Findings
from pages.components.messages import escape_md
from pages.components.person import session

ACTIONS = {"approve": "Approve it", "ask": "Ask a person", "refuse": "Refuse it"}
RULE_KINDS = {
    "any": "Anything",
    "tool_call": "Tool calls",
    "code_block": "Code",
    "package": "Packages",
    "message": "Messages",
}
COMPARISONS = {
    "equals": "is",
    "differs": "is not",
    "matches": "matches the pattern",
    "contains": "contains",
    "below": "is below",
    "above": "is above",
}
LANGUAGES = ("*", "python", "sh", "bash", "javascript", "sql")


def blank() -> dict[str, Any]:
    """A rule that changes nothing until it is filled in."""
    return Rule(kind="tool_call").model_dump(mode="json")


def label(rule: dict[str, Any]) -> str:
    """The rule in words, a wrong one as far as it goes."""
    try:
        return Rule.model_validate(rule).label
    except ValueError:
        return str(rule.get("name") or "unfinished rule")


def rule_form(draft: TeamDraft, position: int, findings: Findings) -> None:
    """Draws the form of the rule at `position`."""
    rule, path = draft.fields["policies"][position], f"policies.{position + 1}"
    form = Bound(rule, path, f"{draft.key}:{draft.version}:rule:{position}", findings)
    findings.show_only(path)
    form.segments("kind", "When an agent wants", list(RULE_KINDS), RULE_KINDS.__getitem__)
    names = [member["name"] for member in draft.members]
    left, right = st.columns(2)
    with left:
        form.choice(
            "agent", "Which agent", _with("*", names, rule["agent"]),
            lambda name: "Everybody" if name == "*" else str(name),
            accept_new_options=True, help="A name, or a pattern such as Dev*.",
        )  # fmt: skip
    with right:
        if rule["kind"] == "tool_call" or rule["tool"] != "*":
            form.choice(
                "tool", "Which tool", _with("*", list(session().teams.tools()), rule["tool"]),
                lambda name: "Every tool" if name == "*" else str(name),
                accept_new_options=True, help="A name, or a pattern such as read_*.",
            )  # fmt: skip
        elif rule["kind"] == "code_block" or rule["language"] != "*":
            form.choice(
                "language", "Which language", _with("*", list(LANGUAGES), rule["language"]),
                lambda name: "Every language" if name == "*" else str(name), accept_new_options=True,
            )  # fmt: skip
        elif rule["kind"] == "package" or rule["package"] != "*":
            form.text(
                "package", "Which package", max_chars=200, placeholder="*",
                help="A package's name, a pattern such as django*, or * for all. A person is always asked about a "
                "suspicious one, such as one named like a popular package.",
            )  # fmt: skip
    if rule["kind"] == "tool_call" or rule["where"]:
        _conditions(draft, rule, path, form, findings)
    form.segments("action", "Then", list(ACTIONS), ACTIONS.__getitem__)
    if rule["action"] == "refuse":
        form.text("reason", "What the agent is told", max_chars=1_000, placeholder="Why, and what to do instead")
    left, right = st.columns(2)
    with left:
        form.maybe(
            "max_chars", "At most this many characters", min_value=1, step=100, placeholder="Any length",
            help="Of the message, the code, or the arguments as JSON.",
        )  # fmt: skip
    with right:
        form.text("name", "Name of the rule", max_chars=120, placeholder="Described by its fields")


def _with(every: str, names: list[str], current: str) -> list[str]:
    shown = list(dict.fromkeys([every, *names]))
    return shown if current in shown else [*shown, current]


def _conditions(draft: TeamDraft, rule: dict[str, Any], path: str, form: Bound, findings: Findings) -> None:
    for position, condition in enumerate(rule["where"]):
        part = Bound(condition, f"{path}.where.{position + 1}", f"{form.key}:where:{position}", findings)
        with st.container(key=f"condition:{position}"):
            argument, comparison, value, remove = st.columns([3, 3, 3, 1], vertical_alignment="bottom")
            with argument:
                part.text("argument", "Argument", placeholder="such as path", help="Nested ones with dots: to.0.name")
            with comparison:
                part.choice("comparison", "Comparison", list(COMPARISONS), COMPARISONS.__getitem__)
            with value:
                _value(condition, f"{form.key}:where:{position}:value")
            with remove:
                st.button(
                    "", key=f"{form.key}:where:{position}:remove", icon=":material/close:", type="tertiary",
                    help="Remove the condition", on_click=remove_at, args=(draft, rule["where"], position),
                )  # fmt: skip
        findings.show_only(f"{path}.where.{position + 1}")
        findings.show(f"{path}.where.{position + 1}.value")
    st.button(
        "Add a condition on an argument", key=f"{form.key}:where:add", icon=":material/add:", type="tertiary",
        on_click=rule["where"].append, args=({"argument": "", "comparison": "equals", "value": ""},),
    )  # fmt: skip


def _value(condition: dict[str, Any], key: str) -> None:
    st.text_input(
        "Value", value_text(condition["value"], condition["comparison"]), key=key, live="400ms",
        on_change=_set_value, args=(condition, key), help='Numbers and true as they are; a text like that in "".',
    )  # fmt: skip


def _set_value(condition: dict[str, Any], key: str) -> None:
    condition["value"] = value_of(st.session_state[key], condition["comparison"])


def value_text(value: Any, comparison: str) -> str:
    """A condition's value as it is typed: `value_of` reads it back."""
    if isinstance(value, str) and (comparison == "matches" or value_of(value, comparison) == value):
        return value
    return json.dumps(value, ensure_ascii=False)


def value_of(text: str, comparison: str) -> Any:
    """What was typed as a value: JSON where it is JSON, else the text itself. Patterns are always text."""
    if comparison == "matches":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


ACTION = {"approve": "Approve", "ask": "Ask a person", "refuse": "Refuse"}
ACTION_ICON = {"approve": ":material/check:", "ask": ":material/front_hand:", "refuse": ":material/block:"}
WAITS = {"any": "Any request", **{kind: asked.label for kind, asked in KINDS.items()}}
AFTERWARDS = {outcome: text[0].upper() + text[1:] for outcome, text in OVERDUE.items()}


def policies_part(session: Session, draft: TeamDraft, findings: Findings, team: TeamSpec | None) -> None:
    """Draws the part "Policies"; `team` is the draft as a team where it is one, for the trial."""
    form = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    form.toggle(
        "step_mode",
        "Step mode: a person sees each message of a model before the team does",
        help="Each agent can have it on its own as well.",
    )
    st.space("small")
    st.markdown("##### Rules")
    st.caption(
        "What agents may do without asking. The first rule that matches decides; if none does, a person is asked."
    )
    _rules(draft, findings)
    rule_trial(session, draft, team)
    st.space("small")
    st.markdown("##### Deadlines")
    st.caption("How long a request may wait. The first that matches counts. A deadline never approves anything.")
    _deadlines(draft, findings)


def _rules(draft: TeamDraft, findings: Findings) -> None:
    rules: list[dict[str, Any]] = draft.fields["policies"]
    left, right = st.columns([1, 1.6], gap="large")
    picked = min(int(st.session_state.get(_picked_key(draft), 0)), len(rules) - 1)
    with left:
        findings.show_only("policies")
        if not rules:
            st.caption(
                "None yet: a person is asked about every tool call, block of code and package and, in step mode, "
                "about every message."
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
            rule_form(draft, picked, findings)


def _row(draft: TeamDraft, rule: dict[str, Any], position: int, findings: Findings, *, is_picked: bool) -> None:
    found, mark = findings.under(f"policies.{position + 1}"), ""
    if found:
        mark = " :red[:material/error:]" if found[0].is_problem else " :orange[:material/warning:]"
    st.button(
        f"{position + 1}. {escape_md(label(rule))}{mark}",
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
            ("Move up", ":material/arrow_upward:", partial(_move, by=-1), picked == 0),
            ("Move down", ":material/arrow_downward:", partial(_move, by=1), picked == len(rules) - 1),
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
    draft.fields["policies"].append(blank())
    _pick(draft, len(draft.fields["policies"]) - 1)


def _move(draft: TeamDraft, position: int, by: int) -> None:
    rules, target = draft.fields["policies"], position + by
    rules.insert(target, rules.pop(position))
    draft.version += 1
    _pick(draft, target)


def _remove(draft: TeamDraft, position: int) -> None:
    remove_at(draft, draft.fields["policies"], position)
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
                    help=f"Remove deadline {position + 1}", on_click=remove_at, args=(draft, rows, position),
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


N_PAST, N_SHOWN = 200, 30
WORDS = {"approve": "approved", "ask": "asked about", "refuse": "refused"}
COLOR = {"approve": "green", "ask": "orange", "refuse": "red"}
OUTCOME = {"": "open", "withdrawn": "not decided"}


@dataclass(frozen=True)
class Past:
    """Something an agent wanted to do."""

    asked: ActionRequest
    team: str
    text: str
    """What it was, shortened."""
    outcome: str
    """What became of it then."""


def rule_trial(session: Session, draft: TeamDraft, team: TeamSpec | None) -> None:
    """Draws the button and, once pressed, what the rules as they stand would have decided."""
    key = f"{draft.key}:trial"
    if st.button("Try the rules on past requests", key=f"{key}:press", icon=":material/history:", type="tertiary"):
        st.session_state[key] = past(session)
    tried = st.session_state.get(key)
    if tried is None:
        return
    if not tried:
        st.caption("There are no past requests to try them on yet.")
        return
    if team is None:
        st.caption("Fix what is marked red first; then the rules are tried again.")
        return
    results = [(one, evaluate(team.policies, one.asked)) for one in tried]
    counts = Counter(judgement.action for _, judgement in results)
    asked, *others = (f":{COLOR[action]}[**{counts[action]}**" for action in ("ask", "approve", "refuse"))
    n = f"the last {len(tried)} requests of all teams" if len(tried) > 1 else "the one request so far"
    st.markdown(f"Of {n}, {asked} would have been asked about], {others[0]} approved], {others[1]} refused].")
    with st.expander(f"See {'them' if len(results) <= N_SHOWN else f'the newest {N_SHOWN}'}", key=f"{key}:list"):
        _table(results[:N_SHOWN])


def past(session: Session) -> list[Past]:
    """The newest requests that rules may decide, of all chats, newest first."""
    found = []
    for row in session.requests.recent(kinds=GATED, limit=N_PAST):
        try:
            request, _ = session.requests.get(row.chat, row.request)
        except NotFoundError:
            continue
        asked = request.asked
        action = asked.action(request.agent)
        if action is None:
            continue  # a person decides it whatever the rules say
        text = asked.short("") or action.package or str(asked.shown)
        found.append(Past(action, row.team_name, text[:160], OUTCOME.get(row.outcome, row.outcome)))
    return found


def _table(results: list[tuple[Past, PolicyDecision]]) -> None:
    rows = []
    for one, judgement in results:
        cells = (WORDS[judgement.action], judgement.rule or "no rule matches", one.asked.agent, one.text, one.outcome)
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("Would be", "By", "Agent", "What", "Was"))
    st.html(f'<div class="trial"><table><tr>{head}</tr>{"".join(rows)}</table></div>')
