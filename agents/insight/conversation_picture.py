"""The picture of a team's conversation: members on a circle, and arrows for who may speak after whom, as SVG.

Pure functions from a team to a text; colours of its own are the members' alone, the rest is that of the text around it.
What screen readers are told in its place is a list of sentences. What people wrote is escaped.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from agents.plain_text import escaped, shorten
from agents.specs import TeamSpec
from agents.specs.conversation import Arrow, arrows, ends_after, is_open_to_all
from agents.text.numbers import count_text

RADIUS, ROOM_PER_MEMBER = 96.0, 18.0
"""Of the circle at least, and what each member adds to it at least."""
NODE = 21.0
MARGIN_X, MARGIN_Y, CAPTION = 57.0, 60.0, 18.0
MAX_NAME_CHARS = 17
MOST_ARROWS = 150
"""Drawn with their heads, and told one by one."""
HEAD = 7.0
"""Length of an arrow's head."""
BEND = 0.12
"""How far an arrow leaves the straight line, so that there and back are two."""
CALM, THIN, THICK = 1.2, 1.6, 5.5

Counts = Mapping[tuple[str, str], int]
"""(speaker, follower) -> how often."""


@dataclass(frozen=True)
class Face:
    """How a member looks in the picture."""

    face: str
    color: str
    """`#rrggbb`."""


def counted(runs: Iterable[Sequence[str]]) -> Counter[tuple[str, str]]:
    """Return how often who spoke after whom in `runs`, each of them the names of its speakers in order."""
    return Counter(pair for run in runs for pair in pairwise(run))


def picture(team: TeamSpec, faces: Mapping[str, Face], counts: Counts | None = None) -> str:
    """Return the picture as SVG; with `counts` the widths of its arrows say how often who spoke after whom."""
    found = arrows(team)
    names = [agent.name for agent in team.agents]
    radius = max(RADIUS, ROOM_PER_MEMBER * len(names))
    width, height = 2 * (radius + MARGIN_X), 2 * ((0 if len(names) == 2 else radius) + MARGIN_Y) + CAPTION
    places = {name: _on_circle(place, len(names), radius, width, height) for place, name in enumerate(names)}
    is_plain = is_open_to_all(team) or len(found) > MOST_ARROWS
    drawn = [_chords(found, places)] if is_plain else []
    shown = [arrow for arrow in found if not is_plain or _n(arrow, counts)]
    drawn += [_arrow(team, arrow, places, counts) for arrow in shown[:MOST_ARROWS]]
    center = (height - CAPTION) / 2
    drawn += [_node(team, name, faces[name], *places[name], is_high=places[name][1] < center - 1) for name in names]
    drawn.append(_caption(team, width, height))
    inner = "".join(drawn)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:{width * 1.2:.0f}px"'
    return f'<svg {size} aria-hidden="true" focusable="false">{inner}</svg>'


def _n(arrow: Arrow, counts: Counts | None) -> int | None:
    """How often; None when that is not the question."""
    return None if counts is None else counts.get((arrow.speaker, arrow.follower), 0)


