"""What a page tells a person: errors they can act on, never a traceback, and short notes that outlive a rerun.

Everything else that escapes is a defect: Streamlit logs it and shows a neutral line (`client.showErrorDetails`).
"""

from types import TracebackType
from typing import Self

import streamlit as st

from agents.errors import SpecError, StudioError

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
    """The error's text; the problems of a SpecError one to a line."""
    if not isinstance(error, SpecError):
        st.error(escape_md(str(error)), icon=ICON)
        return
    lines = [f"- {f'`{path}`: ' if path else ''}{escape_md(message)}" for path, message in error.problems[:20]]
    more = len(error.problems) - len(lines)
    if more > 0:
        lines.append(f"- and {more} more")
    st.error(f"{escape_md(error.subject)} cannot be used.\n\n" + "\n".join(lines), icon=ICON)


def escape_md(text: str) -> str:
    """`text` such that Markdown shows it as it is: names and inputs of people are not formatting."""
    for mark in "\\`*_{}[]<>#$|~":
        text = text.replace(mark, f"\\{mark}")
    return text.replace(":", "&#58;")


_KEY = "flash"


def flash(text: str, icon: str = ":material/check:") -> None:
    """Shown once, at the next drawing of a page."""
    st.session_state[_KEY] = (text, icon)


def show_flash() -> None:
    """Draws what was said, and forgets it."""
    said = st.session_state.pop(_KEY, None)
    if said:
        st.toast(said[0], icon=said[1])
