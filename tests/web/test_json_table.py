"""JSON as tables: fields, rows, and nothing of it is HTML."""

import json

from agents.web.json_table import json_html


class TestJsonHtml:
    def test_makes_a_row_of_each_field_and_a_table_of_rows(self) -> None:
        shown = json_html(
            '{"shop": "A", "open": true, "items": [{"name": "Tea", "n": 2}, {"name": "Rum"}], "by": null}'
        )
        assert "<tr><th>shop</th><td>A</td></tr>" in shown
        assert "<tr><th>open</th><td>yes</td></tr>" in shown
        assert "<tr><th>name</th><th>n</th></tr><tr><td>Tea</td><td>2</td></tr><tr><td>Rum</td><td></td></tr>" in shown
        assert "<td><em>none</em></td>" in shown

    def test_escapes_names_and_values(self) -> None:
        shown = json_html(json.dumps({"<script>": "<img src=x onerror=alert(1)>", "a": ["<b>"]}))
        assert "<script>" not in shown
        assert "<img" not in shown
        assert "<b>" not in shown

    def test_says_what_is_missing_of_a_long_list_and_ends_in_the_deep(self) -> None:
        assert "… and 100 more." in json_html(json.dumps({"a": [{"n": n} for n in range(600)]}))
        deep: object = 1
        for _ in range(50):
            deep = {"a": deep}
        assert json_html(json.dumps(deep)).count("<table>") == 6
