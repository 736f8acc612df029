"""Timeline: The turns of a chat."""

import streamlit as st

st.title("Timeline")
st.caption("The turns of a chat.")
