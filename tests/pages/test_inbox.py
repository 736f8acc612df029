"""The inbox, as AppTest sees it: empty, every kind, filtered, decided here and elsewhere, several alike at once."""

from typing import Any

import pytest

from agents.chats import DecisionMade, DecisionRequested, Person
from agents.chats.requests import Answer
from agents.studio import Studio
from pages.components.inbox import open_request
from tests.support.app_pages import BOB, open_screen, words
from tests.support.request_pages import asked, tool_call, waiting


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody waits for the moment in which a row that was decided stays."""
    monkeypatch.setattr(open_request, "MOMENT_S", 0.0)


def rows(page) -> list[str]:
    """What the list says, top to bottom."""
    return [button.label for button in page.button if str(button.key).startswith("inbox:row:")]


def marked(page) -> list[str]:
    """The chats whose row is marked as open."""
    found = [button for button in page.button if str(button.key).startswith("inbox:row:")]
    return [str(button.key).split(":")[2] for button in found if button.proto.type == "primary"]


def press(page, label: str):
    """Presses the button of that name."""
    found = [button for button in page.button if button.label == label]
    assert len(found) == 1, f"{label!r} among {[button.label for button in page.button]}"
    return found[0].click().run()


def decision(studio: Studio, chat: str, request: str = "r1") -> DecisionMade:
    """The decision that was made."""
    made = studio.local.requests.get(chat, request)[1]
    assert made, f"{request} of {chat} is open"
    return made


def is_open(studio: Studio, chat: str, request: str = "r1") -> bool:
    return studio.local.requests.get(chat, request)[1] is None


def decide(studio: Studio, chat: str, verdict: Any = "approve", request: str = "r1", **more: Any) -> None:
    """Somebody else decides."""
    asked, _ = studio.local.requests.get(chat, request)
    studio.as_(BOB).requests.decide(chat, Answer.to(asked, verdict, **more), client_id=f"bob:{chat}:{request}")


class TestEmpty:
    def test_says_so_kindly_and_counts_nothing(self, studio):
        page = open_screen("inbox")
        assert "Nothing waits for you" in words(page)
        assert rows(page) == []
        assert not page.exception

    def test_a_link_to_a_request_that_never_was_says_so(self, studio):
        page = open_screen("inbox", chat="gone", request="r9")
        assert "'gone' has no request 'r9'" in words(page)
        assert not page.exception


class TestDecided:
    @pytest.mark.parametrize(
        ("of", "verdict", "more", "said"),
        [
            ("human_turn", "reply", {"text": "Hello"}, "Bob replied"),
            ("human_turn", "end", {}, "Bob ended the chat"),
            ("pause", "reply", {"text": "Mind the birds"}, "Bob replied"),
        ],
    )
    def test_says_who_did_what(self, studio, of, verdict, more, said):
        chat = waiting(studio, "A turn", asked(of, {}, agent="You"))
        decide(studio, chat, verdict, **more)
        assert f"{said} ·" in words(open_screen("inbox", chat=chat, request="r1"))


class TestKinds:
    def test_every_kind_opens_with_its_card_and_context(self, studio):
        kinds: dict[str, tuple[dict[str, Any], str]] = {
            "human_turn": ({}, "Reply"),
            "next_speaker": ({"candidates": ["You", "Clerk"]}, "Clerk"),
            "model_failure": ({"connection": "c", "model": "m", "outcome": "timeout", "error": "Too slow."}, "Retry"),
            "function_failure": ({"function": "f", "purpose": "selection", "error": "KeyError: 1"}, "Retry"),
            "limit": ({"limit": "max_cost_usd", "used": 0.5, "allowed": 0.4}, "Raise"),
            "loop": ({"agent": "Clerk", "times": 3, "content": "Yes."}, "Continue"),
            "pause": ({}, "Continue"),
            "question": ({"text": "Where?", "form": {"properties": {"city": {"type": "string"}}}}, "Answer"),
            "message": ({"draft": 0, "content": "Dear all"}, "Approve"),
            "code_block": ({"block": "0", "language": "python", "code": "print(1)"}, "Approve"),
            "tool_call": ({"call": "0.0", "tool": "calculate", "arguments": {"expression": "1"}}, "Approve"),
        }
        for of, (payload, label) in kinds.items():
            chat = waiting(studio, f"About {of}", asked(of, payload))
            page = open_screen("inbox", chat=chat, request="r1")
            assert label in [button.label for button in page.button], of
            assert marked(page) == [chat]
            assert "$0.0123 so far" in words(page)
            assert not page.exception

    def test_what_is_due_stands_first_then_the_oldest(self, studio):
        waiting(studio, "Old", tool_call())
        waiting(studio, "Late", tool_call(deadline_s=7200, overdue="reject"))
        waiting(studio, "Soon", tool_call(deadline_s=600, overdue="reject"))
        found = rows(open_screen("inbox"))
        assert [label.split(":gray[")[1].split(" ")[0] for label in found] == ["Soon", "Late", "Old"]
        assert "due in 10 min" in found[0]
        assert "due in 2 h" in found[1]

    def test_text_of_agents_and_people_is_no_markup(self, studio):
        waiting(studio, "# <b>T</b> :red[x] $a$", tool_call(agent="**Clerk**", tool="`x`"), said="<script>no</script>")
        page = open_screen("inbox")
        assert not page.exception
        assert "\\<b\\>T\\</b\\>" in rows(page)[0]
        assert "<script>" not in "".join(str(part.value) for part in page.markdown)

    def test_more_than_a_page_is_shown_on_demand(self, studio):
        for n in range(53):
            waiting(studio, f"Chat {n}", tool_call())
        page = open_screen("inbox")
        assert len(rows(page)) == 30
        assert len(rows(press(page, "Show more"))) == 53


class TestFilters:
    @pytest.fixture
    def several(self, studio) -> dict[str, str]:
        return {
            "call": waiting(studio, "A call", tool_call()),
            "turn": waiting(studio, "A turn", asked("human_turn", {}, agent="You")),
            "other": waiting(studio, "Another team", tool_call(), of="Analysts"),
        }

    @pytest.mark.parametrize(
        ("name", "value", "left"),
        [("kind", "human_turn", ["turn"]), ("team", "Analysts", ["other"]), ("agent", "Clerk", ["call", "other"])],
    )
    def test_each_narrows_the_list_and_opens_one_that_fits(self, studio, several, name, value, left):
        page = open_screen("inbox", chat=several["call" if name == "kind" else "turn"], request="r1")
        page.selectbox(key=f"inbox:{name}").set_value(value).run()
        assert len(rows(page)) == len(left)
        assert marked(page) == [several[left[0]]]

    def test_mine_are_those_of_chats_that_i_started(self, studio, several):
        mine = waiting(studio, "Mine", tool_call(), by=Person(name="You"))
        page = open_screen("inbox")
        page.toggle(key="inbox:mine").set_value(True).run()
        assert len(rows(page)) == 1
        assert marked(page) == [mine]
        decide(studio, mine, "skip")
        open_screen("inbox", page)
        assert "Nothing matches these filters" in words(page)
        assert len(rows(press(page, "Show everything"))) == 3

    def test_nothing_that_fits_is_told_from_nothing_that_waits(self, studio, several):
        page = open_screen("inbox")
        page.selectbox(key="inbox:kind").set_value("human_turn").run()
        decide(studio, several["turn"], "skip")
        open_screen("inbox", page)
        assert "Nothing matches these filters" in words(page)
        assert len(rows(press(page, "Show everything"))) == 2


class TestDeciding:
    def test_a_decision_is_recorded_and_the_next_request_opens(self, studio):
        first, second = waiting(studio, "First", tool_call()), waiting(studio, "Second", tool_call("2"))
        page = press(open_screen("inbox"), "Approve")
        made = decision(studio, first)
        assert (made.verdict, made.who) == ("approve", "You")
        assert marked(page) == [second]
        assert page.query_params["chat"] == second

    def test_the_last_decision_leaves_an_empty_inbox(self, studio):
        waiting(studio, "Only", tool_call())
        page = press(open_screen("inbox"), "Approve")
        assert "Nothing waits for you" in words(page)
        assert dict(page.query_params) == {}

    def test_calls_of_one_reply_are_decided_one_by_one(self, studio):
        chat = waiting(studio, "Two calls", tool_call("1"), tool_call("2", n=2))
        page = press(open_screen("inbox"), "Approve")
        assert decision(studio, chat, "r1").verdict == "approve"
        assert is_open(studio, chat, "r2")
        assert page.query_params["request"] == "r2"

    def test_one_decided_elsewhere_leaves_the_list_and_stays_open_as_decided(self, studio):
        first, second = waiting(studio, "First", tool_call()), waiting(studio, "Second", tool_call())
        page = open_screen("inbox")
        decide(studio, first, "reject", text="Too dear")
        page.run()
        assert len(rows(page)) == 1
        assert marked(page) == []
        assert "Bob rejected calculate, called by Clerk: Too dear" in words(page)
        assert "Approve" not in [button.label for button in page.button]
        assert marked(press(page, "Next")) == [second]

    def test_whoever_comes_second_is_told_who_was_first(self, studio):
        chat = waiting(studio, "Raced", tool_call())
        page = open_screen("inbox")
        approve = next(button for button in page.button if button.label == "Approve")
        decide(studio, chat, "reject", text="No")
        approve.click().run()
        assert "Bob has already answered this" in words(page)
        assert decision(studio, chat).by == BOB

    def test_a_chat_that_ended_says_that_nobody_answered(self, studio):
        chat = waiting(studio, "Stopped", tool_call())
        page = open_screen("inbox")
        studio.as_(BOB).chats.stop(chat, client_id="stop")
        page.run()
        assert "The chat ended before anybody answered" in words(page)


class TestStaying:
    """After a decision the chat may ask again at once."""

    @pytest.fixture
    def two(self, studio, monkeypatch) -> tuple[str, str]:
        """Two chats that wait; a chat that was decided is stayed with for long."""
        monkeypatch.setattr(open_request, "MOMENT_S", 60.0)
        return waiting(studio, "First", tool_call()), waiting(studio, "Second", tool_call())

    @staticmethod
    def ask(studio: Studio, chat: str, request: DecisionRequested) -> None:
        """The chat's leg asks."""
        studio.store.chats.append(chat, request, fence=studio.store.chats.begin_leg(chat, "worker-1"))

    def test_what_the_chat_asks_next_opens_before_another_chat_s(self, studio, two):
        page = press(open_screen("inbox"), "Approve")
        assert "You approved calculate, called by Clerk · the team goes on" in words(page)
        assert (marked(page), len(rows(page))) == ([], 1)
        self.ask(studio, two[0], tool_call("3", n=2))
        page.run()
        assert marked(page) == [two[0]]
        assert page.query_params["request"] == "r2"

    def test_a_chat_that_asks_nothing_in_time_is_left(self, studio, two, monkeypatch):
        page = press(open_screen("inbox"), "Approve")
        monkeypatch.setattr(open_request, "MOMENT_S", 0.0)
        page.run()
        assert marked(page) == [two[1]]

    def test_next_is_a_press_away_meanwhile(self, studio, two):
        page = press(press(open_screen("inbox"), "Approve"), "Next")
        assert marked(page) == [two[1]]

    def test_a_chat_that_ended_is_left_at_once(self, studio, two):
        assert marked(press(open_screen("inbox"), "End chat")) == [two[1]]

    def test_what_does_not_fit_the_filters_does_not_open(self, studio, two):
        page = open_screen("inbox")
        page.selectbox(key="inbox:kind").set_value("tool_call").run()
        press(page, "Approve")
        self.ask(studio, two[0], asked("message", {"draft": 0, "content": "Dear all"}, n=2))
        page.run()
        assert marked(page) == [two[1]]


