"""What is asked of a person on the chat screen: each kind's card, what its buttons record, and who was faster."""

import re
from typing import Any, ClassVar

import pytest

from agents.chats import Interjected, PauseAsked, SpeakerSelected, ToolStarted
from agents.chats.requests import Answer
from agents.studio import Studio
from tests.support.app_pages import BOB, open_screen, words
from tests.support.decision_pages import GIVEN, ask, call, post_office, write


@pytest.fixture
def chat(studio):
    return post_office(studio)


def press(page, label: str, number: int = 0):
    found = [button for button in page.button if button.label == label]
    assert found, f"no button {label!r}: {labels(page)}"
    return found[number].click().run()


def labels(page) -> list[str]:
    return [button.label for button in page.button]


def can_press(page, label: str) -> bool:
    return any(button.label == label and not button.disabled for button in page.button)


def decided(studio: Studio, chat: str, n: int = 1):
    """The decision on a request, None while it is open."""
    return studio.local.requests.get(chat, f"r{n}")[1]


def raw(page) -> str:
    """Everything sent to the browser, that of components included."""
    return "\n".join(str(element.proto) for root in page._tree.children.values() for element in root)


class TestToolCalls:
    def open(self, studio, chat, *requests):
        write(studio, chat, *(requests or (call(),)))
        return open_screen("chat", chat=chat)

    def test_a_call_shows_its_tool_its_arguments_and_what_the_answer_is_bound_to(self, studio, chat):
        page = self.open(studio, chat, call({"to": "<img src=x onerror=alert(1)>"}, rule="ask before `post`"))
        assert "Developer wants to call" in words(page)
        assert "send" in words(page)
        table = "".join(html.proto.body for html in page.get("html"))
        assert "&lt;img src=x" in table
        assert "<img" not in table
        assert call({"to": "<img src=x onerror=alert(1)>"}).digest[:12] in words(page)
        assert "ask before `post`" in words(page)

    def test_approving_records_the_digest_and_who(self, studio, chat):
        page = press(self.open(studio, chat), "Approve")
        made = decided(studio, chat)
        assert (made.verdict, made.digest, made.by.name) == ("approve", call().digest, "You")
        assert "Approve" not in labels(page)

    def test_an_edit_is_made_in_a_form_of_the_tools_schema_and_shown_before_it_can_be_approved(self, studio, chat):
        page = press(self.open(studio, chat), "Edit")
        assert page.text_input(key=f"edit:{chat}:r1:argument:to").value == "Rome"
        assert page.toggle(key=f"edit:{chat}:r1:argument:urgent").value is False
        assert page.selectbox(key=f"edit:{chat}:r1:argument:via").options == ["air", "sea"]
        page.text_input(key=f"edit:{chat}:r1:argument:to").set_value("Oslo")
        page.number_input(key=f"edit:{chat}:r1:argument:copies").set_value(3)
        assert not can_press(page, "Approve as edited")
        page.run()
        assert '-  "to": "Rome"' in words(page)
        assert '+  "to": "Oslo"' in words(page)
        assert decided(studio, chat) is None
        press(page, "Approve as edited")
        assert decided(studio, chat).edit == {"arguments": {**GIVEN, "to": "Oslo", "copies": 3}}

    def test_json_that_cannot_be_read_is_told_and_nothing_is_decided(self, studio, chat):
        page = press(self.open(studio, chat), "Edit")
        page.text_area(key=f"edit:{chat}:r1:argument:extra").set_value("{no").run()
        assert not can_press(page, "Approve as edited")
        assert "'extra' is not valid JSON" in words(page)
        assert decided(studio, chat) is None

    def test_an_edit_that_changes_nothing_is_no_edit(self, studio, chat):
        page = press(self.open(studio, chat), "Edit")
        assert "The difference appears here as you type." in words(page)
        assert not can_press(page, "Approve as edited")
        page.text_input(key=f"edit:{chat}:r1:argument:to").set_value("Oslo").run()
        page.text_input(key=f"edit:{chat}:r1:argument:to").set_value("Rome").run()
        assert "Nothing is changed." in words(page)
        assert not can_press(page, "Approve as edited")
        assert "Approve" in labels(press(page, "Back"))

    def test_a_rejection_carries_its_reason(self, studio, chat):
        page = press(self.open(studio, chat), "Reject")
        page.text_area(key=f"reject:{chat}:r1:text").set_value("Rome is closed.")
        press(page, "Reject")
        assert (decided(studio, chat).verdict, decided(studio, chat).text) == ("reject", "Rome is closed.")

    def test_an_answer_in_its_stead_says_something(self, studio, chat):
        page = press(press(self.open(studio, chat), "Answer instead"), "Answer")
        assert "The answer is empty." in words(page)
        page.text_area(key=f"reply:{chat}:r1:text").set_value("It is sent already.")
        press(page, "Answer")
        assert (decided(studio, chat).verdict, decided(studio, chat).text) == ("reply", "It is sent already.")

    @pytest.mark.parametrize(("label", "verdict"), [("Skip", "skip"), ("End chat", "end")])
    def test_skip_and_end_decide_at_once(self, studio, chat, label, verdict):
        press(self.open(studio, chat), label)
        assert decided(studio, chat).verdict == verdict

    def test_all_calls_of_a_reply_stand_together_and_each_is_decided_by_itself(self, studio, chat):
        page = self.open(studio, chat, call(), call({"to": "Oslo"}, 2), call({}, 3, "now"))
        assert "wants to make 3 calls at once" in words(page)
        page = press(page, "Skip", 1)
        assert [request.request for request in studio.local.chats.state(chat).requests] == ["r1", "r3"]
        assert decided(studio, chat, 2).verdict == "skip"
        press(page, "Approve all 2")
        assert studio.local.chats.state(chat).status == "running"
        assert [decided(studio, chat, n).verdict for n in (1, 3)] == ["approve", "approve"]

    def test_approving_all_tells_of_one_that_somebody_else_decided(self, studio, chat):
        page = self.open(studio, chat, call(), call({"to": "Oslo"}, 2))
        studio.as_(BOB).requests.decide(chat, Answer.to(call(), "skip"), client_id="bob")
        page = press(page, "Approve all 2")
        assert "Bob has already answered this (skip)" in words(page)
        assert [decided(studio, chat, n).verdict for n in (1, 2)] == ["skip", "approve"]

    def test_of_a_call_that_was_cut_it_is_said_that_its_effect_is_unknown(self, studio, chat):
        payload = {"call": "0.0", "tool": "send", "arguments": GIVEN, "is_cut": True, "attempt": 1}
        page = self.open(studio, chat, ask("tool_call", payload, ("retry", "reply", "skip", "end")))
        assert "It may have had an effect" in words(page)
        assert "Approve" not in labels(page)
        press(page, "Run it again")
        assert decided(studio, chat).verdict == "retry"

    def test_a_call_that_was_cut_is_nowhere_said_to_be_wanted(self, studio, chat):
        payload = {"call": "0.0", "tool": "send", "arguments": GIVEN, "is_cut": True, "attempt": 1}
        question = "send began to run and was cut off; nobody knows whether it had its effect. Run it again?"
        write(studio, chat, ask("tool_call", payload, ("retry", "reply", "skip", "end"), question=question))
        for name in ("home", "inbox"):
            said = raw(open_screen(name))
            assert "dev's call of send was cut off. Run it again?" in said.replace("\\'", "'")
            assert "wants to call" not in said

    def test_a_deadline_is_counted_down_with_what_then_happens(self, studio, chat):
        page = self.open(studio, chat, call(deadline_s=3_600, overdue="reject"))
        assert "then it is rejected" in raw(page)
        left_s = re.search(r"left_s\W+(\d+)\.", raw(page))
        assert left_s
        assert 3_480 < int(left_s[1]) < 3_600

    def test_the_second_of_two_reviewers_is_told_who_decided_what_and_nothing_else_happens(self, studio, chat):
        page = self.open(studio, chat)
        studio.as_(BOB).requests.decide(chat, Answer.to(call(), "reject", text="No."), client_id="bob")
        press(page, "Approve")
        assert "Bob has already answered this (reject: 'No.')" in words(page)
        assert not page.exception
        assert decided(studio, chat).verdict == "reject"

    def test_a_tool_that_is_gone_is_edited_as_json(self, studio, chat):
        page = press(self.open(studio, chat, call({"a": 1}, tool="gone")), "Edit")
        page.text_area(key=f"edit:{chat}:r1:argument:a").set_value("2").run()
        press(page, "Approve as edited")
        assert decided(studio, chat).edit == {"arguments": {"a": 2}}


