"""Every ready team's rehearsal, played from its card to its end by pressing only what the page proposes."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import CodeReturned, DecisionRequested, ModelCalled, ToolReturned
from agents.models.rehearsed import PACE_VARIABLE
from agents.specs.gallery import rehearsals
from agents.studio import Studio
from tests.support.app_pages import open_screen, words

MAX_PRESSES = 20
QUESTIONS = {"human_turn", "tool_call", "code_block", "message"}
"""What a person may be asked on the way to a happy end: no limit, loop or failure."""
FAILED_CODE = {"coder-and-executor": 1, "product-team": 1}
"""Blocks of code that fail because the script says so: a mistake that is then mended."""

pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def quick_lines(monkeypatch, sandbox_python):
    """Lines come at once, and code finds its packages."""
    monkeypatch.setenv(PACE_VARIABLE, "0")


def press(page: AppTest) -> AppTest:
    """Press what the page proposes: the suggested line and Reply, else Approve."""
    buttons = {button.label: button for button in reversed(page.button)}
    if "Use it" in buttons:
        page = buttons["Use it"].click().run()
        buttons = {button.label: button for button in reversed(page.button)}
        return buttons["Reply"].click().run()
    assert "Approve" in buttons, f"the page proposes nothing: {words(page)}"
    return buttons["Approve"].click().run()


def played(studio: Studio, name: str) -> tuple[str, AppTest]:
    """The chat of that team's rehearsal once it has ended, and its page."""
    page = open_screen("teams")
    page = page.button(key=f"gallery:gallery:{name}:play").click().run()
    (row,) = studio.local.chats.rows()
    for _ in range(MAX_PRESSES):
        status = studio.local.chats.run_here(row.chat, lambda piece: None, threading.Event())
        page = open_screen("chat", page, chat=row.chat)
        assert not page.exception
        if status == "ended":
            return row.chat, page
        page = press(page)
    raise AssertionError(f"not ended after {MAX_PRESSES} presses: {words(page)}")


@pytest.mark.parametrize("name", rehearsals())
def test_a_rehearsal_reaches_a_happy_end_by_what_the_page_proposes(studio: Studio, name: str):
    chat, page = played(studio, name)
    state, script = studio.local.chats.state(chat), rehearsals()[name]
    assert state.ended is not None
    assert state.ended.reason in ("phrase", "script")
    assert not page.error
    assert state.ended.text in words(open_screen("home", page))

    said = [(message.agent, message.content.strip()) for message in state.messages[1:]]
    assert [agent for agent, _ in said] == [step.agent for step in script.steps]
    told = [(step.agent, step.says.strip()) for step in script.steps if step.says]
    assert [line for line in said if line[1] in {text for _, text in told}] == told, "each line as it was written"

    events = [recorded.event for recorded in studio.local.chats.log(chat)]
    calls = [event for event in events if isinstance(event, ModelCalled)]
    assert all(call.recording and call.recording.usage and call.recording.how for call in calls), "each has figures"
    assert sum(call.recording.usage.total for call in calls if call.recording and call.recording.usage) > 500
    assert (state.spent.n_tokens, state.spent.cost_usd) == (0, 0.0), "none of it is spent"

    asked = {event.of for event in events if isinstance(event, DecisionRequested)}
    assert asked <= QUESTIONS
    assert all(event.outcome == "ok" for event in events if isinstance(event, ToolReturned))
    failed = [event for event in events if isinstance(event, CodeReturned) and event.outcome != "ok"]
    assert len(failed) == FAILED_CODE.get(name, 0)
