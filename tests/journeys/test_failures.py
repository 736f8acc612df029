"""Whatever a model server does wrong: the page says what happened and what to do, and Retry goes on with the chat."""

import socket

import pytest
from playwright.sync_api import expect

from agents.specs import ConnectionSpec
from tests.support.conversations import pair, start
from tests.support.model_faults import CAUSE_AND_CURE, NOT_FOR_PEOPLE
from tests.support.screens import Screens
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess


@pytest.fixture(scope="module")
def hasty(studio: StudioProcess, model: ScriptedServer) -> str:
    """The name of a connection to the scripted model that waits two seconds for a reply."""
    spec = ConnectionSpec(name="hasty", base_url=model.base_url, model="m", timeout_s=2)
    with studio.data() as data:
        data.local.connections.save(spec, key="sk-secret")
    return spec.name


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
