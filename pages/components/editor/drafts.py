"""The drafts of this browser session: what was typed and not saved survives every rerun and change of page."""

from datetime import UTC, datetime

import streamlit as st

from agents.specs import AgentSpec, TeamSpec
from agents.studio import Session, TeamRow
from pages.components.editor.draft import TeamDraft, check, draft_of, is_changed, new_uid

PREFIX = "team_draft:"


def open_draft(key: str, session: Session) -> TeamDraft:
    """The draft that the address calls `key`, as left by this session, else equal to what is saved.

    NotFoundError when there is no such team, or the unsaved draft was another session's.
    """
    kept = st.session_state.get(PREFIX + key)
    if kept is None:
        kept = st.session_state[PREFIX + key] = _saved(key, session)
    return kept


def _saved(key: str, session: Session) -> TeamDraft:
    kind, _, name = key.rpartition(":")
    if kind == "gallery":
        return draft_of(key, session.teams.from_gallery(name))
    row = session.teams.get(key)
    return draft_of(key, row.spec, team_id=row.team_id, revision=row.revision)


def drop(key: str) -> None:
    """Forget the draft; the next opening shows what is saved."""
    st.session_state.pop(PREFIX + key, None)


def saved(draft: TeamDraft, row: TeamRow) -> None:
    """The draft is now the saved team's, with the same member picked; a gallery team opens as it was again."""
    old, draft.key = draft.key, row.team_id
    draft.team_id, draft.revision, draft.base, draft.removed = row.team_id, row.revision, row.spec, None
    if old != draft.key:
        drop(old)
        st.session_state[f"{draft.key}:picked"] = st.session_state.pop(f"{old}:picked", "")
        st.session_state[PREFIX + draft.key] = draft


def begin(spec: TeamSpec) -> str:
    """A draft of a team that is saved nowhere yet; its key."""
    key = f"new:{new_uid()}"
    st.session_state[PREFIX + key] = draft_of(key, spec, is_new=True)
    return key


def blank() -> TeamSpec:
    """What a new team starts from: a person and an assistant, and an end."""
    return TeamSpec(
        name=f"New team of {datetime.now(UTC):%d %b}",
        agents=[
            AgentSpec(name="You", role="human", emoji="🙋", description="The person who gave the task."),
            AgentSpec(
                name="Assistant",
                emoji="🧠",
                description="Answers the task.",
                prompt="You help with the task. When it is done and accepted, reply with TERMINATE.",
            ),
        ],
    )


def changed() -> dict[str, TeamDraft]:
    """The drafts of this session that differ from what is saved, by key."""
    drafts = {
        str(name).removeprefix(PREFIX): draft
        for name, draft in st.session_state.items()
        if str(name).startswith(PREFIX) and isinstance(draft, TeamDraft)
    }
    return {key: draft for key, draft in drafts.items() if is_changed(draft, check(draft))}
