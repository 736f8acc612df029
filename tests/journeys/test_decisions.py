"""Deciding as a person does: from the Chat page and from the Inbox, with a tool of which every run leaves a trace."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Literal, cast

import pytest
from playwright.sync_api import Locator, expect

from agents.chats import (
    DecisionMade,
    DecisionRequested,
    Interjected,
    MessagePosted,
    PauseAsked,
    RequestKind,
    SpeakerSelected,
)
from tests.support.conversations import clerks, monologue, pay, start
from tests.support.screens import Screen, Screens
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until

ToolContext = Literal["chat", "inbox"]
PLUGIN = '''
from pathlib import Path

def pay(to: str, amount: float) -> str:
    """Pay somebody."""
    with (Path(__file__).parent / "paid.txt").open("a") as file:
        file.write(f"{to} {amount:g}\\n")
    return f"paid {amount:g} to {to}"
'''


@pytest.fixture(scope="module")
def studio(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio of the module's own, whose agents can pay."""
    folder = tmp_path_factory.mktemp("decisions")
    plugins = folder / "home" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "shop.py").write_text(PLUGIN)
    model.script(pay, model="clerk")
    address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "scripted"}
    with studio_running(folder, **address) as process:
        yield process


@pytest.fixture(params=["chat", "inbox"])
def place(request: pytest.FixtureRequest) -> ToolContext:
    """Where the person decides."""
    return cast(ToolContext, request.param)


def paid(studio: StudioProcess, to: str) -> list[str]:
    """What `to` was paid, one entry for each time the tool did its work."""
    file = studio.home / "plugins" / "paid.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [amount for name, amount in (line.split() for line in lines) if name == to]


def events(studio: StudioProcess, chat: str) -> list[Any]:
    with studio.data() as data:
        return [recorded.event for recorded in data.local.chats.log(chat)]


def until_recorded(studio: StudioProcess, chat: str, kind: type[Any]) -> None:
    with studio.data() as data:
        wait_until(
            lambda: any(isinstance(recorded.event, kind) for recorded in data.local.chats.log(chat)), what=kind.__name__
        )


class Reviewer:
    """Somebody who decides at one place."""

    def __init__(self, screen: Screen, studio: StudioProcess, place: ToolContext):
        self.screen, self._studio, self.place = screen, studio, place
        self._request = ""
        """What was asked last."""

    def asked(self, chat: str, of: RequestKind, text: str, *, opens_by_itself: bool = False) -> Locator:
        """The card of the chat's next request, of that kind and with `text`; it is opened unless it does so itself."""

        def found() -> str:
            request = data.local.chats.state(chat).request
            return request.request if request and request.of == of and request.request != self._request else ""

        with self._studio.data() as data:
            self._request = wait_until(found, what=f"another {of}")
        if self.place == "inbox":
            if "/inbox" not in self.screen.page.url:
                self.screen.open("/inbox")
            if not opens_by_itself:
                self.screen.keyed(f"inbox:row:{chat}:{self._request}").get_by_role("button").click()
        elif self.screen.chat != chat:
            self.screen.open_chat(chat)
        at = "inbox:" if self.place == "inbox" else ""
        card = self.screen.keyed(f"card:{at}{chat}:{self._request}")
        expect(card).to_contain_text(text)
        return card

    def read(self, chat: str) -> Screen:
        """The transcript, once what was asked last is decided."""
        with self._studio.data() as data:
            wait_until(lambda: data.local.requests.get(chat, self._request)[1], what="a decision")
        if "/chat" not in self.screen.page.url or self.screen.chat != chat:
            self.screen.open_chat(chat)
        return self.screen


@pytest.fixture
def reviewer(open_tab: Screens, studio: StudioProcess, place: ToolContext) -> Reviewer:
    """A person in a browser of their own."""
    return Reviewer(open_tab(), studio, place)


