"""The Timeline page, as AppTest sees it: no chat, a chat at each of its stages, and a very long one."""

import time

from agents.chats import ChatEnded, DecisionRequested, MessagePosted
from tests.support.chart_pages import add_chat, add_long_chat, n_charts, open_page, tiles, words
from tests.support.long_chat import events_of


def until(kind: type, n_turns: int = 30) -> list:
    """The events of a chat up to and with its last one of `kind`."""
    events = events_of(n_turns)
    last = max(place for place, event in enumerate(events) if isinstance(event, kind))
    return events[: last + 1]


class TestEmpty:
    def test_without_chats_it_says_what_will_be_here(self, studio):
        page = open_page("timeline")
        assert "There are no chats yet" in words(page)
        assert not page.exception

    def test_a_link_to_a_chat_that_is_not_there_says_so(self, studio):
        page = open_page("timeline", "nobody")
        assert "There is no chat" in words(page)
        assert not page.exception

    def test_a_link_to_a_chat_that_is_not_there_shows_no_other_chat_in_its_place(self, studio):
        add_chat(studio, events_of(3))
        page = open_page("timeline", "nobody")
        assert "There is no chat" in words(page)
        assert not page.metric
        assert page.query_params["chat"] == "nobody"
        page.selectbox[0].select_index(0).run()
        assert tiles(page)["Turns"] == "3"
        assert "There is no chat" not in words(page)

    def test_a_chat_that_has_only_its_task_waits_for_its_first_turn(self, studio):
        page = open_page("timeline", add_chat(studio, events_of(1)[:2]))
        assert "No turns yet" in words(page)
        assert tiles(page)["Turns"] == "0"
        assert not page.exception


class TestNormal:
    def test_it_shows_tiles_a_chart_and_a_row_for_each_turn(self, studio):
        page = open_page("timeline", add_chat(studio, events_of(30)))
        assert tiles(page)["Turns"] == "30"
        assert tiles(page)["Failed calls"] == "2"
        assert n_charts(page) == 1
        assert page.dataframe[0].value["turn"].tolist() == list(range(31))
        assert not page.exception

    def test_without_a_link_it_opens_the_latest_chat(self, studio):
        add_chat(studio, events_of(3), title="Old")
        add_chat(studio, events_of(5), title="New")
        assert tiles(open_page("timeline"))["Turns"] == "5"

    def test_choosing_another_chat_shows_that_one(self, studio):
        old = add_chat(studio, events_of(3), title="Old")
        page = open_page("timeline", add_chat(studio, events_of(5), title="New"))
        page.selectbox[0].set_value(old).run()
        assert tiles(page)["Turns"] == "3"
        assert page.query_params["chat"] == old

    def test_clock_time_draws_the_same_turns(self, studio):
        page = open_page("timeline", add_chat(studio, events_of(30)))
        page.segmented_control(key="scale").set_value("Clock time").run()
        assert n_charts(page) == 1
        assert not page.exception

    def test_the_table_never_turns_an_unknown_price_into_zero(self, studio):
        page = open_page("timeline", add_chat(studio, events_of(30)))
        prices = set(page.dataframe[0].value["price"])
        assert {"1 of 2 unknown", "known", "nothing used"} <= prices


class TestLive:
    def test_a_running_chat_is_followed_and_an_ended_one_is_not(self, studio):
        running = add_chat(studio, until(MessagePosted), title="Running")
        ended = add_chat(studio, until(ChatEnded), title="Over")
        assert "Live" in words(open_page("timeline", running))
        assert "Live" not in words(open_page("timeline", ended))

    def test_what_happened_since_is_shown_at_the_next_look(self, studio):
        events = events_of(6)
        chat = add_chat(studio, events[:-3])
        page = open_page("timeline", chat)
        before = int(tiles(page)["Turns"])
        fence = studio.store.chats.begin_leg(chat, "tester")
        for event in events[-3:]:
            studio.store.chats.append(chat, event, fence=fence)
        assert int(tiles(page.run())["Turns"]) == before + 1

    def test_the_last_page_of_turns_stays_the_last_as_the_chat_goes_on(self, studio):
        events = events_of(301)
        end_of_300 = next(place for place, event in enumerate(events) if getattr(event, "turn", 0) == 301)
        chat = add_chat(studio, events[:end_of_300])
        page = open_page("timeline", chat)
        assert "Turns 151 to 300" in words(page)
        fence = studio.store.chats.begin_leg(chat, "tester")
        for event in events[end_of_300:-1]:
            studio.store.chats.append(chat, event, fence=fence)
        assert "Turns 152 to 301" in words(page.run())

    def test_a_chat_that_waits_shows_who_is_waited_for(self, studio):
        page = open_page("timeline", add_chat(studio, until(DecisionRequested)))
        last = page.dataframe[0].value.iloc[-1]
        assert (last["who"], last["outcome"]) == ("User", "waiting")
        assert "Waiting for you" in words(page)


class TestFiveThousandTurns:
    def test_written_at_once_are_as_written_one_by_one(self, studio):
        assert studio.store.chats.verify(add_long_chat(studio, 100)) == []

    def test_it_draws_one_stretch_of_turns_an_overview_of_all_and_is_quick_to_draw_again(self, studio):
        page = open_page("timeline", add_long_chat(studio, 5_000))
        assert n_charts(page) == 2
        assert "Turns 4,851 to 5,000" in words(page)
        assert len(page.dataframe[0].value) == 5_001
        begun = time.process_time()
        page.pagination[0].set_value(1).run()
        assert time.process_time() - begun < 2.0
        assert "Turns 1 to 50" in words(page)
        assert not page.exception
