"""What people write into a chat while a leg runs: it is seen at the next step, and nothing is lost or doubled."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agents import engine
from agents.chats import (
    ChatStarted,
    ChatState,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    Interjected,
    MessagePosted,
    PauseAsked,
    Person,
    RuleAdded,
    RuleRevoked,
    ToolStarted,
)
from agents.engine import Item, Streamed
from agents.models import ModelClient
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.values import RunFolders
from agents.specs import SandboxSpec, TeamSpec, team_from_dict
from agents.store import Store
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs
from tests.support.legs import ScriptedConnections, four
from tests.support.model_calls import NoModel
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, calling, pair_with_tools

ANN = Person(name="Ann")


@pytest.fixture
def client(model: ScriptedServer):
    opened = ModelClient(ScriptedConnections(model.base_url), environ={}, embedded=NoModel())
    yield opened
    opened.close()


def begun(store: Store, team: TeamSpec, chat: str = "c") -> str:
    """A chat of `team` that owes its first turn."""
    events: list[Event] = [
        ChatStarted(team=team.model_dump(mode="json"), task="Build it.", by=ANN),
        MessagePosted(turn=0, agent=team.task_giver, content="Build it.", source="task", by=ANN),
    ]
    store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title=chat)
    return chat


def write(store: Store, chat: str, *events: Event, client_id: str) -> None:
    """What a person writes into the running chat."""
    store.chats.append_from_person(chat, lambda state: list(events), client_id=client_id)


Before = Callable[[int, Item], None]
"""(ordinal of the write in all legs, its event or events), called before it is appended: where a person acts."""


def worked(store: Store, chat: str, client: Any, before: Before, tools: Any = None, code: Any = None) -> Any:
    """Works on the chat until it waits or ends, as a worker does."""
    n_items = 0

    def run(state: ChatState, client: Any) -> Generator[Item, None, None]:
        nonlocal n_items
        with closing(engine.leg_events(state, client, tools, code)) as items:
            for item in items:
                if not isinstance(item, Streamed):
                    n_items += 1
                    before(n_items, item)
                yield item

    with RunningLegs(store.chats) as legs:
        return run_leg(chat, client=client, worker="w", legs=legs, stopping=threading.Event(), leg_events=run)


def log(store: Store, chat: str) -> list[Event]:
    return [recorded.event for recorded in store.chats.log(chat)]


def texts(store: Store, chat: str) -> list[tuple[str, str]]:
    return [(m.agent, m.source) for m in store.chats.state(chat).messages]


class TestWhatAPersonSaysWhileALegRuns:
    @pytest.mark.parametrize("selection", ["{method: round_robin}", "{method: auto}"])
    @pytest.mark.parametrize("at", range(1, 10))
    def test_before_any_event_is_a_turn_once_and_nothing_is_lost_or_doubled(
        self, at: int, selection: str, store: Store, client: Any, model: ScriptedServer
    ) -> None:
        chat = begun(store, four(selection, mode="NEVER", max_rounds=6))

        def speak(n: int, item: Item) -> None:
            if n == at:
                write(store, chat, Interjected(text="Blue, please.", by=ANN), client_id="say")

        assert worked(store, chat, client, speak) == "ended"
        messages = store.chats.state(chat).messages
        said = [message for message in messages if message.content == "Blue, please."]
        assert [(message.agent, message.source, message.by) for message in said] == [("user", "human", ANN)]
        assert [message.turn for message in messages] == list(range(6))
        assert store.chats.state(chat).said == ()
        events = log(store, chat)
        assert [event.turn for event in events if event.kind == "SpeakerSelected"] == [1, 2, 3, 4, 5]
        assert len(model.records) == sum(event.kind == "ModelCalled" for event in events)
        position = next(i for i, event in enumerate(events) if isinstance(event, Interjected))
        answered = next(
            i for i, e in enumerate(events) if isinstance(e, MessagePosted) and e.content == "Blue, please."
        )
        between = [event for event in events[position:answered] if isinstance(event, MessagePosted)]
        assert len(between) <= 1  # the turn under way
        assert store.chats.verify(chat) == []

    def test_is_in_the_next_prompt(self, store: Store, client: Any, model: ScriptedServer) -> None:
        chat = begun(store, four("{method: round_robin}", mode="NEVER", max_rounds=4))

        def speak(n: int, item: Item) -> None:
            events = item if isinstance(item, tuple) else (item,)
            if any(isinstance(event, MessagePosted) and event.turn == 1 for event in events):
                write(store, chat, Interjected(text="Blue.", by=ANN), client_id="say")

        worked(store, chat, client, speak)
        assert [agent for agent, _ in texts(store, chat)] == ["user", "PM", "user", "PM"]
        assert model.records[-1].messages[-1]["content"] == "Blue."

    def test_by_two_people_is_two_turns(self, store: Store, client: Any) -> None:
        chat = begun(store, four("{method: round_robin}", mode="NEVER", max_rounds=6))

        def speak(n: int, item: Item) -> None:
            if n == 2:
                write(store, chat, Interjected(text="One.", by=ANN), client_id="1")
                write(store, chat, Interjected(text="Two.", by=Person(name="Ben")), client_id="2")

        worked(store, chat, client, speak)
        said = [(m.content, m.by.name if m.by else "") for m in store.chats.state(chat).messages if m.source == "human"]
        assert said == [("One.", "Ann"), ("Two.", "Ben")]


class TestAPauseAskedWhileALegRuns:
    @pytest.mark.parametrize("at", [1, 2])
    def test_waits_once_the_turn_under_way_is_over(self, at: int, store: Store, client: Any) -> None:
        chat = begun(store, four("{method: round_robin}", mode="NEVER", max_rounds=9))

        def pause(n: int, item: Item) -> None:
            if n == at:
                write(store, chat, PauseAsked(by=ANN), client_id="pause")

        assert worked(store, chat, client, pause) == "waiting"
        state = store.chats.state(chat)
        assert state.request is not None
        assert (state.request.of, len(state.messages)) == ("pause", 2)
        assert store.chats.verify(chat) == []


class TestARuleRevokedWhileALegRuns:
    def test_approves_nothing_any_more_although_the_leg_had_read_it(
        self, store: Store, client: Any, model: ScriptedServer, tmp_path: Path
    ) -> None:
        tools = Traces(tmp_path / "tools")
        model.script([calling(("send_mail", {"to": "bob"}))])
        chat = begun(store, pair_with_tools())
        write(
            store, chat, RuleAdded(id="of-r1", rule={"kind": "tool_call", "action": "approve"}, by=ANN), client_id="a"
        )

        def revoke(n: int, item: Item) -> None:
            if isinstance(item, tuple) and any(isinstance(event, DecisionMade) for event in item):
                write(store, chat, RuleRevoked(id="of-r1", by=ANN), client_id="revoke")

        assert worked(store, chat, client, revoke, tools) == "waiting"
        assert tools.left == []
        assert [e.kind for e in log(store, chat)[-2:]] == ["RuleRevoked", "DecisionRequested"]
        assert store.requests.n_open() == 1
        assert store.chats.verify(chat) == []


class TestWhatAPersonSaysWhileAToolRuns:
    def test_does_not_make_it_look_cut_off_and_it_runs_once(
        self, store: Store, client: Any, model: ScriptedServer, tmp_path: Path
    ) -> None:
        tools = Traces(tmp_path / "tools")
        model.script([calling(("send_mail", {"to": "bob"})), "Sent."])
        chat = begun(store, pair_with_tools(policies=[{"action": "approve"}], limits={"max_rounds": 3}))

        def speak(n: int, item: Item) -> None:
            if isinstance(item, ToolStarted):
                write(store, chat, Interjected(text="Blue.", by=ANN), client_id="say")

        assert worked(store, chat, client, speak, tools) == "ended"
        assert tools.left == ["mail to bob: Hello"]
        assert not any(e.payload.get("is_cut") for e in log(store, chat) if isinstance(e, DecisionRequested))
        assert [m.content for m in store.chats.state(chat).messages][1:] == ["Sent.", "Blue."]
        assert store.chats.verify(chat) == []


class TestWhatAPersonSaysWhileCodeRuns:
    def test_does_not_make_it_look_cut_off_and_it_runs_once(
        self, store: Store, client: Any, model: ScriptedServer, tmp_path: Path
    ) -> None:
        model.script(["```sh\necho ran >> ran.txt\n```"])
        agents = [{"name": "Coder", "prompt": "You write code."}, {"name": "Executor", "role": "executor"}]
        team = {"name": "Coders", "agents": agents, "initiator": "Executor", "limits": {"max_rounds": 3}}
        chat = begun(store, team_from_dict({**team, "policies": [{"kind": "code_block", "action": "approve"}]}))

        def speak(n: int, item: Item) -> None:
            if isinstance(item, CodeStarted):
                write(store, chat, Interjected(text="Blue.", by=ANN), client_id="say")

        (tmp_path / "files").mkdir()
        code = CodeRunner(Bubblewrap(), RunFolders(tmp_path / "files"), SandboxSpec())
        worked(store, chat, client, speak, code=code)
        assert (tmp_path / "files" / "ran.txt").read_text() == "ran\n"
        assert not any(e.payload.get("is_cut") for e in log(store, chat) if isinstance(e, DecisionRequested))
        assert store.chats.verify(chat) == []
