"""The labels of a saved team's revisions, as lists, dialogs and the editor show them."""

import streamlit as st

from agents.studio import RevisionLabel

LABEL_BADGES: dict[RevisionLabel, str] = {
    "live": ":green-badge[:material/sensors: Live]",
    "draft": ":gray-badge[:material/edit_note: Draft]",
    "": "",
}
"""As Markdown."""


def live_line(revision: int | None, label: RevisionLabel, newest: int | None) -> None:
    """Draws that a chat has the live revision, and which one is a draft; nothing where none is live."""
    if label != "live" or revision is None:
        return
    draft = f"; revision {newest} is a draft" if newest is not None and newest > revision else ""
    st.caption(f":material/sensors: Revision {revision}, which is live{draft}")