class TestToolCalls:
    def test_an_approved_call_runs_once_and_the_agent_answers_with_the_result(
        self, reviewer: Reviewer, studio: StudioProcess, place: ToolContext
    ):
        to, screen = f"Ann-{place}", reviewer.screen
        chat = start(studio, clerks(), f"Pay {to} 100")
        card = reviewer.asked(chat, "tool_call", "Clerk wants to call pay")
        expect(card.locator(".call-arguments")).to_contain_text(to)
        assert paid(studio, to) == []
        screen.press("Approve", card)
        expect(reviewer.read(chat).messages.last).to_contain_text(f"The tool says: paid 100 to {to}")
        assert paid(studio, to) == ["100"]
        screen.expect_no_traceback()

    def test_an_edit_is_approved_as_the_difference_shows_it_and_the_agent_is_told(
        self, reviewer: Reviewer, studio: StudioProcess, place: ToolContext
    ):
        to, screen = f"Bob-{place}", reviewer.screen
        chat = start(studio, clerks(), f"Pay {to} 100")
        card = reviewer.asked(chat, "tool_call", "Clerk wants to call pay")
        screen.press("Edit", card)
        card.get_by_label("amount").fill("75")
        expect(card.get_by_test_id("stCode")).to_contain_text('-  "amount": 100')
        expect(card.get_by_test_id("stCode")).to_contain_text('+  "amount": 75')
        expect(card.get_by_test_id("stCode")).not_to_contain_text("@@")
        assert paid(studio, to) == []
        screen.press("Approve as edited", card)
        said = reviewer.read(chat).messages.last
        expect(said).to_contain_text("A reviewer changed the arguments before it ran")
        expect(said).to_contain_text(f"paid 75 to {to}")
        assert paid(studio, to) == ["75"]

    def test_a_rejected_call_does_not_run_and_the_agent_answers_to_the_reason(
        self, reviewer: Reviewer, studio: StudioProcess, place: ToolContext
    ):
        to, screen = f"Cid-{place}", reviewer.screen
        chat = start(studio, clerks(), f"Pay {to} 100")
        card = reviewer.asked(chat, "tool_call", "Clerk wants to call pay")
        screen.press("Reject", card)
        card.locator("textarea").fill("The invoice is missing")
        screen.press("Reject", card)
        expect(reviewer.read(chat).messages.last).to_contain_text("I did not pay, because: The invoice is missing.")
        assert paid(studio, to) == []

    def test_approved_for_this_chat_nothing_is_asked_until_that_is_revoked(
        self, open_tab: Screens, studio: StudioProcess
    ):
        to, screen = "Dan", open_tab()
        reviewer = Reviewer(screen, studio, "inbox")
        chat = start(studio, clerks(), f"Pay {to} 1")
        card = reviewer.asked(chat, "tool_call", "Clerk wants to call pay")
        screen.press_more("Approve for this chat", card)
        reviewer.read(chat).expect_my_turn()
        screen.reply(f"Pay {to} 2")
        expect(screen.messages.last).to_contain_text(f"paid 2 to {to}")
        assert paid(studio, to) == ["1", "2"]
        screen.expect_my_turn()
        expect(screen.keyed("chat_rules")).to_contain_text("calls of pay by Clerk")
        screen.press("Revoke")
        expect(screen.keyed("chat_rules")).to_have_count(0)
        screen.reply(f"Pay {to} 3")
        reviewer.place = "chat"
        card = reviewer.asked(chat, "tool_call", "Clerk wants to call pay")
        assert paid(studio, to) == ["1", "2"]
        screen.press("Approve", card)
        expect(reviewer.read(chat).messages.last).to_contain_text(f"paid 3 to {to}")
        assert paid(studio, to) == ["1", "2", "3"]


