"""Costs: What chats cost."""

import streamlit as st

st.title("Costs")
st.caption("What chats cost.")
