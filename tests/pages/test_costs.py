"""The Costs page, as AppTest sees it: nothing spent, a chat, all chats, unknown and local prices."""

import pytest

from agents.chats import Event, ModelCalled, Price
from tests.support.chart_pages import add_chat, add_long_chat, n_charts, open_page, tiles, words
from tests.support.long_chat import LOCAL, UNKNOWN, events_of


def priced_at(price: Price) -> list[Event]:
    """A chat of twelve turns whose good calls all have this price."""
    return [
        event.model_copy(update={"price": price}) if isinstance(event, ModelCalled) and event.outcome == "ok" else event
        for event in events_of(12)
    ]


def choose(page, key: str, value: str):
    return page.segmented_control(key=key).set_value(value).run()


class TestEmpty:
    def test_without_calls_it_says_so(self, studio):
        page = open_page("costs")
        assert "No model was called in the last 30 days" in words(page)
        assert "No model has been called yet" in words(choose(page, "since", "All time"))
        assert "There are no chats yet" in words(choose(page, "view", "One chat"))
        assert not page.exception

    def test_a_chat_that_called_no_model_has_cost_nothing(self, studio):
        page = open_page("costs", add_chat(studio, events_of(1)[:2]))
        assert "has called no model yet" in words(page)
        assert not page.exception


class TestChat:
    def test_tiles_and_tables_add_up_to_the_ledger(self, studio):
        chat = add_chat(studio, events_of(30))
        page = open_page("costs", chat)
        calls = studio.local.chats.calls(chat)
        by_agent, by_model = (table.value for table in page.dataframe)
        assert by_agent["n_calls"].sum() == by_model["n_calls"].sum() == len(calls)
        assert by_agent["n_tokens"].sum() == studio.local.chats.get(chat).n_tokens
        assert by_model["cost_usd"].sum() == pytest.approx(studio.local.chats.get(chat).cost_usd)
        assert tiles(page)["Unpriced calls"] == str(studio.local.chats.get(chat).n_unpriced)
        assert n_charts(page) == 3
        assert not page.exception

    def test_orchestration_stands_apart(self, studio):
        page = open_page("costs", add_chat(studio, events_of(30)))
        row = page.dataframe[0].value.set_index("name").loc["Speaker selection"]
        assert row["n_calls"] == 30
        assert tiles(page)["Orchestration"] == "53 %"

    def test_a_cost_that_is_partly_unknown_says_so_and_names_the_model(self, studio):
        page = open_page("costs", add_chat(studio, events_of(30)))
        assert tiles(page)["Cost"].endswith("+ unknown")
        assert "No price is known for home at lab" in words(page)

    def test_one_call_without_counts_is_one_call(self, studio):
        log = events_of(3)
        last = max(n for n, event in enumerate(log) if isinstance(event, ModelCalled) and event.outcome == "ok")
        log[last] = log[last].model_copy(update={"usage": None})
        page = open_page("costs", add_chat(studio, log))
        assert "did not say how many tokens 1 call used" in words(page)

    def test_tokens_can_be_shown_instead_of_dollars(self, studio):
        page = choose(open_page("costs", add_chat(studio, events_of(30))), "value", "Tokens")
        assert n_charts(page) == 3
        assert not page.exception


class TestPrices:
    def test_a_wholly_unknown_cost_is_unknown_and_never_zero(self, studio):
        page = open_page("costs", add_chat(studio, priced_at(UNKNOWN)))
        assert tiles(page)["Cost"] == "unknown price"
        assert page.dataframe[0].value["cost_usd"].isna().all()
        assert page.segmented_control(key="value").value == "Tokens"
        assert not choose(page, "value", "Cost").exception

    def test_local_models_are_free_in_words(self, studio):
        page = open_page("costs", add_chat(studio, priced_at(LOCAL)))
        assert tiles(page)["Cost"] == "free, local"
        assert tiles(page)["Unpriced calls"] == "0"
        assert set(page.dataframe[0].value["price"]) == {"free, local"}


class TestAllChats:
    def test_it_adds_up_every_chat_by_day_team_and_model(self, studio):
        chats = [add_chat(studio, events_of(30), title="One"), add_chat(studio, priced_at(UNKNOWN), title="Two")]
        page = choose(open_page("costs"), "since", "All time")
        rows = [studio.local.chats.get(chat) for chat in chats]
        assert tiles(page)["Unpriced calls"] == str(sum(row.n_unpriced for row in rows))
        assert page.dataframe[0].value["n_tokens"].sum() == sum(row.n_tokens for row in rows)
        assert page.dataframe[0].value["cost_usd"].sum() == pytest.approx(sum(row.cost_usd for row in rows))
        assert n_charts(page) == 2
        assert not page.exception

    def test_a_model_without_price_stays_unknown(self, studio):
        add_chat(studio, priced_at(UNKNOWN))
        page = choose(open_page("costs"), "since", "All time")
        assert tiles(page)["Cost"] == "unknown price"
        assert set(page.dataframe[0].value["price"]) == {"unknown"}


class TestFiveThousandTurns:
    def test_it_is_drawn_from_the_ledger_alone(self, studio):
        chat = add_long_chat(studio, 5_000)
        page = open_page("costs", chat)
        assert page.dataframe[0].value["n_tokens"].sum() == studio.local.chats.get(chat).n_tokens
        assert n_charts(page) == 3
        assert not page.exception
