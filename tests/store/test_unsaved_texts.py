"""Unsaved texts: kept for each person, place and tab, taken over, dropped, and bounded; on SQLite and PostgreSQL."""

import pytest

from agents.chats import Person
from agents.store import unsaved_texts
from agents.store.unsaved_texts import owner_of

ANN, BOB = "person ann@example.com", "person bob@example.com"
PLACE = "request:c1:r3"


@pytest.fixture
def texts(store):
    return store.unsaved_texts


class TestWhoseTheyAre:
    def test_of_who_signed_in_they_are_the_persons_on_every_machine(self):
        ann = Person(name="ann@example.com", is_verified=True)
        assert owner_of(ann, "b1") == owner_of(ann, "b2") == ANN

    def test_else_the_browsers_whatever_name_is_typed_there(self):
        assert (
            owner_of(Person(name="You"), "b1")
            == owner_of(Person(name="Ann"), "b1")
            != owner_of(Person(name="You"), "b2")
        )

    def test_a_name_that_nobody_checked_is_nobody_who_signed_in(self):
        assert owner_of(Person(name="ann@example.com"), "") != ANN

    def test_nobody_finds_those_of_others(self, texts):
        texts.keep(ANN, PLACE, "t1", typed={"reply": "Yes"})
        assert texts.newest(BOB, PLACE) is None
        assert texts.rows(BOB, "") == []
        texts.drop(BOB, PLACE)
        assert texts.newest(ANN, PLACE).typed == {"reply": "Yes"}


class TestKeeping:
    def test_what_is_typed_comes_beside_what_the_page_made_of_it(self, texts):
        texts.keep(ANN, PLACE, "t1", body="{}")
        texts.keep(ANN, PLACE, "t1", typed={"a": "1"})
        texts.keep(ANN, PLACE, "t1", typed={"b": "2"})
        found = texts.newest(ANN, PLACE)
        assert (found.body, found.typed) == ("{}", {"a": "1", "b": "2"})

    def test_what_is_in_the_body_is_typed_no_more_and_what_was_typed_since_is(self, texts):
        texts.keep(ANN, PLACE, "t1", typed={"a": "1", "b": "2 and more"})
        texts.keep(ANN, PLACE, "t1", body="{}", settled={"a": "1", "b": "2"})
        assert texts.newest(ANN, PLACE).typed == {"b": "2 and more"}

    def test_two_tabs_overwrite_nothing_of_each_other(self, texts):
        texts.keep(ANN, PLACE, "t1", body="mine")
        texts.keep(ANN, PLACE, "t2", body="also mine")
        assert texts.newest(ANN, PLACE).body == "also mine"
        assert texts.newest(ANN, PLACE, but_of="t2").body == "mine"

    def test_a_tab_that_goes_on_with_an_older_one_takes_it_over(self, texts):
        texts.keep(ANN, PLACE, "t1", body="{}", typed={"a": "1"})
        texts.keep(ANN, PLACE, "t2", typed={"b": "2"}, instead_of="t1")
        found = texts.newest(ANN, PLACE)
        assert (found.tab, found.body, found.typed) == ("t2", "{}", {"a": "1", "b": "2"})
        assert texts.newest(ANN, PLACE, but_of="t2") is None

    def test_and_leaves_alone_what_the_older_one_types_later(self, texts):
        texts.keep(ANN, PLACE, "t1", typed={"a": "1"})
        texts.keep(ANN, PLACE, "t2", typed={"a": "2"}, instead_of="t1")
        texts.keep(ANN, PLACE, "t1", typed={"a": "3"})
        texts.keep(ANN, PLACE, "t2", typed={"a": "4"}, instead_of="t1")
        assert {texts.newest(ANN, PLACE, but_of=tab).typed["a"] for tab in ("t1", "t2")} == {"3", "4"}

    def test_of_each_place_the_newest_is_listed(self, texts):
        for place, tab in (("team:a", "t1"), ("team:b", "t1"), ("team:a", "t2"), ("team_:c", "t1")):
            texts.keep(ANN, place, tab, body=tab)
        assert [(row.place, row.tab) for row in texts.rows(ANN, "team:")] == [("team:a", "t2"), ("team:b", "t1")]

    def test_dropped_is_dropped_of_the_tabs_named_or_of_all(self, texts):
        for tab in ("t1", "t2", "t3"):
            texts.keep(ANN, PLACE, tab, body=tab)
        texts.drop(ANN, PLACE, ["t3", ""])
        assert texts.newest(ANN, PLACE).tab == "t2"
        texts.drop(ANN, PLACE)
        assert texts.newest(ANN, PLACE) is None

    def test_any_text_of_people_comes_back(self, texts):
        typed = {"a": "Grüße 🙋\n\tTab \\ \" '"}
        texts.keep(ANN, PLACE, "t1", typed=typed)
        assert texts.newest(ANN, PLACE).typed == typed

    def test_half_characters_are_marked_and_lose_nothing_else(self, texts):
        assert texts.keep(ANN, PLACE, "t1", body="a\ud800b", typed={"a": "x\0\udc00y"})
        found = texts.newest(ANN, PLACE)
        assert found.body == "a\ufffdb"
        assert (found.typed["a"][0], found.typed["a"][-1]) == ("x", "y")


class TestBounds:
    @pytest.mark.parametrize(
        ("place", "tab", "given"),
        [
            (PLACE, "t1", {"body": "x" * (unsaved_texts.MAX_CHARS + 1)}),
            (PLACE, "t1", {"typed": {"a": "x" * unsaved_texts.MAX_CHARS}}),
            (PLACE, "t1", {"typed": {"a" * 301: ""}}),
            (PLACE, "t" * 301, {"body": ""}),
            ("p" * 301, "t1", {"body": ""}),
        ],
    )
    def test_what_is_too_long_is_not_kept_and_the_caller_told(self, texts, place, tab, given):
        assert texts.keep(ANN, PLACE, "t0", body="before")
        assert not texts.keep(ANN, place, tab, **given)
        assert [row.body for row in texts.rows(ANN, "")] == ["before"]

    def test_of_one_person_the_oldest_go_and_others_lose_nothing(self, texts, monkeypatch):
        monkeypatch.setattr(unsaved_texts, "MOST_ROWS_OF_ONE", 3)
        texts.keep(BOB, PLACE, "t1", body="Bob's")
        for number in range(5):
            texts.keep(ANN, f"team:{number}", "t1", body="")
        assert [row.place for row in texts.rows(ANN, "")] == ["team:4", "team:3", "team:2"]
        assert texts.newest(BOB, PLACE).body == "Bob's"

    def test_of_everybody_the_oldest_go(self, texts, monkeypatch):
        monkeypatch.setattr(unsaved_texts, "MOST_ROWS", 2)
        for owner in ("a", "b", "c"):
            texts.keep(owner, PLACE, "t1", body=owner)
        assert [texts.newest(owner, PLACE) is not None for owner in ("a", "b", "c")] == [False, True, True]

    def test_what_nobody_came_back_to_for_a_month_goes(self, texts, monkeypatch):
        texts.keep(ANN, PLACE, "t1", body="old")
        monkeypatch.setattr(unsaved_texts, "MAX_AGE_S", -1)
        texts.keep(BOB, PLACE, "t1", body="new")
        assert texts.newest(ANN, PLACE) is None
