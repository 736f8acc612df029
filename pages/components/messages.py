"""What a page tells a person: errors they can act on, never a traceback, and short notes that outlive a rerun.

Everything else that escapes is a defect: Streamlit logs it and shows a neutral line (`client.showErrorDetails`).
"""

import re
import time
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self

import streamlit as st

from agents.errors import OutageError, SpecError, StudioError

P = ParamSpec("P")

ICON = ":material/error:"


class showing_errors:
    """Shows a StudioError raised within as text a person can act on, and goes on after the block."""

    failed = False
    """Whether one was raised, once the block is over."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self.failed = isinstance(error, StudioError)
        if isinstance(error, StudioError):
            show_error(error)
        return self.failed


def show_error(error: StudioError) -> None:
    """The error's text; the problems of a SpecError one to a line. An outage is told once in a drawing."""
    if isinstance(error, OutageError) and not error.can_read:
        if time.monotonic() - st.session_state.get(_TOLD_AT, 0.0) > ONCE_S:
            st.session_state[_TOLD_AT] = time.monotonic()
            st.error(escape_md(str(error)), icon=":material/cloud_off:")
        return
    if not isinstance(error, SpecError):
        st.error(escape_md(str(error)), icon=ICON)
        return
    lines = [f"- {f'`{path}`: ' if path else ''}{escape_md(message)}" for path, message in error.problems[:20]]
    more = len(error.problems) - len(lines)
    if more > 0:
        lines.append(f"- and {more} more")
    st.error(f"{escape_md(error.subject)} cannot be used.\n\n" + "\n".join(lines), icon=ICON)


_MARK = re.compile(r"[\\`*_{}\[\]<>#$|~]")
_LINE_START = re.compile(r"^([ \t]*)([-+=]|\d+(?=[.)]))?", re.MULTILINE)
_JOINT = re.compile(
    r"(?=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)|(?<=:)(?=streamlit:|material_\w+:)"
    r"|(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)",
    re.IGNORECASE,
)
"""Within an address, an e-mail or a picture's name; and all of an arrow. Streamlit finds them in the text that is left
when all marks are read, so that no escape helps."""
_NOTHING = ":small[]"
"""Markdown that draws nothing and parts what stands before it from what follows."""


def escape_md(text: str) -> str:
    """Return `text` such that Markdown shows it as it is: no link, picture or format of whoever wrote it."""
    parted = _JOINT.sub(lambda found: "\0".join(found[0]) or "\0", text.replace("\0", "\ufffd"))
    marked = _MARK.sub(r"\\\g<0>", parted.replace("&", "&amp;")).replace(":", "&#58;")
    return _LINE_START.sub(_line_start, marked).replace("\0", _NOTHING)


def _line_start(found: re.Match[str]) -> str:
    """Return the beginning of a line such that it is no code, list or underline."""
    indent, mark = found[1].expandtabs(4), found[2] or ""
    return "&nbsp;" * len(indent) + (f"{mark}\\" if mark.isdigit() else mark and f"\\{mark}")


ONCE_S = 1.0
"""An outage is told once in a drawing. Parts that draw themselves do so less often than this."""
_TOLD_AT = "messages:outage"


def begin_page() -> None:
    """Forget what the drawing before this one told; called before anything is drawn."""
    st.session_state[_TOLD_AT] = 0.0


def has_told_outage() -> bool:
    """Whether this drawing told of an outage."""
    return bool(st.session_state[_TOLD_AT])


def dialog(title: str, **options: Any) -> Callable[[Callable[P, object]], Callable[P, None]]:
    """As `st.dialog`, which runs by itself: a StudioError is shown in it."""

    def made(draw: Callable[P, object]) -> Callable[P, None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
            with showing_errors():
                show_not_done()
                draw(*args, **kwargs)

        opened: Callable[P, None] = st.dialog(title, **options)(drawn)
        return opened

    return made


def telling(act: Callable[P, object]) -> Callable[P, None]:
    """Return `act` as a callback, which Streamlit runs before a page is drawn: a StudioError is shown on that page."""

    @wraps(act)
    def acted(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except StudioError as error:
            st.session_state[_NOT_DONE] = error

    return acted


_NOT_DONE = "messages:not_done"
_KEY = "flash"


def flash(text: str, icon: str = ":material/check:") -> None:
    """Shown once, at the next drawing of a page."""
    st.session_state[_KEY] = (text, icon)


def show_not_done() -> None:
    """Draws why the last press did nothing, and forgets it."""
    error = st.session_state.pop(_NOT_DONE, None)
    if isinstance(error, StudioError):
        show_error(error)


def show_flash() -> None:
    """Draws what was said, and forgets it."""
    said = st.session_state.pop(_KEY, None)
    if said:
        st.toast(said[0], icon=said[1])
