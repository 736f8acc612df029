"""What an open transcript tells of a team that works for the chat, while it does."""

import pytest

from agents.chats import (
    ChatStarted,
    DecisionRequested,
    Event,
    MessagePosted,
    SpeakerSelected,
    SubchatStarted,
    request_digest,
)
from agents.chats.subchat_events import ParentTurn
from agents.chats.subchats import beginning
from agents.specs import team_from_dict
from tests.support.live_feed import ADA

OFFICE = team_from_dict(
    {
        "name": "Office",
        "agents": [
            {"name": "owner", "role": "human"},
            {
                "name": "Desk",
                "role": "team",
                "team": {"name": "Clerks", "agents": [{"name": "Boss", "role": "human"}, {"name": "Clerk"}]},
            },
        ],
    }
)


@pytest.fixture
def chat(store) -> str:
    events: list[Event] = [
        ChatStarted(team=OFFICE.model_dump(mode="json"), task="Do it.", by=ADA),
        MessagePosted(turn=0, agent="owner", content="Do it.", source="task", by=ADA),
    ]
    store.chats.create("c1", events, client_id="c1", team_id=None, revision=None, title="Do it.")
    return "c1"


def begin(store, chat: str) -> str:
    """The chat's team begins; returns its chat."""
    fence = store.chats.begin_leg(chat, "w1")
    store.chats.append(chat, SpeakerSelected(turn=1, agent="Desk", method="round_robin"), fence=fence)
    own = OFFICE.agents[1].own_team
    assert own is not None
    events = beginning(own, "Do it.", ADA, ParentTurn(chat=chat, turn=1, agent="Desk"), [])
    part = f"{chat}-1"
    store.chats.append(chat, SubchatStarted(turn=1, agent="Desk", chat=part), fence=fence, begins=events)
    store.chats.end_leg(chat, fence=fence)
    return part


class TestATeamAtWork:
    def test_is_told_live_with_the_way_to_its_chat(self, live, store, chat):
        with live.reader(chat) as reader:
            reader.next()
            part = begin(store, chat)
            frame = reader.until(lambda frame: frame.get("state", {}).get("part"))
            assert frame["state"]["part"] == part
            assert frame["state"]["line"].startswith("Desk is at work")
            assert frame["entries"][-1]["text"] == "Desk began, in a chat of its own"
            offer = frame["state"]["offer"]
            fence = store.chats.begin_leg(part, "w1")
            said = MessagePosted(turn=1, agent="Clerk", content="Hm.", source="model")
            store.chats.append(part, SpeakerSelected(turn=1, agent="Clerk", method="round_robin"), said, fence=fence)
            reader.until(lambda frame: frame.get("state", {}).get("line") == "Desk is at work: 1 turn")
            asked = DecisionRequested(
                request="r6", turn=2, of="human_turn", agent="Boss", question="Well?", payload={}, options=["reply"],
                digest=request_digest("human_turn", "Boss", 2, {}),
            )  # fmt: skip
            store.chats.append(part, asked, fence=fence)
            reader.until(lambda frame: frame.get("state", {}).get("line") == "Desk is at work: 1 turn, waits for you")
            assert reader.frames[-1]["state"]["offer"] != offer  # the page offers the way there

    def test_is_told_to_who_opens_the_transcript_later(self, live, store, chat):
        part = begin(store, chat)
        with live.reader(chat) as reader:
            state = reader.next()["state"]
        assert (state["part"], state["line"]) == (part, "Desk is at work…")
