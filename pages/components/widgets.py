"""What widgets of several screens need: buttons that act, cards, components that run in the browser, and one effect for
one press.

Streamlit 1.67 calls an `on_change` also when nothing was changed: after a run that ended before it came to the widget.
One that does more than write the widget's value must see that first.

Streamlit takes a component's script as one text. `script_of` makes it from modules that import each other, so that
each can be tested alone. All files are read once per process.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from agents.plain_text import escaped
from pages.components.messages import dialog, escape_md, flash, showing_errors, telling
from pages.components.person import session, session_now

if TYPE_CHECKING:
    from agents.studio import Session

STYLE = Path(__file__).with_name("widgets.css")
"""Of components of one element."""
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


_WHY_NOT: ContextVar[str] = ContextVar("why_not", default="")
"""Why what is drawn now is not for who sits here."""


@contextmanager
def unless(why_not: str) -> Iterator[None]:
    """Disable the actions that are drawn within, and let them say why, unless `why_not` is ""."""
    before = _WHY_NOT.set(why_not or _WHY_NOT.get())
    try:
        yield
    finally:
        _WHY_NOT.reset(before)


def lock_note(why_not: str) -> None:
    """Draw why what stands beside it is not for who sits here; nothing when it is."""
    if why_not:
        st.caption(f":material/lock: {escape_md(why_not)}")


def _allowed(options: dict[str, Any]) -> dict[str, Any]:
    why_not = _WHY_NOT.get()
    return {**options, "disabled": True, "help": why_not} if why_not else options


def action(label: str, key: str, icon: str, act: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Draw a button that calls `act` with `args` before the page is drawn again; `icon` is a Material symbol's name."""
    st.button(label, key=key, icon=_symbol(icon), on_click=telling(act), args=args, **_allowed(options))


def submit(label: str, icon: str, act: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Draw such a button of a form."""
    st.form_submit_button(label, icon=_symbol(icon), on_click=telling(act), args=args, **_allowed(options))


def _symbol(name: str) -> str | None:
    return f":material/{name}:" if name else None


def switch(label: str, choices: Iterable[str], default: str, key: str, **options: Any) -> str:
    """Draw choices side by side and return the one that is chosen; `label` is for screen readers."""
    chosen: str = st.segmented_control(
        label, list(choices), default=default, required=True, key=key, label_visibility="collapsed", **options
    )
    return chosen


def tick_box(label: str, is_ticked: bool, key: str, **options: Any) -> None:
    """Draw a checkbox that shows `is_ticked`, also when that changed elsewhere. Only then is its value put: what a run
    still brings to the browser would stand over what a person does meanwhile, and be told as theirs."""
    differs = st.session_state.get(key, is_ticked) != is_ticked
    if differs:
        st.session_state[key] = is_ticked
    st.checkbox(label, is_ticked and not differs, key=key, **options)


def put(key: str, value: Any) -> None:
    """Keep `value` in the session; a callback."""
    st.session_state[key] = value


@contextmanager
def card_head(title: str, facts: str) -> Iterator[None]:
    """Draw the first line of a card: `title` above `facts`, and at the right the buttons that the block draws."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(title)
            if facts:
                st.caption(facts)
        with st.container(horizontal=True, width="content", gap="xsmall"):
            yield


def confirm(title: str, text: str, verb: str, key: str, act: "Callable[[Session], object]", told: str = "") -> None:
    """Open a dialog that asks before `act`, after which the page is drawn anew and says `told`."""

    def ask() -> None:
        asking = session_now()
        st.markdown(text)
        if st.button(verb, key=key, type="primary", icon=":material/delete:"):
            with showing_errors():
                act(asking)
                if told:
                    flash(told)
                st.rerun()

    dialog(title)(ask)()


def undo_line(kept: str, text: str, key: str, restore: "Callable[[Session], object]") -> None:
    """Draw that something was deleted, and the way back; `kept` is where the session keeps what it was."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="stretch")
        undoes = st.button("Undo", key=key, icon=":material/undo:")
        dismisses = st.button("Dismiss", key=f"{key}:dismiss", icon=":material/close:", type="tertiary")
    if undoes or dismisses:
        with showing_errors():
            if undoes:
                restore(session())
            del st.session_state[kept]
            st.rerun()


def download(label: str, key: str, data: Any, name: str, mime: str, **options: Any) -> None:
    """Draw a button that saves `data` as a file; pressed, it draws nothing anew."""
    st.download_button(label, data, name, mime, key=key, icon=":material/download:", on_click="ignore", **options)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Draw a table of texts, which are shown as they are."""
    lines = [_row("th", head), *(_row("td", row) for row in rows)]
    st.html(f'<div class="texts" tabindex="0"><table>{"".join(lines)}</table></div>')


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(escaped(cell))}</{tag}>' for cell in cells)}</tr>"


def browser_part(name: str, script: Path, *, html: Path | str = "", css: Path = STYLE, **mounted: Any) -> None:
    """Draw the component of that name; `html` is a file, or a text as short as one element."""
    written = _read(html) if isinstance(html, Path) else html
    mount = st.components.v2.component(name, html=written or None, css=_read(css), js=script_of(script))
    mount(**mounted)


@cache
def script_of(entry: Path) -> str:
    """Return the module `entry` and all that it imports as one module, each before those that import it.

    Modules import by a relative path, on one line, and export declarations; only `entry` has a default.
    """
    written: dict[Path, str] = {}
    _add(entry, written)
    return "\n".join(written.values())


def _add(module: Path, written: dict[Path, str]) -> None:
    text = _read(module)
    for name in _IMPORT.findall(text):
        imported = (module.parent / name).resolve()
        if imported not in written:
            _add(imported, written)
    written[module] = _EXPORT.sub("", _IMPORT.sub("", text))


@cache
def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def once(key: str) -> str:
    """The id for the action `key` (such as "start" or a request's id): the same at every rerun until `done(key)`."""
    return str(st.session_state.setdefault(f"once:{key}", uuid.uuid4().hex))


def done(key: str) -> None:
    """The action happened; the next press of it is a new one."""
    st.session_state.pop(f"once:{key}", None)
