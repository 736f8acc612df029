"""Teams: The gallery and your own teams."""

import streamlit as st

st.title("Teams")
st.caption("The gallery and your own teams.")
