"""What the chat wants of a person now, and the box under it: what a person may do meanwhile.

What is asked is drawn by the cards of `decision`, which the Inbox draws as well. A person's typed text belongs to the
request it was typed for; what they began to say while agents work stays in its box when a request comes.
"""

import streamlit as st

from agents.chats import DecisionRequested
from agents.chats.requests import RequestBase
from agents.plain_text import one_line
from agents.specs import Rule
from agents.text.states import rule_text
from pages.components import unsaved
from pages.components.chat.view import ChatView, continue_place, go_on, pause, revoke, say, stop
from pages.components.decision.acts import approve_all, mode, open_form
from pages.components.decision.card import card
from pages.components.messages import escape_md
from pages.components.navigation import show_chat
from pages.components.person import session
from pages.components.start_chat import open_dialog, ready_teams
from pages.components.widgets import action, submit, unless

MAX_RULE_LINES = 3
FEW = 2
"""So many requests have their buttons in one bar, in sight all the time; of more, each has them under it."""


def waiting(view: ChatView) -> None:
    """Draw what waits, and what is allowed in this chat from now on."""
    # Each has a place of its own: a browser that finds a form in another place forgets what was typed in it.
    above, below = st.container(gap="xsmall"), st.container(gap="small")
    with above:
        with unless(session().why_not("decide")):
            _rules(view)
        _said(view)
    with below:
        if view.state.requests:
            _asked(view, view.state.requests)
        elif view.state.status == "running":
            _nothing_waits(view)


def foot(view: ChatView) -> None:
    """Draw the box to say something in, and what can be done with a chat at work or at its end."""
    beside, below = st.container(), st.container()
    either = session().why_not("run", "decide")
    if view.state.status == "ended":
        with below, unless(session().why_not("run")):
            _ended(view)
        return
    with beside, unless(either):
        _saying(view)
    if not view.state.requests:
        with below, unless(either):
            _running(view)


def _asked(view: ChatView, requests: tuple[DecisionRequested, ...]) -> None:
    """The open requests; several are the tool calls of one reply, or the blocks of one message."""
    chat = view.row.chat
    if len(requests) == 1:
        with st.container(key="chat_failure" if requests[0].asked.is_failure else "chat_asked"):
            card(chat, requests[0], view.team, key=f"{chat}:{requests[0].request}")
        return
    first = requests[0]
    # of one kind they are named by it
    asked = first.asked if len({request.of for request in requests}) == 1 else RequestBase()
    st.markdown(f"**{escape_md(asked.wanted(len(requests), view.labels.get(first.agent, first.agent)))}**")
    cards = [st.container(border=True) for _ in requests]
    with st.container(key="approve_all"):
        if all("approve" in request.options for request in requests):
            label, key = f"Approve all {len(requests)}", f"approve:all:{chat}:{first.request}"
            with unless(session().why_not("decide")):
                action(label, key, "done_all", approve_all, chat, requests)
    with st.container(key="decide_bar", gap="xsmall"):
        rows = [st.container() for _ in requests] if len(requests) <= FEW else [None for _ in requests]
    for number, (request, place, row) in enumerate(zip(requests, cards, rows, strict=True), start=1):
        with place:
            card(chat, request, view.team, key=f"{chat}:{request.request}", bar=row, number=number)


# -- while agents work


def _nothing_waits(view: ChatView) -> None:
    if view.asking_part:
        st.markdown("A team that works for this chat asks you.")
        with unless(session().why_not("decide")):
            action("Answer its team", "chat:asking", "front_hand", show_chat, view.asking_part, type="primary")
        return
    asks = any(agent.asks_human != "NEVER" for agent in view.team.agents)
    when = "You will be asked here when it is your turn." if asks or view.team.selection.method == "manual" else ""
    st.caption(f"{when} You can leave this page; the chat goes on.".strip())


