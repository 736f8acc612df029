"""Forms made from a JSON schema: which schemas make one, what may be filled in, and how it is told."""

import json
from typing import Any

import pytest

from agents.chats.requests import Answer, QuestionRequest
from agents.chats.requests.question import form_fields
from agents.errors import UsageError

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "title": "City", "minLength": 2, "maxLength": 10},
        "size": {"enum": ["small", "large", 3]},
        "extras": {"type": "array", "title": "Extras", "items": {"enum": ["wifi", "desk"]}, "maxItems": 2},
        "price": {"type": "number", "minimum": 0.5},
        "days": {"type": "integer", "title": "Days", "minimum": 1, "maximum": 30},
        "quiet": {"type": "boolean"},
        "from": {"type": "string", "format": "date", "description": "The first day"},
    },
    "required": ["city", "days"],
}
ASKED = QuestionRequest(call="0.0", tool="ask_person", text="Which hotel?", form=FORM)


def with_field(schema: Any, **form: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **form}


class TestForms:
    def test_have_a_field_of_each_kind_in_the_schemas_order(self):
        assert [(field.label, field.kind, field.is_required) for field in form_fields(FORM)] == [
            ("City", "text", True), ("size", "one_of", False), ("Extras", "some_of", False), ("price", "number", False),
            ("Days", "whole", True), ("quiet", "yes_no", False), ("from", "date", False),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({}, "with at least one field"),
            ({"type": "object", "properties": {}}, "with at least one field"),
            ({"type": "array", "properties": {"a": {"type": "string"}}}, "must be {"),
            (with_field("string"), "The field 'a' needs a schema"),
            (with_field({"type": "strin"}), "'a' has the type 'strin'; use string, number"),
            (with_field({"type": "object"}), "has the type 'object'"),
            (with_field({"type": ["string", "null"]}), "has the type"),
            (with_field({"type": "array", "items": {"type": "string"}}), "array with items that have an 'enum'"),
            (with_field({"type": "string", "format": "email"}), "format 'email'; the only one is 'date'"),
            (with_field({"type": "string", "pattern": "x"}), "has 'pattern', which forms do not know. It may have"),
            (with_field({"enum": []}), "an 'enum' of 1 to 100 different"),
            (with_field({"enum": ["a", "a"]}), "different texts or numbers"),
            (with_field({"enum": [None]}), "different texts or numbers"),
            (with_field({"type": "integer", "minimum": "1"}), "'minimum' that is no number"),
            (with_field({"type": "integer", "minimum": 10**400}), "'minimum' that is no number"),
            (with_field({"type": "integer", "minimum": 2, "maximum": 1}), "a minimum above its maximum"),
            (with_field({"type": "string", "title": "x" * 501}), "more than 500 characters"),
            (with_field({"type": "string"}, required=["b"]), '"required" must be a list of names'),
            (with_field({"type": "string"}, required="a"), '"required" must be a list of names'),
            ({"properties": {"a=b": {"type": "string"}}}, "needs a name"),
            ({"properties": {f"n{n}": {"type": "string"} for n in range(21)}}, "21 fields; at most 20"),
        ],
    )
    def test_a_schema_that_makes_none_is_told_what_to_correct(self, form: dict[str, Any], said: str):
        with pytest.raises(UsageError) as raised:
            form_fields(form)
        assert said in str(raised.value)
        assert str(raised.value).endswith("Correct the form and call it again; nobody was asked.")

    def test_tell_fields_of_one_title_apart_by_their_names(self):
        form = {"properties": {name: {"type": "string", "title": "City"} for name in ("from", "to")}}
        assert [field.label for field in form_fields(form)] == ["City (from)", "City (to)"]

    def test_are_checked_before_anybody_is_asked(self):
        ASKED.check_asked()
        deep: Any = "x"
        for _ in range(60):
            deep = [deep]
        for changes, said in (
            ({"form": {}}, "with at least one field"),
            ({"text": " "}, "The question is empty"),
            ({"text": "\ud800"}, "invalid characters"),
            ({"form": with_field({"type": "string"}, more=deep)}, "The form cannot be shown"),
        ):
            with pytest.raises(UsageError, match=said):
                ASKED.model_copy(update=changes).check_asked()


