"""What an open transcript gets: everything once, in order, and only with a good token from a page of this server."""

import asyncio
import base64
import json
import threading
from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    FileChange,
    FilesChanged,
    ModelCalled,
    Person,
    Price,
    SpeakerSelected,
    ToolReturned,
    ToolStarted,
    Usage,
)
from agents.store import StreamedText
from agents.web import feed_access as feed_door
from agents.web import feed_client
from agents.web import websocket_feed as feeds
from agents.web.browser_security import BAD_ORIGIN
from agents.web.feed_access import BAD_TOKEN, LIFETIME_S, STEP_S, feed_secret, sign, verify
from agents.web.feed_frames import BAD_FRAME
from agents.web.transcript_pages import PAGE_EVENTS
from agents.web.websocket_feed import NO_CHAT, TOO_SLOW, Feed
from tests.support.live_feed import ADA, message, serving, start_chat
from tests.support.waiting import WITHIN_S


@pytest.fixture
def chat(store):
    return start_chat(store)


@pytest.fixture
def fence(store, chat):
    return store.chats.begin_leg(chat, "w1")


class TestLettingIn:
    @pytest.mark.parametrize(
        "hello",
        [
            {"token": "x.y"},
            {},
            [],
            "not JSON",
            {"token": None, "after": 3},
            {"token": 7},
            {"token": "\ud800.x"},
            "[" * 99_999,
        ],
    )
    def test_without_a_good_token_nothing_is_sent_and_it_is_kept(self, live, store, chat, hello):
        with live.open(hello) as reader:
            assert reader.close_code() == BAD_TOKEN
        assert reader.frames == []
        (refusal,) = store.refusals.rows()
        assert (refusal.who, refusal.act) == ("Somebody", "open the live feed")
        assert refusal.why == "It came without a token of this studio."

    def test_an_expired_token_is_no_good_and_nobodys_fault(self, live, store, chat, home):
        long_ago = sign(feed_secret(home), chat, ADA, now_s=1_000_000)
        with live.open({"token": long_ago}) as reader:
            assert reader.close_code() == BAD_TOKEN
        assert reader.frames == []
        assert store.refusals.rows() == []

    def test_who_knocks_without_end_is_kept_once_in_a_while(self, live, store, chat, monkeypatch):
        monkeypatch.setattr(feed_door, "EVERY_S", 3600)
        for _ in range(5):
            with live.open({"token": "x.y"}) as reader:
                assert reader.close_code() == BAD_TOKEN
        assert len(store.refusals.rows()) == 1

    def test_a_token_for_one_chat_shows_no_other(self, live, store, chat):
        start_chat(store, "c2", "A secret task.")
        with live.open({"token": live.feed.sign(chat, ADA), "chat": "c2"}) as reader:
            assert "secret" not in str(reader.next())

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "null", None, "http://127.0.0.1.evil.example:80", "http://["]
    )
    def test_a_page_of_another_site_gets_nothing_and_it_is_kept(self, live, store, chat, origin):
        with live.open({"token": live.feed.sign(chat, ADA)}, origin=origin) as reader:
            assert reader.close_code() == BAD_ORIGIN
        assert reader.frames == []
        assert "another site" in store.refusals.rows()[0].why

    def test_an_allowed_origin_is_let_in(self, store, home, chat):
        with (
            serving(Feed(store, home, allowed_origins=["https://studio.example"])) as live,
            live.open({"token": live.feed.sign(chat, ADA)}, origin="https://studio.example") as reader,
        ):
            assert reader.next()["t"] == "page"

    def test_who_never_says_hello_is_let_go(self, live, chat, monkeypatch):
        monkeypatch.setattr(feed_door, "HELLO_WITHIN_S", 0.05)
        with live.open(None) as reader:
            assert reader.close_code() == BAD_TOKEN

    def test_a_chat_that_is_not_there_is_said_to_be_not_there(self, live, store, chat):
        with live.reader("nowhere") as reader:
            assert reader.close_code() == NO_CHAT
        store.chats.delete(chat)
        with live.reader(chat) as reader:
            assert reader.close_code() == NO_CHAT
        assert reader.frames == []