def _running(view: ChatView) -> None:
    is_pausing = view.state.pause is not None
    with st.container(horizontal=True, gap="small"):
        key = _say_key(view)
        if not mode(key):
            help = "It becomes the next turn"
            action("Say something", "chat:say", "chat", open_form, key, "say", help=help)
        label = "Pausing after this turn" if is_pausing else "Pause"
        help = "The current turn is finished, then the chat waits for you"
        action(label, "chat:pause", "pause_circle", pause, view, disabled=is_pausing, help=help)
        action("Stop", "chat:stop", "stop_circle", stop, view, help="End the chat now")


def _saying(view: ChatView) -> None:
    key = place = _say_key(view)
    if unsaved.take(place) is not None:
        open_form(key, "say")
    if mode(key) != "say":
        return
    unsaved.offer(place, lambda: open_form(key, ""))
    with st.form(f"form:{key}", border=False, clear_on_submit=False):
        hint = "What the team should know. It becomes the next turn. Ctrl+Enter sends it."
        _typed_area("Say something", place, f"{key}:text", hint)
        with st.container(horizontal=True, gap="small"):
            submit("Say it", "send", say, view, key, key=f"{key}:send", type="primary")
            submit("Back", "", _say_nothing, key, key=f"{key}:back")
    unsaved.watch(place, {f"{key}:text": "text"})


def _say_nothing(key: str) -> None:
    unsaved.forget(key)
    open_form(key, "")


def _typed_area(label: str, place: str, key: str, hint: str) -> None:
    """Draw the one text of a place, with what was typed there before."""
    if key not in st.session_state:
        st.session_state[key] = unsaved.unsent(place, "text", "", key)
    st.text_area(label, key=key, height=76, label_visibility="collapsed", placeholder=hint)


def _say_key(view: ChatView) -> str:
    return f"say:{view.row.chat}"


def _said(view: ChatView) -> None:
    """What people said that is not posted yet."""
    for said in view.state.said:
        st.caption(
            f":material/schedule_send: **{escape_md(said.by.name)}, next turn:** {escape_md(one_line(said.text, 300))}"
        )


# -- what this chat allows


def _rules(view: ChatView) -> None:
    rules = view.state.rules
    if not rules:
        return
    if len(rules) <= MAX_RULE_LINES:
        _rule_lines(view)
    else:
        with st.expander(f"Approved for this chat: {len(rules)} rules", icon=":material/done_all:", key="chat:rules"):
            _rule_lines(view)


def _rule_lines(view: ChatView) -> None:
    with st.container(key="chat_rules", gap=None):
        for added in view.state.rules:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                rule = escape_md(rule_text(Rule.model_validate(added.rule), view.labels))
                who = escape_md(added.by.name)
                st.caption(f":material/done_all: Approved for this chat: **{rule}** · by {who}", width="stretch")
                key, help = f"revoke:{view.row.chat}:{added.id}", "You are asked again from the next step on"
                action("Revoke", key, "undo", revoke, view, added.id, type="tertiary", help=help)


def _ended(view: ChatView) -> None:
    if view.state.ended and view.state.ended.reason == "script":
        _script_over(view)
        return
    why = view.state.ended.text if view.state.ended else "The chat has ended."
    key, place = f"continue:{view.row.chat}:{view.offer}", continue_place(view.row.chat)
    unsaved.take(place)
    unsaved.offer(place, lambda: None)
    with st.form(f"form:{key}", border=False):
        hint = f"{why} Add a message to continue, or continue without one."
        _typed_area("Go on with the chat", place, key, hint)
        submit("Continue", "play_arrow", go_on, view, key, type="primary")
    unsaved.watch(place, {key: "text"})


def _script_over(view: ChatView) -> None:
    """The way on from a rehearsal without a further line: the same team, with a model."""
    team = next((team for team in ready_teams(session()) if team.spec.name == view.row.team_name), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="script_over"):
        st.caption("The rehearsal is over. Start the team to see a model do it.", width="stretch")
        if team and st.button("Start the team", key=f"over:{view.row.chat}", icon=":material/play_arrow:"):
            open_dialog(team)
