"""How each kind of request is shown, one function each.

What an agent wants to do is text of a model and so hostile: arguments and code are shown as text, messages through
`rendered`.
"""

import html
import json
from typing import Any

import streamlit as st

from agents.chats import requests as kinds
from agents.chats.requests import RequestBase
from agents.chats.requests.actions import CuttableAction
from agents.errors import NotFoundError
from agents.plain_text import HIDDEN, beginning, escaped
from agents.specs import EMBEDDED, INSTALL_EMBEDDED
from agents.text.numbers import amount_text
from pages.components import unsaved
from pages.components.decision import acts, forms
from pages.components.decision.answers import Ask, end, gated, is_editing, press, text_edit, typed_area, words
from pages.components.local_model import fetch_bar
from pages.components.messages import escape_md
from pages.components.navigation import MODELS
from pages.components.person import session
from pages.components.start_chat import suggestion
from pages.components.transcript import rendered
from pages.components.widgets import action, submit

UNIT = {"max_rounds": "messages", "max_tokens": "tokens", "max_cost_usd": "dollars", "max_work_s": "seconds of work"}


def human_turn(ask: Ask[kinds.HumanTurnRequest]) -> None:
    """Draw the box to reply in."""
    request, key = ask.request, f"reply:{ask.key}"
    is_you = ask.who.lower() == "you" and request.question.startswith("It is your turn")
    st.markdown(f"**{'It is your turn.' if is_you else escape_md(request.question)}**")
    with st.form(f"form:{key}", border=False, enter_to_submit=True):
        hint = "Write your reply. Ctrl+Enter sends it."
        typed_area(ask, "turn", "Your reply", key, height=96, label_visibility="collapsed", placeholder=hint)
        with st.container(horizontal=True, gap="small"):
            given = (ask.chat, request, "reply", key, EMPTY_REPLY)
            submit("Reply", "send", acts.decide_with_text, *given, key=f"send:{ask.key}", type="primary")
            for verdict, label, icon, help in (
                ("skip", "Skip", "skip_next", "Say nothing; the team goes on"),
                ("end", "End chat", "stop_circle", "The chat ends here"),
            ):
                if verdict in request.options:
                    submit(label, icon, acts.decide, ask.chat, request, verdict, key=f"{verdict}:{ask.key}", help=help)
    unsaved.watch(ask.place, {key: "turn"})
    suggestion(session(), ask.chat, ask.team, key)


EMPTY_REPLY = "The reply is empty. Write something, or press Skip to let the team go on without you."


def next_speaker(ask: Ask[kinds.NextSpeakerRequest]) -> None:
    """Draw a button for each who may speak."""
    st.markdown(f"**{escape_md(ask.request.question)}**")
    with st.container(horizontal=True, gap="small"):
        for name in ask.asked.candidates:
            member = ask.member(name)
            label = escape_md(f"{member.emoji} {member.label}".strip() if member else name)
            icon, given = "" if member and member.emoji else "person", {"choice": name}
            key = f"choose:{ask.key}:{name}"
            action(label, key, icon, acts.decide, ask.chat, ask.request, "choose", kwargs=given)
        end(ask)


