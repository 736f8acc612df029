"""What a notice says: a subject and a text with a link. Pure functions.

Names, questions and endings only: no arguments, no messages, nothing that a service far away need not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from agents.plain_text import one_line
from agents.store import Due
from agents.text.numbers import OVERDUE, date_text
from agents.version import NAME

MAX_SUBJECT_CHARS, MAX_QUESTION_CHARS = 120, 300


@dataclass(frozen=True)
class Message:
    """What one address is sent."""

    subject: str
    text: str


TEST = Message(f"{NAME}: a test", "This address works. The studio tells you here what waits for you.")


def message(dues: Sequence[Due], studio_url: str) -> Message:
    """Return one message about all of `dues`, of which there is at least one."""
    if len(dues) == 1:
        return Message(_subject(dues[0]), _text(dues[0], studio_url))
    return Message(f"{NAME}: {len(dues)} notifications", "\n\n".join(_text(due, studio_url) for due in dues))


def _subject(due: Due) -> str:
    about = {
        "request": "waits for a decision",
        "due": "a deadline is near",
        "ended": "ended",
        "failed": "failed",
    }[due.what]
    return f"{one_line(due.title, MAX_SUBJECT_CHARS - len(about) - 2)}: {about}"


def _text(due: Due, studio_url: str) -> str:
    lines = [f"{one_line(due.title, MAX_SUBJECT_CHARS)} ({one_line(due.team_name, 80)})"]
    match due.what:
        case "request" | "due":
            lines.append(one_line(f"{due.agent}: {due.question}" if due.agent else due.question, MAX_QUESTION_CHARS))
            if due.due_at:
                lines.append(f"Wanted by {date_text(due.due_at)}. After that {OVERDUE[due.overdue]}.")
        case "ended" | "failed":
            lines.append(one_line(f"Ended: {due.ended_text}", MAX_QUESTION_CHARS))
    lines.append(f"{studio_url}/chat?chat={quote(due.chat, safe='')}")
    return "\n".join(lines)
