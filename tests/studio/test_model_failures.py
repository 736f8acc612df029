"""Whatever a model server does wrong: the request says what happened and what to do, and retrying goes on."""

import threading

import pytest

from agents.chats import DecisionRequested
from agents.chats.requests import Answer
from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.conversations import ADA, pair
from tests.support.model_faults import CAUSE_AND_CURE, HARMLESS, NOT_FOR_PEOPLE
from tests.support.scripted_replies import FAULTS
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def hasty(studio: Studio, server: ScriptedServer) -> str:
    """The name of a connection to the scripted model that waits two seconds for a reply."""
    spec = ConnectionSpec(name="hasty", base_url=server.base_url, model="m", timeout_s=2, max_retries=0)
    studio.local.connections.save(spec, key="sk-secret")
    return spec.name


def run(studio: Studio, chat: str) -> DecisionRequested:
    """What is asked once nothing more goes on without a person."""
    studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
    request = studio.local.chats.state(chat).request
    assert request is not None
    return request


def started(studio: Studio, fault: str, connection: str) -> str:
    team = pair(f"fault-{fault}", connection=connection)
    return studio.as_(ADA).chats.start(team, "Write something.", client_id=fault, run_here=True)


def assert_went_on(studio: Studio, chat: str, request: DecisionRequested) -> None:
    """The writer has spoken, once, and it is the person's turn."""
    assert request.of == "human_turn"
    assert [said.agent for said in studio.local.chats.state(chat).messages] == ["You", "Writer"]
    assert studio.store.chats.verify(chat) == []


class TestEveryFault:
    def test_every_fault_of_the_scripted_server_is_tried_here(self):
        assert {*CAUSE_AND_CURE, *HARMLESS} == set(FAULTS)

    @pytest.mark.parametrize("fault", CAUSE_AND_CURE)
    def test_it_is_told_with_cause_and_cure_and_retry_goes_on(
        self, studio: Studio, server: ScriptedServer, hasty: str, fault: str
    ):
        chat = started(studio, fault, hasty)
        request = run(studio, chat)
        assert request.of == "model_failure"
        text = str(request.payload["error"])
        cause, cure = CAUSE_AND_CURE[fault]
        assert cause in text
        assert cure in text
        assert not NOT_FOR_PEOPLE.search(text), text
        server.script(lambda asked: "Here I am again.", model=f"fault-{fault}")
        retry = Answer.to(request, "retry")
        studio.as_(ADA).requests.decide(chat, retry, client_id=f"retry {fault}", run_here=True)
        assert_went_on(studio, chat, run(studio, chat))

    @pytest.mark.parametrize("fault", HARMLESS)
    def test_oddities_of_a_server_stop_nothing(self, studio: Studio, hasty: str, fault: str):
        chat = started(studio, fault, hasty)
        assert_went_on(studio, chat, run(studio, chat))
