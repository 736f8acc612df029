"""Chats that wait for a person, of each kind, made without a worker: for the tests of Inbox and Audit."""

import itertools
from typing import Any

from agents.chats import (
    ChatStarted,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    SpeakerSelected,
    Verdict,
    request_digest,
)
from agents.specs import TeamSpec, team_from_dict
from agents.studio import Studio
from tests.support.app_pages import call

ANN = Person(name="Ann")
GATED: list[Verdict] = ["approve", "edit", "reject", "reply", "skip", "end"]
OPTIONS: dict[str, list[Verdict]] = {
    "human_turn": ["reply", "skip", "end"],
    "next_speaker": ["choose", "end"],
    "limit": ["raise", "finish", "end"],
    "loop": ["continue", "reply", "end"],
    "pause": ["continue", "reply", "end"],
    "model_failure": ["retry", "change_model", "end"],
    "function_failure": ["retry", "skip", "end"],
}
"""What the kinds that are no agent's act can be answered with."""

_numbers = itertools.count(1)


def team(name: str = "Post office") -> TeamSpec:
    """A person, and a clerk with tools."""
    clerk = {"name": "Clerk", "prompt": "You send letters.", "tools": ["calculate", "now"]}
    return team_from_dict({"name": name, "agents": [{"name": "You", "role": "human"}, clerk]})


def asked(of: Any, payload: dict[str, Any], *, n: int = 1, agent: str = "Clerk", **more: Any) -> DecisionRequested:
    """A request of that kind."""
    question = more.pop("question", f"What about this {of.replace('_', ' ')}?")
    return DecisionRequested(
        request=f"r{n}",
        turn=1,
        of=of,
        agent=agent,
        question=question,
        payload=payload,
        options=OPTIONS.get(of, GATED),
        digest=request_digest(of, agent, 1, payload),
        **more,
    )


def tool_call(expression: str = "1 + 1", *, n: int = 1, tool: str = "calculate", **more: Any) -> DecisionRequested:
    """A call that waits for approval."""
    payload = {"call": f"0.{n - 1}", "tool": tool, "arguments": {"expression": expression}}
    return asked("tool_call", payload, n=n, question=f"May {tool} be called?", **more)


def waiting(
    studio: Studio, title: str, *requests: DecisionRequested, said: str = "Hello.", of: str = "", by: Person = ANN
) -> str:
    """A chat of the team `of`, started by `by`, in which `said` was said and these requests are open; its id."""
    pinned = team(of or "Post office")
    who = requests[0].agent if requests else "Clerk"
    reply: ModelCalled = call(0.0123, who)
    events: list[Event] = [
        ChatStarted(team=pinned.model_dump(mode="json"), task=title, by=by),
        MessagePosted(turn=0, agent="You", content=said, source="task", by=ANN),
        SpeakerSelected(turn=1, agent=who, method="first"),
        reply,
        *requests,
    ]
    chat = f"{title.replace(' ', '-').lower()[:40]}-{next(_numbers)}-{id(studio):x}"
    studio.store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title=title)
    return chat
