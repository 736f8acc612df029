"""A request as its card draws it, and the ways to answer: buttons that decide at once, and forms for answers with text.

A form takes the place of the buttons while it is open. The difference that an edit makes is shown as it is typed; only
what was shown can be approved.
"""

import difflib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from agents.chats import DecisionRequested, Verdict
from agents.chats.requests import RequestBase
from agents.specs import AgentSpec, TeamSpec
from pages.components import unsaved
from pages.components.decision import acts
from pages.components.messages import escape_md
from pages.components.widgets import action, browser_part, submit

Asked = TypeVar("Asked", bound=RequestBase, covariant=True)


@dataclass(frozen=True)
class Ask(Generic[Asked]):
    """What the parts of a card share."""

    chat: str
    request: DecisionRequested
    team: TeamSpec
    key: str
    """In the keys of all its widgets; they begin with what the widget does."""
    bar: DeltaGenerator | None = None
    """Where its buttons are, when they are not in the card."""
    number: int = 0
    """Of the card among those whose buttons are in one bar; 0 for one alone."""

    @cached_property
    def asked(self) -> Asked:
        """What is asked, as the class of its kind."""
        return cast(Asked, self.request.asked)

    @property
    def mark(self) -> str:
        """Its number, before what it asks."""
        return f"{self.number} · " if self.number else ""

    @property
    def place(self) -> str:
        """Where what is typed as the answer is kept, on whichever page."""
        return unsaved.request_place(self.chat, self.request.request)

    def member(self, name: str) -> AgentSpec | None:
        return next((agent for agent in self.team.agents if agent.name == name), None)

    @property
    def who(self) -> str:
        """The agent's name to show; "" for the team as a whole."""
        member = self.member(self.request.agent)
        return member.label if member else self.request.agent


@contextmanager
def buttons(ask: Ask[RequestBase], *, is_of_card: bool = False) -> Iterator[None]:
    """Put what is drawn within side by side, in sight while the card is read (`frame.css`), or into its bar if these
    are the buttons of the card itself."""
    bar = ask.bar if is_of_card else None
    with bar or nullcontext(), st.container(
        horizontal=True, gap="small", vertical_alignment="center", key=f"buttons:{ask.key}"
    ):  # fmt: skip
        if bar and ask.number:
            st.markdown(f"**{ask.number}**", width="content")
        yield


def press(
    ask: Ask[RequestBase],
    verdict: Verdict,
    label: str,
    icon: str,
    *,
    help: str | None = None,
    is_primary: bool = False,
    is_quiet: bool = False,
    opens: bool = False,
    **answer: Any,
) -> None:
    """Draw a button that decides at once, or opens the form for the answer; nothing where that is not offered."""
    if verdict not in ask.request.options:
        return
    key, kind = f"{verdict}:{ask.key}", "primary" if is_primary else "tertiary" if is_quiet else "secondary"
    if opens:
        action(label, f"{key}:open", icon, acts.open_form, ask.key, verdict, type=kind, help=help)
    else:
        key, given = f"{key}:chat" if answer.get("for_chat") else key, (ask.chat, ask.request, verdict)
        action(label, key, icon, acts.decide, *given, type=kind, help=help, kwargs=answer)


def end(ask: Ask[RequestBase], *, is_quiet: bool = False) -> None:
    """Draw the button that ends the chat."""
    press(ask, "end", "End chat", "stop_circle", is_quiet=is_quiet, help="The chat ends here")


def words(ask: Ask[RequestBase], verdict: Verdict, label: str, hint: str, empty: str) -> None:
    """Draw a form whose text decides; Ctrl+Enter sends it."""
    key, name = f"{verdict}:{ask.key}:text", acts.mode(ask.key)
    with st.form(f"form:{key}", border=False):
        typed_area(ask, name, hint, key, height=84, placeholder="Ctrl+Enter sends it.")
        with buttons(ask):
            send, given = acts.decide_with_text, (ask.chat, ask.request, verdict, key, empty)
            submit(label, "", send, *given, key=f"{verdict}:{ask.key}:send", type="primary")
            submit("Back", "", _forget, ask, key=f"{verdict}:{ask.key}:back")
    unsaved.watch(ask.place, {key: name})


