"""A line that outlives the rerun or the change of page that follows an act: "Saved as revision 3."."""

import streamlit as st

_KEY = "flash"


def say(text: str, icon: str = ":material/check:") -> None:
    """Shown once, at the next drawing of a page."""
    st.session_state[_KEY] = (text, icon)


def show() -> None:
    """Draws what was said, and forgets it."""
    said = st.session_state.pop(_KEY, None)
    if said:
        st.toast(said[0], icon=said[1])
