"""What a chat of the team leaves as its result, in the part "Ending"."""

import streamlit as st

from pages.components.editor.draft import TeamDraft
from pages.components.editor.team_settings import TEAM, connection_words
from pages.components.form_fields import Bound, Findings

RESULTS = {"last": "The last message", "model": "A summary by a model"}
RESULT_MEANS = {
    "last": "The last message that says something is shown above a chat that has ended.",
    "model": "When a chat ends, a model sums it up. Costs one call. A chat that you stop is not summed up.",
}


def result_part(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    """Draws what becomes of a chat that has ended."""
    summary = Bound(draft.fields["summary"], "summary", f"{draft.key}:{draft.version}:summary", findings)
    st.space("small")
    st.markdown("##### The result")
    summary.segments("method", "The result of a chat is", RESULTS)
    method = draft.fields["summary"]["method"]
    st.caption(RESULT_MEANS[method])
    if method == "model":
        summary.area("prompt", "What the model is asked", height=110, help="It reads the whole chat before it.")
        left, right = summary.columns(2)
        left.choice("connection", "Connection for the summary", ["", *connections], connection_words(TEAM))
        right.text("model", "Model for the summary", placeholder="The connection's own")
