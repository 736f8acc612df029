"""The local model's fetch: a bar, what remains in words, and what to do when it fails."""

import streamlit as st

from agents.specs import TeamSpec
from agents.studio import LocalModel
from agents.text.downloads import download_text
from pages.components.live import lively, redraw
from pages.components.messages import escape_md, showing_errors
from pages.components.person import session

LOOK_AGAIN_S = 1


def fetch_bar(key: str, team: TeamSpec | None = None) -> None:
    """Draw how far the model is that `team`, or teams that name no connection, wait for, kept up to date; nothing when
    none is awaited. The page is drawn anew once it is here."""
    if session().local_models.is_awaited(team):
        with st.container(key=f"{key}:fetch", gap="small"):
            _live_bar(key, team)


@lively
def _live_bar(key: str, team: TeamSpec | None) -> None:
    if not session().local_models.is_awaited(team):
        st.rerun()
    _draw(key, session().local_models.used())
    redraw(f"{key}:fetch", every_s=LOOK_AGAIN_S)


def _draw(key: str, model: LocalModel) -> None:
    progress = model.progress
    if progress.doing:
        st.progress(progress.share, text=f"{escape_md(model.weights.title)}: {download_text(progress)}")
        return
    if progress.error:
        st.warning(escape_md(progress.error), icon=":material/cloud_off:")
    else:
        words = "It is fetched in a moment." if not progress.n_bytes else "The fetch was cut; it goes on in a moment."
        st.progress(progress.share, text=f"{escape_md(model.weights.title)}: {download_text(progress)}. {words}")
    if session().may("run", "administer") and st.button(
        "Try again" if progress.error else "Fetch now", key=f"{key}:begin", icon=":material/download:", type="tertiary"
    ):
        with showing_errors():
            session().local_models.begin()
