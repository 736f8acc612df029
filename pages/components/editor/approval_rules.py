"""Who must be asked: step mode, the ordered rules, their trial on past requests, and how long requests may wait."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from agents.chats import KINDS
from agents.chats.values import read_json
from agents.errors import NotFoundError
from agents.specs import GATED, ActionRequest, PolicyDecision, Rule, TeamSpec, evaluate_team
from agents.studio import Session
from agents.text.numbers import OVERDUE
from pages.components.editor.draft import TeamDraft, move, remove_at
from pages.components.editor.lists import REMOVE, heading, moves, pick_row, remove_button, section
from pages.components.form_fields import Bound, Findings
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action, table

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
LANGUAGES = ("python", "sh", "bash", "javascript", "sql")


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
    form.segments("kind", "When an agent wants", RULE_KINDS)
    left, right = form.columns(2)
    names = [member["name"] for member in draft.members]
    _pattern(left, "agent", "Which agent", "Everybody", names, "A name, or a pattern such as Dev*.")
    if rule["kind"] == "tool_call" or rule["tool"] != "*":
        tools = list(session().teams.tools())
        _pattern(right, "tool", "Which tool", "Every tool", tools, "A name, or a pattern such as read_*.")
    elif rule["kind"] == "code_block" or rule["language"] != "*":
        _pattern(right, "language", "Which language", "Every language", LANGUAGES)
    elif rule["kind"] == "package" or rule["package"] != "*":
        right.text(
            "package", "Which package", max_chars=200, placeholder="*",
            help="A package's name, a pattern such as django*, or * for all. A person is always asked about a "
            "suspicious one, such as one named like a popular package.",
        )  # fmt: skip
    if rule["kind"] == "tool_call" or rule["where"]:
        _conditions(draft, rule, path, form, findings)
    form.segments("action", "Then", ACTIONS)
    if rule["action"] == "refuse":
        form.text("reason", "What the agent is told", max_chars=1_000, placeholder="Why, and what to do instead")
    left, right = form.columns(2)
    left.maybe(
        "max_chars", "At most this many characters", placeholder="Any length",
        help="Of the message, the code, or the arguments as JSON.",
    )  # fmt: skip
    right.text("name", "Name of the rule", max_chars=120, placeholder="Described by its fields")


def _pattern(form: Bound, name: str, label: str, every: str, names: Sequence[str], help: str | None = None) -> None:
    """Draw a box with `names` that also takes a pattern; "*" is called `every`."""
    words = {"*": every}
    shown = list(dict.fromkeys(["*", *names]))
    form.choice(name, label, shown, lambda value: words.get(value, str(value)), accept_new_options=True, help=help)


def _conditions(draft: TeamDraft, rule: dict[str, Any], path: str, form: Bound, findings: Findings) -> None:
    for position, condition in enumerate(rule["where"]):
        where, key = f"{path}.where.{position + 1}", f"{form.key}:where:{position}"
        with st.container(key=f"condition:{position}"):
            argument, comparison, value, last = Bound(condition, where, key, findings).columns(
                [3, 3, 3, 1], vertical_alignment="bottom"
            )
            argument.text("argument", "Argument", placeholder="such as path", help="Nested ones with dots: to.0.name")
            comparison.choice("comparison", "Comparison", list(COMPARISONS), COMPARISONS.__getitem__)
            value.text(
                "value", "Value", value=value_text(condition["value"], condition["comparison"]),
                typed=partial(_typed, condition), help='Numbers and true as they are; a text like that in "".',
            )  # fmt: skip
            with last.place:
                remove_button(draft, rule["where"], position, key, "Remove the condition")
        findings.show_only(where)
    blank = {"argument": "", "comparison": "equals", "value": ""}
    label = "Add a condition on an argument"
    action(label, f"{form.key}:where:add", "add", rule["where"].append, blank, type="tertiary")


def _typed(condition: dict[str, Any], text: str) -> Any:
    return value_of(text, condition["comparison"])


def value_text(value: Any, comparison: str) -> str:
    """A condition's value as it is typed: `value_of` reads it back."""
    if isinstance(value, str) and (comparison == "matches" or value_of(value, comparison) == value):
        return value
    return json.dumps(value, ensure_ascii=False)