def model_failure(ask: Ask[kinds.ModelFailureRequest]) -> None:
    """Why there is no answer, and the ways on."""
    failure, who = ask.asked, ask.who or "The speaker selection"
    with st.container(border=True, gap="small", key=f"failure:{ask.key}"):
        st.markdown(
            f":red[:material/error:] **{escape_md(who)} got no answer. The chat is paused and nothing is lost.**"
        )
        st.markdown(escape_md(failure.error or ask.request.question))
        if failure.outcome == "not_configured" and INSTALL_EMBEDDED in failure.error:
            st.markdown("Install the local model's server, then press Retry:")
            st.code(INSTALL_EMBEDDED, language="bash")
        if failure.connection == EMBEDDED:
            fetch_bar(f"failure:{ask.key}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            press(ask, "retry", "Retry", "refresh", is_primary=True)
            if "change_model" in ask.request.options:
                _change_model(ask)
            end(ask)
            st.page_link(MODELS, label="Connect a model", icon=":material/cable:")


def _change_model(ask: Ask[kinds.ModelFailureRequest]) -> None:
    key = f"model:{ask.key}"
    names = [row.spec.name for row in session().connections.rows()]
    with st.popover("Change model", icon=":material/swap_horiz:"):
        st.caption(f"For {escape_md(ask.who or 'the speaker selection')}, from here on, in this chat.")
        st.selectbox("Connection", names, key=f"{key}:connection")
        st.text_input("Model", key=key, placeholder="The connection's own")
        action("Use it and retry", f"{key}:go", "", _decide_model, ask, key, type="primary")


def _decide_model(ask: Ask[kinds.ModelFailureRequest], key: str) -> None:
    choice, model = acts.text_of(f"{key}:connection"), acts.text_of(key).strip()
    acts.decide(ask.chat, ask.request, "change_model", choice=choice, model=model)


def function_failure(ask: Ask[kinds.FunctionFailureRequest]) -> None:
    """Draw which function failed and why, and the answers."""
    st.markdown(f":red[:material/error:] **{escape_md(ask.request.question)}** Nothing is lost.")
    with st.container(horizontal=True, gap="small"):
        press(ask, "retry", "Retry", "refresh", is_primary=True, help="The file may be corrected meanwhile")
        press(ask, "skip", "Go on without it", "skip_next", help="Until the next message")
        end(ask)


def limit(ask: Ask[kinds.LimitRequest]) -> None:
    """Draw how much is used of what is allowed, and how much shall be."""
    used, allowed, key = float(ask.asked.used), float(ask.asked.allowed), f"amount:{ask.key}"
    name = ask.asked.limit
    st.markdown(f":orange[:material/data_usage:] **{escape_md(ask.request.question)}** Nothing is lost.")
    unit = UNIT.get(name, "")
    text = f"{amount_text(name, used)} of {amount_text(name, allowed)} {unit} used"
    st.progress(min(1.0, used / allowed) if allowed else 1.0, text=escape_md(text))
    is_whole = name in ("max_rounds", "max_tokens")
    double = 2 * max(used, allowed)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            f"New limit, in {unit}",
            min_value=0 if is_whole else 0.0,
            value=round(double) if is_whole else double,
            step=None if is_whole else round(allowed / 10, 4) or 0.1,
            format="%d" if is_whole else "%.4g",
            key=key,
            width=220,
        )
        if "raise" in ask.request.options:
            help = "The chat goes on until the new limit"
            action("Raise", f"raise:{ask.key}", "trending_up", _decide_raise, ask, key, type="primary", help=help)
        help = "The current turn is finished, then the chat ends"
        press(ask, "finish", "Finish this turn", "flag", help=help)
        end(ask)


def _decide_raise(ask: Ask[kinds.LimitRequest], key: str) -> None:
    amount = st.session_state.get(key)
    acts.decide(ask.chat, ask.request, "raise", amount=None if amount is None else float(amount))


def loop(ask: Ask[kinds.LoopRequest]) -> None:
    """Draw what is said again and again, and the answers."""
    st.markdown(f":orange[:material/repeat:] **{escape_md(ask.request.question)}** Is it going round in circles?")
    if ask.asked.content:
        with st.container(border=True):
            rendered(ask.asked.content, key=f"content:{ask.key}")
    _go_on(ask)


def pause(ask: Ask[kinds.PauseRequest]) -> None:
    """Draw the answers."""
    st.markdown(f":material/pause_circle: **{escape_md(ask.request.question)}**")
    _go_on(ask)


def _go_on(ask: Ask[RequestBase]) -> None:
    if acts.mode(ask.key) == "tell":
        empty = "The message is empty. Write something, or press Continue."
        words(ask, "reply", "Send", "What they should know", empty)
        return
    with st.container(horizontal=True, gap="small"):
        press(ask, "continue", "Continue", "play_arrow", is_primary=True)
        if "reply" in ask.request.options:
            action("Tell them something", f"tell:{ask.key}", "chat", acts.open_form, ask.key, "tell")
        end(ask)


MAX_SHOWN_CHARS = 20_000
ONE_LINE_CHARS = 60


def tool_call(ask: Ask[kinds.ToolCallRequest]) -> None:
    """Draw the call with its arguments, and what may become of it."""
    given = ask.asked.arguments
    st.markdown(f"{ask.mark}:material/build: {call_title(ask.who, ask.asked)}")
    _cut(ask, "Check whether it happened before you run it again.")
    if not is_editing(ask):
        arguments_table(given)
        _would_change(ask)
    gated(ask, forms.arguments_edit(ask, lambda edit: (_json(given), _json(edit.get("arguments")))))


def call_title(who: str, asked: kinds.ToolCallRequest) -> str:
    """Return who wants to call what, as Markdown."""
    who, tool = escape_md(who), f"`{_code(asked.tool)}`"
    return f"**{who}'s call of** {tool} **was cut off**" if asked.is_cut else f"**{who} wants to call** {tool}"