class TestCode:
    CODE: ClassVar[dict[str, Any]] = {"block": "b0", "language": "sh", "code": "ls"}

    @pytest.mark.parametrize(("where", "is_outside"), [({}, False), ({"is_isolated": False}, True)])
    def test_on_the_machine_itself_is_a_warning_and_approved_one_by_one(self, studio, chat, where, is_outside):
        write(studio, chat, ask("code_block", {**self.CODE, **where}))
        page = open_screen("chat", chat=chat)
        assert any("without a sandbox" in box.value for box in page.warning) == is_outside
        assert ("Approve for this chat" in labels(page)) == (not is_outside)
        press(page, "Approve")
        assert decided(studio, chat).verdict == "approve"

    @pytest.mark.parametrize(("module", "words"), [("yaml", "imports `yaml`"), ("", "installs it with pip")])
    def test_a_package_says_why_it_is_wanted_and_what_speaks_against_it(self, studio, chat, module, words):
        payload = {"block": "b0", "module": module, "package": "pyyaml", "version": "6.0", "doubts": ["It is new."]}
        write(studio, chat, ask("package", payload, ["approve", "reject", "end"]))
        page = open_screen("chat", chat=chat)
        assert any(words in text.value for text in page.markdown)
        assert [box.value for box in page.warning] == ["It is new."]
        assert {"Approve", "Reject"} <= set(labels(page))
        assert not {"Approve for this chat", "Skip", "Edit"} & set(labels(page))


