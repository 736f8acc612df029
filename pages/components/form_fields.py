"""Form fields bound to what they edit: they show it, write back what is typed, and say beneath what is wrong.

A field is written in the widget's callback, before the page runs, so that everything drawn in a rerun already knows it.
A widget starts anew when the draft's version changes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from pages.components import unsaved
from pages.components.messages import escape_md
from pages.components.widgets import action


@dataclass(frozen=True)
class Remedy:
    """What one press does about a finding."""

    label: str
    means: str
    """Shown beside the button; "" where the label says it all."""
    act: Callable[[], object]


@dataclass(frozen=True)
class Finding:
    """One line beneath a field."""

    path: str
    text: str
    is_problem: bool
    """True: it keeps the whole from being saved. False: it can be saved, and is likely to disappoint."""
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Findings:
    """All of them, problems first."""

    all: tuple[Finding, ...] = ()
    key: str = ""
    """What the keys of its buttons begin with."""
    _offered: set[int] = field(default_factory=set)
    """Places of the findings whose button is beneath a field, where each is once."""

    def under(self, path: str) -> tuple[Finding, ...]:
        """Those of the field and of everything within it."""
        return tuple(found for found in self.all if found.path == path or found.path.startswith(path + "."))

    def show(self, path: str) -> None:
        """Draws the lines of exactly this field and of what is within it."""
        for finding in self.under(path):
            self._line(finding)

    def show_only(self, path: str) -> None:
        """Draws the lines of exactly this path."""
        for finding in self.all:
            if finding.path == path:
                self._line(finding)

    def _line(self, finding: Finding) -> None:
        """One finding as a small coloured line, with its button."""
        color, icon = ("red", "error") if finding.is_problem else ("orange", "warning")
        st.markdown(f":small[:{color}[:material/{icon}: {escape_md(finding.text)}]]")
        place = self.all.index(finding)
        if finding.remedy is not None and place not in self._offered:
            self._offered.add(place)
            remedy_button(finding.remedy, f"{self.key}:fix:{finding.path}:{place}")


def remedy_button(remedy: Remedy, key: str) -> None:
    """Draw the button that acts."""
    action(escape_md(remedy.label), key, "auto_fix_high", remedy.act, help=escape_md(remedy.means) or None)


LIVE = "400ms"
"""How long a pause in typing is before what was typed counts."""

Format = Callable[[Any], Any]


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
    is_shared: bool = False
    """Whether the page shows the same fields elsewhere, too: a widget then starts anew when its field was changed
    there."""

    def columns(self, widths: int | Sequence[float], **options: Any) -> "list[Bound]":
        """Return the same for each of some columns."""
        return [replace(self, place=column) for column in st.columns(widths, **options)]

    def text(self, name: str | int, label: str, **options: Any) -> None:
        """One line; what is typed counts after a pause."""
        self._draw(st.text_input, name, label, **{"value": self.target[name], "live": LIVE, **options})

    def area(self, name: str | int, label: str, **options: Any) -> None:
        """Several lines; what is typed counts on leaving the field or Ctrl+Enter."""
        self._take_held(name)
        self._draw(st.text_area, name, label, value=self.target[name], **options)

    def number(self, name: str, label: str, **options: Any) -> None:
        """A number."""
        self._draw(st.number_input, name, label, **{"value": self.target[name], **options})

    def maybe(self, name: str, label: str, **options: Any) -> None:
        """A number or none; an emptied field is none. Text, for a field of numbers that can be emptied
        gets its number only after it is drawn, and says that it is empty where that got lost."""
        value = _number_text(self.target[name])
        self._draw(st.text_input, name, label, typed=_number, **{"value": value, "live": LIVE, **options})

    def color(self, name: str, label: str, **options: Any) -> None:
        """A colour; its value is given, for it may come from elsewhere."""
        self._draw(st.color_picker, name, label, **options)

    def choice(
        self, name: str, label: str, values: Sequence[Any], words: Format = str, *, adds: bool = True, **options: Any
    ) -> None:
        """One of a list, in a box that opens; a value that is not in it is added, or shown as the first."""
        current = "" if self.target[name] is None else self.target[name]
        shown = ["" if value is None else value for value in values]
        if adds and current not in shown:
            shown.append(current)
        has_none = None in values
        self._draw(
            st.selectbox,
            name,
            label,
            options=shown,
            index=shown.index(current) if current in shown else 0,
            format_func=lambda value: words(None) if has_none and value == "" else words(value),
            typed=lambda value: None if has_none and value == "" else value,
            **options,
        )

    def suggestion(self, name: str, label: str, values: Sequence[str], **options: Any) -> None:
        """One of a list, or whatever is typed."""
        current = self.target[name]
        shown = [*values] if current in values or not current else [current, *values]
        self._draw(
            st.selectbox,
            name,
            label,
            options=shown,
            index=shown.index(current) if current else None,
            accept_new_options=True,
            typed=lambda value: value or "",
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

    def some(
        self, name: str, label: str, values: Sequence[str], words: Format = str, *, empty: Any = None, **options: Any
    ) -> None:
        """Any of a list; none chosen is written as `empty`. What is written and not in the list stays."""
        written = self.target[name] or []
        others = [value for value in written if value not in values]
        self._draw(
            st.multiselect,
            name,
            label,
            options=list(values),
            default=[value for value in written if value in values],
            format_func=words,
            typed=lambda chosen: [*chosen, *others] or empty,
            **options,
        )

    def toggle(self, name: str, label: str, **options: Any) -> None:
        """Yes or no."""
        self._draw(st.toggle, name, label, value=self.target[name], **options)

    def _take_held(self, name: str | int) -> None:
        """Write what was typed before a reload or a crash and never counted."""
        text = unsaved.held(f"{self.key}:{name}")
        if text is not None:
            self.target[name] = text

    def _draw(
        self, widget: Callable[..., Any], name: str | int, label: str, *, typed: Format | None = None, **options: Any
    ) -> None:
        """Draw the widget of the field `name`, and what is wrong with it."""
        key, n_times = self._key(name)
        shared = (f"{self.key}:{name}", n_times) if self.is_shared else None
        with self.place:
            widget(label, key=key, on_change=_write, args=(self.target, name, key, typed, shared), **options)
            self.findings.show(f"{self.path}.{name}" if self.path else str(name))

    def _key(self, name: str | int) -> tuple[str, int]:
        """Return the key of the field's widget, and how often it started anew."""
        key = f"{self.key}:{name}"
        if not self.is_shared:
            return key, 0
        value = copy(self.target[name])
        n_times, shown = _shown().get(key, (0, value))
        n_times += [shown] != [value]  # in lists, where the same nan is equal
        _shown()[key] = (n_times, value)
        return (f"{key}~{n_times}" if n_times else key), n_times


def _shown() -> dict[str, tuple[int, Any]]:
    """Of each widget of a shared field: how often it started anew, and what it shows."""
    shown: dict[str, tuple[int, Any]] = st.session_state.setdefault("form_fields:shown", {})
    return shown


def _write(target: Any, name: Any, key: str, typed: Format | None, shared: tuple[str, int] | None) -> None:
    """Write what the widget `key` holds into the field `name`, as `typed` makes it of that; one that shows what was
    changed elsewhere since, which Streamlit may call all the same, writes nothing."""
    value = st.session_state[key]
    if isinstance(value, list):
        value = list(value)
    value = typed(value) if typed else value
    if shared:
        widget, n_times = shared
        if _shown().get(widget) != (n_times, target[name]):
            return
        _shown()[widget] = (n_times, copy(value))
    target[name] = value


def _number_text(value: Any) -> str:
    """What stands in a field for `value`: a number, None, or what was typed in place of one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _number(text: str) -> float | str | None:
    """What was typed as a number; None for nothing. What is no number stays as it is, and the check says so."""
    text = text.strip()
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text or None
