"""Rules over what agents want to do: the first that fits decides; whatever is not certain asks a person."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from agents.chats import KINDS, RequestKind
from agents.errors import SpecError
from agents.specs import REJECTABLE, SKIPPABLE, ActionRequest, Deadline, Rule, dump_team, evaluate, load_team


def mail(**arguments: Any) -> ActionRequest:
    return ActionRequest("tool_call", "Dev", "send_mail", arguments, n_chars=100)


MESSAGE = ActionRequest("message", "QA", n_chars=50)
CODE = ActionRequest("code_block", "Dev", language="python", n_chars=50)


def rules(*fields: dict[str, Any]) -> list[Rule]:
    return [Rule.model_validate(rule) for rule in fields]


class TestTheFirstRuleThatFits:
    def test_decides(self):
        ordered = rules({"tool": "send_*", "action": "refuse", "reason": "no"}, {"action": "approve"})
        assert evaluate(ordered, mail()).action == "refuse"
        assert evaluate(ordered, MESSAGE).action == "approve"
        assert evaluate(reversed(ordered), mail()).action == "approve"

    def test_may_ask_before_a_later_one_approves(self):
        assert evaluate(rules({"agent": "Dev"}, {"action": "approve"}), mail()).action == "ask"

    def test_brings_its_label_and_reason(self):
        judgement = evaluate(rules({"name": "Mails", "action": "refuse", "reason": "never"}), mail())
        assert (judgement.rule, judgement.reason) == ("Mails", "never")

    def test_is_none_and_asks_where_no_rule_fits(self):
        judgement = evaluate(rules({"tool": "delete_*", "action": "approve"}), mail())
        assert (judgement.action, judgement.rule) == ("ask", "")
        assert evaluate([], MESSAGE).action == "ask"

    @pytest.mark.parametrize(
        ("rule", "fitting"),
        [
            ({}, [mail(), MESSAGE, CODE]),
            ({"kind": "message"}, [MESSAGE]),
            ({"agent": "D*"}, [mail(), CODE]),
            ({"agent": "d*"}, []),
            ({"tool": "send_?ail"}, [mail()]),
            ({"tool": "Send_mail"}, []),
            ({"language": "PYTHON"}, [CODE]),
            ({"max_chars": 50}, [MESSAGE, CODE]),
            ({"kind": "message", "tool": "send_mail"}, []),
            ({"kind": "code_block", "where": [{"argument": "x", "value": 1}]}, []),
        ],
    )
    def test_fits_by_all_of_its_fields(self, rule: dict[str, Any], fitting: list[ActionRequest]):
        (one,) = rules({**rule, "action": "approve"})
        assert [asked for asked in (mail(), MESSAGE, CODE) if one.fits(asked)] == fitting


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "fits", "fits_not"),
        [
            ({"argument": "to", "value": "bob"}, {"to": "bob"}, {"to": "Bob"}),
            ({"argument": "to", "comparison": "differs", "value": "bob"}, {"to": "eve"}, {"to": "bob"}),
            (
                {"argument": "path", "comparison": "matches", "value": "out/*.txt"},
                {"path": "out/a.txt"},
                {"path": "/etc"},
            ),
            ({"argument": "to", "comparison": "contains", "value": "@ours"}, {"to": "a@ours.org"}, {"to": "a@other"}),
            ({"argument": "tags", "comparison": "contains", "value": 2}, {"tags": [1, 2]}, {"tags": []}),
            ({"argument": "sum", "comparison": "below", "value": 10}, {"sum": 9.5}, {"sum": 10}),
            ({"argument": "sum", "comparison": "above", "value": 10}, {"sum": 11}, {"sum": 10}),
            ({"argument": "to.0.name", "value": "bob"}, {"to": [{"name": "bob"}]}, {"to": [{"name": "eve"}]}),
        ],
    )
    def test_hold_or_do_not(self, condition: dict[str, Any], fits: dict[str, Any], fits_not: dict[str, Any]):
        (rule,) = rules({"where": [condition], "action": "approve"})
        assert rule.fits(mail(**fits))
        assert not rule.fits(mail(**fits_not))

    def test_must_all_hold(self):
        where = [{"argument": "a", "value": 1}, {"argument": "b", "value": 2}]
        (rule,) = rules({"where": where, "action": "approve"})
        assert [rule.fits(mail(a=1, b=b)) for b in (1, 2)] == [False, True]

    @pytest.mark.parametrize(
        ("condition", "arguments"),
        [
            ({"argument": "sum", "comparison": "below", "value": 10}, {}),
            ({"argument": "sum", "comparison": "below", "value": 10}, {"sum": "9"}),
            ({"argument": "sum", "comparison": "below", "value": 10}, {"sum": True}),
            ({"argument": "path", "comparison": "matches", "value": "*"}, {"path": 1}),
            ({"argument": "path", "comparison": "contains", "value": "a"}, {"path": {"a": 1}}),
            ({"argument": "a.b", "value": 1}, {"a": "text"}),
            ({"argument": "a.b", "value": 1}, {"a": [1]}),
            ({"argument": "a.7", "value": 1}, {"a": [1]}),
        ],
    )
    def test_that_cannot_be_told_ask_and_say_so(self, condition: dict[str, Any], arguments: dict[str, Any]):
        for action in ("approve", "refuse"):
            judgement = evaluate(
                rules({"where": [condition], "action": action}, {"action": "approve"}), mail(**arguments)
            )
            assert (judgement.action, judgement.is_failed) == ("ask", True)
            assert judgement.rule.endswith("(it could not be applied)")

    @pytest.mark.parametrize(
        ("condition", "said"),
        [
            ({"argument": "a", "comparison": "below", "value": "ten"}, "compares with a number; found 'ten'"),
            ({"argument": "a", "comparison": "matches", "value": 1}, "takes a pattern such as 'reports/\\*'; found 1"),
            ({"argument": "", "value": 1}, "at least 1 character"),
            ({"argument": "a", "comparison": "like", "value": 1}, "'equals', 'differs'"),
            ({"argument": "a"}, "required"),
        ],
    )
    def test_that_say_nothing_are_refused(self, condition: dict[str, Any], said: str):
        with pytest.raises(ValidationError, match=said):
            rules({"where": [condition]})


class TestLabels:
    @pytest.mark.parametrize(
        ("rule", "label"),
        [
            ({}, "ask everything"),
            ({"name": "Mine"}, "Mine"),
            ({"tool": "send_*", "agent": "Dev", "action": "approve"}, "approve tool send_* of Dev"),
            ({"kind": "message", "max_chars": 1_000, "action": "approve"}, "approve messages, up to 1,000 characters"),
            ({"language": "sh", "action": "refuse"}, "refuse sh code"),
            (
                {"where": [{"argument": "sum", "comparison": "above", "value": 5}], "action": "refuse"},
                "refuse everything, sum above 5",
            ),
        ],
    )
    def test_tell_the_rule_in_words(self, rule: dict[str, Any], label: str):
        assert rules(rule)[0].label == label


class TestDeadlines:
    def test_know_every_kind_of_request_and_no_other(self):
        assert list(KINDS) == list(get_args(RequestKind))
        with pytest.raises(SpecError, match=r"deadlines.1.kind: Found 'toolcall'; expected 'any', 'human_turn'"):
            load_team("name: T\nagents: [{name: a},{name: b}]\ndeadlines: [{kind: toolcall, after_s: 5}]")

    def test_may_reject_and_skip_what_a_person_may(self):
        kinds = {of: asked().verdicts for of, asked in KINDS.items()}
        assert set(REJECTABLE) == {of for of, verdicts in kinds.items() if "reject" in verdicts}
        assert set(SKIPPABLE) == {of for of, verdicts in kinds.items() if "skip" in verdicts}

    @pytest.mark.parametrize("fields", [{"after_s": 0}, {"after_s": 1e9}, {"after_s": 5, "outcome": "approve"}, {}])
    def test_are_bounded_and_approve_nothing(self, fields: dict[str, Any]):
        with pytest.raises(ValidationError):
            Deadline.model_validate(fields)

    def test_wait_where_nothing_is_said(self):
        assert Deadline(after_s=5).outcome == "wait"


class TestInATeam:
    def test_rules_and_deadlines_survive_the_way_through_a_file(self):
        team = load_team(
            "name: T\nagents: [{name: a},{name: b}]\n"
            "policies:\n"
            "  - {tool: send_*, where: [{argument: to, value: [1, {x: null}]}], action: refuse, reason: never}\n"
            "deadlines: [{kind: tool_call, after_s: 60, outcome: reject}]\n"
        )
        assert load_team(dump_team(team)) == team
        assert load_team(dump_team(team, "json")) == team

    def test_a_bad_rule_is_named_by_its_place(self):
        with pytest.raises(SpecError, match=r"policies.2.action: Found 'maybe'; expected 'approve', 'ask' or 'refuse'"):
            load_team("name: T\nagents: [{name: a},{name: b}]\npolicies: [{}, {action: maybe}]")
