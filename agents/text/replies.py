"""How a model's reply reads beside what it says: its reasoning, and a note where it was cut or asked in another way.

Pure functions over events. Called by the live feed and the command line.
"""

from collections.abc import Iterable

from agents.chats import CutBy, ModelCalled
from agents.text.numbers import count_text

CUT_BY: dict[CutBy, str] = {
    "length": "The reply was cut: the model reached its limit of tokens.",
    "filter": "The reply was cut: a content filter ended it.",
}
"""What is said of a message that ended before its model was done."""


def shape_note(problem: str | None) -> str:
    """Return what is said of a message that does not have the shape of its agent's replies; "" when it has."""
    return f"The reply does not have its shape: {problem}." if problem else ""


def reply_note(cut_by: CutBy, calls: Iterable[ModelCalled]) -> str:
    """Return what readers should know of a message that came of `calls`; "" for nothing."""
    found = [CUT_BY[cut_by]] if cut_by else []
    replies = [call for call in calls if call.purpose == "reply"]
    was_refused = any(call.outcome != "ok" for call in replies)  # later messages do not say it again
    left_out = sorted({name for call in replies if call.outcome == "ok" for name in _left_out(call)})
    if was_refused and left_out:
        found.append(f"The model takes no {' and no '.join(left_out)}; it was asked without.")
    return " ".join(found)


def reasoning_of(calls: Iterable[ModelCalled]) -> str:
    """Return what was thought for a message, the replies before it included."""
    thought = (call.reasoning for call in calls if call.purpose == "reply" and call.outcome == "ok")
    return "\n\n".join(filter(None, thought))


def reasoning_title(reasoning: str) -> str:
    """Return the line that opens to the reasoning, such as "Reasoning, 120 words"."""
    return f"Reasoning, {count_text(len(reasoning.split()), 'word')}" if reasoning else ""


def _left_out(call: ModelCalled) -> list[str]:
    notes = call.usage_raw.get("studio")
    names = notes.get("parameters_left_out") if isinstance(notes, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []
