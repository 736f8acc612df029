"""The chart that an HTML file holds, read as data; whatever else is in the file is never run."""

from pathlib import Path

import pytest

from agents.workspaces.preview import figure_in, figure_of, preview
from tests.support.chat_with_files import CHART


class TestAFigure:
    def test_is_what_plotly_wrote(self):
        figure = figure_in(CHART)
        assert figure is not None
        assert figure["data"] == [{"x": [1, 2, 3], "y": [2, 6, 3], "type": "bar"}]
        assert figure["layout"]["title"] == {"text": "<script>Sales"}

    def test_needs_no_layout(self):
        assert figure_in('Plotly.newPlot("a", [{"y": [1]}])') == {"data": [{"y": [1]}], "layout": {}}

    def test_is_the_last_one_since_plotly_itself_names_its_function_before(self):
        figure = figure_in('/* Plotly.newPlot("x", 1) */ Plotly.newPlot("a", [{"y": [2]}], {})')
        assert figure == {"data": [{"y": [2]}], "layout": {}}

    def test_of_the_plotly_that_is_installed_is_found(self, tmp_path: Path):
        import plotly.graph_objects as go

        file = tmp_path / "chart.html"
        go.Figure(go.Bar(x=["a", "b"], y=[1, 2])).write_html(file)
        figure = figure_of(file)
        assert figure is not None
        assert [trace["type"] for trace in figure["data"]] == ["bar"]

    @pytest.mark.parametrize(
        "html",
        [
            "<h1>A page</h1>",
            "Plotly.newPlot(",
            'Plotly.newPlot("a", [{x: [1]}])',
            'Plotly.newPlot("a", fetch("https://example.com"))',
            'Plotly.newPlot("a", {"data": []})',
            'Plotly.newPlot("a", [1], [2])',
            'Plotly.newPlot("a", ' + "[" * 100_000,
        ],
    )
    def test_is_not_made_of_anything_else(self, html: str):
        assert figure_in(html) is None


class TestAPageWithoutAChart:
    def test_is_shown_as_its_text_with_a_word_on_why(self, tmp_path: Path):
        file = tmp_path / "page"
        file.write_text("<script>alert(1)</script>")
        shown = preview("page.html", file)
        assert (shown.shown, shown.text, shown.language) == ("text", "<script>alert(1)</script>", "html")
        assert shown.note.startswith("Pages that agents made are not run here")