def rejecting(ask: Ask[RequestBase]) -> None:
    """Draw the form for why not."""
    words(ask, "reject", "Reject", "Why? (optional, the agent reads it)", "")


@dataclass(frozen=True)
class Editing:
    """How a request is edited."""

    draw: Callable[[], None]
    """Draws the fields, with what is typed already."""
    typed: Callable[[], dict[str, Any]]
    """Returns the edit that the fields make; ValueError says what is wrong with one of them."""
    shown: Callable[[dict[str, Any]], tuple[str, str]]
    """Returns what was and what an edit makes of it, as texts."""


def gated(ask: Ask[RequestBase], editing: Editing | None = None) -> None:
    """Draw the answers to what an agent wants to do; `editing`: where it can be edited."""
    match acts.mode(ask.key):
        case "edit" if editing:
            _edit(ask, editing)
        case "reject":
            rejecting(ask)
        case "reply":
            hint, empty = f"What {ask.who} gets instead", "The answer is empty. Write what the agent gets instead."
            words(ask, "reply", "Answer", hint, empty)
        case _:
            _buttons(ask)


def _buttons(ask: Ask[RequestBase]) -> None:
    with buttons(ask, is_of_card=True):
        press(ask, "approve", "Approve", "check", is_primary=True)
        press(ask, "retry", "Run it again", "refresh", help="Its effect may happen twice")
        press(ask, "edit", "Edit", "edit", help="Change it, with the difference beside it", opens=True)
        press(ask, "reject", "Reject", "block", help="It does not happen, and the agent is told why", opens=True)
        with st.popover("", icon=":material/more_horiz:", help="More answers", key=f"more:{ask.key}"):
            if ask.asked.is_repeatable:
                help = "This one, and everything like it, in this chat only, until you revoke it"
                press(ask, "approve", "Approve for this chat", "done_all", is_quiet=True, help=help, for_chat=True)
            help = "Give the result or the message yourself"
            press(ask, "reply", "Answer instead", "reply", help=help, is_quiet=True, opens=True)
            press(ask, "skip", "Skip", "skip_next", is_quiet=True, help="It does not happen; the team goes on")
            end(ask, is_quiet=True)


# -- edits


AS_TYPED = "300ms"
"""How soon after a key the difference is drawn anew."""
AS_TYPED_SCRIPT = Path(__file__).with_name("as_typed.mjs")


def is_editing(ask: Ask[RequestBase]) -> bool:
    """Return whether an edit is under way: then its form shows the text as it was."""
    return acts.mode(ask.key) == "edit"


def drafted(ask: Ask[RequestBase]) -> dict[str, Any]:
    """Return the edit as it was typed last; {} when there is none."""
    return dict(st.session_state.get(f"{ask.key}:draft", {}))


def text_edit(ask: Ask[RequestBase], label: str, *, is_code: bool = False) -> Editing:
    """Return how a text is edited: in a box with what it is now."""
    field, was = ask.asked.subject, ask.asked.shown
    key = f"{'code_edit' if is_code else 'edit'}:{ask.key}:text"

    def draw() -> None:
        draft = str(drafted(ask).get(field, ""))
        typed_area(ask, f"edit:{field}", label, key, was, draft=draft, height="content")
        unsaved.watch(ask.place, {key: f"edit:{field}"})

    def typed() -> dict[str, Any]:
        text = acts.text_of(key)
        if not text.strip():
            raise ValueError("The edit is empty. Write something, or reject it instead.")
        return {field: text}

    return Editing(draw, typed, lambda edit: (was, str(edit[field])))


def _edit(ask: Ask[RequestBase], editing: Editing) -> None:
    """Draw the fields, the difference that they make, and the buttons."""
    fields = f"fields:{ask.key}"
    with st.container(key=fields, gap="small"):
        editing.draw()
        _hand_over_as_typed(fields)
    with st.container(key=f"difference:{ask.key}", gap="small"):
        shown = _difference_of(ask, editing)
    st.session_state[_shown_key(ask)] = shown
    with buttons(ask):
        given = (ask, editing.typed)
        action(
            "Approve as edited", f"edit:{ask.key}", "check", _approve, *given, type="primary", disabled=shown is None
        )
        action("Back", f"edit:{ask.key}:forget", "", _forget, ask)


