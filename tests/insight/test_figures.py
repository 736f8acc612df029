"""The figures: what is drawn, where, and that it stays small enough to be fluent."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from agents.chats import SELECTION, Spend, Total
from agents.insight.cost_charts import cost_bars, cumulative_steps, day_bars, token_bars
from agents.insight.frames import cumulative, dearest_first, spans_frame, totals_frame, turns_frame, turns_of
from agents.insight.palette import colors_for
from agents.insight.timeline_chart import gantt, overview
from agents.insight.turns import Span, Turns
from tests.support.long_chat import MORNING, TEAM, call, events_of, log_of, totals_of

LATER = MORNING + timedelta(days=9)
LABELS = {**{agent.name: agent.label for agent in TEAM.agents}, SELECTION: "Speaker selection"}
COLORS = colors_for(LABELS)


def drawn(n_turns: int, *, shortens_waits: bool = True):
    spans = spans_frame(Turns().add(log_of(n_turns)).spans, LATER)
    return gantt(spans, labels=LABELS, colors=COLORS, shortens_waits=shortens_waits)


class TestGantt:
    def test_every_stretch_is_one_bar_in_its_agents_lane(self):
        spans = spans_frame(Turns().add(log_of(30)).spans, LATER)
        bars = [trace for trace in drawn(30).data if trace.hovertext is not None]
        lanes = {name: list(LABELS).index(name) for name in LABELS}
        found = sorted((int(c[0]), int(y)) for trace in bars for c, y in zip(trace.customdata, trace.y, strict=True))
        assert found == sorted((turn, lanes[lane]) for turn, lane in zip(spans["turn"], spans["lane"], strict=True))

    def test_lanes_stand_in_the_teams_order_with_selection_last(self):
        assert list(drawn(9).layout.yaxis.ticktext) == [
            "User",
            "Product manager",
            "Developer",
            "QA",
            "Speaker selection",
        ]

    def test_waits_are_hatched_and_each_failure_has_a_cross(self):
        traces = {trace.name: trace for trace in drawn(30).data if trace.name}
        hatched = [
            trace for trace in drawn(30).data if trace.hovertext is not None and trace.marker.pattern.shape == "/"
        ]
        assert [len(trace.y) for trace in hatched] == [3]
        assert traces["Waiting for a person"].marker.pattern.shape == "/"
        assert traces["Failed model call"].marker.symbol == "x"
        assert len(traces["Failed model call"].x) == 2

    def test_what_is_said_in_a_bar_is_text_and_never_markup(self):
        log = log_of(3)
        log[2] = replace(log[2], event=call(1, "", model="<b>x</b>"))
        spans = spans_frame(Turns().add(log).spans, LATER)
        figure = gantt(spans, labels=LABELS, colors=COLORS)
        hovers = [text for trace in figure.data if trace.hovertext is not None for text in trace.hovertext]
        assert any("&lt;b>x" in text for text in hovers)
        assert not any("<b>x" in text for text in hovers)

    def test_a_night_of_waiting_takes_little_room_when_shortened_and_its_length_on_the_clock(self):
        shortened = next(
            trace for trace in drawn(48).data if trace.hovertext is not None and "wait" in trace.customdata[0]
        )
        assert max(shortened.x) < 20
        on_clock = next(
            trace
            for trace in drawn(48, shortens_waits=False).data
            if trace.hovertext is not None and "wait" in trace.customdata[0]
        )
        assert max(on_clock.x) == pytest.approx(9_040_000)
        assert drawn(48, shortens_waits=False).layout.xaxis.type == "date"

    @pytest.mark.parametrize(
        ("end_s", "title", "texts"),
        [
            (2.9, "Work (s)", ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
            (70.0, "Work (min:s)", ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10"]),
            (9_000.0, "Work (h:min)", ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30"]),
        ],
    )
    def test_the_axis_of_work_has_one_unit_which_its_title_names(self, end_s: float, title: str, texts: list[str]):
        span = Span(1, "PM", "reply", MORNING, MORNING + timedelta(seconds=end_s), "")
        axis = gantt(spans_frame([span], LATER), labels=LABELS, colors=COLORS).layout.xaxis
        assert (axis.title.text, list(axis.ticktext)) == (title, texts)

    def test_an_empty_chat_draws_no_bar(self):
        assert len(gantt(spans_frame([], LATER), labels=LABELS, colors=COLORS).data) == 0


class TestFiveThousandTurns:
    def test_the_overview_has_few_bars_whose_sum_is_the_model_time(self):
        frame = turns_frame(Turns().add(log_of(5_000)).turns, LATER)
        figure = overview(frame, labels=LABELS, colors=COLORS)
        assert sum(len(trace.x) for trace in figure.data) <= 121 * len(LABELS)
        assert sum(sum(trace.y) for trace in figure.data) == pytest.approx(frame["model_s"].sum())

    def test_no_figure_sends_more_than_a_quarter_of_a_megabyte(self):
        turns = Turns().add(log_of(5_000))
        totals = totals_of(events_of(5_000), "turn", "agent")
        _, spans = turns_of(turns, 4_850, 5_000)
        figures = [
            gantt(spans_frame(spans, LATER), labels=LABELS, colors=COLORS),
            overview(turns_frame(turns.turns, LATER), labels=LABELS, colors=COLORS),
            cumulative_steps(cumulative(totals, "cost_usd"), "cost_usd", labels=LABELS, colors=COLORS),
        ]
        assert max(len(figure.to_json()) for figure in figures) < 250_000


class TestCosts:
    def test_steps_end_at_each_agents_sum(self):
        totals = totals_of(events_of(60), "turn", "agent")
        figure = cumulative_steps(cumulative(totals, "n_tokens"), "n_tokens", labels=LABELS, colors=COLORS)
        by_label = {LABELS[total.key]: total.spend.n_tokens for total in totals_of(events_of(60), "agent")}
        assert {trace.name: trace.y[-1] for trace in figure.data} == by_label
        assert {trace.line.shape for trace in figure.data} == {"hv"}

    def test_bars_say_unknown_and_free_in_words(self):
        frame = totals_frame(dearest_first(totals_of(events_of(60), "model")))
        figure = cost_bars(frame, frame["key"], ["#888888"] * len(frame))
        texts = dict(zip(figure.layout.yaxis.ticktext, figure.data[0].text, strict=True))
        assert texts["home"] == "unknown"
        assert texts["qwen3"] == "free, local"
        assert texts["gpt-4o-nano"] == "$0.0600"

    def test_token_bars_stack_the_buckets_that_occur(self):
        frame = totals_frame(totals_of(events_of(60), "agent"))
        figure = token_bars(frame, frame["key"].map(LABELS))
        assert [trace.name for trace in figure.data] == ["Input", "Input, cached", "Output", "Reasoning"]
        assert sum(sum(trace.x) for trace in figure.data) == frame["n_tokens"].sum()
        assert len({trace.marker.color for trace in figure.data}) == 4

    def test_days_stack_teams(self):
        whole = sum((total.spend for total in totals_of(events_of(60), "agent")), Spend())
        frame = totals_frame([Total("2026-03-02", "Product team", whole)])
        figure = day_bars(frame, "n_tokens", colors_for(["Product team"]))
        assert figure.data[0].y[0] == whole.n_tokens

    @pytest.mark.parametrize("days", [["2026-03-02"], ["2026-02-27", "2026-03-02"], ["2026-01-01", "2026-03-02"]])
    def test_days_end_with_the_last_one_which_is_named(self, days: list[str]):
        frame = totals_frame([Total(day, "Product team", Spend(n_calls=1)) for day in days])
        axis = day_bars(frame, "n_tokens", colors_for(["Product team"])).layout.xaxis
        assert axis.range[1] < pd.Timestamp("2026-03-03")
        assert axis.range[0] <= pd.Timestamp(days[0]) - pd.Timedelta(hours=10)
        assert axis.tickvals[0] == pd.Timestamp("2026-03-02")
        assert min(axis.tickvals) > axis.range[0]
        assert len(axis.tickvals) <= 8

    def test_amounts_are_written_out_on_their_axes(self):
        frame = totals_frame(totals_of(events_of(60), "agent"))
        days = frame.assign(key="2026-03-02", part="Product team")
        colors = colors_for(["Product team"])
        assert token_bars(frame, frame["key"]).layout.xaxis.tickformat == ",d"
        assert day_bars(days, "n_tokens", colors).layout.yaxis.tickformat == ",d"
        assert day_bars(days, "cost_usd", colors).layout.yaxis.exponentformat == "none"
