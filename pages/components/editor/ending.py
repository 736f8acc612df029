"""When a chat ends: by what somebody says, or by a limit."""

import streamlit as st

from pages.components.bound import Bound
from pages.components.editor.draft import TeamDraft, label
from pages.components.findings import Findings

MATCHES = {"ends_with": "Ends with it", "contains": "Contains it", "equals": "Is nothing else"}

REACHED = {"ask": "A person may raise it, or end", "end": "The chat ends"}


def show(draft: TeamDraft, findings: Findings) -> None:
    """Draws the part "Ending"."""
    key = f"{draft.key}:{draft.version}"
    termination = Bound(draft.fields["termination"], "termination", f"{key}:termination", findings)
    limits = Bound(draft.fields["limits"], "limits", f"{key}:limits", findings)
    labels = {member["uid"]: label(member) for member in draft.members}

    st.markdown("##### A message ends the chat")
    left, right = st.columns(2)
    with left:
        termination.words(
            "phrases",
            "When somebody says",
            placeholder="Type a phrase and press Enter",
            help="Upper and lower case count.",
        )
    with right:
        termination.segments("match", "The message", list(MATCHES), MATCHES.__getitem__)
    termination.some("by", "Who may end it so", list(labels), labels.__getitem__, placeholder="Everybody")

    st.space("small")
    st.markdown("##### Or a limit is reached")
    st.caption("Empty means no such limit. When a person continues an ended chat, all are counted anew.")
    limits.segments("when_reached", "Then", list(REACHED), REACHED.__getitem__)
    left, middle, right = st.columns(3)
    with left:
        limits.maybe(
            "max_rounds", "Messages", min_value=1, max_value=100_000, step=1, placeholder="No limit",
            help="The task counts as the first one.",
        )  # fmt: skip
        limits.maybe(
            "max_cost_usd", "Cost in dollars", min_value=0.0, step=0.1, format="%.4f", placeholder="No limit",
            help="Calls whose price is unknown count nothing.",
        )  # fmt: skip
    with middle:
        limits.maybe(
            "max_tokens", "Tokens", min_value=1, step=1_000, placeholder="No limit",
            help="In and out, of all calls, the selection's included.",
        )  # fmt: skip
        limits.maybe(
            "max_work_s", "Seconds of work", min_value=0.0, step=60.0, format="%.0f", placeholder="No limit",
            help="Waiting for a person does not count.",
        )  # fmt: skip
    with right:
        limits.maybe(
            "max_repeats", "The same message again", min_value=2, max_value=100, step=1, placeholder="No limit",
            help="So many times in a row by the same member.",
        )  # fmt: skip
