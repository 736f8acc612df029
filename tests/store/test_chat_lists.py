"""Lists of chats, drafts and what they cost, on each database."""

import pytest

from agents.chats import MessagePosted, SpeakerSelected, Usage
from agents.errors import NotFoundError
from agents.store import StreamedText
from tests.support.chat_log import call, started, waiting, whole


class TestLists:
    def test_the_latest_activity_comes_first(self, store, start):
        first, second = start(), start()
        fence = store.chats.begin_leg(first, "w")
        store.chats.append(first, call(), fence=fence)
        assert [row.chat for row in store.chats.rows()] == [first, second]

    def test_a_row_says_what_the_chat_amounts_to(self, store, start):
        begun, message = started()
        chat = start(begun, message, call(), call(cost_usd=None), *waiting()[5:], title="Ein Titel")
        row = store.chats.row(chat)
        assert (row.title, row.team_name, row.task, row.status) == ("Ein Titel", "Pair", "Write.", "waiting")
        assert (row.head, row.n_messages, row.n_tokens, row.cost_usd, row.n_unpriced) == (7, 2, 20, 0.5, 1)
        assert (row.waiting_for, row.waiting_agent, row.leg_worker) == ("It is your turn.", "User", None)

    def test_a_call_that_reached_no_model_is_not_unpriced(self, store, start):
        failed = call("not_configured", cost_usd=None).model_copy(update={"usage": None})
        chat = start(*started(), failed)
        assert store.chats.row(chat).n_unpriced == 0
        assert store.ledger.totals_by("outcome")[0].spend.n_unpriced == 0

    def test_the_last_run_of_a_ready_team_is_its_newest_chat_in_which_a_model_spoke(self, store, start):
        begun, message = started()
        start(begun, message, call())
        newest = start(begun, message, call(cost_usd=0.25))
        start(begun, message, call(cost_usd=0.75), team_id="t1")
        start(begun, message, call(cost_usd=0.0).model_copy(update={"usage": Usage()}))
        store.chats.delete(start(begun, message, call(cost_usd=0.99)))
        found = store.chats.last_runs(["Pair", "Nobody"])
        assert {name: (row.chat, row.cost_usd) for name, row in found.items()} == {"Pair": (newest, 0.25)}
        assert store.chats.last_runs([]) == {}

    def test_a_try_of_an_agent_is_in_no_list_and_its_calls_are_in_the_ledger(self, store, start):
        begun, *others = waiting()
        chat = start(begun.model_copy(update={"is_try": True}), *others, team_id="t1")
        name = store.chats.row(chat).team_name
        assert (store.chats.rows(), store.chats.rows(query="Write"), store.chats.mark()[0]) == ([], [], 0)
        assert store.chats.counts() == {"running": 0, "waiting": 0, "ended": 0}
        assert (store.chats.last_runs([name]), store.chats.speakers("t1", name), store.chats.runs("t1")) == ({}, [], {})
        assert (store.requests.open(), store.requests.open_mark()[0]) == ([], 0)
        assert (store.requests.recent(), store.requests.audit()) == ([], [])
        assert [row.purpose for row in store.ledger.calls(chat)] == ["try", "try"]
        assert [total.key for total in store.ledger.totals_by("purpose")] == ["try"]
        assert store.chats.verify(chat) == []
        store.chats.delete(chat)
        assert store.chats.rows(is_deleted=True) == []

    def test_lists_are_of_a_status_and_come_in_pages(self, store, start):
        for _ in range(3):
            start()
        waits = [start(*waiting()) for _ in range(3)]
        assert [row.chat for row in store.chats.rows(status="waiting", limit=2)] == [waits[2], waits[1]]
        assert [row.chat for row in store.chats.rows(status="waiting", limit=2, offset=2)] == [waits[0]]
        assert store.chats.counts() == {"running": 3, "waiting": 3, "ended": 0}

    @pytest.mark.parametrize("query", ["quarterly", "REPORT quart", "100%", "_draft", "Pair report"])
    def test_a_query_finds_all_its_words_anywhere(self, store, start, query):
        start(title="Something else")
        found = start(title="Quarterly report 100% _draft")
        assert [row.chat for row in store.chats.rows(query=query)] == [found]

    def test_a_query_takes_no_character_for_a_wildcard(self, store, start):
        start(title="Report")
        assert store.chats.rows(query="%") == []
        assert store.chats.rows(query="R_port") == []

    def test_a_renamed_chat_keeps_its_place(self, store, start):
        first, second = start(), start()
        store.chats.rename(first, "Neu 🦀")
        assert [(row.chat, row.title) for row in store.chats.rows()] == [(second, "A title"), (first, "Neu 🦀")]

    def test_who_spoke_in_a_team_s_chats_is_read_turn_by_turn(self, store, start):
        def chosen(turn, agent):
            return SpeakerSelected(turn=turn, agent=agent, method="auto")

        first = start(*started(), chosen(1, "Writer"), chosen(2, "User"))
        start(*started(), chosen(1, "User"))
        name = store.chats.row(first).team_name
        assert sorted(store.chats.speakers(None, name)) == [["User"], ["Writer", "User"]]
        assert store.chats.speakers(None, "Another team") == []
        assert store.chats.speakers("t1", name) == []
        store.chats.delete(first)
        assert store.chats.speakers(None, name) == [["User"]]

    def test_the_chats_of_each_revision_of_a_team_are_counted_and_listed(self, store, start):
        for number, revision in enumerate((1, 2, 2, None)):
            of_team = {"team_id": "t1", "revision": revision, "title": "A title"}
            store.chats.create(f"c{number}", started(), client_id=str(number), **of_team)
        start()
        assert store.chats.runs("t1") == {1: 1, 2: 2}
        assert store.chats.runs("t2") == {}
        assert {row.chat for row in store.chats.rows(team_id="t1")} == {"c0", "c1", "c2", "c3"}
        assert {row.chat for row in store.chats.rows(team_id="t1", revision=2)} == {"c1", "c2"}
        assert store.chats.rows(team_id="t2", revision=2) == []

    @pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800"])
    def test_a_name_that_no_database_takes_is_not_found(self, store, name):
        for asked in (store.chats.row, store.chats.state, store.chats.delete, store.teams.get):
            with pytest.raises(NotFoundError):
                asked(name)
        assert store.chats.rows(query=name) == []
        assert store.connections.get(name) is None

    def test_heads_come_in_one_read(self, store, start):
        first, second = start(), start(*waiting())
        assert store.chats.heads([first, second, "nowhere"]) == {first: (2, 0), second: (8, 1)}
        assert store.chats.heads([]) == {}

    def test_owing_are_the_chats_that_nobody_alive_works_on(self, store, start):
        orphan, dead, worked_on = start(), start(), start()
        start(*waiting())
        store.chats.begin_leg(dead, "dead")
        store.chats.begin_leg(worked_on, "alive")
        assert store.chats.owing({"alive"}) == [(orphan, 2), (dead, 2)]
        assert store.chats.owing(set()) == [(orphan, 2), (dead, 2), (worked_on, 2)]