def code_block(ask: Ask[kinds.CodeBlockRequest]) -> None:
    """Draw the code, and whether it may run."""
    language, code = ask.asked.language, ask.asked.code
    st.markdown(f"{ask.mark}:material/terminal: **{escape_md(ask.who)} wants to run {escape_md(language)} code**")
    warn_of_no_isolation(ask.asked)
    _cut(ask, "Check in the chat's files how far it came before you run it again.")
    if not is_editing(ask):
        _warn_of_hidden(code)
        st.code(escaped(code), language=language or None, line_numbers=True, wrap_lines=True)
    gated(ask, text_edit(ask, "The code as it should be", is_code=True))


def package(ask: Ask[kinds.PackageRequest]) -> None:
    """Draw the package, what speaks against it, and whether it may be installed."""
    name = " ".join(filter(None, [ask.asked.package, ask.asked.version]))
    st.markdown(f"{ask.mark}:material/deployed_code_update: **Install** `{_code(name)}` **for this chat?**")
    module = ask.asked.module
    wants = f"imports `{_code(module)}`, which is not installed." if module else "installs it with pip."
    st.markdown(
        f"The code of {escape_md(ask.who)} {wants} It would come from the package index into this chat's own folder; "
        "nothing else on this machine changes."
    )
    warn_of_no_isolation(ask.asked)
    for doubt in ask.asked.doubts:
        st.warning(escape_md(doubt), icon=":material/gpp_maybe:")
    gated(ask)


def message(ask: Ask[kinds.MessageRequest]) -> None:
    """Draw the message as the team would read it, and whether it may."""
    content = ask.asked.content
    st.markdown(f":material/visibility: **{escape_md(ask.request.question)}**")
    if not is_editing(ask):
        with st.container(border=True):
            if content.strip():
                rendered(content, key=f"content:{ask.key}")
            else:
                st.caption("An empty message.")
    gated(ask, text_edit(ask, "The message as it should be"))


def warn_of_no_isolation(*asked: RequestBase) -> None:
    """Warn where one of `asked` would happen on the machine itself."""
    if any(isinstance(one, kinds.CodeBlockRequest | kinds.PackageRequest) and not one.is_isolated for one in asked):
        text = "On this machine itself, without a sandbox: it can read and change everything that the studio can."
        st.warning(text, icon=":material/warning:")


def _would_change(ask: Ask[kinds.ToolCallRequest]) -> None:
    """Draw what a file would have changed that the call replaces."""
    path, text = (str(ask.asked.arguments.get(name, "")) for name in ("path", "text"))
    if ask.asked.tool != "write_file" or not path:
        return
    try:
        changed, why = session().files.change(ask.chat, path, text)
    except NotFoundError:
        return  # a new file is seen in the arguments
    st.caption(f"What would change in **{escape_md(path)}**")
    if changed:
        st.code(escaped(changed), language="diff", wrap_lines=True)
    else:
        st.caption(why)


def _cut(ask: Ask[CuttableAction], advice: str) -> None:
    """Warn of what began to run and never ended."""
    if not ask.asked.is_cut:
        return
    n_begun = ask.asked.attempt
    times = "once" if n_begun == 1 else f"{n_begun} times"
    st.warning(
        f"It may have had an effect: it started {times} and was cut off before its result was saved. {advice}",
        icon=":material/help:",
    )


def arguments_table(given: dict[str, Any]) -> None:
    """Draw the arguments of a call."""
    if not given:
        st.caption("No arguments.")
        return
    _warn_of_hidden(*map(str, given), *map(_shown, given.values()))
    rows = "".join(
        f"<tr><th>{html.escape(escaped(str(name)))}</th>"
        f'<td><pre tabindex="0">{html.escape(escaped(_shown(value)))}</pre></td></tr>'
        for name, value in given.items()
    )
    st.html(f'<table class="call-arguments">{rows}</table>')


def _warn_of_hidden(*texts: str) -> None:
    """Say so where one of `texts` holds such a character."""
    if any(map(HIDDEN.search, texts)):
        st.warning(
            "It has invisible characters, or characters that change the order of the text. They are written out "
            "here, such as \\u202e. Check it carefully.",
            icon=":material/visibility_off:",
        )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) and len(text) > ONE_LINE_CHARS:
        text = _json(value)
    return beginning(text, MAX_SHOWN_CHARS)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False)


def _code(text: str) -> str:
    """Such that nothing in it ends the code span."""
    return text.replace("`", "'") or "?"
