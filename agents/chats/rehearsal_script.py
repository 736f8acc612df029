"""From a chat that was to the script that plays it again: every line that was said, every call that was made.

A pure function of the log. What tools and code gave is not in it: they run anew. Called by the command line.
"""

from collections.abc import Iterable
from typing import Any

from agents.chats.events import ChatStarted, MessagePosted, ModelCalled, Recorded
from agents.chats.tool_arguments import read_arguments
from agents.specs import Rehearsal
from agents.specs.rehearsal import MAX_STEPS, ScriptedCall, Step


def rehearsal_of(log: Iterable[Recorded], name: str) -> Rehearsal:
    """The chat in `log` (from its beginning) as a rehearsal called `name`; ValueError when nobody has spoken yet.

    Rejected drafts are left out, and what a reviewer wrote in an agent's place is that agent's line. Files that were
    attached are not in it: they are attached again by whoever plays it."""
    task, steps, calls = "", list[Step](), list[ScriptedCall]()
    for recorded in log:
        match recorded.event:
            case ChatStarted() as started:
                task = started.task
            case ModelCalled(purpose="reply", outcome="ok") as called if called.tool_calls:
                calls += _calls(called)
            case MessagePosted(source=source) as message if source != "task":
                says = "" if source in ("code", "auto") else message.content
                steps.append(Step(agent=message.agent, says=says, calls=calls if source == "model" else []))
                calls = []
    if not steps:
        raise ValueError("nobody has spoken in this chat")
    return Rehearsal(name=name[:80], task=task, steps=steps[:MAX_STEPS])


def _calls(called: ModelCalled) -> list[ScriptedCall]:
    """The calls of one reply; arguments that are no object are left out."""
    found = []
    for position, wire in enumerate(called.tool_calls):
        function: Any = wire.get("function")
        function = function if isinstance(function, dict) else {}
        found.append(
            ScriptedCall(
                tool=str(function.get("name") or "unnamed")[:200],
                arguments=read_arguments(function.get("arguments")) or {},
                saying=called.reply if position == 0 else "",
                is_beside=position > 0,
            )
        )
    return found
