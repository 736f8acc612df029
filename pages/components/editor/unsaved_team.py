"""The team being written, kept while it is not saved, and put back where it was after a reload or a crash."""

import json
from dataclasses import fields

import streamlit as st

from agents.errors import NotFoundError
from agents.specs import TeamSpec
from agents.studio import Session
from pages.components import unsaved
from pages.components.editor.draft import (
    PREFIX,
    Checked,
    History,
    TeamDraft,
    check,
    discard,
    drop,
    is_changed,
    open_draft,
)

PLACES = "team:"
"""What the places of teams begin with."""
KEPT = [part.name for part in fields(TeamDraft) if part.name not in ("base", "history")]
"""What is kept of a draft as it is."""
MOST_CHARS_WITH_HISTORY = 1_000_000
"""Of a draft; the steps of a longer one are not kept beside it."""


def place_of(key: str) -> str:
    """Return where the team that the address calls `key` is kept."""
    return f"{PLACES}{key}"


def restored(key: str, session: Session) -> TeamDraft | None:
    """Return the draft as another session left it, and let this session go on with it; None when none did."""
    found = unsaved.take(place_of(key))
    if found is None:
        return None
    draft = _read(found.body, session) if found.body else open_draft(key, session)
    if draft is None:
        return None
    st.session_state[PREFIX + key] = draft
    unsaved.hold(place_of(key), found.typed)
    for member in draft.members:  # who was being written is shown
        if any(f"-{member['uid']}-" in field for field in found.typed):
            st.session_state[f"{key}:picked"] = member["uid"]
    return draft


def _read(body: str, session: Session) -> TeamDraft | None:
    """Return the draft in `body`; None for one of another version of the studio, which had other fields."""
    try:
        kept = json.loads(body)
        picked, removed, base = kept.pop("picked"), kept.pop("removed"), _base(kept, session)
        history = History(**kept.pop("history", {}))
        draft = TeamDraft(base=base, removed=tuple(removed) if removed else None, history=history, **kept)
        check(draft)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    st.session_state[f"{draft.key}:picked"] = picked
    return draft


def _base(kept: dict[str, object], session: Session) -> TeamSpec | None:
    """What the draft was made from; None when it is not there any more."""
    kind, _, name = str(kept["key"]).rpartition(":")
    try:
        if kind == "gallery":
            return session.teams.from_gallery(name)
        if kept["team_id"]:
            return session.teams.get(str(kept["team_id"]), int(str(kept["revision"]))).spec
    except NotFoundError:
        kept["team_id"] = kept["revision"] = None
    return None


def keep(draft: TeamDraft, checked: Checked) -> None:
    """Keep the draft as it stands; nothing is kept of one that says what is saved."""
    place = place_of(draft.key)
    if is_changed(draft, checked):
        keep_changed(draft)
    elif unsaved.is_kept(place) and not unsaved.n_held(place):
        unsaved.forget(place)
    unsaved.watch(place, {}, prefix=_prefix(draft))


def keep_changed(draft: TeamDraft) -> None:
    """Keep a draft that differs from what is saved, also where no editor shows it."""
    kept = {name: getattr(draft, name) for name in KEPT}
    kept["picked"] = st.session_state.get(f"{draft.key}:picked", "")
    body = json.dumps(kept, ensure_ascii=False)
    if len(body) <= MOST_CHARS_WITH_HISTORY:
        kept["history"] = {"back": draft.history.back, "ahead": draft.history.ahead}
        body = json.dumps(kept, ensure_ascii=False)
    unsaved.keep(place_of(draft.key), body, prefix=_prefix(draft))


def names() -> dict[str, str]:
    """Return the names of the teams that other sessions left unsaved, by their key in an address."""
    found = {kept.place.removeprefix(PLACES): kept for kept in unsaved.places(PLACES) if kept.body}
    return {key: str(json.loads(kept.body)["fields"]["name"]) for key, kept in found.items()}


def offer(draft: TeamDraft) -> None:
    """Draw that the changes of another session are back, with the choice to drop them."""
    unsaved.offer(place_of(draft.key), lambda: give_up(draft))


def give_up(draft: TeamDraft) -> None:
    """Back to what is saved; of a team that was never saved nothing is left."""
    unsaved.forget(place_of(draft.key))
    if draft.base is None:
        drop(draft.key)
        st.query_params.pop("team", None)
    else:
        discard(draft)


def _prefix(draft: TeamDraft) -> str:
    return f"{draft.key}:{draft.version}:"
