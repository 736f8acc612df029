"""A new team from a sentence: a person writes what it should do, a model proposes members and rules, and those that are
taken open in the editor. Nothing is saved before that, and nothing typed is lost."""

import json
from typing import NoReturn

import streamlit as st

from agents.errors import NotFoundError
from agents.plain_text import one_line
from agents.specs import TeamSpec
from agents.specs.team_proposal import TeamProposal
from agents.studio import ProposalState, Session
from agents.text.endings import ending_sentence
from agents.text.numbers import count_text
from pages.components import unsaved
from pages.components.editor.agent_offers import Chosen, Offer, rows
from pages.components.editor.draft import begin
from pages.components.editor.team_settings import METHODS
from pages.components.live import lively, redraw
from pages.components.local_model import fetch_bar
from pages.components.messages import escape_md, showing_errors
from pages.components.navigation import back_to_list, open_team
from pages.components.person import session
from pages.components.widgets import action, lock_note

PLACE = "proposal"
KEYS = TEXT, WRITTEN, RUN, FOUND, TAKEN, ENDED = tuple(
    f"{PLACE}:{name}" for name in ("text", "written", "run", "found", "taken", "ended")
)
"""Of the session: the text area, what it said while it was drawn last, the proposal that is made, the one that is
there, who of it is taken, and how the newest ended."""
LOOK_AGAIN_S = 1.0
MAX_NAMES_CHARS = 300


def show(session: Session) -> None:
    """Draw the whole screen."""
    back_to_list("All teams", "team")
    st.title("Draft a team", anchor=False)
    st.caption(
        "Write what the team should do. Your model proposes members and rules; you take those you want, and change "
        "everything later."
    )
    _put_back()
    unsaved.offer(PLACE, _clear)
    _take_result(session)
    _form(session)
    if RUN in st.session_state:
        fetch_bar(PLACE)
        _running(st.session_state[RUN])
    else:
        _ended()
        if FOUND in st.session_state:
            _proposal(st.session_state[FOUND])
    _keep()


def _form(session: Session) -> None:
    """Draw what is to be written, and the button that sends it to the model."""
    why_not = session.why_not("run", "administer")
    # no form: a text area by itself hands over what was typed when it is left, perhaps for another page
    text = st.text_area(
        "What should the team do?", key=TEXT, height=110,
        placeholder="Write our weekly newsletter: collect the topics, write it, check the facts.",
    )  # fmt: skip
    st.session_state[WRITTEN] = text or ""
    is_there = FOUND in st.session_state
    is_pressed = st.button(
        "Draft again" if is_there else "Draft the team", key=f"{PLACE}:go", type="secondary" if is_there else "primary",
        icon=":material/auto_awesome:", disabled=bool(why_not) or RUN in st.session_state, help=why_not or None,
    )  # fmt: skip
    lock_note(why_not)
    unsaved.watch(PLACE, {TEXT: "text"})
    if is_pressed:
        with showing_errors():
            _begin(text or "")
            st.rerun()


def _begin(text: str) -> None:
    """Have a team proposed; what was proposed before stays until there is another. The second press of a double click
    does nothing."""
    if RUN in st.session_state:
        return
    st.session_state[RUN] = session().proposals.begin(text)
    st.session_state.pop(ENDED, None)


def _take_result(session: Session) -> None:
    """Keep what became of the proposal that was made, once it is over."""
    name = st.session_state.get(RUN)
    if name is None:
        return
    try:
        state = session.proposals.state(name)
    except NotFoundError as error:
        state = ProposalState("", is_running=False, error=str(error))
    if state.is_running:
        return
    del st.session_state[RUN]
    st.session_state[ENDED] = state
    if state.proposal is not None:
        _offer(state.proposal, [each.agent.name for each in state.proposal.members])


def _offer(proposal: TeamProposal, taken: list[str]) -> None:
    st.session_state[FOUND] = proposal
    chosen: Chosen = {each.agent.name: each for each in proposal.members if each.agent.name in taken}
    st.session_state[TAKEN] = chosen


