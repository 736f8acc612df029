"""Chats to be taken out: one in which everything happened, a long one, and one whose members are hostile."""

from collections.abc import Sequence
from typing import Any

from agents.chats import (
    ChatEnded,
    ChatStarted,
    ChatSummarised,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    FilesChanged,
    Interjected,
    LimitNeared,
    MessagePosted,
    ModelCalled,
    ParentTurn,
    Person,
    Price,
    SpeakerSelected,
    SubchatStarted,
    ToolReturned,
    ToolStarted,
    Usage,
    request_digest,
)
from agents.specs import team_from_dict
from agents.studio import Studio
from agents.workspaces import Workspace
from tests.support.chat_with_files import png, write
from tests.support.long_chat import MORNING
from tests.support.request_pages import GATED

ADA = Person(name="ada.lovelace@example.com", is_verified=True)
BOB = Person(name="Bob Babbage")
TEAM = team_from_dict(
    {
        "name": "Press office",
        "agents": [
            {"name": "user", "role": "human", "display_name": "You"},
            {"name": "writer", "display_name": "Writer", "prompt": "You write letters.", "tools": ["send_mail"]},
            {"name": "executor", "role": "executor", "display_name": "Executor"},
        ],
        "limits": {"max_cost_usd": 7.25, "max_tokens": 123_456},
    }
)
DRAFT, EDITED = "Dear all, we are the best.", "Dear all, here is what is new."
CALL = {"to": "all@example.org", "text": "Hi"}
CALL_EDITED = {"to": "press@example.org", "text": "Hi"}
SUMMARY = "The letter went out."
MAIL = "press@example.org"


def called(turn: int, agent: str, cost_usd: float = 0.0125, **more: Any) -> ModelCalled:
    """A call of 1,234 tokens."""
    fields: dict[str, Any] = {
        "purpose": "reply", "connection": "openai", "model": "gpt-x", "outcome": "ok", "reply": "",
        "usage": Usage(input_uncached=1_000, output=234), "price": Price(cost_usd=cost_usd, source="own price"),
        "started_at": MORNING, "first_token_s": 0.2, "duration_s": 1.5,
    }  # fmt: skip
    return ModelCalled(turn=turn, agent=agent, **{**fields, **more})


def asked(of: Any, payload: dict[str, Any], n: int, turn: int = 1) -> DecisionRequested:
    """A request about an act of the writer."""
    return DecisionRequested(
        request=f"r{n}", turn=turn, of=of, agent="writer", question="May it?", payload=payload, options=GATED,
        digest=request_digest(of, "writer", turn, payload),
    )  # fmt: skip


def decided(request: DecisionRequested, verdict: Any, by: Person = BOB, **more: Any) -> DecisionMade:
    return DecisionMade(request=request.request, digest=request.digest, verdict=verdict, by=by, **more)


def everything(secret: str = "") -> list[Event]:
    """A chat with an edited call, an edited and a refused reply, code, a person's message and a summary. A tool and
    Ada's task repeat the `secret`."""
    wire = {"id": "x", "type": "function", "function": {"name": "send_mail", "arguments": '{"to": "all@example.org"}'}}
    call = asked("tool_call", {"call": "0.0", "tool": "send_mail", "arguments": CALL}, 1)
    first = asked("message", {"content": DRAFT}, 2)
    second = asked("message", {"content": "Nonsense."}, 3, turn=3)
    task = f"Write to {MAIL}. Bob Babbage knows more. {secret}".strip()
    return [
        ChatStarted(team=TEAM.model_dump(mode="json"), task=task, by=ADA),
        MessagePosted(turn=0, agent="user", content=task, source="task", by=ADA),
        SpeakerSelected(turn=1, agent="writer", method="first"),
        called(1, "writer", tool_calls=[wire]),
        call,
        decided(call, "edit", edit={"arguments": CALL_EDITED}),
        ToolStarted(turn=1, agent="writer", call="0.0", tool="send_mail", arguments=CALL_EDITED),
        ToolReturned(
            turn=1, agent="writer", call="0.0", tool="send_mail", outcome="ok", text=f"sent {secret}", duration_s=0.3
        ),
        called(1, "writer", reply=DRAFT, reasoning="Let me think."),
        first,
        decided(first, "edit", edit={"content": EDITED}),
        MessagePosted(turn=1, agent="writer", content=EDITED, source="model"),
        LimitNeared(limit="max_cost_usd", used=6.11, allowed=7.25),
        SpeakerSelected(turn=2, agent="executor", method="auto"),
        CodeStarted(turn=2, agent="executor", block="b0", language="python", code="print(42)"),
        CodeReturned(turn=2, agent="executor", block="b0", outcome="ok", exit_code=0, text="42", duration_s=0.5),
        MessagePosted(turn=2, agent="executor", content="42", source="code"),
        SpeakerSelected(turn=3, agent="writer", method="auto"),
        called(3, "writer", reply="Nonsense."),
        second,
        decided(second, "reject", text="No nonsense, says Bob Babbage"),
        called(3, "writer", reply="| a | b |\n|---|---:|\n| 1 | 2 |\n\n**Done.**"),
        MessagePosted(turn=3, agent="writer", content="| a | b |\n|---|---:|\n| 1 | 2 |\n\n**Done.**", source="model"),
        Interjected(text="Thank you.", by=BOB),
        SpeakerSelected(turn=4, agent="user", method="interjected"),
        MessagePosted(turn=4, agent="user", content="Thank you.", source="human", by=BOB),
        ChatEnded(reason="max_cost", text="The limit of $7.25 is reached: $7.31 is spent."),
        called(4, "(result)", purpose="result"),
        ChatSummarised(text=SUMMARY),
    ]  # fmt: skip