def value_of(text: str, comparison: str) -> Any:
    """What was typed as a value: JSON where it is JSON, else the text itself. Patterns are always text."""
    return text if comparison == "matches" else read_json(text, text)


ACTION_ICON = {"approve": "check", "ask": "front_hand", "refuse": "block"}
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
    text = "What agents may do without asking. The first rule that matches decides; if none does, a person is asked."
    section("Rules", text)
    _rules(draft, findings)
    rule_trial(session, draft, team)
    text = "How long a request may wait. The first that matches counts. A deadline never approves anything."
    section("Deadlines", text)
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
                pick_row(
                    f"{position + 1}. {escape_md(label(rule))}",
                    f"{draft.key}:rule:{position}:pick",
                    findings.under(f"policies.{position + 1}"),
                    partial(_pick, draft, position),
                    is_picked=position == picked,
                    icon=ACTION_ICON[rule["action"]],
                )
        action("Add a rule", f"{draft.key}:rule:add", "add", _add, draft, width="stretch")
    with right:
        if rules:
            acts = moves(partial(_move, draft, picked), picked, len(rules))
            acts[REMOVE] = partial(_remove, draft, picked)
            heading(f"**Rule {picked + 1}**", f"{draft.key}:{draft.version}:rule", acts)
            rule_form(draft, picked, findings)


def _picked_key(draft: TeamDraft) -> str:
    return f"{draft.key}:rule:picked"


def _pick(draft: TeamDraft, position: int) -> None:
    st.session_state[_picked_key(draft)] = position


def _add(draft: TeamDraft) -> None:
    """Add a rule that changes nothing until it is filled in."""
    draft.fields["policies"].append(Rule(kind="tool_call").model_dump(mode="json"))
    _pick(draft, len(draft.fields["policies"]) - 1)


def _move(draft: TeamDraft, position: int, by: int) -> None:
    move(draft.fields["policies"], position, by)
    draft.version += 1
    _pick(draft, position + by)


def _remove(draft: TeamDraft, position: int) -> None:
    remove_at(draft, draft.fields["policies"], position)
    _pick(draft, max(0, position - 1))


# -- deadlines


def _deadlines(draft: TeamDraft, findings: Findings) -> None:
    rows = draft.fields["deadlines"]
    for position, row in enumerate(rows):
        path, key = f"deadlines.{position + 1}", f"{draft.key}:{draft.version}:deadline:{position}"
        with st.container(key=f"deadline:{position}"):
            waits, after, then, last = Bound(row, path, key, findings).columns(
                [3, 2, 3, 1], vertical_alignment="bottom"
            )
            waits.choice("kind", "What waits", list(WAITS), lambda kind: WAITS.get(kind, str(kind)))
            after.number(
                "after_s", "Minutes", value=float(row["after_s"]) / 60, typed=_seconds, min_value=0.0, step=5.0,
                format="%.4g",
            )  # fmt: skip
            then.choice("outcome", "After that", list(AFTERWARDS), AFTERWARDS.__getitem__)
            with last.place:
                remove_button(draft, rows, position, key, f"Remove deadline {position + 1}", icon="delete")
        findings.show_only(path)
    blank = {"kind": "any", "after_s": 3_600.0, "outcome": "wait"}
    action("Add a deadline", f"{draft.key}:deadline:add", "add", rows.append, blank)


def _seconds(minutes: float | None) -> float:
    return float(minutes or 0.0) * 60


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
    results = [(one, evaluate_team(team.policies, one.asked)) for one in tried]
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
    rows = (
        (WORDS[judgement.action], judgement.rule or "no rule matches", one.asked.agent, one.text, one.outcome)
        for one, judgement in results
    )
    table(("Would be", "By", "Agent", "What", "Was"), rows)
