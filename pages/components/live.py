"""Parts of a page that are drawn anew by themselves: when the tab is told that they are out of date, or after a while.

Nothing here runs by Streamlit's own clock (`run_every`): its runs go on in tabs nobody looks at, and one that comes
between a press and the page that the press leads to leaves a blank screen. The browser asks instead, when
the page is in sight and nothing was pressed (`quiet.mjs`).
"""

import json
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import streamlit as st

from agents.errors import OutageError
from agents.web.tab_feed import TAB, mark_of
from pages.components.messages import has_told_outage, show_not_done, showing_errors
from pages.components.person import feed_token, may_look, session
from pages.components.widgets import browser_part

HERE = Path(__file__).parent
AFTER_OUTAGE_S = 3.0
AGES_S = 60.0
"""How often what shows ages is drawn anew when nothing changed."""
P = ParamSpec("P")


def n_waiting() -> int:
    """Return how many requests wait, 0 for whoever may not look; to be asked at every drawing: who signed out, or lost
    the right, while the page was open learns no more."""
    try:
        return session().requests.n_open() if may_look() else 0
    except OutageError:  # the page itself says so
        return 0


def label(n: int) -> str:
    """Return the menu's label, such as "Inbox (3)"."""
    return f"Inbox ({n})" if n else "Inbox"


def tab(n: int) -> None:
    """Mount the tab's socket, which keeps label and title true between two drawings, and the page from whoever may no
    longer look; to be called in the sidebar."""
    token = feed_token(TAB) if may_look() else ""
    data = {"n": n, "token": token, "who": session().person.name if token else ""}
    browser_part("studio_tab", HERE / "tab.mjs", key="studio_tab", data=data, height=0, on_renew_change=_nothing)


def redraw(key: str, *, every_s: float = AGES_S, **shown: str) -> None:
    """Have the part of the page that this is called in drawn anew once one of `shown`, the marks (`requests`, `chats`,
    `teams`) of what it shows, is out of date, and every so many seconds while it is in sight. `key` tells it from
    others on the page."""
    data = {"shown": json.dumps(shown), "every_s": every_s, "drawn": time.time()}
    again: dict[str, Any] = {"on_changed_change": _nothing, "on_again_change": _nothing}
    key = f"redraw:{key}"
    with st.container(key=key):
        browser_part("studio_changes", HERE / "changes.mjs", key=f"{key}:part", data=data, height=0, **again)


def end_page() -> None:
    """Have a page that told of an outage drawn anew every few seconds, until it can be drawn; called last. Parts that
    draw themselves need it not, and a dialog stays as it is: it holds what somebody types."""
    if has_told_outage():
        redraw("outage", every_s=AFTER_OUTAGE_S)


def requests_mark() -> str:
    """Return the mark of the open requests now, for `redraw`."""
    return mark_of(session().requests.open_mark())


def chats_mark() -> str:
    """Return the mark of all chats now, for `redraw`."""
    return mark_of(session().chats.mark())


def teams_mark() -> str:
    """Return the mark of all teams now, for `redraw`."""
    return mark_of(session().teams.mark())


def lively(draw: Callable[P, None]) -> Callable[P, None]:
    """Make `draw` a part of a page that can be drawn again by itself. When who sits here may no longer look, the whole
    page is drawn again instead, and `admit` ends it."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        if not may_look():
            st.rerun()
        with showing_errors():
            show_not_done()
            draw(*args, **kwargs)

    return st.fragment(drawn)


def _nothing() -> None:
    """The page runs again anyway; that is all a trigger is for."""