class TestWhoMayLook:
    @pytest.fixture
    def rules(self, home):
        """Where it is said who may look: whose e-mail is not named may not."""
        home.mkdir(exist_ok=True)
        return home / "access.toml"

    @pytest.fixture
    def vera(self):
        return Person(name="vera@example.com", is_verified=True)

    @pytest.mark.parametrize("who", [ADA, Person(name="vera@example.com"), Person()], ids=str)
    def test_a_token_opens_nothing_to_those_who_may_not(self, rules, live, chat, who):
        rules.write_text('view = ["vera@example.com"]\n')
        with live.open({"token": live.feed.sign(chat, who)}) as reader:
            assert reader.close_code() == BAD_TOKEN
        assert reader.frames == []

    @pytest.mark.parametrize("after", ['view = ["somebody@example.com"]\n', "nonsense"])
    def test_one_that_is_open_is_closed_when_the_right_is_taken_away(self, rules, live, chat, vera, after, monkeypatch):
        monkeypatch.setattr(feed_door, "ASK_AGAIN_S", 0.05)
        rules.write_text('view = ["vera@example.com"]\n')
        token = live.feed.sign(chat, vera)
        with live.open({"token": token}) as reader:
            assert reader.next()["t"] == "page"
            rules.write_text(after)
            assert reader.close_code() == BAD_TOKEN
        with live.open({"token": token}) as reader:
            assert reader.close_code() == BAD_TOKEN
        assert reader.frames == []

    def test_it_is_asked_again_within_a_minute(self):
        assert feed_door.ASK_AGAIN_S <= 60


class TestTokens:
    def test_a_token_outlives_a_restart_of_the_server(self, store, home, chat):
        token = Feed(store, home).sign(chat, ADA)
        with serving(Feed(store, home)) as live, live.open({"token": token}) as reader:
            assert reader.next()["t"] == "page"

    def test_the_secret_is_for_its_owner_only(self, store, home):
        Feed(store, home)
        assert (home / "feed.key").stat().st_mode & 0o777 == 0o600

    def test_reruns_within_minutes_get_the_same_token(self):
        secret = b"s" * 32
        first = sign(secret, "c1", ADA, now_s=1_000_000 * STEP_S)
        assert sign(secret, "c1", ADA, now_s=1_000_000 * STEP_S + STEP_S - 1) == first
        assert sign(secret, "c1", ADA, now_s=1_000_000 * STEP_S + STEP_S) != first
        assert LIFETIME_S > STEP_S

    @pytest.mark.parametrize("name", ["maximilian.mustermann@mustermann-maximilian.example", "Zoë " * 10])
    def test_its_end_can_be_read_from_it_whoever_it_is_for(self, name):
        """The transcript's script renews it before it opens a file with one that is over."""
        who = Person(name=name, is_verified=True)
        token = sign(b"s" * 32, "c1", who, now_s=0)
        payload = token.partition(".")[0]
        assert json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[-1] == LIFETIME_S + STEP_S
        claims = verify(b"s" * 32, token, now_s=0)
        assert claims is not None
        assert (claims.chat, claims.person) == ("c1", who)


