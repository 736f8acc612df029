"""What the models of a connection refuse of the API, as learned so far."""

import streamlit as st

from agents.studio import Session
from agents.text.numbers import count_text
from pages.components.messages import escape_md, flash, showing_errors


def dialect(session: Session, name: str) -> None:
    """Draws what was learned, a line for each difference, and the button that forgets it; nothing where there is
    none."""
    learned = session.connections.dialects(name)
    n_lines = sum(map(len, learned.values()))
    if not n_lines:
        return
    with st.expander(f"Learned: {count_text(n_lines, 'difference')}", icon=":material/tune:", key=f"{name}:dialect"):
        for model, lines in learned.items():
            st.markdown("\n".join([f"**{escape_md(model)}**", *(f"- {escape_md(line)}" for line in lines)]))
        st.caption("Every call is sent in the form that the model takes. Forget this after the server was changed.")
        if st.button("Forget", key=f"{name}:forget", icon=":material/restart_alt:"):
            with showing_errors():
                session.connections.forget_dialects(name)
                flash(f"What was learned of “{name}” is forgotten; it is learned anew.")
                st.rerun()
