"""The form of one rule of a team's policies: what it fits, and what is then done."""

import json
from typing import Any

import streamlit as st

from agents.specs import Rule
from pages.components.bound import Bound
from pages.components.editor.draft import TeamDraft
from pages.components.findings import Findings
from pages.components.studio import session

ACTIONS = {"approve": "Approve it", "ask": "Ask a person", "refuse": "Refuse it"}
KINDS = {
    "any": "Anything",
    "tool_call": "Tool calls",
    "code_block": "Code",
    "package": "Packages",
    "message": "Messages",
}
COMPARISONS = {
    "equals": "is",
    "differs": "is not",
    "matches": "fits the pattern",
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
        return str(rule.get("name") or "to be mended")


def show(draft: TeamDraft, position: int, findings: Findings) -> None:
    """Draws the form of the rule at `position`."""
    rule, path = draft.fields["policies"][position], f"policies.{position + 1}"
    form = Bound(rule, path, f"{draft.key}:{draft.version}:rule:{position}", findings)
    findings.show_only(path)
    form.segments("kind", "When a member wants", list(KINDS), KINDS.__getitem__)
    names = [member["name"] for member in draft.members]
    left, right = st.columns(2)
    with left:
        form.choice(
            "agent", "Which member", _with("*", names, rule["agent"]),
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
                help="A name of the package index, a pattern such as django*, or * for every one. A package with "
                "something against it, such as a name like a popular one's, is asked about whatever the rules say.",
            )  # fmt: skip
    if rule["kind"] == "tool_call" or rule["where"]:
        _conditions(draft, rule, path, form, findings)
    form.segments("action", "Then", list(ACTIONS), ACTIONS.__getitem__)
    if rule["action"] == "refuse":
        form.text("reason", "What the member is told", max_chars=1_000, placeholder="Why, and what to do instead")
    left, right = st.columns(2)
    with left:
        form.maybe(
            "max_chars", "Only up to so many characters", min_value=1, step=100, placeholder="Any length",
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
                    help="Remove the condition", on_click=_remove, args=(draft, rule, position),
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
        on_change=_set_value, args=(condition, key), help='Numbers and true as they are; a text that looks so in "".',
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


def _remove(draft: TeamDraft, rule: dict[str, Any], position: int) -> None:
    del rule["where"][position]
    draft.version += 1
