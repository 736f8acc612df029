"""Undo and redo of everything in the editor: what each change replaced, kept with the draft on the server.

A draft is compared with what it was at the last drawing, so that no widget needs to know of this. A step holds the
parts of the draft that changed, as they were before; text typed on in one line is one step. Steps are bounded in number
and size, the oldest go.
"""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from agents.text.team_changes import field_label
from pages.components.editor import parts
from pages.components.editor.draft import Parts, Step, TeamDraft, label
from pages.components.messages import escape_md
from pages.components.widgets import action, browser_part

SCRIPT = Path(__file__).with_name("undo_keys.mjs")
MOST_STEPS, MOST_CHARS = 50, 300_000
ORDER = "order"
FIELD, MEMBER = "field:", "member:"
ONE_LINE_CHARS = 200


def parts_of(draft: TeamDraft) -> Parts:
    """Return what the draft says, each part as JSON: its fields, its members by uid, and their order."""
    said = {f"{FIELD}{name}": _written(value) for name, value in draft.fields.items()}
    said |= {f"{MEMBER}{member['uid']}": _written(member) for member in draft.members}
    return said | {ORDER: _written([member["uid"] for member in draft.members])}


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def record(draft: TeamDraft) -> None:
    """Remember what the draft was before it changed, if it did since the last call; nothing can be redone then."""
    history, now = draft.history, parts_of(draft)
    before, history.seen = history.seen, now
    if before is None or before == now:
        return
    step: Step = {name: before.get(name) for name in {**before, **now} if before.get(name) != now.get(name)}
    if history.ahead or not (history.back and _is_typed_on(history.back[-1], step, now)):
        history.back.append(step)
    history.ahead.clear()
    while len(history.back) > MOST_STEPS or (len(history.back) > 1 and _size(history.back) > MOST_CHARS):
        del history.back[0]


def _size(steps: list[Step]) -> int:
    return sum(len(text or "") for step in steps for text in step.values())


def _is_typed_on(last: Step, step: Step, now: Parts) -> bool:
    """Whether `step` goes on with the one text that the step before it changed."""
    if len(step) != 1 or last.keys() != step.keys():
        return False
    (name,) = step
    oldest, old, new = last[name], step[name], now.get(name)
    if oldest is None or old is None or new is None:
        return False
    first, second = _changed_text(json.loads(oldest), json.loads(old)), _changed_text(json.loads(old), json.loads(new))
    if first is None or second is None or first[0] != second[0]:
        return False
    _, before, after = second
    is_short = len(after) < ONE_LINE_CHARS and "\n" not in before + after
    return is_short and (after.startswith(before) or before.startswith(after))


def _changed_text(old: Any, new: Any, path: tuple[Any, ...] = ()) -> tuple[tuple[Any, ...], str, str] | None:
    """Return (path, old, new) of the only text in which two values differ; None when they differ otherwise."""
    if isinstance(old, str) and isinstance(new, str):
        return path, old, new
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if not (isinstance(old, dict) and isinstance(new, dict)) or old.keys() != new.keys():
        return None
    changed = [name for name in old if old[name] != new[name]]
    return _changed_text(old[changed[0]], new[changed[0]], (*path, changed[0])) if len(changed) == 1 else None


def undo(draft: TeamDraft) -> None:
    """Go one step back, if there is one; what a field that was just left changed is a step, too."""
    record(draft)
    _go(draft, draft.history.back, draft.history.ahead)


def redo(draft: TeamDraft) -> None:
    """Go forward again by one step that was undone, if nothing was changed since."""
    record(draft)
    _go(draft, draft.history.ahead, draft.history.back)


def _go(draft: TeamDraft, steps: list[Step], others: list[Step]) -> None:
    if not steps:
        return
    step, now = steps.pop(), parts_of(draft)
    others.append({name: now.get(name) for name in step})
    said = {name: text for name, text in {**now, **step}.items() if text is not None}
    draft.fields = {name.removeprefix(FIELD): json.loads(text) for name, text in said.items() if name.startswith(FIELD)}
    draft.members = [json.loads(said[f"{MEMBER}{uid}"]) for uid in json.loads(said[ORDER])]
    draft.removed = None
    draft.version += 1
    draft.history.seen = parts_of(draft)
    _show(draft, step)


def _show(draft: TeamDraft, step: Step) -> None:
    """Bring to the front where the step changed something; what comes with every change of members does not count."""
    uids = [member["uid"] for member in draft.members]
    touched = [name.removeprefix(MEMBER) for name in step if name.startswith(MEMBER)]
    if touched or ORDER in step:
        parts.show(draft, parts.AGENTS, next((uid for uid in touched if uid in uids), ""))
    else:
        parts.show(draft, parts.part_of(next(iter(step)).removeprefix(FIELD)))


def buttons(draft: TeamDraft) -> None:
    """Draw Undo and Redo, and let their keys work outside of text fields."""
    keys = {"undo": f"{draft.key}:undo_step", "redo": f"{draft.key}:redo_step"}
    history = draft.history
    action(
        "Undo", keys["undo"], "undo", undo, draft, type="tertiary", disabled=not history.back,
        help=_about(draft, history.back, "Ctrl+Z"),
    )  # fmt: skip
    action(
        "Redo", keys["redo"], "redo", redo, draft, type="tertiary", disabled=not history.ahead,
        help=_about(draft, history.ahead, "Ctrl+Shift+Z"),
    )  # fmt: skip


def keys(draft: TeamDraft) -> None:
    """Let Ctrl+Z and Ctrl+Shift+Z press the buttons."""
    data = {"undo": f"{draft.key}:undo_step", "redo": f"{draft.key}:redo_step"}
    with st.container(key="undo_keys"):
        browser_part("studio_undo_keys", SCRIPT, key="studio_undo_keys", data=data, height=0)


def _about(draft: TeamDraft, steps: list[Step], key: str) -> str:
    """What a press changes, and its key."""
    if not steps:
        return key
    names = {member["uid"]: label(member) for member in draft.members}
    name = min(steps[-1], key=lambda part: (not part.startswith(MEMBER), part))
    kind, _, what = name.partition(":")
    if kind == "member":
        written = steps[-1][name]
        what = names.get(what) or (label(json.loads(written)) if written else "an agent")
    elif kind == "field":
        what = field_label("", what)
    return f"{escape_md(what or 'the order of the agents')} ({key})"