class TestRulesOfAChat:
    def test_what_is_approved_for_the_chat_stands_there_until_it_is_revoked(self, studio, chat):
        write(studio, chat, call())
        page = press(open_screen("chat", chat=chat), "Approve for this chat")
        assert decided(studio, chat).verdict == "approve"
        assert "Approved for this chat: **calls of send by Developer**" in words(page)
        page = press(page, "Revoke")
        assert studio.local.chats.state(chat).rules == ()
        assert "Approved for this chat" not in words(page)


class TestMessages:
    def open(self, studio, chat, content="Hello **you**. <script>alert(1)</script>"):
        write(studio, chat, ask("message", {"draft": 0, "content": content}, question="May the team read this?"))
        return open_screen("chat", chat=chat)

    def test_it_is_drawn_as_the_transcript_would_without_its_html(self, studio, chat):
        sent = raw(self.open(studio, chat))
        assert "<strong>you</strong>" in sent
        assert "&lt;script&gt;" in sent
        assert "<script>alert" not in sent

    def test_a_changed_message_is_shown_as_a_difference_first(self, studio, chat):
        page = press(self.open(studio, chat, "One.\nTwo."), "Edit")
        assert page.text_area(key=f"edit:{chat}:r1:text").value == "One.\nTwo."
        page.text_area(key=f"edit:{chat}:r1:text").set_value("One.\nThree.").run()
        assert "-Two.\n+Three." in words(page)
        page.text_area(key=f"edit:{chat}:r1:text").set_value("One.\nFour.")
        page = press(page, "Approve as edited")
        assert "You typed on after the difference was drawn." in words(page)
        assert "-Two.\n+Four." in words(page)
        assert decided(studio, chat) is None
        press(page, "Approve as edited")
        assert decided(studio, chat).edit == {"content": "One.\nFour."}

    def test_an_emptied_message_is_no_edit(self, studio, chat):
        page = press(self.open(studio, chat), "Edit")
        page.text_area(key=f"edit:{chat}:r1:text").set_value(" ").run()
        assert "The edit is empty." in words(page)
        assert not can_press(page, "Approve as edited")


