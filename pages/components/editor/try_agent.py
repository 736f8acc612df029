"""Trying a member: a message to it alone, its reply as it comes, what it would call, and another model beside it.

Each reply is a chat of its own that no list shows (`chats.try_agent`), made with the draft as it stands. What was tried
last is kept for the person, as what they type is.
"""

import json
from functools import partial
from typing import Any

import streamlit as st

from agents.chats import ChatState, DecisionRequested
from agents.chats.requests import ModelFailureRequest, ToolCallRequest
from agents.errors import NotFoundError, SpecError, UsageError
from agents.specs import INSTALL_EMBEDDED, TeamSpec
from agents.specs.tried_agent import team_to_try
from agents.text.spend import usage_text
from agents.text.states import offer_of
from pages.components import unsaved
from pages.components.decision.acts import approve_all, attempt, notices
from pages.components.decision.requests import arguments_table, call_title
from pages.components.editor.draft import TeamDraft, check, index_of, is_changed
from pages.components.editor.team_settings import connection_words
from pages.components.form_fields import Bound, Findings
from pages.components.local_model import fetch_bar
from pages.components.messages import escape_md
from pages.components.navigation import MODELS
from pages.components.person import session
from pages.components.start_chat import lacks_model
from pages.components.transcript import rendered, transcript
from pages.components.widgets import action, lock_note, unless

TO_FIX = "Fix what is marked in red first. Then you can try it."
Tried = dict[str, Any]
"""`message`; `connection` and `model` to compare with, "" for none; `chats`, the ids of the newest replies; `n`, how
often it was tried here."""


def try_part(draft: TeamDraft, uid: str, connections: list[str], team: TeamSpec | None) -> None:
    """Draw where the member is tried; nothing for one that no model speaks for. `team` is the draft as a team where it
    is one."""
    member = draft.members[index_of(draft, uid)]
    if member["role"] != "assistant":
        return
    key = f"try:{draft.key}:{uid}"
    tried = _tried(key, draft, member["name"])
    with st.expander("Try this agent", icon=":material/science:", key=f"{key}:box", expanded=bool(tried["n"])):
        st.caption("It answers alone, as you see it here, unsaved changes included. No tool runs unless you say so.")
        states = _states(tried)
        _form(key, tried, connections)
        _acts(key, tried, draft, uid, team, is_running=any(state.status == "running" for state in states.values()))
        notices(key)
        places = st.columns(len(states)) if states else []
        for place, (chat, state) in zip(places, states.items(), strict=True):
            with place:
                _result(chat, state, team, has_name=len(states) > 1)


def _tried(key: str, draft: TeamDraft, name: str) -> Tried:
    """Return what was tried last, in this session or the one before; a message to begin with when nothing was."""
    if key not in st.session_state:
        begun = {"message": _first_message(draft, name), "connection": "", "model": "", "chats": [], "n": 0}
        found = unsaved.take(_place(draft, name))
        st.session_state[key] = begun | (_read(found.body) if found else {})
    kept: Tried = st.session_state[key]
    return kept


def _first_message(draft: TeamDraft, name: str) -> str:
    tasks = [task for task in draft.fields["example_tasks"] if task.strip()]
    return session().library.message_to_try(name) or (tasks[0] if tasks else "")


def _place(draft: TeamDraft, name: str) -> str:
    """Where the person's last try of the member is kept; names last longer than the editor's own ids."""
    return f"try:{draft.key}:{name}"


def _read(body: str) -> Tried:
    try:
        kept = json.loads(body)
        texts = {name: str(kept[name]) for name in ("message", "connection", "model")}
        return {**texts, "chats": [str(chat) for chat in kept["chats"]]}
    except (ValueError, TypeError, KeyError):
        return {}


def _states(tried: Tried) -> dict[str, ChatState]:
    """Return the replies that are still there, by the id of their chat."""
    found = {}
    for chat in tried["chats"]:
        try:
            found[chat] = session().chats.state(chat)
        except NotFoundError:
            continue
    return found


def _form(key: str, tried: Tried, connections: list[str]) -> None:
    form = Bound(tried, "", key, Findings())
    form.area("message", "Message", height=84, placeholder="What do you ask it?")
    left, right = form.columns(2)
    left.choice(
        "connection", "Compare with", ["", *connections], connection_words("Nothing"),
        help="The same message goes to this connection too, and the replies stand side by side.",
    )  # fmt: skip
    if tried["connection"]:
        right.text("model", "Its model", placeholder="The connection's own", max_chars=200)