class TestFollowing:
    @pytest.fixture(params=["sqlite", "postgresql"])
    def db_url(self, request):
        return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")

    def test_what_is_appended_arrives_once_and_in_order(self, live, store, chat, fence):
        with live.reader(chat) as one, live.reader(chat) as two:
            one.next(), two.next()
            for turn in range(1, 21):
                recorded = store.chats.append(chat, message(turn, f"word {turn}"), fence=fence)
            one.until_seq(recorded.seq), two.until_seq(recorded.seq)
        assert one.seqs == two.seqs == [2, *range(3, 23)]

    def test_a_message_tells_what_its_turn_used_and_how_its_speaker_was_chosen(self, live, store, chat, fence):
        call = ModelCalled(
            turn=1, agent="", purpose="select", connection="openai", model="m", outcome="ok", reply="dev",
            usage=Usage(input_uncached=30, output=2), price=Price(cost_usd=0.001, source="genai-prices"),
            prompt_sha256="", started_at="2026-01-01T00:00:00Z", first_token_s=0.1, duration_s=0.5,
        )  # fmt: skip
        with live.reader(chat) as reader:
            reader.next()
            store.chats.append(chat, call, fence=fence)
            store.chats.append(chat, SpeakerSelected(turn=1, agent="dev", method="auto"), fence=fence)
            reply = {"agent": "dev", "purpose": "reply", "price": Price(cost_usd=None, source="unknown")}
            store.chats.append(chat, call.model_copy(update=reply), fence=fence)
            last = store.chats.append(chat, message(1, "Done."), fence=fence)
            reader.until_seq(last.seq)
        entry = next(entry for frame in reader.frames for entry in frame.get("entries", []) if entry["seq"] == last.seq)
        assert entry["why"] == "chosen by the model"
        assert entry["usage"] == {
            "text": "64 tokens · $0.0010 + unknown · 1 s",
            "details": (
                "m at openai\nInput: 60 · Output: 4 · of these for choosing who speaks: 32 · first word after 0.1 s"
            ),
            "model": "m at openai",
        }
        totals = [frame["state"]["totals"] for frame in reader.frames if frame["t"] == "log"][-1]
        assert totals == "2 messages · 64 tokens · $0.0010 + unknown"

    def test_what_was_used_before_an_end_is_still_counted_after_it(self, live, store, chat, fence):
        call = ModelCalled(
            turn=1, agent="dev", purpose="reply", connection="openai", model="m", outcome="ok",
            usage=Usage(output=5), price=Price(cost_usd=0.5, source="own price"), started_at="2026-01-01T00:00:00Z",
            first_token_s=0.1, duration_s=0.5,
        )  # fmt: skip
        end = ChatEnded(reason="stopped", text="Stopped.")
        last = store.chats.append(chat, call, end, ChatContinued(by=Person()), call, fence=fence)
        with live.reader(chat) as reader:
            state = reader.next()["state"]
        assert (state["totals"], last.seq) == ("1 message · 10 tokens · $1.00", 6)

    def test_the_end_is_told_with_its_reason(self, live, store, chat, fence):
        with live.reader(chat) as reader:
            before = reader.next()["state"]
            store.chats.append(chat, ChatEnded(reason="phrase", text="Developer said TERMINATE."), fence=fence)
            after = reader.until(lambda frame: frame.get("state", {}).get("status") == "ended")["state"]
        assert after["line"] == "Ended: Developer said TERMINATE."
        assert before["offer"] != after["offer"]

    def test_a_chat_without_a_worker_is_told_so(self, live, chat, monkeypatch):
        monkeypatch.setattr(feeds, "WORKER_AWAY_S", 0)
        with live.reader(chat) as reader:
            frame = reader.until(lambda frame: frame.get("state", {}).get("status") == "stalled")
        assert "No worker is running" in frame["state"]["line"]


class TestDrafts:
    @pytest.fixture(params=["sqlite", "postgresql"])
    def db_url(self, request):
        return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")

    def test_text_being_written_comes_in_pieces_that_make_the_whole(self, live, store, chat, fence):
        text, shown = "", ""
        with live.reader(chat) as reader:
            reader.next()
            for piece in ["Hel", "lo ", "<b>", "wörld"]:
                text += piece
                store.chats.save_streamed_texts([StreamedText(chat, 1, "dev", text, fence)])
                draft = reader.until(lambda frame: frame.get("draft"))["draft"]
                shown = shown[: draft["start"]] + draft["text"]
            assert shown == text
            assert [frame["draft"]["start"] for frame in reader.frames if frame["t"] == "draft"] == [0, 3, 6, 9]

    def test_a_piece_begins_where_browsers_count_it(self, live, store, chat, fence):
        with live.reader(chat) as reader:
            reader.next()
            for text in ["Fine 👍🏽 ", "Fine 👍🏽 so"]:
                store.chats.save_streamed_texts([StreamedText(chat, 1, "dev", text, fence)])
                draft = reader.until(lambda frame: frame.get("draft"))["draft"]
            assert (draft["start"], draft["text"]) == (10, "so")  # "👍🏽".length is 4 in JavaScript

    def test_who_comes_in_the_middle_gets_the_text_so_far(self, live, store, chat, fence):
        store.chats.save_streamed_texts([StreamedText(chat, 1, "dev", "Hello", fence)])
        with live.reader(chat) as reader:
            assert reader.next()["draft"] == {"turn": 1, "agent": "dev", "start": 0, "text": "Hello"}
            assert reader.frames[0]["state"]["line"] == "Developer is writing…"

    def test_the_draft_goes_when_its_message_comes(self, live, store, chat, fence):
        store.chats.save_streamed_texts([StreamedText(chat, 1, "dev", "Hello", fence)])
        with live.reader(chat) as reader:
            reader.next()
            store.chats.append(chat, message(1, "Hello"), fence=fence)
            assert reader.until(lambda frame: frame["t"] == "log")["draft"] is None


