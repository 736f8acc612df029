"""What surrounds every page: the name of the product, and who sits here."""

import streamlit as st


def frame() -> None:
    """Draws the sidebar's own parts."""
    with st.sidebar:
        st.caption("Agent Studio")
