"""Who speaks: the first words, the selection, and who may follow whom."""

from typing import Any

import streamlit as st

from pages.components.bound import Bound
from pages.components.editor.draft import TeamDraft, label
from pages.components.errors import plain
from pages.components.findings import Findings
from pages.components.model_choice import TEAM, connection_words

METHODS = {"auto": "A model decides", "round_robin": "In turn", "random": "At random", "manual": "A person decides"}
METHOD_MEANS = {
    "auto": "Before each turn a model reads the chat and names the next speaker. Costs a call a turn.",
    "round_robin": "Members speak in the order of the list.",
    "random": "Anyone who may speak does, by lot.",
    "manual": "You are asked before each turn.",
}
MOST_BOXES = 7
"""Members up to which the transitions are a matrix of check boxes; beyond, a row of names for each."""


def show(draft: TeamDraft, findings: Findings, connections: list[str]) -> None:
    """Draws the part "Conversation"."""
    team = Bound(draft.fields, "", f"{draft.key}:{draft.version}", findings)
    selection = Bound(draft.fields["selection"], "selection", f"{draft.key}:{draft.version}:selection", findings)
    uids, name = [member["uid"] for member in draft.members], _name_of(draft)
    left, right = st.columns(2)
    with left:
        team.choice(
            "initiator", "The task is said by", ["", *uids], lambda uid: name(uid) or "The first person or executor"
        )
    with right:
        team.choice(
            "first_speaker", "It is answered first by", ["", *uids], lambda uid: name(uid) or "Whoever is selected"
        )
    if len(draft.members) == 2:
        st.info("Two members answer each other in turn; nothing is to be selected.", icon=":material/sync_alt:")
        return
    selection.segments("method", "The next speaker is chosen", list(METHODS), METHODS.__getitem__)
    st.caption(METHOD_MEANS[draft.fields["selection"]["method"]])
    if draft.fields["selection"]["method"] == "auto":
        _selector(selection, connections)
    selection.toggle("allow_repeat", "A member may speak twice in a row")
    _transitions(draft, findings)


def _selector(selection: Bound, connections: list[str]) -> None:
    left, middle, right = st.columns(3)
    with left:
        selection.choice("connection", "Connection of the selector", ["", *connections], connection_words(TEAM))
    with middle:
        selection.text("model", "Model of the selector", placeholder="The connection's own")
    with right:
        selection.number("max_attempts", "Attempts a turn", min_value=1, max_value=10, step=1)


def _transitions(draft: TeamDraft, findings: Findings) -> None:
    selection = draft.fields["selection"]
    key = f"{draft.key}:{draft.version}:restrict"
    st.toggle(
        "Restrict who may follow whom",
        selection["transitions"] is not None,
        key=key,
        on_change=_restrict,
        args=(draft, key),
    )
    findings.show("selection.transitions")
    if selection["transitions"] is None:
        return
    if len(draft.members) <= MOST_BOXES:
        _matrix(draft)
    else:
        _rows(draft)


def _restrict(draft: TeamDraft, key: str) -> None:
    everyone = [member["uid"] for member in draft.members]
    graph = {uid: list(everyone) for uid in everyone}
    draft.fields["selection"]["transitions"] = graph if st.session_state[key] else None
    draft.version += 1


def _matrix(draft: TeamDraft) -> None:
    st.caption("A tick: the member above may speak after the one on the left.")
    members, graph = draft.members, draft.fields["selection"]["transitions"]
    widths = [2.0, *(1.0 for _ in members)]
    with st.container(key="transitions", gap="xsmall"):
        for column, member in zip(st.columns(widths, wrap=False)[1:], members, strict=True):
            with column:
                _column_head(member)
        for speaker in members:
            cells = st.columns(widths, wrap=False, vertical_alignment="center")
            cells[0].markdown(f"{plain(speaker['emoji'])} {plain(label(speaker))}".strip())
            for cell, follower in zip(cells[1:], members, strict=True):
                key = f"{draft.key}:{draft.version}:after:{speaker['uid']}:{follower['uid']}"
                with cell.container(horizontal_alignment="center"):
                    st.checkbox(
                        plain(f"{label(follower)} may speak after {label(speaker)}"),
                        follower["uid"] in graph.get(speaker["uid"], []),
                        key=key,
                        label_visibility="collapsed",
                        on_change=_tick,
                        args=(graph, speaker["uid"], follower["uid"], key),
                    )


def _tick(graph: dict[str, list[str]], speaker: str, follower: str, key: str) -> None:
    others = [uid for uid in graph.get(speaker, []) if uid != follower]
    graph[speaker] = [*others, follower] if st.session_state[key] else others


def _rows(draft: TeamDraft) -> None:
    graph, name = draft.fields["selection"]["transitions"], _name_of(draft)
    uids = [member["uid"] for member in draft.members]
    for uid in uids:
        key = f"{draft.key}:{draft.version}:after:{uid}"
        st.multiselect(
            f"After {plain(name(uid))}",
            uids,
            default=graph.get(uid, []),
            format_func=name,
            key=key,
            on_change=_followers,
            args=(graph, uid, key),
            placeholder="The chat ends",
        )


def _followers(graph: dict[str, list[str]], uid: str, key: str) -> None:
    graph[uid] = list(st.session_state[key])


def _name_of(draft: TeamDraft) -> Any:
    labels = {member["uid"]: label(member) for member in draft.members}
    return lambda uid: labels.get(uid, "")


def _column_head(member: dict[str, Any]) -> None:
    """Its emoji, with the name below where there is room; the name where it has no emoji."""
    face, name = plain(member["emoji"]), plain(label(member))
    if face:
        st.markdown(face, text_alignment="center")
    with st.container(key=f"transitions_{'name' if face else 'only_name'}_{member['uid']}"):
        st.markdown(f":small[:gray[{name}]]", text_alignment="center")
