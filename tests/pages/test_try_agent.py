"""Trying a member in the team editor: what is offered, what is shown of its reply, what runs and what does not."""

import json
import threading

import pytest
from streamlit.testing.v1 import AppTest

from agents.specs import ConnectionSpec, team_from_dict
from agents.studio import Studio
from tests.support.app_pages import ANN, open_screen, pick, words
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

TEAM = team_from_dict(
    {
        "name": "Office",
        "agents": [
            {"name": "You", "role": "human"},
            {"name": "Clerk", "prompt": "You keep the files.", "tools": ["write_file"]},
            {"name": "Critic", "prompt": "You say what is missing."},
        ],
        "connection": "scripted",
        "example_tasks": ["Write a note."],
    }
)


@pytest.fixture
def row(studio: Studio, server: ScriptedServer):
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="first", max_retries=0)
    studio.local.connections.save(spec)
    return studio.as_(ANN).teams.save(TEAM)


def writes() -> Reply:
    function = {"name": "write_file", "arguments": json.dumps({"path": "*note*.txt", "text": "Milk."})}
    call = {"id": "1", "type": "function", "function": function}
    return Reply("I note it.", tool_calls=[call], finish_reason="tool_calls")


def opened(row, member: str) -> AppTest:
    return pick(open_screen("teams", team=row.team_id), member)


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def tries(studio: Studio) -> list[str]:
    """The chats of tries that owe a turn, oldest first."""
    return sorted(chat for chat, _ in studio.store.chats.owing(set()))


def worked(studio: Studio, page: AppTest) -> AppTest:
    """The page once the worker has done what it can."""
    for chat in tries(studio):
        studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
    return page.run()


def message(page: AppTest):
    return next(box for box in page.text_area if box.label == "Message" and str(box.key).startswith("try:"))


class TestTheOffer:
    def test_is_the_message_of_the_library_for_an_agent_of_it(self, studio, row):
        ready = next(each for each in studio.local.library.ready() if each.agent.name == "Critic")
        assert message(opened(row, "Critic")).value == ready.try_with

    def test_is_an_example_task_of_the_team_for_others(self, studio, row):
        assert message(opened(row, "Clerk")).value == "Write a note."

    def test_is_not_there_for_a_person(self, studio, row):
        page = opened(row, "You")
        assert not page.exception
        assert "Try" not in labels(page)

    def test_waits_until_the_team_can_be_used(self, studio, row):
        page = opened(row, "Clerk")
        next(one for one in page.text_input if one.label == "Agent name").set_value("9 lives").run()
        assert "Fix what is marked in red first. Then you can try it." in words(page)
        assert next(button for button in page.button if button.label == "Try").disabled

    def test_says_what_to_do_where_there_is_no_model(self, studio, row, monkeypatch):
        spec = TEAM.model_copy(update={"connection": "embedded"})
        local = studio.as_(ANN).teams.save(spec)
        monkeypatch.setattr("agents.models.embedded.EmbeddedServer.missing", lambda self: ["xllamacpp"])
        assert "so there is no reply. Connect a model under" in words(opened(local, "Clerk"))


class TestTheReply:
    def test_is_made_with_the_draft_as_it_stands(self, studio, row, server):
        page = opened(row, "Clerk")
        next(box for box in page.text_area if box.label == "Prompt").set_value("You are new here.").run()
        message(page).set_value("Who are you?").run()
        page = press(page, "Try")
        assert "Stop" in labels(page)
        page = worked(studio, page)
        assert not page.exception
        (asked,) = server.records
        assert [text["content"] for text in asked.messages] == ["You are new here.", "Who are you?"]
        assert "Stop" not in labels(page)
        assert message(page).value == "Who are you?"

    def test_of_another_model_stands_beside_it(self, studio, row, server):
        page = opened(row, "Clerk")
        next(box for box in page.selectbox if box.label == "Compare with").set_value("scripted").run()
        next(box for box in page.text_input if box.label == "Its model").set_value("second").run()
        page = worked(studio, press(page, "Try"))
        assert sorted(record.model for record in server.records) == ["first", "second"]
        assert "**first** at scripted" in words(page)
        assert "**second** at scripted" in words(page)

    def test_that_never_comes_says_why_and_what_to_do(self, studio, row, server):
        server.script(["fault-401"])
        page = worked(studio, press(opened(row, "Clerk"), "Try"))
        assert "Choose another connection or model" in words(page)
        assert not page.exception

    def test_cannot_be_asked_for_again_while_it_comes(self, studio, row):
        page = opened(row, "Clerk")
        press(page, "Try")
        assert len(tries(studio)) == 1
        assert next(button for button in page.button if button.label == "Try").disabled

    def test_can_be_stopped(self, studio, row):
        page = press(press(opened(row, "Clerk"), "Try"), "Stop")
        assert tries(studio) == []
        assert not next(button for button in page.button if button.label == "Try").disabled

    def test_to_an_empty_message_is_refused_beside_the_button(self, studio, row):
        page = opened(row, "Clerk")
        message(page).set_value(" ").run()
        assert "The message is empty" in words(press(page, "Try"))
        assert tries(studio) == []

    def test_is_in_the_costs_as_what_it_was(self, studio, row):
        worked(studio, press(opened(row, "Clerk"), "Try"))
        assert "Trying agents in the team editor is part of this: 1 call" in words(open_screen("costs"))

    def test_s_message_stays_while_another_member_is_looked_at(self, studio, row):
        page = opened(row, "Clerk")
        message(page).set_value("Who are you?").run()
        assert message(pick(page, "Critic")).value != "Who are you?"
        assert message(pick(page, "Clerk")).value == "Who are you?"

    def test_and_its_message_are_there_after_a_reload(self, studio, row):
        page = opened(row, "Clerk")
        message(page).set_value("Who are you?").run()
        worked(studio, press(page, "Try"))
        again = opened(row, "Clerk")
        assert message(again).value == "Who are you?"
        assert not again.exception


def two_presses() -> None:
    import streamlit as st

    from pages.components.editor.draft import open_draft
    from pages.components.editor.try_agent import _try
    from pages.components.person import session

    draft = open_draft("gallery:support-desk", session())
    uid = next(member["uid"] for member in draft.members if member["name"] == "Billing")
    st.session_state["try"] = {"message": "Hi.", "connection": "", "model": "", "chats": [], "n": 0}
    for _ in range(2):
        _try("try", draft, uid, 0)


class TestADoubleClick:
    def test_sends_the_message_once(self, studio):
        assert not AppTest.from_function(two_presses).run().exception
        assert len(tries(studio)) == 1


class TestTools:
    def test_are_shown_with_their_arguments_and_nothing_runs(self, studio, row, server):
        server.script([writes()])
        page = worked(studio, press(opened(row, "Clerk"), "Try"))
        shown = words(page)
        assert "**Clerk wants to call** `write_file`" in shown
        assert "Nothing has run yet." in shown
        assert "tokens" in shown.partition("So far:")[2]
        assert any("*note*.txt" in str(part.proto.body) for part in page.get("html"))

    def test_run_when_the_person_says_so(self, studio, row, server):
        server.script([writes(), "Done."])
        page = worked(studio, press(opened(row, "Clerk"), "Try"))
        page = worked(studio, press(page, "Run its tools"))
        assert "Run its tools" not in labels(page)
        (audited,) = studio.local.requests.audit()
        chat = audited[0].chat
        assert [file.path for file in studio.local.files.rows(chat)] == ["*note*.txt"]
        assert studio.local.chats.state(chat).messages[-1].content == "Done."
