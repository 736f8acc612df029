"""What a person typed and has not saved or sent: kept as they type, put back where it was, and said so.

A place is where it is typed, such as "team:t1". The page keeps what it knows of (`keep`); the browser sends what
Streamlit has not handed over yet, such as a text in a form (`watch`). In a new session `take` gives what there was, and
`offer` draws that it is back, with the choice to keep or to drop it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

from agents.studio import UnsavedText
from agents.text.numbers import clock_text
from agents.web.browser_cookie import COOKIE
from pages.components.person import session, timezone
from pages.components.widgets import action, browser_part

SCRIPT = Path(__file__).with_name("typed.mjs")


@dataclass
class _Place:
    """What this session knows of one place."""

    found: UnsavedText | None
    """What another session left there."""
    is_taken: bool = False
    is_offered: bool = True
    unsent: dict[str, str] = field(default_factory=dict)
    """Field -> its text, until the field is drawn."""
    put_back: dict[str, Any] = field(default_factory=dict)
    """Key of a widget that got its text back -> what it has without."""
    kept: str | None = None
    """What was written last."""


def request_place(chat: str, request: str) -> str:
    """Return the place of the answer to a request, on whichever page it is typed."""
    return f"request:{chat}:{request}"


def take(place: str) -> UnsavedText | None:
    """Return what was typed at the place before this session, once; None when there is nothing, and from then on."""
    here = _here(place)
    if here.is_taken or here.found is None:
        return None
    here.is_taken, here.unsent, here.kept = True, dict(here.found.typed), here.found.body
    return here.found


def unsent(place: str, name: str, default: Any, key: str, read: Callable[[str], Any] = str) -> Any:
    """Return what was typed into the field `name` and never handed over, once, as `read` makes it of the text; else
    `default`. `key` is its widget's."""
    here = _here(place)
    if name not in here.unsent:
        return default
    here.put_back[key] = default
    return read(here.unsent.pop(name))


_HELD = "unsaved:held"


def hold(place: str, typed: Mapping[str, str]) -> None:
    """Let `held` give the texts of text areas that `watch` knows by their class, `typed` as it is kept."""
    st.session_state[_HELD] = {**_held(), **{name: (place, text) for name, text in typed.items()}}


def held(key: str) -> str | None:
    """Return what was typed into the widget `key` before this session and never handed over, once."""
    found = _held().pop(css_class(key), None)
    return found[1] if found else None


def n_held(place: str) -> int:
    """Return how many such texts of the place there are still."""
    return sum(of == place for of, _ in _held().values())


def _held() -> dict[str, tuple[str, str]]:
    texts: dict[str, tuple[str, str]] = st.session_state.setdefault(_HELD, {})
    return texts


def keep(place: str, body: str, prefix: str = "") -> None:
    """Keep what the page has of the place, if it changed. Texts of widgets whose keys begin with `prefix` are in it."""
    here = _here(place)
    if body == here.kept:
        return
    settled = {}
    if prefix:
        values = {str(key): value for key, value in st.session_state.items() if str(key).startswith(prefix)}
        settled = {css_class(key): value for key, value in values.items() if isinstance(value, str)}
    session().unsaved.keep(place, _tab(), body=body, settled=settled, instead_of=_of(here), browser=_browser())
    here.kept = body


def forget(place: str, *, everywhere: bool = False) -> None:
    """What was typed there was saved or sent, or is not wanted; `everywhere`: in other tabs neither. A callback too."""
    here = _here(place)
    st.session_state[_HELD] = {name: text for name, text in _held().items() if text[0] != place}
    session().unsaved.drop(place, None if everywhere else [_tab(), _of(here)], browser=_browser())
    st.session_state[f"unsaved:{place}"] = _Place(None)


def is_kept(place: str) -> bool:
    """Whether something of the place is kept, as far as this session knows."""
    here = _here(place)
    return here.found is not None or here.kept is not None


def places(beginning: str) -> list[UnsavedText]:
    """Return what there is of the places that begin so, newest first."""
    return session().unsaved.rows(beginning, browser=_browser())


def offer(place: str, drop: Callable[[], object], *, note: str = "") -> None:
    """Draw that what was typed before is back, until it is kept or dropped; nothing where nothing is. `drop` puts back
    what there is without it."""
    here = _here(place)
    if here.found is None or not here.is_offered:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unsaved:{place}"):
        since = clock_text(here.found.at, timezone(), datetime.now(UTC))
        st.markdown(f":orange[:material/history:] **Unsaved changes from {since}** {note}".rstrip(), width="stretch")
        with st.container(horizontal=True, width="content", gap="small"):
            action("Keep", f"unsaved:{place}:keep", "", _keep, place, help="They stay here until you save or send them")
            action("Drop", f"unsaved:{place}:drop", "", _drop, place, drop, help="They are gone for good")


def watch(place: str, fields: Mapping[str, str], *, prefix: str = "") -> None:
    """Keep what is typed into widgets before Streamlit hands it over: `fields` gives the name of each by its widget's
    key; with `prefix` also of all text areas whose keys begin with it, by their class."""
    here = _here(place)
    data = {
        "place": place,
        "tab": _tab(),
        "instead_of": _of(here),
        "fields": json.dumps({css_class(key): name for key, name in fields.items()}),
        "prefix": css_class(prefix) if prefix else "",
    }
    key = f"typed:{place}"
    with st.container(key=key):
        found: dict[str, Any] = {"on_found_change": lambda: _look_again(place)}
        browser_part("studio_typed", SCRIPT, key=f"{key}:part", data=data, height=0, **found)


def css_class(key: str) -> str:
    """Return the class that Streamlit gives a widget of that key."""
    return f"st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key.strip())}"


def _here(place: str) -> _Place:
    key = f"unsaved:{place}"
    if key not in st.session_state:
        found = session().unsaved.newest(place, but_of=_tab(), browser=_browser())
        st.session_state[key] = _Place(found)
    here: _Place = st.session_state[key]
    return here


def _look_again(place: str) -> None:
    """The browser had more than the studio when this session began."""
    st.session_state.pop(f"unsaved:{place}", None)


def _keep(place: str) -> None:
    _here(place).is_offered = False


def _drop(place: str, drop: Callable[[], object]) -> None:
    put_back = _here(place).put_back
    forget(place)
    drop()
    for key, default in put_back.items():
        st.session_state[key] = default


def _of(here: _Place) -> str:
    """The tab whose row this one goes on with."""
    return here.found.tab if here.found else ""


def _tab() -> str:
    return str(st.session_state.setdefault("unsaved:tab", uuid4().hex[:12]))


def _browser() -> str:
    found = st.context.cookies.get(COOKIE)
    return found if isinstance(found, str) else ""
