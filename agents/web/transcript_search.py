"""Where in a chat something is: its messages and outputs by their text, its turns, speakers, decisions and files.

Pure functions over events. Called by the pages of a transcript, with the events of the kinds that can be found.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from agents.chats import Recorded, events

Sought = Literal["text", "turn", "speaker", "decision", "file"]
SEARCHED: dict[Sought, tuple[str, ...]] = {
    "text": (
        "MessagePosted", "ToolStarted", "ToolReturned", "CodeStarted", "CodeReturned", "FilesChanged", "DecisionMade",
        "ChatEnded", "Interjected",
    ),
    "turn": ("MessagePosted",),
    "speaker": ("MessagePosted",),
    "decision": ("DecisionMade",),
    "file": ("FilesChanged",),
}  # fmt: skip
"""The kinds of events that are looked at for each."""


def hits(log: Iterable[Recorded], sought: Sought, text: str, labels: dict[str, str]) -> Iterator[int]:
    """Return the seqs of the entries that have `text`, ascending; of all of that kind when it is "". A turn is found by
    its number, a speaker by a part of the name."""
    wanted, begun = text.strip().casefold(), ""
    for recorded in log:
        event = recorded.event
        if isinstance(event, events.ToolStarted | events.CodeStarted):
            begun += "\n" + _said(event)  # is shown with what came of it
            continue
        said = _said(event)
        if isinstance(event, events.ToolReturned | events.CodeReturned):
            said, begun = f"{begun}\n{said}", ""
        if isinstance(event, events.MessagePosted) and sought == "turn":
            is_hit = wanted in ("", str(event.turn))
        elif isinstance(event, events.MessagePosted) and sought == "speaker":
            is_hit = wanted in labels.get(event.agent, event.agent).casefold()
        else:
            is_hit = wanted in said.casefold() and (bool(wanted) or sought != "text")
        if is_hit:
            yield recorded.seq


def _said(event: events.Event) -> str:
    """Return what is read of an event."""
    match event:
        case events.MessagePosted():
            return event.content
        case events.ToolStarted():
            return f"{event.tool}\n" + "\n".join(f"{name}\n{value}" for name, value in event.arguments.items())
        case events.ToolReturned():
            return f"{event.tool}\n{event.text}"
        case events.CodeStarted():
            return f"{event.language}\n{event.code}"
        case events.CodeReturned() | events.ChatEnded() | events.Interjected():
            return event.text
        case events.FilesChanged():
            return "\n".join(change.path for change in event.changes)
        case events.DecisionMade():
            return f"{event.who}\n{event.verdict}\n{event.text}\n{event.rule}"
        case _:
            return ""
