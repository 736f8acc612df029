"""What an agent wants to do: a tool call, a block of code, a message that the team has not read.

Shows exactly what would happen, all of it text of a model and so hostile: arguments and code as text, messages through
`rendered`."""

import html
import json
from typing import Any, Literal

import streamlit as st

from agents.chats.requests import CodeBlockRequest, MessageRequest, PackageRequest, ToolCallRequest
from agents.chats.requests.actions import CuttableAction
from agents.plain_text import HIDDEN, beginning, escaped
from pages.components.decision import arguments
from pages.components.decision.answers import gated, is_editing, text_edit
from pages.components.decision.asked import Ask
from pages.components.decision.rendered import rendered
from pages.components.messages import plain

MAX_SHOWN_CHARS = 20_000
ONE_LINE_CHARS = 60


def tool_call(ask: Ask[ToolCallRequest]) -> None:
    """Draw the call with its arguments, and what may become of it."""
    who, tool, given = plain(ask.who), f"`{_code(ask.asked.tool)}`", ask.asked.arguments
    said = f"**{who}'s call of** {tool} **was cut off**" if ask.asked.is_cut else f"**{who} wants to call** {tool}"
    st.markdown(f":material/build: {said}")
    _cut(ask, "Look whether it happened before you run it again.")
    if not is_editing(ask):
        _table(given)
    gated(ask, lambda: arguments.form(ask), lambda edit: (_json(given), _json(edit.get("arguments"))))


def code_block(ask: Ask[CodeBlockRequest]) -> None:
    """Draw the code, and whether it may run."""
    language, code = ask.asked.language, ask.asked.code
    st.markdown(f":material/terminal: **{plain(ask.who)} wants to run {plain(language)} code**")
    _outside(ask)
    _cut(ask, "Look at the chat's files to see how far it came before you run it again.")
    if not is_editing(ask):
        _warn_of_hidden(code)
        height: int | Literal["content"] = 300 if code.count("\n") > 12 else "content"
        st.code(escaped(code), language=language or None, line_numbers=True, wrap_lines=True, height=height)
    gated(ask, lambda: text_edit(ask, is_code=True), lambda edit: (code, str(edit.get("code", ""))))


def package(ask: Ask[PackageRequest]) -> None:
    """Draw the package, what speaks against it, and whether it may be installed."""
    name = " ".join(filter(None, [ask.asked.package, ask.asked.version]))
    st.markdown(f":material/deployed_code_update: **Install** `{_code(name)}` **for this chat?**")
    module = ask.asked.module
    wants = f"imports `{_code(module)}`, which is not there." if module else "installs it with pip."
    st.markdown(
        f"The code that {plain(ask.who)} is to run {wants} It would come from the package index into this chat's own "
        "folder; nothing else on this machine changes."
    )
    _outside(ask)
    for doubt in ask.asked.doubts:
        st.warning(plain(doubt), icon=":material/gpp_maybe:")
    gated(ask)


def message(ask: Ask[MessageRequest]) -> None:
    """Draw the message as the team would read it, and whether it may."""
    content = ask.asked.content
    st.markdown(f":material/visibility: **{plain(ask.request.question)}**")
    if not is_editing(ask):
        with st.container(border=True):
            if content.strip():
                rendered(content, key=f"content:{ask.key}")
            else:
                st.caption("An empty message.")
    gated(ask, lambda: text_edit(ask), lambda edit: (content, str(edit.get("content", ""))))


def _outside(ask: Ask[CodeBlockRequest] | Ask[PackageRequest]) -> None:
    """Warn of what would happen on the machine itself."""
    if not ask.asked.is_isolated:
        text = (
            "On this machine itself, without a sandbox: it can read and change everything that the studio's user can."
        )
        st.warning(text, icon=":material/warning:")


def _cut(ask: Ask[CuttableAction], advice: str) -> None:
    """Warn of what began to run and never ended."""
    if not ask.asked.is_cut:
        return
    n_begun = ask.asked.attempt
    times = "once" if n_begun == 1 else f"{n_begun} times"
    st.warning(
        f"It is unknown whether it had an effect: it began {times} and was cut off before its result was written. "
        f"{advice}",
        icon=":material/help:",
    )


def _table(given: dict[str, Any]) -> None:
    if not given:
        st.caption("Without arguments.")
        return
    _warn_of_hidden(*map(str, given), *map(_shown, given.values()))
    rows = "".join(
        f"<tr><th>{html.escape(escaped(str(name)))}</th><td><pre>{html.escape(escaped(_shown(value)))}</pre></td></tr>"
        for name, value in given.items()
    )
    st.html(f'<table class="call-arguments">{rows}</table>')


def _warn_of_hidden(*texts: str) -> None:
    """Say so where one of `texts` holds such a character."""
    if any(map(HIDDEN.search, texts)):
        st.warning(
            "It holds characters that cannot be seen, or that show text in another order than it has. They are written "
            "out here, such as \\u202e. Look twice.",
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