def _difference_of(ask: Ask[RequestBase], editing: Editing) -> dict[str, Any] | None:
    """Draw what the edit changes and keep it; return the edit, None where there is nothing to approve."""
    try:
        edit = editing.typed()
    except ValueError as error:
        st.caption(f":red[:material/error: {escape_md(str(error))}]")
        return None
    before, after = editing.shown(edit)
    if before == after and not drafted(ask):
        st.caption("The difference appears here as you type.")
        return None
    st.session_state[f"{ask.key}:draft"] = edit
    unsaved.keep(ask.place, json.dumps(edit))
    if before == after:
        st.caption("Nothing is changed.")
        return None
    st.code("\n".join(_difference(before, after)), language="diff", wrap_lines=True)
    return edit


def _hand_over_as_typed(within: str) -> None:
    """Have what is typed into the fields of that container handed to the page soon after each key."""
    key = f"typed:soon:{within}"
    with st.container(key=key):
        data = {"within": unsaved.css_class(within), "after_ms": int(AS_TYPED.removesuffix("ms"))}
        browser_part("studio_as_typed", AS_TYPED_SCRIPT, key=f"{key}:part", data=data, height=0)


def _shown_key(ask: Ask[RequestBase]) -> str:
    """Return where the session keeps the edit whose difference was drawn last."""
    return f"{ask.key}:shown"


def _approve(ask: Ask[RequestBase], typed: Callable[[], dict[str, Any]]) -> None:
    try:
        edit = typed()
    except ValueError as error:
        acts.refuse(ask.chat, str(error))
        return
    if edit != st.session_state.get(_shown_key(ask)):
        acts.refuse(ask.chat, "You typed on after the difference was drawn. Read it again, then approve it.")
        return
    acts.decide(ask.chat, ask.request, "edit", edit=edit)


def _difference(before: str, after: str) -> list[str]:
    """Return what changed, with the lines around it; "…" stands where lines are left out, not their numbers."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    at_top = ("@@ -0,", "@@ -1,", "@@ -1 ")
    return ["…" if line.startswith("@@") else line for line in lines if not line.startswith(at_top)]


def _forget(ask: Ask[RequestBase]) -> None:
    unsaved.forget(ask.place)
    close(ask)


# -- what was typed before


MODES = ("edit", "reject", "reply", "tell")
"""Forms that are opened; what is typed in them begins with their name."""


def restore(ask: Ask[RequestBase]) -> None:
    """Put back what was typed as the answer in another session, and draw that it is back."""
    found = unsaved.take(ask.place)
    if found is not None:
        if found.body:
            st.session_state[f"{ask.key}:draft"] = json.loads(found.body)
            acts.open_form(ask.key, "edit")
        typed = [name.partition(":")[0] for name in found.typed]
        if opened := next((mode for mode in MODES if mode in typed), ""):
            acts.open_form(ask.key, opened)
    unsaved.offer(ask.place, lambda: close(ask))


def close(ask: Ask[RequestBase]) -> None:
    """Show the buttons again; an edit under way is gone."""
    for kept in (f"{ask.key}:draft", _shown_key(ask)):
        st.session_state.pop(kept, None)
    acts.open_form(ask.key, "")


def typed_area(
    ask: Ask[RequestBase], name: str, label: str, key: str, default: str = "", *, draft: str = "", **options: Any
) -> None:
    """Draw a text area, with what was typed there before; `name` and `draft` as in `put_back`."""
    put_back(ask, name, key, default, draft=draft or None)
    st.text_area(label, key=key, **options)


def put_back(
    ask: Ask[RequestBase], name: str, key: str, default: Any, read: Callable[[str], Any] = str, *, draft: Any = None
) -> None:
    """Give the widget `key` what was typed there before, as `read` makes it of the text; else `draft`, what the edit
    under way has there; else `default`. `name` is the field's in what is kept."""
    if key not in st.session_state:
        typed = unsaved.unsent(ask.place, name, default, key, read)
        st.session_state[key] = draft if draft is not None and typed == default else typed