def _acts(key: str, tried: Tried, draft: TeamDraft, uid: str, team: TeamSpec | None, *, is_running: bool) -> None:
    """Draw what can be done, and what keeps it from being of use."""
    why_not = session().why_not("run")
    with unless(why_not), st.container(horizontal=True, vertical_alignment="center", gap="small"):
        press = partial(action, type="primary", disabled=is_running or team is None)
        press("Try", f"{key}:go", "play_arrow", _try, key, draft, uid, tried["n"])
        if is_running:
            action("Stop", f"{key}:stop", "stop_circle", _stop, key, tried["chats"])
        if team is None:
            st.caption(TO_FIX)
    lock_note(why_not)
    if team is None:
        return
    alone = team_to_try(team, draft.members[index_of(draft, uid)]["name"])
    fetch_bar(key, alone)
    if lacks_model(session(), alone):
        st.warning(
            "The local model's server is not installed, so there is no reply. Connect a model under *Connections*, or "
            f"install it with `{INSTALL_EMBEDDED}`.",
            icon=":material/warning:",
        )


def _try(key: str, draft: TeamDraft, uid: str, n: int) -> None:
    """Send the message, once for each press: `n` is how often it was sent when the button was drawn."""
    tried: Tried = st.session_state[key]
    if tried["n"] != n:
        return
    tried["n"] += 1
    name = draft.members[index_of(draft, uid)]["name"]
    attempt(key, lambda: _send(tried, draft, name))
    unsaved.keep(_place(draft, name), json.dumps({field: tried[field] for field in tried if field != "n"}))


def _send(tried: Tried, draft: TeamDraft, name: str) -> None:
    checked = check(draft)
    if checked.spec is None:
        raise UsageError(TO_FIX)
    revision = None if is_changed(draft, checked) else draft.revision
    send = partial(
        session().chats.try_agent, checked.spec, name, tried["message"], team_id=draft.team_id, revision=revision
    )
    try:
        tried["chats"] = [send()]
        if tried["connection"]:
            tried["chats"].append(send(connection=tried["connection"], model=tried["model"].strip()))
    except SpecError as error:  # its paths are those of the team of the try
        raise UsageError(" ".join(text for _, text in error.problems)) from None


def _stop(key: str, chats: list[str]) -> None:
    for chat in chats:
        if session().chats.state(chat).status == "running":
            attempt(key, partial(session().chats.stop, chat))


def _result(chat: str, state: ChatState, team: TeamSpec | None, *, has_name: bool) -> None:
    """Draw one reply, and what it waits for."""
    if state.started is None:
        return
    pinned = state.started.spec
    connection, model = pinned.connection_of(pinned.agents[-1])
    if has_name:
        st.markdown(f"**{escape_md(model or connection)}** at {escape_md(connection)}")
    with st.container(key=f"tryreply-{chat}"):
        offer, person = offer_of(state), session().person.name
        transcript(chat, team or pinned, person, offer=offer, key=f"transcript:{chat}", is_try=True)
    notices(chat)
    if state.requests:
        _waiting(chat, state, state.requests)


def _waiting(chat: str, state: ChatState, requests: tuple[DecisionRequested, ...]) -> None:
    """Draw what the agent said so far, what it would call, and the button that lets it."""
    said = state.calls[-1].reply if state.calls else ""
    if said.strip():
        rendered(said, key=f"tried:{chat}:said")
    label = {agent.name: agent.label for agent in state.started.spec.agents} if state.started else {}
    for request in requests:
        who, asked = label.get(request.agent, request.agent), request.asked
        if isinstance(asked, ToolCallRequest):
            st.markdown(f":material/build: {call_title(who, asked)}")
            arguments_table(asked.arguments)
        elif isinstance(asked, ModelFailureRequest):
            st.caption("Choose another connection or model, or wait a moment. Then press *Try* again.")
            st.page_link(MODELS, label="Connections", icon=":material/cable:")
        else:
            st.markdown(escape_md(request.question))
    tools = [request for request in requests if "approve" in request.options]
    if tools:
        st.caption("Nothing has run yet.")
        why_not = session().why_not("decide")
        with unless(why_not):
            help = "They run as in a chat, in its sandbox. Then the agent reads their results and goes on."
            action("Run its tools", f"tried:{chat}:run", "play_arrow", approve_all, chat, tools, help=help)
        lock_note(why_not)
    if usage := usage_text(state.calls):
        st.caption(escape_md(f"So far: {usage.text}"))
