"""How a chat's state and its decisions read in a sentence."""

from typing import Any

import pytest

from agents.chats import DecisionMade, DecisionRequested, Person, RequestKind, RuleAdded
from agents.text.states import allowed_line, decision_line, waiting_line

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

    def test_installs_that_are_allowed_for_a_chat_are_called_so(self):
        rule = {"kind": "package", "agent": "clerk", "package": "cowsay", "action": "approve"}
        added = RuleAdded(id="of-r1", rule=rule, by=Person(name="Ann"))
        assert allowed_line(added, LABELS) == "Ann approved installs of cowsay by Clerk for the rest of this chat"
