"""The form made from a tool's schema: which field an argument gets, and what is read back from it."""

from dataclasses import replace

from pages.components.decision.forms import Field, fields, read

SCHEMA = {
    "properties": {
        "size": {"$ref": "#/$defs/Size"},
        "weight": {"type": "number"},
        "count": {"type": "integer"},
        "name": {"type": "string", "default": "none"},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"Size": {"enum": ["S", "L"], "type": "string"}},
}


class TestFormOfArguments:
    def kinds(self, given):
        return {field.name: field.kind for field in fields(SCHEMA, given)}

    def test_each_type_has_its_field(self):
        given = {"size": "S", "weight": 1.5, "count": 3, "name": "x", "either": None, "more": 1}
        assert self.kinds(given) == {
            "size": "one_of", "weight": "number", "count": "whole", "name": "text", "either": "json", "more": "json",
        }  # fmt: skip

    def test_what_does_not_fit_its_type_or_a_number_field_is_shown_in_full_as_json(self):
        given = {"size": "XL", "weight": 1e-9, "count": "3", "name": 5}
        assert set(self.kinds(given).values()) == {"json"}
        assert self.kinds({"count": 2**60, "weight": float("nan"), "size": True})["count"] == "json"
        assert self.kinds({"weight": float("nan")})["weight"] == "json"

    def test_an_argument_left_out_stays_out_unless_it_is_typed(self):
        name = next(field for field in fields(SCHEMA, {}) if field.name == "name")
        assert read(name, "none") == (False, "none")
        assert read(name, "Ann") == (True, "Ann")
        assert read(replace(name, is_given=True), "none") == (True, "none")
        assert read(Field("count", "whole", None, False), None) == (False, None)

    def test_emptied_json_leaves_the_argument_out_and_null_is_a_value(self):
        field = Field("either", "json", {"a": 1}, True)
        assert read(field, " ") == (False, None)
        assert read(field, "null") == (True, None)

    def test_a_whole_number_stays_whole_in_a_field_for_numbers(self):
        is_given, value = read(Field("weight", "number", 2, True), 3.0)
        assert (is_given, repr(value)) == (True, "3")
