"""How a chat's state and its decisions read in a sentence."""

from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    DecisionMade,
    DecisionRequested,
    Event,
    FilesChanged,
    Interjected,
    LimitNeared,
    PauseAsked,
    Person,
    RequestKind,
    RuleAdded,
    RuleRevoked,
    SummaryAsked,
)
from agents.text.states import decision_line, event_line, source_line, waiting_line

LABELS = {"clerk": "Clerk"}


def asked(of: RequestKind, **payload: Any) -> DecisionRequested:
    return DecisionRequested(
        request="r1", turn=1, of=of, agent="clerk", question="?", payload=payload, options=["approve"], digest="0" * 64
    )


class TestWaiting:
    @pytest.mark.parametrize(
        ("of", "payload", "line"),
        [
            ("tool_call", {"tool": "pay"}, "Waiting for your approval: Clerk wants to call pay"),
            (
                "tool_call",
                {"tool": "pay", "is_cut": True},
                "Waiting for your decision: Clerk's call of pay was cut off",
            ),
            ("code_block", {}, "Waiting for your approval: Clerk wants to run code"),
            ("code_block", {"is_cut": True}, "Waiting for your decision: code of Clerk was cut off"),
        ],
    )
    def test_what_was_cut_off_is_not_said_to_be_wanted(self, of: RequestKind, payload: dict[str, Any], line: str):
        assert waiting_line(asked(of, **payload), LABELS) == line


class TestDecisions:
    @pytest.mark.parametrize("name", ["SQL reads only", "Reports go into the chat's files"])
    def test_the_names_of_rules_stand_in_the_same_quotes_whatever_is_in_them(self, name: str):
        made = DecisionMade(request="r1", verdict="approve", rule=name, digest="0" * 64)
        said = decision_line(made, asked("tool_call", tool="sql"), LABELS)
        assert said == f"The rule “{name}” approved sql, called by Clerk"

    @pytest.mark.parametrize(
        ("by", "label", "line"),
        [
            ("You", "You", "You skipped your turn"),
            ("Ann", "You", "Ann skipped their turn"),
            ("Ann", "Ann", "Ann skipped their turn"),
            ("You", "Clerk", "You skipped Clerk's turn"),
        ],
    )
    def test_a_turn_that_is_skipped_is_said_to_be_whose_it_is(self, by: str, label: str, line: str):
        made = DecisionMade(request="r1", verdict="skip", by=Person(name=by), digest="0" * 64)
        assert decision_line(made, asked("human_turn"), {"clerk": label}) == line

    def test_a_turn_whose_request_is_not_at_hand_is_nobodys(self):
        made = DecisionMade(request="r1", verdict="skip", by=Person(name="Ann"), digest="0" * 64)
        assert decision_line(made, None, LABELS) == "Ann skipped it"

    def test_a_high_limit_is_written_out(self):
        made = DecisionMade(request="r1", verdict="raise", amount=2_500_000, by=Person(name="Ann"), digest="0" * 64)
        assert decision_line(made, asked("limit"), LABELS) == "Ann raised the limit to 2,500,000"

    def test_installs_that_are_allowed_for_a_chat_are_called_so(self):
        rule = {"kind": "package", "agent": "clerk", "package": "cowsay", "action": "approve"}
        added = RuleAdded(id="of-r1", rule=rule, by=Person(name="Ann"))
        assert event_line(added, LABELS) == "Ann approved installs of cowsay by Clerk for the rest of this chat"


ANN = Person(name="Ann")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (ChatContinued(by=ANN), "Ann continued the chat"),
        (Interjected(by=ANN, text="Mind the birds"), "Ann said, for the next turn: Mind the birds"),
        (SummaryAsked(by=ANN), "Ann asked for the summary"),
        (PauseAsked(by=ANN), "Ann asked for a pause after this turn"),
        (RuleRevoked(id="r1", by=ANN), "Ann revoked an approval for this chat"),
        (LimitNeared(limit="max_cost_usd", used=0.2, allowed=0.25), "$0.2 of $0.25 are spent."),
        (FilesChanged(turn=0, changes=[], by=ANN), ""),
    ],
)
def test_what_happens_between_messages_reads_in_one_way(event: Event, line: str):
    assert event_line(event, LABELS) == line


@pytest.mark.parametrize(
    ("source", "by", "is_author", "line"),
    [
        ("task", "Ann", False, "Task, by Ann"),
        ("task", "", True, "Task"),
        ("human", "Ann", False, "written by Ann"),
        ("human", "", False, "written by a person"),
        ("human", "you", True, "written by you"),
        ("human", "", True, ""),
        ("code", "", False, "report of the code"),
        ("model", "", False, ""),
    ],
)
def test_where_a_message_comes_from_reads(source: str, by: str, is_author: bool, line: str):
    assert source_line(source, by, is_author=is_author) == line
