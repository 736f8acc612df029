"""A question of an agent on the chat screen, in the inbox and in the audit: its form, and what it records."""

import json
from datetime import date
from typing import Any

import pytest

from tests.pages.test_decisions import decided, labels, press
from tests.support.app_pages import open_screen, words
from tests.support.decision_pages import ask, call, post_office, write

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "title": "City *x*"},
        "size": {"enum": ["small", "large"]},
        "extras": {"type": "array", "items": {"enum": ["wifi", "desk"]}},
        "price": {"type": "number"},
        "days": {"type": "integer", "title": "Days", "minimum": 1},
        "quiet": {"type": "boolean"},
        "from": {"type": "string", "format": "date"},
        "room": {"enum": list(range(1, 9))},
    },
    "required": ["city", "days"],
}
PAYLOAD = {"call": "0.0", "tool": "ask_person", "text": "Which <b>hotel</b>?", "form": FORM}
OPTIONS = ("reply", "reject", "skip", "end")


@pytest.fixture
def chat(studio):
    chat = post_office(studio)
    write(studio, chat, ask("question", PAYLOAD, OPTIONS, question="Developer asks: Which hotel?"))
    return chat


def fill(page, key: str, **values: Any):
    page.text_area(key=f"{key}:city").set_value(values.get("city", "Bonn"))
    page.number_input(key=f"{key}:days").set_value(values.get("days", 2))


class TestTheForm:
    def test_has_a_field_for_each_value_and_its_answer_is_json(self, studio, chat):
        page = open_screen("chat", chat=chat)
        assert "Developer asks:** Which <b>hotel</b>?" in words(page)
        assert any("\\<b\\>hotel" in part.value for part in page.markdown)
        key = f"answer:{chat}:r1:field"
        fill(page, key)
        page.radio(key=f"{key}:size").set_value("large")
        page.multiselect(key=f"{key}:extras").set_value(["desk"])
        page.number_input(key=f"{key}:price").set_value(12.25)
        page.radio(key=f"{key}:quiet").set_value(False)
        page.date_input(key=f"{key}:from").set_value(date(2026, 3, 31))
        page.selectbox(key=f"{key}:room").set_value(3)
        page = press(page, "Answer")
        assert not page.exception
        made = decided(studio, chat)
        assert (made.verdict, made.by.name) == ("reply", "You")
        assert json.loads(made.text) == {
            "city": "Bonn", "size": "large", "extras": ["desk"], "price": 12.25, "days": 2, "quiet": False,
            "from": "2026-03-31", "room": 3,
        }  # fmt: skip

    def test_leaves_out_what_nobody_filled_in(self, studio, chat):
        page = open_screen("chat", chat=chat)
        fill(page, f"answer:{chat}:r1:field")
        press(page, "Answer")
        assert json.loads(decided(studio, chat).text) == {"city": "Bonn", "days": 2}

    @pytest.mark.parametrize(
        ("values", "said"), [({"city": " "}, "“City *x*” is missing"), ({"days": 0}, "“Days” must be at least 1")]
    )
    def test_names_the_field_that_does_not_fit_and_decides_nothing(self, studio, chat, values, said):
        page = open_screen("chat", chat=chat)
        fill(page, f"answer:{chat}:r1:field", **values)
        page = press(page, "Answer")
        assert said in words(page)
        assert decided(studio, chat) is None
        assert page.number_input(key=f"answer:{chat}:r1:field:days").value == values.get("days", 2)

    def test_may_stay_empty(self, studio, chat):
        page = press(open_screen("chat", chat=chat), "Reject")
        page.text_area(key=f"reject:{chat}:r1:text").set_value("Ask Ann.")
        press(page, "Reject")
        assert (decided(studio, chat).verdict, decided(studio, chat).text) == ("reject", "Ask Ann.")


class TestChoices:
    def test_are_marked_up_only_beside_radio_buttons(self, studio):
        chat = post_office(studio)
        several = ["a_b", "c:d", *map(str, range(8))]
        fields = {
            "few": {"enum": ["a_b"]},
            "many": {"enum": several},
            "some": {"type": "array", "items": {"enum": several}},
        }
        form = {"properties": fields}
        write(studio, chat, ask("question", {**PAYLOAD, "form": form}, OPTIONS, question="Developer asks: Which?"))
        page = open_screen("chat", chat=chat)
        key = f"answer:{chat}:r1:field"
        assert page.radio(key=f"{key}:few").options == ["a\\_b"]
        assert page.selectbox(key=f"{key}:many").options == several
        assert page.multiselect(key=f"{key}:some").options == several


def test_beside_a_tool_call_it_is_not_counted_as_another_question(studio):
    chat = post_office(studio)
    question = ask("question", PAYLOAD, OPTIONS, question="Developer asks: Which hotel?")
    write(studio, chat, question, call(n=2))
    page = open_screen("chat", chat=chat)
    assert "Developer wants to do 2 things" in words(page)
    assert "Approve all 2" not in labels(page)


class TestInboxAndAudit:
    def test_the_inbox_lists_it_and_opens_its_form(self, studio, chat):
        page = open_screen("inbox", chat=chat, request="r1")
        assert any("Which hotel" in label for label in labels(page))
        fill(page, f"answer:inbox:{chat}:r1:field")
        page = press(page, "Answer")
        assert not page.exception
        assert decided(studio, chat).verdict == "reply"

    def test_the_audit_shows_the_values(self, studio, chat):
        page = open_screen("chat", chat=chat)
        fill(page, f"answer:{chat}:r1:field")
        press(page, "Answer")
        page = open_screen("audit", chat=chat)
        (table,) = page.dataframe
        assert table.value["answer"].tolist() == ["City *x*: Bonn; Days: 2"]
        assert table.value["kind"].tolist() == ["Question"]
