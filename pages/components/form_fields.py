"""Form fields bound to what they edit: they show it, write back what is typed, and say beneath what is wrong.

A field is written in the widget's callback, before the page runs, so that everything drawn in a rerun already knows it.
A widget starts anew when the draft's version changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """The widgets of one mapping: a team's fields, an agent, its limits."""

    target: dict[str, Any]
    path: str
    """Where the mapping is in the team, for findings; "" for the team itself."""
    key: str
    """What all keys of its widgets start with; holds the draft's version."""
    findings: Findings

    def text(self, name: str, label: str, **options: Any) -> None:
        """One line; what is typed counts after a pause."""
        options.setdefault("live", LIVE)
        st.text_input(label, value=self.target[name], **self._writing(name), **options)
        self._say(name)

    def area(self, name: str, label: str, **options: Any) -> None:
        """Several lines; what is typed counts on leaving the field or Ctrl+Enter."""
        st.text_area(label, value=self.target[name], **self._writing(name), **options)
        self._say(name)

    def number(self, name: str, label: str, **options: Any) -> None:
        """A number."""
        st.number_input(label, value=self.target[name], **self._writing(name), **options)
        self._say(name)

    def maybe(self, name: str, label: str, **options: Any) -> None:
        """A number or none; an emptied field is none."""
        writing = self._writing(name)
        st.session_state.setdefault(
            writing["key"], self.target[name]
        )  # with a value given, an emptied field returns to it
        st.number_input(label, value=None, **writing, **options)
        self._say(name)

    def choice(self, name: str, label: str, values: Sequence[Any], words: Format = str, **options: Any) -> None:
        """One of a list, in a box that opens."""
        current = "" if self.target[name] is None else self.target[name]
        shown = ["" if value is None else value for value in values]
        shown = shown if current in shown else [*shown, current]
        has_none = None in values
        st.selectbox(
            label,
            shown,
            index=shown.index(current),
            format_func=lambda value: words(None) if has_none and value == "" else words(value),
            **self._writing(name, empty=None if has_none else ...),
            **options,
        )
        self._say(name)

    def segments(self, name: str, label: str, values: Sequence[Any], words: Format = str, **options: Any) -> None:
        """One of a few, all of them visible."""
        st.segmented_control(
            label,
            list(values),
            default=self.target[name],
            required=True,
            format_func=words,
            **self._writing(name),
            **options,
        )
        self._say(name)

    def words(self, name: str, label: str, **options: Any) -> None:
        """A list of short texts, typed one by one."""
        current = list(self.target[name])
        st.multiselect(label, current, default=current, accept_new_options=True, **self._writing(name), **options)
        self._say(name)

    def some(
        self, name: str, label: str, values: Sequence[str], words: Format = str, *, empty: Any = None, **options: Any
    ) -> None:
        """Any of a list; none chosen is written as `empty`: None ("all"), or with ... the empty list."""
        current = list(self.target[name] or [])
        st.multiselect(
            label, list(values), default=current, format_func=words, **self._writing(name, empty=empty), **options
        )
        self._say(name)

    def toggle(self, name: str, label: str, **options: Any) -> None:
        """Yes or no."""
        st.toggle(label, value=self.target[name], **self._writing(name), **options)
        self._say(name)

    def _writing(self, name: str, empty: Any = ...) -> dict[str, Any]:
        key = f"{self.key}:{name}"
        return {"key": key, "on_change": _write, "args": (self.target, name, key, empty)}

    def _say(self, name: str) -> None:
        self.findings.show(f"{self.path}.{name}" if self.path else name)


def _write(target: dict[str, Any], name: str, key: str, empty: Any) -> None:
    value = st.session_state[key]
    if isinstance(value, list):
        value = list(value)
    target[name] = empty if empty is not ... and value in ("", []) else value
