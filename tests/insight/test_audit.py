"""Audit rows and their CSV: what was asked, what was decided, by whom, and that no cell runs in a spreadsheet."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.chats import DecisionMade, DecisionRequested, Person, Recorded, RequestRow, request_digest
from agents.insight.audit import COLUMNS, audit_rows, edit_diff, to_csv, to_json
from agents.store.inbox import requests_of
from tests.support.chat_log import NOON

VERA = Person(name="Vera", is_verified=True)


def asked(of: Any = "tool_call", **payload: Any) -> DecisionRequested:
    payload = payload or {"call": "0.0", "tool": "send", "arguments": {"to": "ann@example.org", "copies": 1}}
    return DecisionRequested(
        request="r7",
        turn=2,
        of=of,
        agent="Clerk",
        question="Clerk wants to call send.",
        payload=payload,
        options=["approve", "edit", "reject", "end"],
        digest=request_digest(of, "Clerk", 2, payload),
        rule="ask before mail",
    )


def made(verdict: Any = "approve", **more: Any) -> DecisionMade:
    return DecisionMade(request="r7", digest=asked().digest, verdict=verdict, **more)


def row(request: DecisionRequested | None = None, decision: DecisionMade | None = None, **kept: Any) -> dict[str, Any]:
    request, decided_at = request or asked(), NOON + timedelta(seconds=90)
    log = [Recorded(chat="c1", seq=7, at=NOON, event=request)]
    if decision:
        log.append(Recorded(chat="c1", seq=8, at=decided_at, event=decision))
    (columns,) = requests_of(log, "Desk").values()
    found = RequestRow(chat="c1", title="Letters", **{**columns, **kept})
    (audited,) = audit_rows([(found, request, decision)])
    return audited


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


class TestRows:
    def test_a_decision_says_who_when_on_what_and_how_long_it_waited(self):
        found = row(decision=made("reject", text="Not to her", by=VERA))
        assert found | {"chat": "c1", "seq": 7, "decided_seq": 8, "turn": 2} == found
        assert (found["kind"], found["agent"], found["tool"]) == ("tool_call", "Clerk", "send")
        assert (found["verdict"], found["reason"], found["who"]) == ("reject", "Not to her", "Vera")
        assert (found["decided_by"], found["is_verified"]) == ("person", True)
        assert found["digest"] == asked().digest
        assert found["rule"] == "ask before mail"
        assert found["waited_s"] == 90
        assert datetime.fromisoformat(found["decided_at"]) - datetime.fromisoformat(found["asked_at"]) == timedelta(
            seconds=90
        )

    def test_an_open_request_has_no_verdict_and_no_end(self):
        found = row()
        assert (found["verdict"], found["decided_by"], found["who"]) == ("", "", "")
        assert (found["decided_at"], found["waited_s"]) == (None, None)

    def test_a_rule_and_the_deadline_are_told_from_people(self):
        by_rule = row(decision=made(rule="mail inside the house"))
        assert (by_rule["decided_by"], by_rule["who"], by_rule["is_verified"]) == (
            "rule",
            "mail inside the house",
            False,
        )
        assert row(decision=made("reject", text="nobody answered in time"))["decided_by"] == "deadline"

    def test_a_chat_that_ended_first_withdrew_its_request(self):
        found = row(outcome="withdrawn", decided_seq=9, decided_at=NOON + timedelta(seconds=5))
        assert (found["verdict"], found["decided_by"], found["decided_seq"]) == ("withdrawn", "end of chat", 9)

    @pytest.mark.parametrize(
        ("decision", "answer"),
        [
            (made("reply", text="42"), "42"),
            (made("choose", choice="QA"), "QA"),
            (made("change_model", choice="home", model="qwen3"), "qwen3 at home"),
            (made("raise", amount=2.5), "2.5"),
            (made("approve"), ""),
        ],
    )
    def test_what_a_person_answered_is_in_the_row(self, decision: DecisionMade, answer: str):
        assert row(decision=decision)["answer"] == answer

    def test_rows_have_the_columns_and_are_json(self):
        found = row(decision=made(by=VERA))
        assert tuple(found) == COLUMNS
        assert json.loads(to_json([found, found])) == [found, found]
        assert json.loads(to_json([])) == []


class TestDiff:
    def test_an_edit_of_arguments_shows_the_changed_line(self):
        edit = {"arguments": {"to": "bob@example.org", "copies": 1}}
        lines = row(decision=made("edit", edit=edit, by=VERA))["edit"].splitlines()
        assert lines[:2] == ["--- arguments as asked", "+++ arguments as decided"]
        assert '-  "to": "ann@example.org"' in lines
        assert '+  "to": "bob@example.org"' in lines
        assert not [line for line in lines if "copies" in line and line[0] in "+-"]

    def test_an_edit_of_a_text_goes_line_by_line(self):
        request = asked("message", draft="d", content="one\ntwo\nthree")
        assert "-two\n+TWO" in edit_diff(request, {"content": "one\nTWO\nthree"})

    def test_a_very_long_text_is_replaced_as_a_whole(self):
        before, after = "\n".join("x" * 5_000), "\n".join("xy" * 5_000)
        lines = edit_diff(asked("code_block", code=before), {"code": after}).splitlines()
        assert len(lines) == 3 + 5_000 + 10_000


class TestCsv:
    def test_reads_back_as_the_rows(self):
        found = row(decision=made("reject", text='Says "no",\nthen; leaves', by=VERA))
        (line,) = cells(to_csv([found]))
        assert line["reason"] == found["reason"]
        assert line["seq"] == "7"
        assert line["is_verified"] == "True"
        assert line["waited_s"] == "90.0"
        assert json.loads(line["payload"]) == found["payload"]

    def test_no_rows_are_the_names_alone(self):
        assert to_csv([]).strip().split(",") == list(COLUMNS)

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"])
    def test_no_cell_is_a_formula(self, text: str):
        (line,) = cells(to_csv([row(decision=made("reject", text=text, by=VERA))]))
        assert line["reason"] == f"'{text}"

    def test_characters_that_no_file_takes_are_replaced(self):
        text = to_csv([row(decision=made("reject", text="a\0b", by=VERA))])
        assert "a\ufffdb" in text
