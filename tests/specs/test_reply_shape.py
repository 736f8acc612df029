"""The shape of replies: which schemas a team may hold, and what fits them."""

from typing import Any

import pytest

from agents.errors import SpecError
from agents.specs import team_from_dict
from agents.specs.reply_shape import read_reply

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
