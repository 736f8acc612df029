"""Every page with something on it, for what must be true of each: chats that wait, failed and ended, and long ones; a
team in the editor; connections, a server of tools, and somebody who is notified."""

import uuid

from agents.chats import (
    DecisionMade,
    Event,
    MessagePosted,
    Person,
    SpeakerSelected,
    ToolReturned,
    ToolStarted,
)
from agents.specs import ConnectionSpec, OwnPrice
from agents.studio import Studio
from tests.support.app_pages import call
from tests.support.chart_pages import add_long_chat
from tests.support.chat_with_files import chat_with_files
from tests.support.decision_pages import write
from tests.support.request_pages import asked, tool_call, waiting

ADA = Person(name="Ada")
ADDRESSES = {
    "home": "/",
    "inbox": "/inbox",
    "chats": "/chat",
    "a chat that waits": "/chat?chat={waits}",
    "a chat that failed": "/chat?chat={failed}",
    "a chat that ended": "/chat?chat={ended}",
    "teams": "/teams",
    "a team": "/teams?team=gallery:product-team",
    "a team from a sentence": "/teams?team=new",
    "timeline": "/timeline?chat={long}",
    "costs": "/costs?chat={long}",
    "all costs": "/costs",
    "audit": "/audit",
    "connections": "/connections",
    "a connection": "/connections?connection=new",
    "settings": "/settings",
}
"""Page -> where it is; the names in braces are chats of `furnish`."""

SAID = """# Plan

A *short* plan with a [link](https://example.com), `code`, and ~~one~~ two lists:

1. First
2. Second

- one
- two

> Quoted: not everything is said twice.

| Month | Sales |
|---|---:|
| May | 1,204 |

```python
@dataclass
class Letter:
    # to whom, and what
    to: str = "Rome"
    copies: int = 2

    def send(self) -> None:
        return post(self.to, n=self.copies, urgent=None)
```

```diff
- old line
+ new line
```
"""
"""Everything that Markdown makes of a message."""

CODE = """import math
@cached
def area(radius: float = 2.5, *, name: str = 'circle') -> str:
    \"\"\"Its size.\"\"\"
    if radius is None or not radius > 0:
        raise ValueError(f"{radius:.2f} is no radius: {name}\\n")
    return [math.pi * radius**2, True, {"a": 1e3}]  # three and a bit
"""


def furnish(studio: Studio) -> dict[str, str]:
    """Put something on every page; return the chats by the names that `ADDRESSES` has for them, and a saved
    team as "team", whose only revision is live."""
    studio.local.connections.save(
        ConnectionSpec(
            name="office",
            base_url="http://127.0.0.1:9/v1",
            model="mistral-small",
            price=OwnPrice(input_usd_per_mtok=1, output_usd_per_mtok=2),
        )
    )
    studio.local.notifications.add("Post room", "json://127.0.0.1:9/", ["request"])
    saved = studio.local.teams.save(studio.local.teams.from_gallery("support-desk"))
    studio.local.teams.label_live(saved.team_id, saved.revision)
    studio.local.teams.save(studio.local.teams.from_gallery("writer-and-critic"))
    waiting(studio, "Send the letters", tool_call("1 + 1"), tool_call("2 + 2", n=2), said="Send both, please.")
    waiting(studio, "Ask the writer", asked("human_turn", {}, agent="You", question="It is your turn, as You."))
    failure = {"purpose": "reply", "connection": "office", "model": "mistral-small", "outcome": "refused"}
    error = "office refused the connection. Start the server, or choose another model."
    return {
        "team": saved.team_id,
        "waits": _waits(studio),
        "failed": waiting(studio, "Answer me", asked("model_failure", {**failure, "error": error}, question=error)),
        "ended": chat_with_files(studio),
        "long": add_long_chat(studio, 60),
    }


def _waits(studio: Studio) -> str:
    """A chat of the product team in which much was said and done, and whose code waits for approval."""
    team = studio.local.teams.from_gallery("product-team")
    chat = studio.as_(ADA).chats.start(team, team.example_tasks[0], client_id=uuid.uuid4().hex)
    first, second, third = (agent.name for agent in team.agents[1:4])
    decided = tool_call("6 * 7", agent=first)
    code = {"block": "b0", "language": "python", "code": CODE * 8}
    events: list[Event] = [
        SpeakerSelected(turn=1, agent=first, method="first"),
        call(0.0123, first),
        decided,
        DecisionMade(request=decided.request, digest=decided.digest, verdict="approve", by=ADA),
        ToolStarted(turn=1, agent=first, call="0.0", tool="calculate", arguments={"expression": "6 * 7"}),
        ToolReturned(turn=1, agent=first, call="0.0", tool="calculate", outcome="ok", text="42", duration_s=0.2),
        MessagePosted(turn=1, agent=first, content=SAID, source="model"),
        SpeakerSelected(turn=2, agent=second, method="auto"),
        call(None, second).model_copy(update={"turn": 2}),
        MessagePosted(turn=2, agent=second, content="It is **fine**.", source="model"),
        SpeakerSelected(turn=3, agent=third, method="auto"),
        asked("code_block", code, n=2, agent=third, question="May this code run?").model_copy(update={"turn": 3}),
    ]
    write(studio, chat, *events)
    return chat
