"""What was measured, as one table: each figure with its goal and whether it was met."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    goal: str = ""
    is_met: bool | None = None
    """None: there is no goal."""


@dataclass
class Section:
    """The figures of one question."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    note: str = ""

    def add(self, what: str, value: str, *, goal: str = "", is_met: bool | None = None) -> None:
        self.figures.append(Figure(what, value, goal, is_met))

    def at_most(self, what: str, said: str, value: float, most: float | None, unit: str) -> None:
        """Add a figure that is to be no more than `most`; None: it has no goal."""
        goal, is_met = ("", None) if most is None else (f"at most {most:g} {unit}", value <= most)
        self.add(what, said, goal=goal, is_met=is_met)


def table(sections: Sequence[Section]) -> str:
    """The sections below one another, their columns aligned; a long figure without a goal runs on to the right."""
    figures = [figure for section in sections for figure in section.figures]
    wide = max((len(figure.what) for figure in figures), default=0)
    value = max((len(figure.value) for figure in figures if figure.goal), default=0)
    lines = []
    for section in sections:
        lines += ["", section.title]
        for figure in section.figures:
            said = "" if figure.is_met is None else f"goal {figure.goal}: {'pass' if figure.is_met else 'MISS'}"
            lines.append(f"  {figure.what:<{wide}}  {figure.value:<{value}}  {said}".rstrip())
        if section.note:
            lines.append(f"  {section.note}")
    return "\n".join(lines)


def machine() -> str:
    """Where this was measured, and how busy that was with other things."""
    load = os.getloadavg()[0]
    return f"Python {platform.python_version()} on {os.cpu_count()} cores; the load before was {load:.1f}."


def verdict(sections: Sequence[Section]) -> str:
    """How many goals were met, and which were not."""
    goals = [figure for section in sections for figure in section.figures if figure.is_met is not None]
    missed = [figure.what for figure in goals if not figure.is_met]
    said = f"{len(goals) - len(missed)} of {len(goals)} goals met."
    return f"{said} Missed: {'; '.join(missed)}." if missed else said