def put(studio: Studio, events: Sequence[Event], chat: str = "c1", title: str = "A letter") -> str:
    """The chat of these events, in the store without any worker."""
    studio.store.chats.create(chat, list(events), client_id=chat, team_id=None, revision=None, title=title)
    return chat


def with_files(studio: Studio, files: dict[str, bytes], chat: str = "c1", secret: str = "") -> str:
    """The chat in which everything happened, with these files, and a picture."""
    workspace = Workspace(studio.settings.home, chat)
    changes = write(
        workspace, {}, picture__png=png(), **{name.replace(".", "__"): data for name, data in files.items()}
    )
    events = everything(secret)
    place = next(place for place, event in enumerate(events) if isinstance(event, CodeReturned))
    events.insert(place + 1, FilesChanged(turn=2, agent="executor", cause="b0", changes=changes))
    return put(studio, events, chat)


def with_a_team(studio: Studio) -> str:
    """A chat in which a team worked in a chat of its own, "c1-1"."""
    chats, team = studio.store.chats, TEAM.model_dump(mode="json")
    put(studio, everything()[:2])
    fence = chats.begin_leg("c1", "w1")
    chats.append("c1", SpeakerSelected(turn=1, agent="writer", method="first"), fence=fence)
    begins = (
        ChatStarted(team=team, task="Part.", by=ADA, parent=ParentTurn(chat="c1", turn=1, agent="writer")),
        MessagePosted(turn=0, agent="user", content="Part.", source="task", by=ADA),
    )
    chats.append("c1", SubchatStarted(turn=1, agent="writer", chat="c1-1"), fence=fence, begins=begins)
    inner = chats.begin_leg("c1-1", "w1")
    for event in (
        called(1, "writer", 0.5),
        MessagePosted(turn=1, agent="writer", content="The part.", source="model"),
        ChatEnded(reason="phrase", text="Done."),
    ):
        chats.append("c1-1", event, fence=inner)
    return "c1"


def long_chat(n_turns: int, n_chars: int) -> list[Event]:
    """The writer says so many messages of so many characters, half of them code."""
    code = "\n".join(
        f"def step_{n}(value: int = {n}) -> str:\n    return f'{{value}} {n}'  # a remark"
        for n in range(n_chars // 150)
    )
    said = f"{'A sentence with *some* words. ' * (n_chars // 60)}\n\n```python\n{code}\n```"
    events = everything()[:2]
    for turn in range(1, n_turns + 1):
        events += [
            SpeakerSelected(turn=turn, agent="writer", method="auto"),
            called(turn, "writer", reply=said, reasoning=said),
            MessagePosted(turn=turn, agent="writer", content=said, source="model"),
        ]
    return [*events, ChatEnded(reason="max_rounds", text="Enough.")]


def hostile(text: str, name: str) -> list[Event]:
    """A chat in which everything that a member, a person or a tool can name or say is hostile."""
    team = TEAM.model_copy(
        update={
            "agents": [each.model_copy(update={"display_name": name[:80]}) for each in TEAM.agents],
            "name": name[:80],
        }
    )
    by = Person(name=name)
    edit = asked("message", {"content": text}, 1)
    refused = asked("code_block", {"block": "b0", "language": name, "code": text}, 2)
    return [
        ChatStarted(team=team.model_dump(mode="json"), task=text, by=by),
        MessagePosted(turn=0, agent="user", content=text, source="task", by=by),
        SpeakerSelected(turn=1, agent="writer", method="auto"),
        called(1, "writer", reply=text, reasoning=text, model=name, connection=name),
        edit,
        decided(edit, "edit", by, edit={"content": f"{text}\n{text}"}),
        refused,
        decided(refused, "reject", by, text=text),
        ToolStarted(turn=1, agent="writer", call="0.0", tool=name, arguments={name: text}),
        ToolReturned(turn=1, agent="writer", call="0.0", tool=name, outcome="error", text=text, duration_s=1),
        CodeStarted(turn=1, agent="writer", block="b0", language=name, code=text),
        CodeReturned(turn=1, agent="writer", block="b0", outcome="failed", exit_code=1, text=text, duration_s=1),
        MessagePosted(turn=1, agent="writer", content=text, source="model", shape_problem=name),
        MessagePosted(turn=2, agent=name, content=text, source="code"),
        Interjected(text=text, by=by),
        ChatEnded(reason="person", text=f"{name} ended the chat. {text}", by=by),
        ChatSummarised(text=text),
    ]