class TestDrafts:
    def test_a_draft_is_overwritten_and_never_in_the_log(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        for text in ("Once", "Once upon a \x00time 🦀"):
            store.chats.save_streamed_texts([StreamedText(chat=chat, turn=1, agent="Writer", text=text, fence=fence)])
        draft = store.chats.streamed_texts([chat])[chat]
        assert (draft.turn, draft.agent, draft.text) == (1, "Writer", "Once upon a \ufffdtime 🦀")
        assert draft.at >= store.chats.row(chat).created_at
        assert store.chats.row(chat).head == 2

    def test_many_chats_are_saved_at_once(self, store, start):
        names = [start() for _ in range(3)]
        fences = {chat: store.chats.begin_leg(chat, "w") for chat in names}
        store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", f"of {chat}", fences[chat]) for chat in names])
        store.chats.save_streamed_texts([])
        assert {chat: draft.text for chat, draft in store.chats.streamed_texts(names).items()} == {
            chat: f"of {chat}" for chat in names
        }

    def test_a_draft_is_over_when_its_message_is_posted(self, store, start):
        chat = start()
        fence = store.chats.begin_leg(chat, "w")
        store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", "Hi", fence)])
        store.chats.append(chat, MessagePosted(turn=1, agent="Writer", content="Hi", source="model"), fence=fence)
        assert store.chats.streamed_texts([chat]) == {}

    def test_a_dead_legs_draft_neither_shows_nor_overwrites(self, store, start):
        chat = start()
        old = store.chats.begin_leg(chat, "old")
        store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", "Old", old)])
        new = store.chats.begin_leg(chat, "new")
        assert store.chats.streamed_texts([chat]) == {}
        store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", "New", new)])
        store.chats.save_streamed_texts([StreamedText(chat, 1, "Writer", "Old again", old)])
        assert store.chats.streamed_texts([chat])[chat].text == "New"
        assert store.chats.streamed_texts([]) == {}


class TestWholeChats:
    def test_the_state_is_the_fold_of_what_was_written(self, store, start):
        chat = start(*whole())
        assert [recorded.event for recorded in store.chats.log(chat)] == whole()
        assert store.chats.state(chat).status == "running"