def _on_circle(place: int, n: int, radius: float, width: float, height: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / n - math.pi / 2
    if n == 2:
        angle -= math.pi / 2  # side by side
    return width / 2 + radius * math.cos(angle), (height - CAPTION) / 2 + radius * math.sin(angle)


def _chords(found: list[Arrow], places: Mapping[str, tuple[float, float]]) -> str:
    """Plain lines between members: so many arrows would say nothing more."""
    pairs = dict.fromkeys(frozenset(arrow[:2]) for arrow in found if arrow.speaker != arrow.follower)
    lines = []
    for one, other in (sorted(pair) for pair in pairs):
        (x, y), (x2, y2) = (_towards(places[a], places[b], NODE + 3) for a, b in ((one, other), (other, one)))
        lines.append(f"M{x:.0f} {y:.0f}L{x2:.0f} {y2:.0f}")
    return (
        f'<path class="lines" d="{"".join(lines)}" stroke="currentColor" stroke-opacity="0.22" stroke-width="{CALM}"/>'
    )


def _arrow(team: TeamSpec, arrow: Arrow, places: Mapping[str, tuple[float, float]], counts: Counts | None) -> str:
    n = _n(arrow, counts)
    most = max(counts.values(), default=1) if counts else 1
    width = THIN if not n else THIN + (THICK - THIN) * n / most
    opacity = 0.55 if n is None else 0.75 if n else 0.18
    dashes = "" if arrow.is_usual else ' stroke-dasharray="4 4"'
    center = places[arrow.speaker]
    if arrow.speaker == arrow.follower:
        path, tip, along, label = _loop(center, places)
    else:
        path, tip, along, label = _curve(center, places[arrow.follower])
    head = _head(tip, along, HEAD + width * 0.8)
    told = f"<title>{_text(_sentence(team, arrow, n))}</title>"
    line = f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="{width:.1f}"{dashes}/>'
    number = f'<text x="{label[0]:.1f}" y="{label[1] + 4:.1f}" class="n">{n:,}</text>' if n else ""
    tipped = f'<polygon points="{head}" fill="currentColor"/>'
    return f'<g class="arrow"><g opacity="{opacity}">{told}{line}{tipped}</g>{number}</g>'


Point = tuple[float, float]


def _curve(start: Point, end: Point) -> tuple[str, Point, Point, Point]:
    """(path, tip, direction at the tip, middle) of the arrow between two members."""
    (x, y), (x2, y2) = start, end
    dx, dy = x2 - x, y2 - y
    length = math.hypot(dx, dy)
    cx, cy = (x + x2) / 2 - dy * BEND, (y + y2) / 2 + dx * BEND
    sx, sy = _towards((x, y), (cx, cy), NODE + 3)
    tip = _towards((x2, y2), (cx, cy), NODE + 4)
    end_x, end_y = _towards(tip, (cx, cy), HEAD)
    along = (x2 - cx, y2 - cy)
    middle = (0.25 * x + 0.5 * cx + 0.25 * x2, 0.25 * y + 0.5 * cy + 0.25 * y2)
    middle = (middle[0] - dy / length * 9, middle[1] + dx / length * 9)
    return f"M{sx:.1f} {sy:.1f} Q{cx:.1f} {cy:.1f} {end_x:.1f} {end_y:.1f}", tip, along, middle


def _loop(center: Point, places: Mapping[str, Point]) -> tuple[str, Point, Point, Point]:
    """The same of an arrow from a member to itself, beside it and outside of the circle."""
    (x, y) = center
    mid_x = sum(place[0] for place in places.values()) / len(places)
    side = 1 if x >= mid_x - 1 else -1
    tip = (x + side * (NODE + 3), y + 9)
    bends = f"{x + side * 56:.1f} {y - 26:.1f} {x + side * 56:.1f} {y + 26:.1f}"
    path = f"M{x + side * (NODE + 2):.1f} {y - 9:.1f} C{bends} {tip[0] + side * HEAD * 0.9:.1f} {tip[1] + 2.5:.1f}"
    return path, tip, (-side * 1.0, -0.4), (x + side * 55, y)


def _towards(start: Point, end: Point, by: float) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    return start[0] + dx / length * by, start[1] + dy / length * by


def _head(tip: Point, along: Point, size: float) -> str:
    length = math.hypot(*along) or 1.0
    ux, uy = along[0] / length, along[1] / length
    back = (tip[0] - ux * size, tip[1] - uy * size)
    half = size * 0.45
    corners = (tip, (back[0] - uy * half, back[1] + ux * half), (back[0] + uy * half, back[1] - ux * half))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _node(team: TeamSpec, name: str, face: Face, x: float, y: float, *, is_high: bool) -> str:
    """A member; its name stands where no arrows are: above in the upper half, else below."""
    agent = team.agent(name)
    notes = [text for text, is_so in (("gives the task", name == team.task_giver),
             ("ends the chat", ends_after(team, name))) if is_so]  # fmt: skip
    name_y = y - NODE - (21 if notes else 8) if is_high else y + NODE + 15
    note = f'<text x="{x:.1f}" y="{name_y + 13:.1f}" class="note">{", ".join(notes)}</text>' if notes else ""
    color = escape(face.color, quote=True)
    shape = (
        f'<rect x="{x - NODE:.1f}" y="{y - NODE:.1f}" width="{2 * NODE}" height="{2 * NODE}" rx="7"'
        if agent.role == "executor"
        else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{NODE}"'
    )
    return (
        f"<g><title>{_text(agent.label)}</title>"
        f'{shape} fill="{color}" fill-opacity="0.2" stroke="{color}" stroke-width="{2.5 if notes else 1.5}"/>'
        f'<text x="{x:.1f}" y="{y + 5:.1f}" class="face">{_text(face.face)}</text>'
        f'<text x="{x:.1f}" y="{name_y:.1f}" class="name">{_text(shorten(agent.label, MAX_NAME_CHARS))}</text>'
        f"{note}</g>"
    )


WAYS = {
    "auto": "a model chooses",
    "round_robin": "in turn",
    "random": "at random",
    "manual": "a person chooses",
}


def _caption(team: TeamSpec, width: float, height: float) -> str:
    text = "they take turns" if len(team.agents) == 2 else WAYS[team.selection.method]
    return f'<text x="{width / 2:.1f}" y="{height - 6:.1f}" class="way">{text}</text>'


def sentences(team: TeamSpec, counts: Counts | None = None) -> list[str]:
    """Return what the picture shows as sentences; names in them stand as people wrote them."""
    found = arrows(team)
    if counts is None and is_open_to_all(team):
        lines = [f"Anybody may speak after anybody else; {WAYS[team.selection.method]}."]
    else:
        lines = [_sentence(team, arrow, _n(arrow, counts)) for arrow in found[:MOST_ARROWS]]
        if len(found) > MOST_ARROWS:
            lines.append(f"And {count_text(len(found) - MOST_ARROWS, 'other')}.")
    return lines + [f"The chat ends after {agent.label}." for agent in team.agents if ends_after(team, agent.name)]


def _sentence(team: TeamSpec, arrow: Arrow, n: int | None) -> str:
    speaker, follower = team.agent(arrow.speaker).label, team.agent(arrow.follower).label
    what = f"{follower} may speak after {speaker}"
    if arrow.speaker == arrow.follower:
        what = f"{follower} may go on speaking"
    unusual = "" if arrow.is_usual else " when named or chosen"
    return f"{what}{unusual}" + ("" if n is None else f": {count_text(n, 'time')}" if n else ": never")


def _text(text: str) -> str:
    return escape(escaped(text))