class TestLimitsLoopsAndPauses:
    def limit(self, studio, chat, **payload):
        shown = {"limit": "max_tokens", "used": 1_200, "allowed": 1_000, **payload}
        request = ask("limit", shown, ("raise", "finish", "end"), question="The limit is reached.")
        write(studio, chat, request)
        return open_screen("chat", chat=chat)

    def test_a_limit_shows_what_is_used_and_is_raised_to_double_by_one_press(self, studio, chat):
        page = self.limit(studio, chat)
        assert "1,200 of 1,000 tokens used" in raw(page)
        press(page, "Raise")
        assert decided(studio, chat).amount == 2_400

    def test_double_is_always_more_than_what_is_used(self, studio, chat):
        page = self.limit(studio, chat, limit="max_cost_usd", used=0.5, allowed=0.1)
        press(page, "Raise")
        assert decided(studio, chat).amount == 1.0

    def test_a_limit_below_what_is_used_is_refused_in_words(self, studio, chat):
        page = self.limit(studio, chat)
        page.number_input(key=f"amount:{chat}:r1").set_value(1_100)
        page = press(page, "Raise")
        assert "1,200 are used already; raise the limit to more than that." in words(page)
        assert decided(studio, chat) is None

    @pytest.mark.parametrize(("label", "verdict"), [("Finish this turn", "finish"), ("End chat", "end")])
    def test_a_limit_may_end_it_too(self, studio, chat, label, verdict):
        press(self.limit(studio, chat), label)
        assert decided(studio, chat).verdict == verdict

    @pytest.mark.parametrize("of", ["loop", "pause"])
    def test_a_stopped_team_goes_on_or_hears_something(self, studio, chat, of):
        payload = {"agent": "dev", "times": 3, "content": "Again and **again**."} if of == "loop" else {}
        write(studio, chat, ask(of, payload, ("continue", "reply", "end")))
        page = open_screen("chat", chat=chat)
        assert ("<strong>again</strong>" in raw(page)) == (of == "loop")
        assert "Continue" in labels(page)
        page = press(press(page, "Tell them something"), "Send")
        assert "The message is empty." in words(page)
        page.text_area(key=f"reply:{chat}:r1:text").set_value("Try the other door.")
        press(page, "Send")
        assert studio.local.chats.state(chat).said[0].text == "Try the other door."

    def test_continue_goes_on(self, studio, chat):
        write(studio, chat, ask("pause", {}, ("continue", "reply", "end")))
        press(open_screen("chat", chat=chat), "Continue")
        assert decided(studio, chat).verdict == "continue"


class TestWhileTheyWork:
    def test_a_pause_is_asked_for_once_and_the_button_says_so(self, studio, chat):
        page = press(open_screen("chat", chat=chat), "Pause")
        assert studio.local.chats.state(chat).pause.by.name == "You"
        assert "Pausing after this turn" in labels(page)

    def test_what_is_said_is_visible_until_it_is_posted(self, studio, chat):
        page = press(open_screen("chat", chat=chat), "Say something")
        page.text_area(key=f"say:{chat}:text").set_value("Hurry *up*.")
        page = press(page, "Say it")
        assert [said.text for said in studio.local.chats.state(chat).said] == ["Hurry *up*."]
        assert "next turn:** Hurry *up*." in words(page)
        assert "Say something" in labels(page)

    def test_nothing_is_not_said(self, studio, chat):
        page = press(press(open_screen("chat", chat=chat), "Say something"), "Say it")
        assert "The message is empty." in words(page)
        assert studio.local.chats.state(chat).said == ()

    def test_the_box_for_it_stays_open_when_a_request_comes(self, studio, chat):
        page = press(open_screen("chat", chat=chat), "Say something")
        write(studio, chat, SpeakerSelected(turn=1, agent="dev", method="auto"), call())
        page = page.run()
        assert "Approve" in labels(page)
        page.text_area(key=f"say:{chat}:text").set_value("Wait.")
        press(page, "Say it")
        assert [said.text for said in studio.local.chats.state(chat).said] == ["Wait."]

    def test_a_chat_whose_pause_and_words_are_old_still_opens(self, studio, chat):
        write(studio, chat, Interjected(text="x" * 5_000, by=BOB), PauseAsked(by=BOB), call(),
              ToolStarted(turn=1, agent="dev", call="0.0", tool="send", arguments={}))  # fmt: skip
        page = open_screen("chat", chat=chat)
        assert not page.exception
        assert "Bob" in words(page)