class TestAlike:
    @pytest.fixture
    def three(self, studio) -> list[str]:
        waiting(studio, "Not alike", tool_call(tool="now"))
        return [waiting(studio, f"Alike {n}", tool_call(f"{n} + {n}")) for n in range(3)]

    def opened(self, three: list[str], verdict: str):
        return press(open_screen("inbox", chat=three[0], request="r1"), f"{verdict} all 3…")

    def test_all_are_approved_after_one_confirmation(self, studio, three):
        page = self.opened(three, "Approve")
        assert all(is_open(studio, chat) for chat in three)
        press(page, "Approve all 3")
        assert [decision(studio, chat).verdict for chat in three] == ["approve"] * 3
        assert "3 approved." in words(page)
        assert len(rows(page)) == 1

    def test_all_are_rejected_with_one_reason(self, studio, three):
        page = self.opened(three, "Reject")
        page.text_area(key="alike:reason").set_value("Not today")
        press(page, "Reject all 3")
        assert [(made.verdict, made.text) for made in (decision(studio, chat) for chat in three)] == [
            ("reject", "Not today")
        ] * 3

    @pytest.mark.parametrize("is_isolated", [True, False])
    def test_code_that_would_run_on_the_machine_itself_is_a_warning_as_on_its_own_card(self, studio, is_isolated):
        payload = {"block": "b0", "language": "sh", "code": "ls", "is_isolated": is_isolated}
        chats = [waiting(studio, f"Code {n}", asked("code_block", payload)) for n in range(2)]
        page = press(open_screen("inbox", chat=chats[0], request="r1"), "Approve all 2…")
        assert any("without a sandbox" in box.value for box in page.warning) == (not is_isolated)
        assert "Approve all 2" in [button.label for button in page.button]

    def test_one_that_came_after_the_confirmation_was_shown_is_not_among_them(self, studio, three):
        page = self.opened(three, "Approve")
        late = waiting(studio, "Late", tool_call("9"))
        press(page, "Approve all 3")
        assert is_open(studio, late)

    def test_what_somebody_else_decided_meanwhile_is_counted_and_told(self, studio, three):
        page = self.opened(three, "Approve")
        decide(studio, three[1], "reject", text="No")
        press(page, "Approve all 3")
        assert "2 approved. 1 was not" in words(page)
        assert "Alike 1: Bob has already answered this" in words(page)
        assert decision(studio, three[1]).by == BOB
        assert "Not alike" in rows(press(page, "Back to the inbox"))[0]

    def test_what_is_too_long_for_the_table_is_left_out(self, studio, three):
        long = waiting(studio, "Long", tool_call("1 + " * 2_000))
        page = press(open_screen("inbox", chat=three[0], request="r1"), "Approve all 4…")
        assert "1 more are too long" in words(page)
        press(page, "Approve all 3")
        assert is_open(studio, long)

    def test_a_single_one_is_not_offered_as_several(self, studio):
        waiting(studio, "Alone", tool_call())
        assert not [button for button in open_screen("inbox").button if " all " in button.label]
