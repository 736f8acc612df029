"""Whatever a model server does wrong: the page says what happened and what to do, and Retry goes on with the chat."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from agents.chats import DecisionRequested
from agents.chats.requests import Answer
from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.conversations import ADA, pair, start
from tests.support.screens import Screens
from tests.support.scripted_replies import FAULTS, Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

CAUSE_AND_CURE = {
    "400": ("does not support 0.7", "Correct the agent's parameters"),
    "401": ("does not accept the key", "Save a valid one under Connections"),
    "403": ("is not allowed to use", "Choose another model, or a key with that right"),
    "404": ("has no model", "Choose one that it lists"),
    "404-path": ("page not found", "Most servers want"),
    "429": ("takes no more requests", "Press Retry later"),
    "quota": ("You exceeded your current quota", "add credit"),
    "500": ("The server had an error", "Press Retry"),
    "503": ("The engine is overloaded", "Press Retry"),
    "context": ("The chat has become too long", "Choose a model with a larger context"),
    "timeout": ("gave no answer within 0.5 s", "Press Retry"),
    "hangup": ("closed the connection before it replied", "Press Retry"),
    "drop": ("in the middle of its reply", "Press Retry"),
    "truncated": ("a line that breaks off", "Press Retry"),
    "html": ("a web page", "Correct it under Connections"),
    "no-choices": ("without choices", "Press Retry"),
    "empty": ("replied with nothing", "Press Retry"),
    "null": ("replied with nothing", "Press Retry"),
    "content-filter": ("content filter", "Word the task differently"),
    "stream-error": ("out of memory", "Press Retry"),
}
"""Fault -> what the text says of its cause, and of its cure."""
HARMLESS = ["slow", "no-usage", "no-stream-options"]
"""Oddities that the studio copes with."""
NOT_FOR_PEOPLE = re.compile(r"Traceback|Error\(|Exception|httpx|openai\.|File \"|sk-secret|!|oops", re.IGNORECASE)


@dataclass
class Failing:
    """A studio and the chats that failed in it."""

    data: Studio
    chats: dict[str, str]
    """Fault -> chat."""

    def request(self, fault: str) -> DecisionRequested:
        """What the chat asks, once it has failed."""
        chat = self.chats[fault]
        wait_until(lambda: self.data.local.chats.get(chat).status == "waiting", what=f"chat of {fault} waits")
        request = self.data.local.chats.state(chat).request
        assert request is not None
        return request

    def retry(self, fault: str) -> None:
        request = self.request(fault)
        self.data.as_(ADA).requests.decide(
            self.chats[fault], Answer.to(request, "retry"), client_id=f"retry {request.digest}"
        )

    def assert_went_on(self, fault: str) -> None:
        """The writer has spoken, once, and it is the person's turn."""
        chat = self.chats[fault]
        wait_until(lambda: len(self.data.local.chats.state(chat).messages) == 2, what=f"chat of {fault} goes on")
        assert self.request(fault).of == "human_turn"
        assert [said.agent for said in self.data.local.chats.state(chat).messages] == ["You", "Writer"]
        assert self.data.store.chats.verify(chat) == []


@pytest.fixture(scope="module")
def hasty(studio: StudioProcess, model: ScriptedServer) -> str:
    """The name of a connection to the scripted model that waits half a second for a reply."""
    spec = ConnectionSpec(name="hasty", base_url=model.base_url, model="m", timeout_s=0.5)
    with studio.data() as data:
        data.local.connections.save(spec, key="sk-secret")
    return spec.name


@pytest.fixture(scope="module")
def failing(studio: StudioProcess, hasty: str) -> Iterator[Failing]:
    """A chat for every fault, all of them started together."""
    faults = (*CAUSE_AND_CURE, *HARMLESS)
    with studio.data() as data:
        yield Failing(data, {fault: start(studio, pair(f"fault-{fault}", connection=hasty)) for fault in faults})


