"""The rail of a chat without a browser: which tab is in front, and what is behind each."""

import pytest

from agents.chats import ChatEnded, MessagePosted, SpeakerSelected
from agents.chats.requests import Answer
from agents.studio import Studio
from tests.support.app_pages import ANN, BOB, open_screen, press_tab, rail_tabs, shown_text, words
from tests.support.app_pages import call as model_call
from tests.support.chat_with_files import chat_with_files
from tests.support.decision_pages import TEAM, call, post_office, write


@pytest.fixture
def chat(studio: Studio) -> str:
    return post_office(studio)


def front(page) -> str:
    return str(rail_tabs(page)["front"])


def names(page) -> list[str]:
    return [label for _, label in rail_tabs(page)["tabs"]]


class TestTheTabInFront:
    def test_is_what_waits_when_something_new_waits_and_says_how_many(self, studio, chat):
        page = open_screen("chat", chat=chat)
        assert names(page) == ["Decide", "Team", "Files", "Cost"]
        page = press_tab(page, "files")
        write(studio, chat, call(), call(n=2))
        page.run()
        assert front(page) == "decide"
        assert names(page)[0] == "Decide (2)"

    def test_is_the_one_that_was_chosen_also_in_another_chat(self, studio, chat):
        other = studio.as_(ANN).chats.start(TEAM, "Another parcel.", client_id="other")
        page = press_tab(open_screen("chat", chat=chat), "team")
        assert front(page.run()) == "team"
        page = open_screen("chat", page, chat=other)
        assert front(page) == "team"

    def test_is_left_for_another_while_something_waits_and_stays_left(self, studio, chat):
        write(studio, chat, call(), call(n=2))
        page = press_tab(open_screen("chat", chat=chat), "cost")
        studio.as_(BOB).requests.decide(chat, Answer.to(call(), "approve"), client_id="bob")
        assert front(page.run()) == "cost"
        assert names(page)[0] == "Decide (1)"

    def test_is_the_result_once_there_is_one(self, studio, chat):
        page = open_screen("chat", chat=chat)
        said = MessagePosted(turn=1, agent="dev", content="It is sent.", source="model")
        write(studio, chat, said, ChatEnded(reason="phrase", text="Done."))
        page.run()
        assert front(page) == "result"
        assert "Last message, by Developer" in words(page)
        assert front(press_tab(page, "decide")) == "decide"


class TestBehindTheTabs:
    def test_the_team_with_who_speaks_and_what_each_has_used(self, studio, chat):
        said = MessagePosted(turn=1, agent="dev", content="Sent.", source="model")
        next_turn = SpeakerSelected(turn=2, agent="You", method="round_robin")
        write(studio, chat, model_call(0.0123, "dev"), said, next_turn)
        text = words(press_tab(open_screen("chat", chat=chat), "team"))
        assert "**You** :blue-badge[speaks now]" in text
        assert "**Developer** :gray-badge[may be next]" in text
        assert "1 turn · 100 tokens · $0.0123" in text

    def test_the_cost_with_a_bar_for_each_limit(self, studio, chat):
        write(studio, chat, model_call(0.25, "dev"))
        page = press_tab(open_screen("chat", chat=chat), "cost")
        assert page.metric[0].value == "$0.25"
        bars = [shown_text(bar.proto.text) for bar in page.get("progress")]
        assert "**Messages** · 1 of 12 messages" in bars

    def test_a_rehearsal_and_a_chat_without_calls_cost_nothing(self, studio, chat):
        assert "nothing is used" in words(press_tab(open_screen("chat", chat=chat), "cost"))

    def test_the_files_newest_first_one_of_them_in_its_place(self, studio):
        chat = chat_with_files(studio)
        page = press_tab(open_screen("chat", chat=chat), "files")
        opens = [button for button in page.button if str(button.key).startswith("files:open:")]
        assert opens[-1].label == "chart.png"
        assert {"report.pdf", "notes.md", "sales.csv"} <= {button.label for button in opens[:4]}
        page = next(button for button in opens if button.label == "notes.md").click().run()
        assert "Sales rise in May." in words(page)
        assert "All files" in [button.label for button in page.button]


class TestWhatWouldChange:
    def test_a_file_that_a_call_replaces_is_compared_with_what_would_be_written(self, studio, chat):
        workspace = studio.as_(ANN).files
        workspace.attach(chat, [("notes.md", b"One.\nTwo.\n")])
        write(studio, chat, call({"path": "notes.md", "text": "One.\nThree."}, tool="write_file"))
        text = words(open_screen("chat", chat=chat))
        assert "What would change in **notes.md**" in text
        assert "-Two.\n+Three." in text

    def test_a_new_file_is_seen_in_the_arguments_alone(self, studio, chat):
        write(studio, chat, call({"path": "new.md", "text": "One."}, tool="write_file"))
        assert "What would change" not in words(open_screen("chat", chat=chat))
