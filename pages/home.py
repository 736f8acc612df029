"""Home: What waits for you, and your recent chats."""

import streamlit as st

st.title("Home")
st.caption("What waits for you, and your recent chats.")