@lively
def _running(name: str) -> None:
    """Draw how far the proposal is, and the way to stop it."""
    try:
        state = session().proposals.state(name)
    except NotFoundError:  # the whole page says so
        st.rerun()
    if not state.is_running:
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="proposal_running"):
        st.markdown(f":material/hourglass_top: **The model drafts a team.** {_progress(state)}", width="stretch")
        action("Stop", f"{PLACE}:stop", "stop", session().proposals.stop, name)
    redraw(PLACE, every_s=LOOK_AGAIN_S)


def _progress(state: ProposalState) -> str:
    if state.waits_for:
        return escape_md(state.waits_for)
    if state.names:
        return f"So far: {escape_md(one_line(', '.join(state.names), MAX_NAMES_CHARS))}."
    return "A small model takes a minute or two."


def _ended() -> None:
    """Draw why there is no proposal."""
    state: ProposalState | None = st.session_state.get(ENDED)
    if state is None:
        return
    if state.is_stopped:
        st.info("Stopped. What you wrote is still here.", icon=":material/stop_circle:")
    elif state.error:
        st.error(escape_md(state.error), icon=":material/error:")
        if state.text:
            action("Retry", f"{PLACE}:retry", "refresh", _begin, state.text)


def _proposal(proposal: TeamProposal) -> None:
    """Draw the proposal, and the button that makes a team of what is taken."""
    if proposal.by_words:
        st.warning(
            "The model's proposal could not be used. These ready agents fit the words you wrote.",
            icon=":material/warning:",
        )
    st.subheader(escape_md(proposal.name), anchor=False)
    if proposal.purpose not in ("", proposal.name):
        st.markdown(escape_md(proposal.purpose))
    rows(
        TAKEN,
        [Offer(each.agent.name, each, "From the library" if each.category else "") for each in proposal.members],
        has_border=True,
    )
    taken: Chosen = st.session_state[TAKEN]
    team = proposal.team(taken)
    if team is not None:
        st.markdown(
            f":material/forum: The next speaker is chosen: {METHODS[team.selection.method]}  \n"
            f":material/flag: {escape_md(ending_sentence(team))}"
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        is_pressed = st.button(
            "Create the team", key=f"{PLACE}:create", type="primary", icon=":material/group_add:", disabled=team is None
        )
        st.caption(_taken_text(taken, team), width="stretch")
    if is_pressed and team is not None:
        _create(team)


def _taken_text(taken: Chosen, team: TeamSpec | None) -> str:
    if team is None:
        return "Take at least two members, one of them an assistant."
    return f"{count_text(len(taken), 'member')} taken. It opens in the editor; nothing is saved yet."


def _create(team: TeamSpec) -> NoReturn:
    _clear()
    unsaved.forget(PLACE)
    open_team(begin(team))


def _clear() -> None:
    """Forget what was written and proposed."""
    for name in KEYS:
        st.session_state.pop(name, None)


def _keep() -> None:
    """Keep what is there for another session, as after a reload."""
    proposal: TeamProposal | None = st.session_state.get(FOUND)
    kept = {
        "text": st.session_state[WRITTEN],
        "run": st.session_state.get(RUN, ""),
        "proposal": proposal.model_dump(mode="json") if proposal else None,
        "taken": list(st.session_state.get(TAKEN, ())),
    }
    if any(kept.values()):
        unsaved.keep(PLACE, json.dumps(kept))
    elif unsaved.is_kept(PLACE):
        unsaved.forget(PLACE)


def _put_back() -> None:
    """Go on with what another session left."""
    found = unsaved.take(PLACE)
    text = st.session_state.get(WRITTEN, "")
    if found is not None and found.body:
        kept = json.loads(found.body)
        text = kept["text"]
        if kept["run"]:
            st.session_state[RUN] = kept["run"]
        if kept["proposal"]:
            _offer(TeamProposal.model_validate(kept["proposal"]), kept["taken"])
    if TEXT not in st.session_state:
        st.session_state[TEXT] = unsaved.unsent(PLACE, "text", "", TEXT) or text  # dropped, it is empty
