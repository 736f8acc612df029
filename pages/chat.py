"""Chat: pick or start one, follow it live, answer when it is your turn."""

import streamlit as st

st.title("Chats")
