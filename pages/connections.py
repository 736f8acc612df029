"""Models: How models are reached."""

import streamlit as st

st.title("Models")
st.caption("How models are reached.")