class TestComingBack:
    @pytest.mark.parametrize("after", [1, 2, 5, 11, 12])
    def test_a_reader_gets_exactly_what_it_lacks(self, live, store, chat, fence, after):
        for turn in range(1, 11):
            store.chats.append(chat, message(turn, "word"), fence=fence)
        with live.reader(chat, after=after) as reader:
            first = reader.next()
        assert first["t"] == "log"
        assert [entry["seq"] for entry in first["entries"]] == list(range(max(2, after + 1), 13))

    @pytest.mark.parametrize("after", [0, -5, 99, None])
    def test_a_reader_whose_place_is_unknown_gets_the_newest_page(self, live, chat, after):
        with live.reader(chat, after=after) as reader:
            assert reader.next()["t"] == "page"

    def test_older_pages_join_without_a_gap(self, live, store, chat, fence):
        for turn in range(1, 2 * PAGE_EVENTS + 20):
            last = store.chats.append(chat, message(turn, "word"), fence=fence)
        with live.reader(chat) as reader:
            page, found = reader.next(), []
            found = [entry["seq"] for entry in page["entries"]]
            while page["has_older"]:
                reader.socket.send(f'{{"older": {page["first"]}}}')
                page = reader.until(lambda frame: frame["t"] == "older")
                found = [entry["seq"] for entry in page["entries"]] + found
        assert found == list(range(2, last.seq + 1))

    @pytest.mark.parametrize(
        "nonsense",
        [
            "",
            "[",
            '{"older": "x"}',
            "7",
            '{"older": true}',
            "[" * 99_999,
            '{"older": 1e999}',
            b"\xff",
            "x" * 10_000_000,
        ],
        ids=lambda nonsense: nonsense[:16],
    )
    def test_nonsense_from_a_reader_closes_its_socket_with_one_line_in_the_log(
        self, live, store, chat, fence, nonsense, caplog
    ):
        with live.reader(chat) as other:
            other.next()
            with live.reader(chat) as reader:
                reader.next()
                reader.socket.send(nonsense)
                assert reader.close_code() == BAD_FRAME
            recorded = store.chats.append(chat, message(1, "still here"), fence=fence)
            other.until_seq(recorded.seq)
        (line,) = caplog.records
        assert line.levelname == "WARNING"
        assert line.exc_info is None

    @pytest.mark.parametrize("after", [True, 1.5, "3", [3], {"seq": 3}])
    def test_a_place_that_is_no_number_closes_the_socket(self, live, chat, after, caplog):
        with live.open({"token": live.feed.sign(chat, ADA), "after": after}) as reader:
            assert reader.close_code() == BAD_FRAME
        assert reader.frames == []
        assert [line.exc_info for line in caplog.records] == [None]

    @pytest.mark.parametrize("older", [-1, 0, 1, 999, 10**30])
    def test_a_page_before_no_seq_of_the_chat_is_not_sent(self, live, store, chat, fence, older):
        with live.reader(chat) as reader:
            reader.next()
            reader.socket.send(json.dumps({"older": older}))
            recorded = store.chats.append(chat, message(1, "still here"), fence=fence)
            reader.until_seq(recorded.seq)
        assert [frame["t"] for frame in reader.frames] == ["page", "log"]

    def test_a_place_far_up_comes_with_what_is_around_it_and_what_follows_joins_without_a_gap(
        self, live, store, chat, fence
    ):
        for turn in range(1, 4 * PAGE_EVENTS):
            last = store.chats.append(chat, message(turn, "word"), fence=fence)
        with live.reader(chat) as reader:
            reader.next()
            reader.socket.send('{"at": 50}')
            page = reader.until(lambda frame: frame.get("at") == 50)
            found = [entry["seq"] for entry in page["entries"]]
            assert (page["t"], found[0] <= 50 <= found[-1], page["has_newer"]) == ("page", True, True)
            while page["has_newer"]:
                reader.socket.send(json.dumps({"newer": page["head"]}))
                page = reader.until(lambda frame: frame["t"] == "newer")
                found += [entry["seq"] for entry in page["entries"]]
            assert found == list(range(found[0], last.seq + 1))
            reader.socket.send('{"at": 0}')
            page = reader.until(lambda frame: frame.get("at") == 0)
        assert (page["entries"][-1]["seq"], page["has_newer"]) == (last.seq, False)

    def test_what_is_looked_for_is_found_by_its_text_turn_speaker_and_file(self, live, store, chat, fence):
        change = FileChange(path="out/Sales.csv", change="added", size=1, sha256="0" * 64)
        store.chats.append(chat, message(1, "The straße is long."), message(2, "No."), fence=fence)
        store.chats.append(chat, ToolStarted(turn=3, agent="dev", call="0.0", tool="t", arguments={"a": "Needle"}),
                           ToolReturned(turn=3, agent="dev", call="0.0", tool="t", outcome="ok", text="hay"),
                           FilesChanged(turn=3, agent="dev", changes=[change]), fence=fence)  # fmt: skip
        wanted = [
            ({"of": "text", "text": "STRASSE"}, [3]), ({"of": "text", "text": "needle"}, [6]),
            ({"of": "text", "text": " "}, []), ({"of": "turn", "text": "2"}, [4]), ({"of": "speaker"}, [2, 3, 4]),
            ({"of": "speaker", "text": "develop"}, [3, 4]), ({"of": "file", "text": "sales"}, [7]),
            ({"of": "decision"}, []),
        ]  # fmt: skip
        with live.reader(chat) as reader:
            reader.next()
            for number, (find, seqs) in enumerate(wanted):
                reader.socket.send(json.dumps({"find": {"number": number, **find}}))
                frame = reader.until(lambda frame: frame["t"] == "found")
                assert (frame["number"], frame["seqs"], frame["is_cut"]) == (number, seqs, False)

    def test_a_message_comes_as_it_was_written(self, live, store, chat, fence):
        store.chats.append(chat, message(1, "**bold** <b>"), fence=fence)
        with live.reader(chat) as reader:
            reader.next()
            reader.socket.send('{"markdown": 3}')
            assert reader.until(lambda frame: frame["t"] == "markdown")["text"] == "**bold** <b>"

    @pytest.mark.parametrize("asked", [{}, {"older": 2, "at": 1}, {"find": {"of": "word", "number": 1}}, {"at": None}])
    def test_what_asks_for_nothing_or_for_two_things_closes_the_socket(self, live, chat, asked, caplog):
        with live.reader(chat) as reader:
            reader.next()
            reader.socket.send(json.dumps(asked))
            assert reader.close_code() == BAD_FRAME

    def test_a_slow_reader_is_dropped_and_resumes_while_others_go_on(self, live, store, chat, fence, monkeypatch):
        monkeypatch.setattr(feed_client, "QUEUE_FRAMES", 3)
        big = "word " * 20_000  # more than the sockets' own buffers hold, soon
        with live.reader(chat) as slow, live.reader(chat) as quick:
            slow.next(), quick.next()
            for turn in range(1, 151):
                recorded = store.chats.append(chat, message(turn, big), fence=fence)
                quick.until_seq(recorded.seq)
            assert slow.close_code() in (TOO_SLOW, None)
        assert quick.seqs == list(range(2, recorded.seq + 1))
        assert slow.seqs == list(range(2, slow.seqs[-1] + 1))
        assert slow.seqs[-1] < recorded.seq
        with live.reader(chat, after=slow.seqs[-1]) as again:
            again.until_seq(recorded.seq)
        assert again.seqs == list(range(slow.seqs[-1] + 1, recorded.seq + 1))