class TestEveryFault:
    def test_every_fault_of_the_scripted_server_is_tried_here(self):
        assert {*CAUSE_AND_CURE, *HARMLESS} == set(FAULTS)

    @pytest.mark.parametrize("fault", CAUSE_AND_CURE)
    def test_it_is_told_with_cause_and_cure_and_retry_goes_on(
        self, failing: Failing, model: ScriptedServer, fault: str
    ):
        request = failing.request(fault)
        assert request.of == "model_failure"
        text = str(request.payload["error"])
        cause, cure = CAUSE_AND_CURE[fault]
        assert cause in text
        assert cure in text
        assert not NOT_FOR_PEOPLE.search(text), text
        model.script(lambda asked: "Here I am again.", model=f"fault-{fault}")
        failing.retry(fault)
        failing.assert_went_on(fault)

    @pytest.mark.parametrize("fault", HARMLESS)
    def test_oddities_of_a_server_stop_nothing(self, failing: Failing, fault: str):
        failing.assert_went_on(fault)


class TestInTheBrowser:
    @pytest.mark.parametrize("fault", ["401", "timeout", "html"])
    def test_the_page_names_cause_and_cure_and_retry_goes_on(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer, fault: str, hasty: str
    ):
        name = f"in the browser {fault}"
        model.script(lambda asked: Reply(None, is_silent=True) if fault == "timeout" else f"fault-{fault}", model=name)
        screen = open_screen()
        screen.open_chat(start(studio, pair(name, connection=hasty)))
        expect(screen.line).to_have_text("Paused: Writer got no answer. Nothing is lost.")
        box = screen.keyed("chat_failure")
        for words in CAUSE_AND_CURE[fault]:
            expect(box).to_contain_text(words)
        assert not NOT_FOR_PEOPLE.search(box.inner_text())
        screen.expect_no_traceback()
        screen.retry()
        expect(screen.log.locator(".line-entry.failure")).to_have_count(2)
        model.script(lambda asked: "Here I am again.", model=name)
        screen.retry()
        screen.expect_my_turn()
        assert screen.texts()[1:] == ["Here I am again."]

    def test_a_server_that_is_not_there_yet_is_waited_for_by_the_person(
        self, open_screen: Screens, studio: StudioProcess
    ):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        with studio.data() as data:
            data.local.connections.save(ConnectionSpec(name="gone", base_url=f"http://127.0.0.1:{port}/v1", model="m"))
        screen = open_screen()
        screen.open_chat(start(studio, pair("", connection="gone")))
        box = screen.keyed("chat_failure")
        expect(box).to_contain_text(f"127.0.0.1:{port}")
        expect(box).to_contain_text("Usual causes: the server is not started")
        assert not NOT_FOR_PEOPLE.search(box.inner_text())
        with ScriptedServer(port=port):
            screen.retry()
            screen.expect_my_turn()
        assert len(screen.texts()) == 2

    def test_another_model_goes_on_where_this_one_cannot(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer, hasty: str
    ):
        model.script(lambda asked: "fault-404", model="withdrawn")
        screen = open_screen()
        screen.open_chat(start(studio, pair("withdrawn", connection=hasty)))
        screen.press("Change model")
        box = screen.page.get_by_role("textbox", name="Model")
        box.fill("another-model")
        box.press("Tab")
        screen.press("Use it and retry")
        screen.expect_my_turn()
        assert len(screen.texts()) == 2

    def test_a_failed_speaker_selection_is_told_as_such_and_tried_again(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        agents = [{"name": name, "prompt": "You speak.", "description": name, "model": "selected"} for name in "ABC"]
        limits = {"max_rounds": 2, "when_reached": "end"}
        team = pair("", agents=agents, selection={"model": "selecting"}, limits=limits)
        model.script(lambda asked: "fault-500", of="select", model="selecting")
        screen = open_screen()
        screen.open_chat(start(studio, team))
        expect(screen.keyed("chat_failure")).to_contain_text("The speaker selection got no answer.")
        model.script(["B"], of="select", model="selecting")
        screen.retry()
        expect(screen.line).to_have_text("Ended: The limit of 2 messages is reached.")
        assert screen.speakers() == ["A", "B"]
