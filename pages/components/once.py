"""One press, one effect: the id that makes a repeated call harmless.

A double click can run a handler twice. The services of the studio take a `client_id` and do nothing the second time;
`once` keeps that id across reruns until `done`.
"""

import uuid

import streamlit as st


def once(key: str) -> str:
    """The id for the action `key` (such as "start" or a request's id): the same at every rerun until `done(key)`."""
    return str(st.session_state.setdefault(f"once:{key}", uuid.uuid4().hex))


def done(key: str) -> None:
    """The action happened; the next press of it is a new one."""
    st.session_state.pop(f"once:{key}", None)