class TestReplies:
    def test_keep_what_was_filled_in_in_the_forms_order(self):
        values = {"days": 2, "quiet": False, "city": "Bonn", "extras": [], "from": None, "price": None, "size": 3}
        assert json.loads(ASKED.reply(values)) == {"city": "Bonn", "size": 3, "days": 2, "quiet": False}
        assert list(json.loads(ASKED.reply(values))) == ["city", "size", "days", "quiet"]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"city": " "}, "“City” is missing"),
            ({"days": None}, "“Days” is missing"),
            ({"city": "B"}, "“City” must be at least 2 characters"),
            ({"city": "B" * 11}, "“City” must be at most 10 characters"),
            ({"city": 3}, "“City” must be a text"),
            ({"city": "B\ud800nn"}, "“City” has invalid characters"),
            ({"size": "huge"}, "“size” must be one of small, large, 3"),
            ({"size": "3"}, "“size” must be one of"),
            ({"extras": ["pool"]}, "“Extras” takes only wifi, desk"),
            ({"extras": "wifi"}, "“Extras” takes only"),
            ({"extras": ["wifi", "wifi"]}, "“Extras” has the same choice twice"),
            ({"price": 0.1}, "“price” must be at least 0.5"),
            ({"price": float("nan")}, "“price” must be a number"),
            ({"days": 1.5}, "“Days” must be a whole number"),
            ({"days": True}, "“Days” must be a whole number"),
            ({"days": 31}, "“Days” must be at most 30"),
            ({"quiet": "yes"}, "“quiet” must be yes or no"),
            ({"from": "1.4.2026"}, "“from” must be a date such as 2026-03-31"),
            ({"from": "2026-02-30"}, "“from” must be a date"),
            ({"other": 1}, "There is no field 'other'; there are city, size"),
        ],
    )
    def test_that_do_not_fit_name_the_field_by_its_label(self, changes: dict[str, Any], said: str):
        with pytest.raises(UsageError, match=r"[Nn]othing was recorded") as raised:
            ASKED.check_values({"city": "Bonn", "days": 2, **changes})
        assert said in str(raised.value)

    @pytest.mark.parametrize("text", ["Bonn", "[]", "{", "[" * 5_000, '{"city": "Bonn", "city": "Rome", "days": 2}'])
    def test_are_json_objects(self, text: str):
        with pytest.raises(UsageError, match="must be a JSON object"):
            ASKED.check(Answer("r1", "d", "reply", text=text), set())

    @pytest.mark.parametrize(
        ("schema", "value", "said"),
        [
            ({"type": "string", "minLength": 1}, "", "must be at least 1 character"),
            ({"type": "integer", "minimum": 1_000_001}, 5, "must be at least 1,000,001"),
            ({"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 1}, ["x", "y"], "must be at most 1 choice"),
            ({"enum": ["a|b", "c"]}, "d", "must be one of a|b, c"),
        ],
    )
    def test_read_right_when_they_do_not_fit(self, schema: dict[str, Any], value: Any, said: str):
        (field,) = form_fields(with_field(schema))
        assert field.problem(value) == said

    def test_can_be_typed_whatever_is_in_a_choice(self):
        (field,) = form_fields(with_field({"type": "array", "items": {"enum": ["Paris, France", "Rome", 3]}}))
        assert json.loads(field.hint) == ["Paris, France", "Rome", "3"]
        assert field.read('["Paris, France", "3"]') == ["Paris, France", 3]
        assert field.read("Rome, 3") == ["Rome", 3]

    def test_are_read_from_what_is_typed_by_name(self):
        typed = {"city": "Bonn", "size": "3", "extras": "wifi, desk", "price": "1.5", "days": "2", "quiet": "yes"}
        given = ASKED.answer_from({**typed, "from": "2026-03-31"})
        assert given["verdict"] == "reply"
        assert json.loads(given["text"]) == {
            "city": "Bonn", "size": 3, "extras": ["wifi", "desk"], "price": 1.5, "days": 2, "quiet": True,
            "from": "2026-03-31",
        }  # fmt: skip
        with pytest.raises(UsageError, match="“Days” must be a whole number"):
            ASKED.answer_from({"city": "Bonn", "days": "two"})

    def test_are_told_by_the_labels_of_their_fields(self):
        answer = Answer(
            "r1", "d", "reply", text='{"city": "Bonn", "extras": ["wifi", "desk"], "days": 2, "quiet": false}'
        )
        told = "City: Bonn; Extras: wifi, desk; Days: 2; quiet: no"
        assert ASKED.answered(answer) == told
        assert ASKED.decided("Ann", "Dev", answer, {}) == f"Ann answered the question of Dev (“Which hotel?”): {told}"
