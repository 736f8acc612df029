"""One chat in two browsers: both see the same, and what one does is done for the other."""

import pytest
from playwright.sync_api import expect

from tests.support.conversations import pair, start
from tests.support.screens import Screen, Screens
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess
from tests.support.waiting import allowed_s

LONG = " ".join(f"word{n}" for n in range(200))


@pytest.fixture
def slow(model: ScriptedServer, request: pytest.FixtureRequest) -> str:
    """A model of the test's own that writes ten words a second."""
    name = f"slow of {request.node.name}"
    model.script(lambda asked: Reply(LONG, piece_delay_s=0.1), model=name)
    return name


@pytest.fixture
def two(open_screen: Screens) -> tuple[Screen, Screen]:
    """Two people's browsers."""
    return open_screen(), open_screen()


def open_in(screens: tuple[Screen, Screen], chat: str) -> tuple[Screen, Screen]:
    """Both follow the link to the chat."""
    for screen in screens:
        screen.open_chat(chat)
    return screens


class TestTwoTabs:
    def test_both_see_a_message_grow(self, two: tuple[Screen, Screen], studio: StudioProcess, slow: str):
        screens = open_in(two, start(studio, pair(slow)))
        for screen in screens:
            expect(screen.draft).to_contain_text("word0 word1")
            expect(screen.line).to_have_text("Writer is writing…")
            screen.watch_writing()
        for screen in screens:
            screen.page.wait_for_function("() => window.seenDrafts.length > 3")
            [(who, texts)] = screen.grown()
            assert who == "Writer"
            assert LONG.startswith(texts[-1])
            assert len(set(texts)) > 3
        one, other = screens
        assert abs(len(one.draft.inner_text()) - len(other.draft.inner_text())) < 100
        one.press("Stop")

    def test_an_answer_in_one_clears_the_box_in_the_other(self, two: tuple[Screen, Screen], studio: StudioProcess):
        one, other = open_in(two, start(studio, pair("scripted")))
        one.expect_my_turn()
        other.expect_my_turn()
        other.box.fill("My own answer, half")
        one.reply("The first answer")
        expect(other.messages).to_have_count(4)
        other.expect_my_turn()
        expect(other.box).to_have_value("")
        expect(one.box).to_have_value("")
        assert one.texts() == other.texts()
        assert one.texts()[2] == "The first answer"
        assert [message for message in one.texts() if "half" in message] == []

    def test_a_double_click_answers_once(self, two: tuple[Screen, Screen], studio: StudioProcess):
        one, other = open_in(two, start(studio, pair("scripted")))
        one.expect_my_turn()
        one.box.fill("Only once")
        one.button("Reply").dblclick()
        for screen in (one, other):
            expect(screen.messages).to_have_count(4)
            screen.expect_my_turn()
        assert one.speakers() == ["You", "Writer", "You", "Writer"]
        assert one.texts().count("Only once") == 1

    def test_two_answers_at_the_same_moment_make_one(self, two: tuple[Screen, Screen], studio: StudioProcess):
        one, other = open_in(two, start(studio, pair("scripted")))
        for number, screen in enumerate((one, other), start=1):
            screen.expect_my_turn()
            screen.box.fill(f"Answer {number}")
        for screen in (one, other):
            screen.button("Reply").click(no_wait_after=True)
        for screen in (one, other):
            expect(screen.messages).to_have_count(4)
            screen.expect_my_turn()
        assert sum(text.startswith("Answer") for text in one.texts()) == 1
        assert one.texts() == other.texts()

    def test_text_that_is_being_typed_survives_what_the_page_does_meanwhile(
        self, two: tuple[Screen, Screen], studio: StudioProcess
    ):
        one, other = open_in(two, start(studio, pair("scripted")))
        one.expect_my_turn()
        one.box.press_sequentially("Dear team, ")
        one.expect_drawn_again(lambda: studio.attach_from_elsewhere(one.chat))
        expect(one.box).to_be_focused()
        one.box.press_sequentially("I like ")
        one.keyed("chat_head").get_by_test_id("stPopover").get_by_role("button").click()
        one.page.get_by_label("Title").fill("Another title")
        one.press("Rename")
        expect(one.page.get_by_role("heading", name="Another title")).to_be_visible()
        one.page.keyboard.press("Escape")
        one.box.press("End")
        one.box.press_sequentially("it.")
        one.box.press("Control+Enter")
        for screen in (one, other):
            expect(screen.messages).to_have_count(5)  # the file that somebody attached is told
        assert other.texts().count("Dear team, I like it.") == 1

    def test_stop_ends_it_at_once_in_both_and_continue_goes_on(
        self, two: tuple[Screen, Screen], studio: StudioProcess, slow: str, model: ScriptedServer
    ):
        one, other = open_in(two, start(studio, pair(slow)))
        for screen in (one, other):
            expect(screen.draft).to_contain_text("word3")
        one.press("Stop")
        for screen in (one, other):
            expect(screen.line).to_have_text("Ended: You stopped the chat.", timeout=allowed_s(2) * 1_000)
            expect(screen.draft).to_have_count(0)
        model.wait_for(lambda records: [r for r in records if r.model == slow and r.outcome == "closed by client"])
        model.script(["Now I am quick."], model=slow)
        other.box.fill("Please go on.")
        other.press("Continue")
        for screen in (one, other):
            screen.expect_my_turn()
            assert screen.texts()[1:] == ["Please go on.", "Now I am quick."]