class TestQuestions:
    def test_a_raised_limit_lets_the_chat_go_on_until_the_new_one(self, open_tab: Screens, studio: StudioProcess):
        screen = open_tab()
        reviewer = Reviewer(screen, studio, "inbox")
        chat = start(studio, monologue("scripted", 2), "Limited")
        card = reviewer.asked(chat, "limit", "The limit of 2 messages is reached.")
        card.get_by_label("New limit, in messages").fill("4")
        screen.press("Raise", card)
        reviewer.place = "chat"
        card = reviewer.asked(chat, "limit", "The limit of 4 messages is reached.")
        screen.press("End chat", card)
        expect(reviewer.read(chat).line).to_contain_text("Ended:")
        expect(screen.messages).to_have_count(4)

    def test_a_loop_is_ended(self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer):
        screen = open_tab()
        reviewer = Reviewer(screen, studio, "inbox")
        chat = start(studio, circling(model), "Circles")
        card = reviewer.asked(chat, "loop", "said the same 2 times in a row")
        screen.press("End chat", card)
        expect(reviewer.read(chat).line).to_contain_text("Ended:")
        assert screen.speakers() == ["Anton", "Berta", "Anton", "Berta"]

    def test_who_goes_round_in_circles_listens_to_what_they_are_told(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        screen = open_tab()
        reviewer = Reviewer(screen, studio, "chat")
        chat = start(studio, circling(model), "Spirals")
        card = reviewer.asked(chat, "loop", "said the same 2 times in a row")
        screen.press("Continue", card)
        expect(screen.messages).to_have_count(7)
        card = reviewer.asked(chat, "loop", "said the same 2 times in a row")
        screen.press("Tell them something", card)
        card.locator("textarea").fill("Try the other door")
        screen.press("Send", card)
        expect(screen.line).to_have_text("Ended: Berta said TERMINATE.")
        assert screen.texts()[-2:] == ["Try the other door", "It is open. TERMINATE"]

    def test_what_a_chat_asks_next_opens_in_the_inbox_before_what_another_asks(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        screen = open_tab()
        model.script(lambda asked: f"Draft {asked.n}", model="keen")
        reviewer = Reviewer(screen, studio, "inbox")
        chat, other = (start(studio, monologue("keen", 9, step_mode=True), title) for title in ("One", "Other"))
        Reviewer(screen, studio, "inbox").asked(other, "message", "Draft")
        card = reviewer.asked(chat, "message", "Draft")
        for _ in range(2):
            screen.press("Approve", card)
            card = reviewer.asked(chat, "message", "Draft", opens_by_itself=True)
        expect(screen.keyed("inbox_head")).to_contain_text("One")

    def test_in_step_mode_the_team_reads_what_was_approved_or_edited(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        screen = open_tab()
        reviewer = Reviewer(screen, studio, "chat")
        model.script(["The first draft", "The second draft", "The third draft"], model="stepping")
        chat = start(studio, monologue("stepping", 4, step_mode=True), "Steps")
        card = reviewer.asked(chat, "message", "The first draft")
        screen.press("Approve", card)
        reviewer.place = "inbox"
        card = reviewer.asked(chat, "message", "The second draft")
        screen.press("Edit", card)
        card.locator("textarea").fill("The better draft")
        expect(card.get_by_test_id("stCode")).to_contain_text("-The second draft")
        expect(card.get_by_test_id("stCode")).to_contain_text("+The better draft")
        screen.press("Approve as edited", card)
        reviewer.place = "chat"
        reviewer.asked(chat, "message", "The third draft")
        assert screen.texts() == ["Steps", "The first draft", "The better draft"]
        heard = [record.messages for record in model.records if record.model == "stepping"][-1]
        assert "The better draft" in json.dumps(heard)
        assert "The second draft" not in json.dumps(heard)


class TestKilled:
    def test_what_was_asked_before_a_power_cut_is_decided_after_it_and_done_once(
        self, open_screen: Screens, studio: StudioProcess
    ):
        chat = start(studio, clerks(), "Pay Eve 100")
        one, other = (Reviewer(open_screen(), studio, place) for place in ("chat", "inbox"))
        one.asked(chat, "tool_call", "Clerk wants to call pay")
        (before,) = (event for event in events(studio, chat) if isinstance(event, DecisionRequested))
        studio.kill()
        one.screen.page.close()
        studio.start()
        card = other.asked(chat, "tool_call", "Clerk wants to call pay")
        expect(card).to_contain_text(before.digest[:12])
        other.screen.press("Approve", card)
        expect(other.read(chat).messages.last).to_contain_text("The tool says: paid 100 to Eve")
        other.screen.expect_my_turn()
        assert paid(studio, "Eve") == ["100"]
        (made,) = (event for event in events(studio, chat) if isinstance(event, DecisionMade))
        assert (made.request, made.digest, made.verdict) == (before.request, before.digest, "approve")


class TestWhileAgentsWork:
    def test_what_is_said_is_the_next_turn_and_a_pause_comes_after_the_turn(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        text = " ".join(f"word{n}" for n in range(30))
        gates = [threading.Event() for _ in range(3)]
        turns = iter(gates)
        model.script(lambda asked: Reply(f"{text} {asked.n}", waits_for=next(turns)), model="unhurried")
        screen = open_tab()
        chat = start(studio, monologue("unhurried", 100), "Take your time")
        screen.open_chat(chat)
        expect(screen.draft).to_contain_text("word0")
        screen.press("Say something")
        screen.box.fill("Mind the gap")
        screen.press("Say it")
        until_recorded(studio, chat, Interjected)
        gates[0].set()
        expect(screen.messages.get_by_text("Mind the gap")).to_be_visible()
        expect(screen.draft).to_contain_text("word0")
        screen.press("Pause")
        until_recorded(studio, chat, PauseAsked)
        gates[1].set()
        expect(screen.keyed("chat_asked")).to_contain_text("paused the chat. Go on?")
        self.assert_in_order(events(studio, chat))
        expect(screen.draft).to_have_count(0)
        screen.press("Continue")
        expect(screen.draft).to_contain_text("word0")
        screen.press("Stop")
        expect(screen.line).to_contain_text("Ended:")

    @staticmethod
    def assert_in_order(log: list[Any]) -> None:
        """The said text took the next turn in the task giver's name; the turn under way at the pause was finished."""
        kinds = [type(event) for event in log]
        after_said = log[kinds.index(Interjected) :]
        turn = next(event for event in after_said if isinstance(event, SpeakerSelected))
        said = next(event for event in after_said if isinstance(event, MessagePosted) and event.turn == turn.turn)
        assert (turn.method, said.content, said.source, said.agent) == ("interjected", "Mind the gap", "human", "Anton")
        after_pause = log[kinds.index(PauseAsked) :]
        assert [type(event) for event in after_pause if isinstance(event, MessagePosted | SpeakerSelected)] == [
            MessagePosted
        ]
        assert after_pause[-1].of == "pause"
        assert all(event.content.split()[28] == "word28" for event in log if getattr(event, "source", "") == "model")


def circling(model: ScriptedServer) -> Any:
    """Two who say the same again and again, until one of them hears of the other door."""

    def reply(request: Request) -> str:
        heard = str(request.messages[-1].get("content"))
        return "It is open. TERMINATE" if "the other door" in heard else "I knock."

    model.script(reply, model="circling")
    return monologue("circling", 50, limits={"max_rounds": 50, "max_repeats": 2})
