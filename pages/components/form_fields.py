"""Form fields bound to what they edit: they show it, write back what is typed, and say beneath what is wrong.

A field is written in the widget's callback, before the page runs, so that everything drawn in a rerun already knows it.
A widget starts anew when the draft's version changes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from pages.components.messages import escape_md


@dataclass(frozen=True)
class Finding:
    """One line beneath a field."""

    path: str
    text: str
    is_problem: bool
    """True: it keeps the whole from being saved. False: it can be saved, and is likely to disappoint."""


@dataclass(frozen=True)
class Findings:
    """All of them, problems first."""

    all: tuple[Finding, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if finding.is_problem)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if not finding.is_problem)

    def under(self, path: str) -> tuple[Finding, ...]:
        """Those of the field and of everything within it."""
        return tuple(found for found in self.all if found.path == path or found.path.startswith(path + "."))

    def show(self, path: str) -> None:
        """Draws the lines of exactly this field and of what is within it."""
        for finding in self.under(path):
            line(finding)

    def show_only(self, path: str) -> None:
        """Draws the lines of exactly this path."""
        for finding in self.all:
            if finding.path == path:
                line(finding)


def line(finding: Finding) -> None:
    """One finding as a small coloured line."""
    color, icon = ("red", "error") if finding.is_problem else ("orange", "warning")
    st.markdown(f":small[:{color}[:material/{icon}: {escape_md(finding.text)}]]")


LIVE = "400ms"
"""How long a pause in typing is before what was typed counts."""

Format = Callable[[Any], str]


@dataclass(frozen=True)
class Bound:
    """The widgets of one mapping or list: a team's fields, an agent, its limits."""

    target: Any
    path: str
    """Where it is in the team, for findings; "" for the team itself."""
    key: str
    """What all keys of its widgets start with; holds the draft's version."""
    findings: Findings
    place: AbstractContextManager[Any] = field(default_factory=nullcontext)
    """The column where they are drawn, if not where the page draws."""

    def columns(self, widths: int | Sequence[float], **options: Any) -> "list[Bound]":
        """Return the same for each of some columns."""
        return [replace(self, place=column) for column in st.columns(widths, **options)]

    def text(self, name: str | int, label: str, **options: Any) -> None:
        """One line; what is typed counts after a pause."""
        self._draw(st.text_input, name, label, **{"value": self.target[name], "live": LIVE, **options})

    def area(self, name: str | int, label: str, **options: Any) -> None:
        """Several lines; what is typed counts on leaving the field or Ctrl+Enter."""
        self._draw(st.text_area, name, label, value=self.target[name], **options)

    def number(self, name: str, label: str, **options: Any) -> None:
        """A number."""
        self._draw(st.number_input, name, label, **{"value": self.target[name], **options})

    def maybe(self, name: str, label: str, **options: Any) -> None:
        """A number or none; an emptied field is none."""
        st.session_state.setdefault(f"{self.key}:{name}", self.target[name])  # given as `value`, it would come back
        self._draw(st.number_input, name, label, value=None, **options)

    def color(self, name: str, label: str, **options: Any) -> None:
        """A colour; its value is given, for it may come from elsewhere."""
        self._draw(st.color_picker, name, label, **options)

    def choice(self, name: str, label: str, values: Sequence[Any], words: Format = str, **options: Any) -> None:
        """One of a list, in a box that opens."""
        current = "" if self.target[name] is None else self.target[name]
        shown = ["" if value is None else value for value in values]
        shown = shown if current in shown else [*shown, current]
        has_none = None in values
        self._draw(
            st.selectbox,
            name,
            label,
            options=shown,
            index=shown.index(current),
            format_func=lambda value: words(None) if has_none and value == "" else words(value),
            empty=None if has_none else ...,
            **options,
        )

    def segments(self, name: str, label: str, words: dict[str, str]) -> None:
        """One of a few, all of them visible; `words` says how each is called."""
        choices = {"options": list(words), "default": self.target[name], "format_func": words.__getitem__}
        self._draw(st.segmented_control, name, label, required=True, **choices)

    def words(self, name: str, label: str, **options: Any) -> None:
        """A list of short texts, typed one by one."""
        current = list(self.target[name])
        self._draw(st.multiselect, name, label, options=current, default=current, accept_new_options=True, **options)

    def some(self, name: str, label: str, values: Sequence[str], words: Format = str, **options: Any) -> None:
        """Any of a list; none chosen is written as `empty`: None ("all"), or with ... the empty list."""
        current = list(self.target[name] or [])
        choices = {"options": list(values), "default": current, "format_func": words, "empty": None}
        self._draw(st.multiselect, name, label, **{**choices, **options})

    def toggle(self, name: str, label: str, **options: Any) -> None:
        """Yes or no."""
        self._draw(st.toggle, name, label, value=self.target[name], **options)

    def _draw(
        self,
        widget: Callable[..., Any],
        name: str | int,
        label: str,
        *,
        empty: Any = ...,
        typed: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        """Draw the widget of the field `name`, and what is wrong with it."""
        key = f"{self.key}:{name}"
        with self.place:
            widget(label, key=key, on_change=write, args=(self.target, name, key, empty, typed), **options)
            self.findings.show(f"{self.path}.{name}" if self.path else str(name))


def write(target: Any, name: Any, key: str, empty: Any = ..., typed: Callable[[Any], Any] | None = None) -> None:
    """Write what the widget `key` holds into the field `name`, through `typed`; a callback."""
    value = st.session_state[key]
    if isinstance(value, list):
        value = list(value)
    if empty is not ... and value in ("", []):
        value = empty
    target[name] = typed(value) if typed else value
