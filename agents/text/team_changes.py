"""What differs between two versions of a team, in plain words. Pure functions over the specs.

Called by the team editor: for revisions, and for what somebody else saved meanwhile.
"""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from agents.plain_text import one_line
from agents.specs import AgentSpec, TeamSpec
from agents.text.numbers import count_text

FIELD_LABELS = {
    "description": "purpose",
    "agent.description": "description",
    "auto_reply": "what it says when skipped",
    "human_input_mode": "a person is asked",
    "max_consecutive_auto_reply": "turns in a row without a person",
    "max_attempts": "tries per turn",
    "message": "before the conversation",
    "selection.prompt": "after the conversation",
    "prompt_role": "the text after it is from",
    "introductions": "introduce the members to each other",
    "initiator": "who gives the task",
    "first_speaker": "who speaks first",
    "selection.method": "the next speaker is chosen",
    "allow_repeat": "an agent may speak twice in a row",
    "transitions": "who may speak after whom",
    "named": "a member named in the last message speaks next",
    "phrases": "phrases that end the chat",
    "by": "who can end it",
    "after_last": "the chat ends once the last of its members has spoken",
    "carryover": "it is told the task, and the results of the teams before it",
    "max_rounds": "messages",
    "max_tokens": "tokens",
    "max_cost_usd": "cost in dollars",
    "max_work_s": "seconds of work",
    "max_repeats": "same message repeated",
    "when_reached": "when a limit is reached",
    "timeout_s": "seconds for each block",
    "memory_mb": "memory in MiB",
    "reply_schema": "reply shape",
    "context.method": "long chats",
    "n_messages": "how many messages",
    "context.tools": "tool calls in later turns",
    "summary.method": "the result",
    "summary.prompt": "what the model is asked for the result",
    "policies": "rules",
}
"""Fields that have other labels on the screen than their names; those of one part only are named with it."""
LONG_CHARS, MAX_SHOWN_CHARS = 60, 40
MAX_LINES = 5_000
"""Of two texts whose lines are compared; longer ones are only said to differ."""


def field_label(part: str, name: str) -> str:
    """Return the words of the screen for a field of a part, such as "limits"; of the team itself for ""."""
    return FIELD_LABELS.get(f"{part}.{name}") or FIELD_LABELS.get(name, name.replace("_", " "))


def team_changes(before: TeamSpec, after: TeamSpec) -> list[str]:
    """Return what was changed, the members first; [] when nothing was."""
    found = [*_members(before, after)]
    labels = {agent.name: agent.label for agent in (*before.agents, *after.agents)}
    old, new = (team.model_dump(mode="json", exclude={"agents", "schema_version"}) for team in (before, after))
    for name in old:
        found += _field("", name, old[name], new[name], labels)
    return [line[0].upper() + line[1:] for line in found]


def _members(before: TeamSpec, after: TeamSpec) -> Iterator[str]:
    old, new = ({agent.name: agent for agent in team.agents} for team in (before, after))
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    renamed = dict(_renamed([old[name] for name in gone], [new[name] for name in come]))
    for name, now in renamed.items():
        yield f"{old[name].label} is now called {now}."
    for name in gone:
        if name not in renamed:
            yield f"{old[name].label} was removed."
    for name in come:
        if name not in renamed.values():
            yield f"{new[name].label} was added."
    for name, agent in new.items():
        if name in old:
            yield from _member(old[name], agent)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield "The order of the agents was changed."


def _renamed(gone: list[AgentSpec], come: list[AgentSpec]) -> Iterator[tuple[str, str]]:
    """Pairs of names of members who are the same but for the name."""
    for agent in gone:
        twin = next((other for other in come if other.model_copy(update={"name": agent.name}) == agent), None)
        if twin is not None:
            yield agent.name, twin.name


def _member(before: AgentSpec, after: AgentSpec) -> Iterator[str]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    for name in old:
        for line in _field("agent", name, old[name], new[name], {}):
            yield f"{after.label}: {line}"


def _field(part: str, name: str, old: Any, new: Any, labels: dict[str, str]) -> Iterator[str]:
    if old == new:
        return
    label = field_label(part, name)
    if name == "team":
        yield (
            f"{label}: {_team_name(old)} → {_team_name(new)}"
            if _team_name(old) != _team_name(new)
            else f"{label}: changed"
        )
    elif name == "transitions":
        yield from _transitions(label, old, new, labels)
    elif isinstance(old, dict) and isinstance(new, dict) and not part and name != "variables":
        for inner in old:
            yield from _field(name, inner, old[inner], new[inner], labels)
    elif _is_names(old) and _is_names(new):
        yield f"{label}: {_names(old or [], new or [], labels)}"
    elif isinstance(old, list | dict) or isinstance(new, list | dict):
        yield f"{label}: changed{_numbers(old, new)}"
    elif isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > LONG_CHARS:
        yield f"{label}: {_rewritten(old, new)}"
    else:
        yield f"{label}: {_value(old, labels)} → {_value(new, labels)}"


def _team_name(value: Any) -> str:
    """Return the name of a member's team; how it is named where it is not written out."""
    return one_line(str(value["name"] if isinstance(value, dict) else value or "none"), MAX_SHOWN_CHARS)


def _is_names(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _names(old: list[str], new: list[str], labels: dict[str, str]) -> str:
    come, gone = [name for name in new if name not in old], [name for name in old if name not in new]
    parts = [f"{_listed(come, labels)} added"] if come else []
    parts += [f"{_listed(gone, labels)} removed"] if gone else []
    return ", ".join(parts) or "order changed"


def _listed(names: list[str], labels: dict[str, str]) -> str:
    return ", ".join(one_line(labels.get(name, name), MAX_SHOWN_CHARS) for name in names)


def _transitions(label: str, old: Any, new: Any, labels: dict[str, str]) -> Iterator[str]:
    if old is None or new is None:
        yield f"{label}: {'no longer limited' if new is None else 'limited'}"
        return
    for speaker in {**old, **new}:
        before, after = old.get(speaker, []), new.get(speaker, [])
        if set(before) != set(after):
            yield f"after {labels.get(speaker, speaker)}: {_names(before, after, labels)}"


def _numbers(old: Any, new: Any) -> str:
    n_old, n_new = len(old or []), len(new or [])
    return f", {n_old} → {n_new}" if n_old != n_new else ""


def _rewritten(old: str, new: str) -> str:
    if not old or not new:
        return "written" if new else "removed"
    lines = old.splitlines(), new.splitlines()
    if sum(map(len, lines)) > MAX_LINES:
        return "changed"
    compared = list(unified_diff(*lines, lineterm="", n=0))[2:]
    n_more, n_less = (sum(line.startswith(sign) for line in compared) for sign in "+-")
    return f"changed, {count_text(n_more, 'line')} new, {n_less:,} gone"


def _value(value: Any, labels: dict[str, str]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or value == "":
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return one_line(labels.get(value, value), MAX_SHOWN_CHARS) if isinstance(value, str) else f"{value:,}"
