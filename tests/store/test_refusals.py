"""What was refused is kept: cut short, and only so much in a day, whoever tries."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from agents.chats import Person
from agents.store import refusals, schema
from agents.store.refusals import MAX_CHARS, NO_MORE

EVE, DORA = Person(name="Eve"), Person(name="dora@example.com", is_verified=True)


class TestRefusals:
    def test_texts_of_strangers_are_cut_short_and_made_storable(self, store):
        store.refusals.add(Person(name="n" * 40), "a" * 999, "c" * 999, "\0\ud800" + "w" * 999)
        (kept,) = store.refusals.rows()
        assert (len(kept.act), len(kept.chat), len(kept.why)) == (MAX_CHARS,) * 3
        assert kept.why.startswith("\ufffd\ufffdw")

    def test_what_is_alike_is_kept_a_few_times_and_the_last_says_so(self, store, monkeypatch):
        monkeypatch.setattr(refusals, "MOST_ALIKE_IN_A_DAY", 3)
        for chat in ("c1", "c2"):
            for _ in range(5):
                store.refusals.add(EVE, "decide: end", chat, "No.")
        assert [kept.why for kept in store.refusals.rows(chat="c1")] == [NO_MORE + "No.", "No.", "No."]
        assert len(store.refusals.rows()) == 6

    def test_whoever_takes_many_names_crowds_out_nobody_with_a_verified_one(self, store, monkeypatch):
        monkeypatch.setattr(refusals, "MOST_IN_A_DAY", 4)
        for n in range(9):
            store.refusals.add(Person(name=f"Eve {n}"), "decide: end", f"c{n}", "No.")
        assert len(store.refusals.rows()) == 4
        store.refusals.add(DORA, "decide: end", "c1", "No.")
        assert store.refusals.rows()[0].who == DORA.name

    @pytest.mark.parametrize("days", [0.9, 1.1])
    def test_another_day_counts_anew(self, store, monkeypatch, days):
        monkeypatch.setattr(refusals, "MOST_ALIKE_IN_A_DAY", 1)
        store.refusals.add(EVE, "decide: end", "c1", "No.")
        with store.db.begin() as connection:
            at = store.refusals.rows()[0].at - timedelta(days=days)
            connection.execute(sa.update(schema.refusals).values(at=at))
        store.refusals.add(EVE, "decide: end", "c1", "No.")
        assert len(store.refusals.rows()) == (2 if days > 1 else 1)