class TestADatabaseThatGoesAway:
    def test_who_opens_a_chat_while_following_fails_is_followed_all_the_same(self, store, home, chat, monkeypatch):
        async def opened_while_following_fails():
            feed, is_open = Feed(store, home), threading.Event()
            opens = feed._open
            monkeypatch.setattr(feed, "_open", lambda chat: opens(chat) if is_open.wait(WITHIN_S) else None)
            opening = asyncio.create_task(feed._follow_chat(chat))
            await asyncio.sleep(0)
            failed: Any = asyncio.get_running_loop().create_future()
            failed.set_exception(OSError("the database is away"))
            feed._followed(failed)
            is_open.set()
            tail = await opening
            followed = feed._open_chats()
            feed._forget_if_unwatched(tail)
            feed._followed_chats[chat] = asyncio.create_task(asyncio.to_thread(opens, chat))
            feed._forget_if_unwatched(tail)  # its successor is still being opened
            await feed._followed_chats.pop(chat)
            await feed.close()
            return tail, followed

        tail, followed = asyncio.run(opened_while_following_fails())
        assert followed == [tail]


class TestBeingQuiet:
    def test_nothing_is_followed_while_nobody_looks(self, live, store, chat):
        with live.reader(chat) as reader:
            reader.next()
            assert live.feed.n_followed == 1
        with live.reader(chat) as reader:  # the same chat again, after everybody had left
            assert reader.next()["t"] == "page"

    def test_a_draft_left_by_a_dead_leg_is_not_shown(self, live, store, chat, fence):
        store.chats.save_streamed_texts([StreamedText(chat, 1, "dev", "Hello", fence)])
        store.chats.begin_leg(chat, "w2")
        with live.reader(chat) as reader:
            assert reader.next()["draft"] is None
