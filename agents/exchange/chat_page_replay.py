"""The bar of a page's replay as HTML: lanes by member, the line of what was used, a slider, and the buttons. Pure."""

from agents.exchange.chat_page_entries import UNKNOWN, Drawing, text_html
from agents.exchange.chat_timeline import Bar, Timeline
from agents.insight.palette import FAILED_COLOR, SELECTION_COLOR, SPAN_LABELS, WAIT_COLOR
from agents.plain_text import shorten

WIDTH = 1_000
LANE_PX, BAR_PX, LINE_PX = 16, 10, 34
MIN_WIDTH = 1.5
"""Of a bar, so that what took no time can be seen."""
MAX_TEXT_CHARS = 120
SPEEDS = ("0.5", "1", "2", "5", "10", "20")

OF_NOBODY = {"select": SELECTION_COLOR, "wait": WAIT_COLOR, "failed": FAILED_COLOR}
"""The kinds whose colour is the same in every lane."""
DOING = {
    "reply": "{who} writes",
    "select": "Choosing who speaks",
    "wait": "Waiting for a person",
    "failed": "{who}: a model call failed",
    "tool": "{who} calls a tool",
    "code": "{who} runs code",
    "own": "{who}",
}
"""What is said while the replay is in a bar of that kind."""


def replay_html(timeline: Timeline, drawing: Drawing, *, has_amounts: bool) -> str:
    """Return the bar, which the page's script shows; without it the page is a transcript."""
    has_line = has_amounts and bool(timeline.sums) and timeline.sums[-1][1] > 0
    names = "".join(f'<span class="lane-name">{text_html(label)}</span>' for _, label in timeline.lanes)
    if has_line:
        what = "Cost" if timeline.is_money else "Tokens"
        names += f'<span class="lane-name sum-name">{what}</span>'
    options = "".join(f'<option value="{speed}"{_chosen(speed)}>{speed}x</option>' for speed in SPEEDS)
    return (
        '<section class="player" id="player" aria-label="Replay" hidden>'
        f'<div class="lanes"><div class="lane-names" aria-hidden="true">{names}</div>'
        f'<div class="track" id="track">{_picture(timeline, drawing, has_line)}<div class="future" id="future"></div>'
        "</div></div>"
        '<input type="range" id="slider" min="0" step="any" aria-label="Place in the chat" '
        f'max="{timeline.end:.2f}" value="{timeline.end:.2f}">'
        '<div class="controls"><button type="button" id="back" title="Left arrow">Back</button>'
        '<button type="button" id="play" title="Space">Play</button>'
        '<button type="button" id="next" title="Right arrow">Next</button>'
        f'<select id="speed" aria-label="Speed">{options}</select>'
        '<span id="place" class="place"></span><span id="doing" class="doing"></span>'
        f'<span id="used" class="used"></span>{_legend(timeline)}</div></section>'
    )


def _legend(timeline: Timeline) -> str:
    """What the colours are that belong to no member, of those that there are."""
    kinds = {bar.kind for bar in timeline.bars}
    return "".join(
        f'<span class="legend"><svg aria-hidden="true"><rect class="bar {kind}" width="10" height="10"/></svg>'
        f"{SPAN_LABELS[kind]}</span>"
        for kind in OF_NOBODY
        if kind in kinds
    )


def kind_colors() -> str:
    """Return the style that gives bars of those kinds their colours."""
    return "".join(f".bar.{kind}{{fill:{color}}}" for kind, color in OF_NOBODY.items())


def _chosen(speed: str) -> str:
    return " selected" if speed == "1" else ""


def _picture(timeline: Timeline, drawing: Drawing, has_line: bool) -> str:
    height = LANE_PX * max(len(timeline.lanes), 1) + (LINE_PX if has_line else 0)
    bars = "".join(_bar(bar, timeline, drawing) for bar in timeline.bars)
    line = _sums(timeline, LANE_PX * len(timeline.lanes)) if has_line else ""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" height="{height}" preserveAspectRatio="none" role="img" '
        f'aria-label="Timeline: who did what when">{bars}{line}</svg>'
    )


def _bar(bar: Bar, timeline: Timeline, drawing: Drawing) -> str:
    name, label = timeline.lanes[bar.lane]
    color = drawing.faces[name][0] if name in drawing.faces else UNKNOWN
    x, width = _x(bar.start, timeline), max(_x(bar.end, timeline) - _x(bar.start, timeline), MIN_WIDTH)
    doing = DOING[bar.kind].format(who=label)
    title = f"{label}. {SPAN_LABELS[bar.kind]}: {shorten(bar.text, MAX_TEXT_CHARS)}"
    return (
        f'<rect class="bar {bar.kind} {color}" x="{x:.1f}" y="{bar.lane * LANE_PX + (LANE_PX - BAR_PX) / 2:g}" '
        f'width="{width:.1f}" height="{BAR_PX}" data-from="{bar.start:.2f}" data-to="{bar.end:.2f}" '
        f'data-doing="{text_html(doing)}"><title>{text_html(title)}</title></rect>'
    )


def _sums(timeline: Timeline, top: int) -> str:
    """The line of what was used: a step at each call."""
    most, low = timeline.sums[-1][1], top + LINE_PX - 4
    steps = [f"M0 {low}"]
    for second, used in timeline.sums:
        steps.append(f"H{_x(second, timeline):.1f}V{low - used / most * (LINE_PX - 10):.1f}")
    return f'<path class="sums" d="{"".join(steps)}H{WIDTH}" vector-effect="non-scaling-stroke"/>'


def _x(second: float, timeline: Timeline) -> float:
    return second / timeline.end * WIDTH if timeline.end else 0.0
