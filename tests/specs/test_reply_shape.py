"""The shape of replies: which schemas a team may hold, and what fits them."""

import json
import time
from typing import Any

import pytest

from agents.errors import SpecError
from agents.specs import reply_shape, team_from_dict
from agents.specs.reply_shape import check_shape, read_reply

SLOW = "^(a|a)+$"
TWO_OF_THE_NEXT = {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(99)}

SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
    "required": ["name"],
    "additionalProperties": False,
}


class TestASchema:
    @pytest.mark.parametrize(
        ("schema", "says"),
        [
            ({"type": "array"}, "no object"),
            ({"type": "object", "properties": 5}, "no JSON schema at properties"),
            ({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1/x"}}}, "parts of the same schema"),
            ({"type": "object", "description": "x" * 30_000}, "longer than 20,000 characters"),
            ({"type": "object", "patternProperties": {}, "unevaluatedProperties": False}, "additionalProperties"),
        ],
    )
    def test_that_cannot_be_followed_is_refused_with_its_field(self, schema: dict[str, Any], says: str) -> None:
        agents = [{"name": "a", "reply_schema": schema}, {"name": "b"}]
        with pytest.raises(SpecError) as refused:
            team_from_dict({"name": "T", "agents": agents})
        ((path, text),) = refused.value.problems
        assert path == "agents.1.reply_schema"
        assert says in text


class TestAReply:
    @pytest.mark.parametrize("text", ['{"name": "Tea"}', '```json\n{"name": "Tea"}\n```', ' {"name": "Tea"}\n'])
    def test_that_fits_is_its_json(self, text: str) -> None:
        assert read_reply(text, SHAPE) == ('{"name": "Tea"}', "")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Tea, please", "no JSON"),
            ('{"name": 5}', "name: must be of type string"),
            ('{"price": 2}', "the reply: name is missing"),
            ("[" * 100_000, "no JSON"),
        ],
    )
    def test_that_does_not_fit_is_told_why(self, text: str, says: str) -> None:
        assert says in read_reply(text, SHAPE)[1]

    def test_is_told_when_the_shape_refers_to_nothing(self) -> None:
        schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}
        assert "cannot be followed" in read_reply('{"a": 1}', schema)[1]

    @pytest.mark.parametrize(
        "schema",
        [
            {"properties": {"a": {"pattern": SLOW}}},
            {"patternProperties": {SLOW: True}},
            {"patternProperties": {SLOW: True}, "additionalProperties": False},
            {"$ref": "#/$defs/0", "$defs": {**TWO_OF_THE_NEXT, "99": False}},
        ],
    )
    def test_is_told_when_the_shape_takes_for_ever(
        self, schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reply_shape, "MAX_CHECK_S", 0.1)
        text = json.dumps({"a": "a" * 40 + "!", "a" * 40 + "!": 1})
        check_shape({"type": "object", **schema})
        began = time.process_time()
        assert "takes too long" in read_reply(text, schema)[1]
        assert time.process_time() - began < 1

    def test_with_names_by_pattern_fits_or_is_told(self) -> None:
        shape = {"patternProperties": {"^n_": {"type": "number"}}, "additionalProperties": False}
        assert read_reply('{"n_a": 1}', shape)[1] == ""
        assert read_reply('{"n_a": "x"}', shape)[1] == "n_a: must be of type number"
        assert read_reply('{"n_a": 1, "b": 2}', shape)[1] == "the reply: b is not in the shape"
        assert read_reply('{"b": 2}', {"additionalProperties": {"type": "string"}})[1] == "b: must be of type string"
        assert (
            read_reply('{"b": "xy"}', {"properties": {"b": {"pattern": "^x$"}}})[1] == "b: must match the pattern ^x$"
        )
