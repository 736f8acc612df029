"""A chat of a post office that asks a person, for the tests of what the chat screen shows then."""

from typing import Any

from agents.chats import DecisionRequested, request_digest
from agents.specs import team_from_dict
from agents.studio import Studio
from tests.support.app_pages import ANN

TEAM = team_from_dict(
    {
        "name": "Post office",
        "agents": [
            {"name": "You", "role": "human"},
            {"name": "dev", "display_name": "Developer", "tools": ["send", "now"]},
        ],
    }
)
PLUGIN = '''
from typing import Literal

def send(to: str, copies: int = 1, urgent: bool = False, via: Literal["air", "sea"] = "air", extra: dict = {}) -> str:
    """Sends a parcel."""
    return "sent"
'''
GATED = ("approve", "edit", "reject", "reply", "skip", "end")
GIVEN = {"to": "Rome", "copies": 2, "urgent": False, "extra": {"a": [1]}}


def post_office(studio: Studio) -> str:
    """A chat of that team, which may call `send`."""
    plugins = studio.settings.plugins
    plugins.mkdir()
    (plugins / "post.py").write_text(PLUGIN)
    return studio.as_(ANN).chats.start(TEAM, "Send a parcel.", client_id="start")


def write(studio: Studio, chat: str, *events) -> None:
    """What a worker would write."""
    fence = studio.store.chats.begin_leg(chat, "w1")
    for event in events:
        studio.store.chats.append(chat, event, fence=fence)
    studio.store.chats.end_leg(chat, fence=fence)


def ask(of: Any, payload: dict[str, Any], options: Any = GATED, *, n: int = 1, **more: Any) -> DecisionRequested:
    question = more.pop("question", "May it?")
    return DecisionRequested(
        request=f"r{n}", turn=1, of=of, agent="dev", question=question, payload=payload, options=list(options),
        digest=request_digest(of, "dev", 1, payload), **more,
    )  # fmt: skip


def call(arguments: dict[str, Any] | None = None, n: int = 1, tool: str = "send", **more: Any) -> DecisionRequested:
    given = GIVEN if arguments is None else arguments
    return ask("tool_call", {"call": f"0.{n - 1}", "tool": tool, "arguments": given}, n=n, **more)
