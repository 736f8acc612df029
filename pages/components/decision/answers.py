"""A request as its card draws it, and the ways to answer: buttons that decide at once, and forms for answers with text.

A form takes the place of the buttons while it is open. An edit is approved in two steps: it is written, then shown as
a difference; only what was shown can be approved.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, cast

import streamlit as st

from agents.chats import DecisionRequested, Verdict
from agents.chats.requests import RequestBase
from agents.specs import AgentSpec, TeamSpec
from pages.components import unsaved
from pages.components.decision import acts
from pages.components.widgets import action, submit

Asked = TypeVar("Asked", bound=RequestBase, covariant=True)


@dataclass(frozen=True)
class Ask(Generic[Asked]):
    """What the parts of a card share."""

    chat: str
    request: DecisionRequested
    team: TeamSpec
    key: str
    """In the keys of all its widgets; they begin with what the widget does."""

    @cached_property
    def asked(self) -> Asked:
        """What is asked, as the class of its kind."""
        return cast(Asked, self.request.asked)

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


MAX_DIFF_LINES = 12
"""A longer difference scrolls."""


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
        with st.container(horizontal=True, gap="small"):
            send, given = acts.decide_with_text, (ask.chat, ask.request, verdict, key, empty)
            submit(label, "", send, *given, key=f"{verdict}:{ask.key}:send", type="primary")
            submit("Back", "", _forget, ask, key=f"{verdict}:{ask.key}:back")
    unsaved.watch(ask.place, {key: name})


def rejecting(ask: Ask[RequestBase]) -> None:
    """Draw the form for why not."""
    words(ask, "reject", "Reject", "Why? (optional, the agent reads it)", "")


Shown = Callable[[dict[str, Any]], tuple[str, str]]


def gated(ask: Ask[RequestBase], edit_form: Callable[[], None] | None = None, shown: Shown | None = None) -> None:
    """The answers to what an agent wants to do. Where it can be edited, `edit_form` draws the fields of an edit, and
    `shown` gives what was and what an edit makes of it as texts, for the difference."""
    match acts.mode(ask.key):
        case "edit" if edit_form:
            edit_form()
        case "edited" if shown:
            _edited(ask, shown)
        case "reject":
            rejecting(ask)
        case "reply":
            hint, empty = f"What {ask.who} gets instead", "The answer is empty. Write what the agent gets instead."
            words(ask, "reply", "Answer", hint, empty)
        case _:
            _buttons(ask)


def _buttons(ask: Ask[RequestBase]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        press(ask, "approve", "Approve", "check", is_primary=True)
        press(ask, "retry", "Run it again", "refresh", help="Its effect may happen twice")
        press(ask, "edit", "Edit", "edit", help="Change it, see the difference, then approve that", opens=True)
        press(ask, "reject", "Reject", "block", help="It does not happen, and the agent is told why", opens=True)
        if ask.asked.is_repeatable:
            help = "This one, and everything like it, in this chat only, until you revoke it"
            press(ask, "approve", "Approve for this chat", "done_all", is_quiet=True, help=help, for_chat=True)
        help = "Give the result or the message yourself"
        press(ask, "reply", "Answer instead", "reply", help=help, is_quiet=True, opens=True)
        press(ask, "skip", "Skip", "skip_next", is_quiet=True, help="It does not happen; the team goes on")
        end(ask, is_quiet=True)


# -- edits


def is_editing(ask: Ask[RequestBase]) -> bool:
    """Return whether an edit is under way: then its form shows the text as it was."""
    return acts.mode(ask.key) in ("edit", "edited")


def draft_key(ask: Ask[RequestBase]) -> str:
    """Return where the session keeps an edit between its two steps."""
    return f"{ask.key}:draft"


def drafted(ask: Ask[RequestBase]) -> dict[str, Any]:
    """Return the edit written and not approved yet; {} when there is none."""
    return dict(st.session_state.get(draft_key(ask), {}))


def keep_draft(ask: Ask[RequestBase], edit: dict[str, Any]) -> None:
    """End the first step: from here on the difference is shown."""
    st.session_state[draft_key(ask)] = edit
    acts.open_form(ask.key, "edited")
    unsaved.forget(ask.place)
    unsaved.keep(ask.place, json.dumps(edit))


def text_edit(ask: Ask[RequestBase], *, is_code: bool = False) -> None:
    """Draw the first step for a text: a box with what it is now."""
    field = ask.asked.subject
    key = f"{'code_edit' if is_code else 'edit'}:{ask.key}:text"
    with st.form(f"form:{key}", border=False):
        was = str(drafted(ask).get(field, ask.asked.shown))
        label = "The code as it should be" if is_code else "The message as it should be"
        typed_area(ask, f"edit:{field}", label, key, was, height=220)
        review(ask, lambda: _keep_text(ask, field, key))
    unsaved.watch(ask.place, {key: f"edit:{field}"})


def review(ask: Ask[RequestBase], keep: Callable[[], None]) -> None:
    """Draw the buttons of the first step, within its form."""
    with st.container(horizontal=True, gap="small"):
        submit("Show the difference", "difference", keep, key=f"edit:{ask.key}:review", type="primary")
        submit("Back", "", _forget, ask, key=f"edit:{ask.key}:back")


def _keep_text(ask: Ask[RequestBase], field: str, key: str) -> None:
    text = acts.text_of(key)
    if text.strip():
        keep_draft(ask, {field: text})
    else:
        acts.refuse(ask.chat, "The edit is empty. Write something, or reject it instead.")


def _edited(ask: Ask[RequestBase], shown: Shown) -> None:
    edit = drafted(ask)
    before, after = shown(edit)
    if before == after:
        st.caption("Nothing is changed yet.")
    else:
        lines = _difference(before, after)
        height: int | Literal["content"] = "content" if len(lines) <= MAX_DIFF_LINES else 340
        st.code("\n".join(lines), language="diff", wrap_lines=True, height=height)
    with st.container(horizontal=True, gap="small"):
        if before != after:
            press(ask, "edit", "Approve as edited", "check", is_primary=True, edit=edit)
        action("Change more", f"edit:{ask.key}:more", "", acts.open_form, ask.key, "edit")
        action("Back", f"edit:{ask.key}:forget", "", _forget, ask)


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
            st.session_state[draft_key(ask)] = json.loads(found.body)
            acts.open_form(ask.key, "edited")
        typed = [name.partition(":")[0] for name in found.typed]
        if opened := next((mode for mode in MODES if mode in typed), ""):
            acts.open_form(ask.key, opened)
    unsaved.offer(ask.place, lambda: close(ask))


def close(ask: Ask[RequestBase]) -> None:
    """Show the buttons again; an edit under way is gone."""
    st.session_state.pop(draft_key(ask), None)
    acts.open_form(ask.key, "")


def typed_area(ask: Ask[RequestBase], name: str, label: str, key: str, default: str = "", **options: Any) -> None:
    """Draw a text area of a form, with what was typed there before; `name` is the field's in what is kept."""
    put_back(ask, name, key, default)
    st.text_area(label, key=key, **options)


def put_back(ask: Ask[RequestBase], name: str, key: str, default: Any, read: Callable[[str], Any] = str) -> None:
    """Give the widget `key` what was typed there before, as `read` makes it of the text, else `default`."""
    if key not in st.session_state:
        st.session_state[key] = unsaved.unsent(ask.place, name, default, key, read)
