"""What servers say of their tools, made fit for models: names, schemas and texts, however hostile."""

import json
from typing import Any

import pytest

from agents.tools.mcp.schema_sanitizer import MAX_SCHEMA_CHARS, UnfitError, clean, sanitized, tool_name, wrong


def argument(schema: Any) -> Any:
    """What becomes of the schema of one argument."""
    return sanitized({"type": "object", "properties": {"x": schema}})["properties"]["x"]


class TestNames:
    def test_a_plain_name_is_kept(self):
        assert tool_name("files", "read_file-2") == "files__read_file-2"

    @pytest.mark.parametrize("tool", ["read file", "читать", "a/b", "x" * 100, "a.b", "../etc", ""])
    def test_every_other_name_fits_the_api_and_stays_the_same(self, tool: str):
        name = tool_name("files", tool)
        assert name == tool_name("files", tool)
        assert name.startswith("files__")
        assert len(name) <= 64
        assert name.isascii()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

    def test_names_that_become_alike_stay_apart(self):
        assert len({tool_name("files", tool) for tool in ("a b", "a_b", "a.b", "a/b")}) == 4
        assert len({tool_name("files", "x" * 80 + end) for end in "123"}) == 3


class TestTexts:
    def test_what_nobody_sees_is_taken_out(self):
        hidden = "Adds.\x00\x1b[31m\u202e\u200b\U000e0041\ud83d\n\tGood"
        assert clean(hidden) == "Adds.[31m\n\tGood"

    def test_a_long_text_is_cut(self):
        assert clean("x" * 50, 10) == "x" * 9 + "…"


class TestSchemas:
    def test_an_ordinary_schema_says_the_same_without_titles(self):
        schema = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Args",
            "type": "object",
            "properties": {
                "path": {"type": "string", "title": "Path", "description": "Which file", "minLength": 1},
                "mode": {"enum": ["r", "w"], "default": "r"},
                "lines": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            },
            "required": ["path"],
            "additionalProperties": False,
        }
        assert sanitized(schema) == {
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Which file", "minLength": 1},
                "mode": {"enum": ["r", "w"], "default": "r"},
                "lines": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            },
            "required": ["path"],
            "additionalProperties": False,
        }

    def test_references_within_it_are_filled_in(self):
        schema = {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"allOf": [{"$ref": "#/$defs/A"}], "description": "B"}},
            "$defs": {"A": {"type": "string", "enum": ["x"]}},
        }
        found = sanitized(schema)["properties"]
        assert found == {
            "a": {"type": "string", "enum": ["x"]},
            "b": {"type": "string", "enum": ["x"], "description": "B"},
        }

    @pytest.mark.parametrize(
        "where", ["http://169.254.169.254/", "file:///etc/passwd", "#/nowhere", "#", 7, "#/$defs/A"]
    )
    def test_references_to_elsewhere_nowhere_and_themselves_may_be_anything(self, where: Any):
        schema = {
            "type": "object",
            "properties": {"x": {"$ref": where}},
            "$defs": {"A": {"$ref": "#/$defs/A"}},
        }
        assert sanitized(schema)["properties"] == {"x": {}}

    def test_a_schema_that_holds_itself_ends(self):
        schema: dict[str, Any] = {"type": "object", "properties": {}}
        schema["$defs"] = {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}}
        schema["properties"]["first"] = {"$ref": "#/$defs/Node"}
        assert len(json.dumps(sanitized(schema))) < 1_000

    def test_a_schema_that_doubles_at_each_step_is_refused_or_small(self):
        laughs = {f"L{n}": {"anyOf": [{"$ref": f"#/$defs/L{n + 1}"}] * 10} for n in range(30)}
        found = sanitized({"type": "object", "properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": laughs})
        assert len(json.dumps(found)) <= MAX_SCHEMA_CHARS

    @pytest.mark.parametrize(
        ("lie", "truth"),
        [
            ({"type": "strnig"}, {}),
            ({"type": 5}, {}),
            ({"type": ["string", "nil", None]}, {"type": ["string"]}),
            ({"type": "string", "pattern": "(a+)+$", "format": "x\x00"}, {"type": "string"}),
            ({"type": "string", "minLength": 10**12}, {"type": "string"}),
            ({"type": "string", "minLength": 9, "maxLength": 1}, {"type": "string"}),
            ({"type": "integer", "minimum": 9, "maximum": "x"}, {"type": "integer", "minimum": 9}),
            ({"enum": "abc"}, {}),
            ({"enum": [{"a": 1}]}, {}),
            ({"enum": list(range(10_000))}, {}),
            ({"const": 1}, {"enum": [1]}),
            ({"type": "array"}, {"type": "array", "items": {}}),
            ({"type": "array", "items": [1, 2]}, {"type": "array", "items": {}}),
            ({"properties": "none"}, {"properties": {}}),
            ({"description": "Hi\u202e there" + "!" * 1_000}, {"description": "Hi there" + "!" * 391 + "…"}),
            ({"default": "\x00"}, {}),
            ("a string", {}),
            (True, {}),
            (None, {}),
        ],
    )
    def test_a_lie_is_left_out_and_the_rest_stays(self, lie: Any, truth: Any):
        assert argument(lie) == truth

    def test_nothing_is_at_the_top_that_apis_refuse_there(self):
        schema = {"type": "object", "anyOf": [{"required": ["a"]}], "enum": [1], "not": {}, "default": 1}
        assert sanitized(schema) == {"type": "object", "properties": {}}

    def test_what_is_required_is_there(self):
        schema = {"properties": {"a": {}}, "required": ["a", "b", "a", 5]}
        assert sanitized(schema)["required"] == ["a"]

    def test_a_schema_as_deep_as_a_well_ends(self):
        schema: Any = {"type": "string"}
        for _ in range(500):
            schema = {"type": "array", "items": schema}
        assert len(json.dumps(argument(schema))) < 1_000

    @pytest.mark.parametrize(
        ("schema", "why"),
        [
            ("x", "must be an object, not str"),
            (None, "must be an object, not NoneType"),
            ({"type": "array"}, "'array', not an object"),
            ({"type": "object", "required": ["a b"], "properties": {"a b": {}}}, "no API can name ('a b')"),
            ({"properties": {f"a{n}": {"description": "x" * 400} for n in range(200)}}, "more than 30,000 characters"),
        ],
    )
    def test_what_cannot_be_mended_is_refused_with_why(self, schema: Any, why: str):
        with pytest.raises(UnfitError) as error:
            sanitized(schema)
        assert why in str(error.value)


class TestArguments:
    SCHEMA = sanitized(
        {
            "properties": {"n": {"type": "integer"}, "kind": {"enum": ["a", "b"]}, "x": {"type": ["string", "null"]}},
            "required": ["n"],
            "additionalProperties": False,
        }
    )

    @pytest.mark.parametrize("arguments", [{"n": 1}, {"n": 2.0, "kind": "a"}, {"n": 1, "x": None}])
    def test_good_ones_pass(self, arguments: dict[str, Any]):
        assert wrong(self.SCHEMA, arguments) == ""

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            ({}, "n is required"),
            ({"n": "1"}, "n must be integer"),
            ({"n": True}, "n must be integer"),
            ({"n": float("inf")}, "n must be integer"),
            ({"n": 1, "kind": "c"}, "kind must be one of"),
            ({"n": 1, "x": 5}, "x must be string or null"),
            ({"n": 1, "y\u202e": 5}, "there is no argument 'y'"),
        ],
    )
    def test_plain_mistakes_are_told(self, arguments: dict[str, Any], why: str):
        assert why in wrong(self.SCHEMA, arguments)
