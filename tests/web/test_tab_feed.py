"""What every open tab is told: how many requests wait, at once when that changes, and only to those who may look."""

import json
from unittest.mock import MagicMock

import pytest

from agents.chats import ChatEnded, Person
from agents.store import unsaved_texts
from agents.store.unsaved_texts import owner_of
from agents.web import tab_feed
from agents.web.feed_access import BAD_TOKEN
from agents.web.feed_frames import BAD_FRAME
from agents.web.tab_feed import TAB, mark_of
from tests.support import chat_log
from tests.support.live_feed import ADA, message, start_chat


def waiting(store, chat: str) -> None:
    """A chat that waits for a person."""
    store.chats.create(chat, chat_log.waiting(), client_id=chat, team_id=None, revision=None, title=chat)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Chats are looked at as often as requests are."""
    monkeypatch.setattr(tab_feed, "CHATS_EVERY_S", tab_feed.REQUESTS_EVERY_S)


class TestATab:
    def test_is_told_first_how_many_wait_and_the_marks_that_pages_compare(self, live, store):
        waiting(store, "c1")
        with live.reader(TAB) as reader:
            frame = reader.next()
        requests, chats, teams = map(mark_of, (store.requests.open_mark(), store.chats.mark(), store.teams.mark()))
        assert frame == {"t": "waiting", "n": 1, "requests": requests, "chats": chats, "teams": teams}

    def test_is_told_of_a_new_request_and_of_its_end(self, live, store):
        with live.reader(TAB) as reader:
            assert reader.next()["n"] == 0
            waiting(store, "c1")
            asked = reader.until(lambda frame: frame["n"] == 1)
            store.chats.delete("c1")
            over = reader.until(lambda frame: frame["n"] == 0)
        assert asked["requests"] != over["requests"]

    def test_is_told_when_a_chat_goes_on_though_nobody_looks_at_that_chat(self, live, store):
        start_chat(store, "c1")
        fence = store.chats.begin_leg("c1", "w1")
        with live.reader(TAB) as reader:
            before = reader.next()
            store.chats.append("c1", message(1, "Hello."), fence=fence)
            after = reader.until(lambda frame: frame["chats"] != before["chats"])
        assert after["requests"] == before["requests"]

    def test_every_tab_is_told(self, live, store):
        with live.reader(TAB) as one, live.reader(TAB) as other:
            for reader in (one, other):
                reader.next()
            waiting(store, "c1")
            for reader in (one, other):
                reader.until(lambda frame: frame["n"] == 1)

    @pytest.mark.parametrize(
        "sent",
        [
            "no JSON",
            '{"older": 3}',
            '{"typed": {"place": "p", "tab": "t", "fields": {"a": 1}, "number": 1}}',
            "[" * 9_999,
        ],
        ids=["no JSON", "another frame", "no text", "nested"],
    )
    def test_that_sends_nonsense_is_let_go(self, live, store, sent):
        with live.reader(TAB) as reader:
            reader.next()
            reader.socket.send(sent)
            assert reader.close_code() == BAD_FRAME
        assert store.unsaved_texts.rows(owner_of(ADA, ""), "") == []

    def test_its_token_opens_no_chat(self, live, store):
        start_chat(store, "c1", "A secret task.")
        with live.open({"token": live.feed.sign(TAB, Person(name="Ada")), "after": 0}) as reader:
            assert reader.next()["t"] == "waiting"
            store.chats.append("c1", ChatEnded(reason="phrase", text="x"), fence=store.chats.begin_leg("c1", "w"))
            reader.until(lambda frame: frame.get("chats"))
        assert "secret" not in str(reader.frames)

    def test_of_who_may_not_look_is_told_nothing(self, live, home):
        home.mkdir(exist_ok=True)
        (home / "access.toml").write_text('view = ["vera@example.com"]\n')
        with live.reader(TAB) as reader:
            assert reader.close_code() == BAD_TOKEN
        assert reader.frames == []


def typed(**fields: str) -> str:
    return json.dumps({"typed": {"number": 7, "place": "say:c1", "tab": "t1", "instead_of": "", "fields": fields}})


class TestTyping:
    def test_is_kept_for_its_person_and_said_to_be(self, live, store):
        ann = Person(name="ann@example.com", is_verified=True)
        with live.open({"token": live.feed.sign(TAB, ann)}) as reader:
            reader.next()
            reader.socket.send(typed(text="Half a sent"))
            kept = reader.until(lambda frame: frame["t"] == "kept")
        assert kept == {"t": "kept", "number": 7, "place": "say:c1", "is_kept": True}
        assert store.unsaved_texts.newest(owner_of(ann, "b1"), "say:c1").typed == {"text": "Half a sent"}

    def test_of_who_did_not_sign_in_it_is_kept_for_the_browser(self, live, store):
        with live.open({"token": live.feed.sign(TAB, ADA)}, cookie="a=b; studio_browser=b1") as reader:
            reader.next()
            reader.socket.send(typed(text="Half a sent"))
            reader.until(lambda frame: frame["t"] == "kept")
        assert store.unsaved_texts.newest(owner_of(ADA, "b1"), "say:c1").typed == {"text": "Half a sent"}
        assert store.unsaved_texts.newest(owner_of(ADA, ""), "say:c1") is None

    def test_a_long_text_is_kept_and_one_that_is_too_long_said_not_to_be(self, live, store, monkeypatch):
        monkeypatch.setattr(unsaved_texts, "MAX_CHARS", 100_000)
        with live.reader(TAB) as reader:
            reader.next()
            for n_chars, is_kept in ((90_000, True), (110_000, False)):
                reader.socket.send(typed(text="x" * n_chars))
                assert reader.until(lambda frame: frame["t"] == "kept")["is_kept"] == is_kept
        assert len(store.unsaved_texts.newest(owner_of(ADA, ""), "say:c1").typed["text"]) == 90_000

    def test_in_a_transcripts_socket_is_nothing_that_it_may_send(self, live, store):
        start_chat(store, "c1")
        with live.reader("c1") as reader:
            reader.next()
            reader.socket.send(typed(text="x"))
            assert reader.close_code() == BAD_FRAME


def test_while_agents_work_the_marks_are_read_only_so_often(store, monkeypatch):
    """However often the feed looks."""
    looked = MagicMock(wraps=store.requests.open_mark)
    monkeypatch.setattr(store.requests, "open_mark", looked)
    feed = tab_feed.TabFeed(store)
    feed.look()
    feed.look()
    assert looked.call_count == 1
    assert 0 < feed.look_again_in_s() <= tab_feed.REQUESTS_EVERY_S
