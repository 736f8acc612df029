"""When a chat ends, in the team editor: the part "Ending", and the sentence in the head, whose parts are edited where
they stand. Both show the same fields."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from agents.plain_text import escaped
from agents.specs import TeamSpec
from agents.text.endings import EndingPart, ending_parts, ending_sentence
from pages.components.editor import parts
from pages.components.editor.draft import TeamDraft, label
from pages.components.editor.lists import section
from pages.components.editor.team_settings import function_choice
from pages.components.form_fields import Bound, Findings
from pages.components.messages import escape_md
from pages.components.widgets import action, browser_part

KEYS = Path(__file__).with_name("popover_keys.mjs")
MATCHES = {"ends_with": "Ends with it", "contains": "Contains it", "equals": "Is exactly it"}
REACHED = {"ask": "Ask a person", "end": "End the chat"}


def ending_part(draft: TeamDraft, findings: Findings, team: TeamSpec | None) -> None:
    """Draws the part "Ending"; `team` is the draft as a team where it is one, to be said in a sentence."""
    field = _fields(draft, findings, f"{draft.key}:{draft.version}:")
    if team is not None:
        st.markdown(f"**{escape_md(ending_sentence(team))}**")
    st.markdown("##### A message ends the chat")
    left, right = st.columns(2)
    with left:
        field("termination.phrases")
    with right:
        field("termination.match")
    for path in ("termination.by", "termination.function", "termination.after_last"):
        field(path)
    text = "Empty means no limit. When a person continues an ended chat, counting starts again."
    section("Or a limit is reached", text)
    field("limits.when_reached")
    limits = (("max_rounds", "max_cost_usd"), ("max_tokens", "max_work_s"), ("max_repeats",))
    for column, names in zip(st.columns(3), limits, strict=True):
        with column:
            for name in names:
                field(f"limits.{name}")


def in_place(draft: TeamDraft, findings: Findings, team: TeamSpec | None) -> None:
    """Draws the sentence, each part a button that opens its field, and the way to the part "Ending"; `team` is the
    draft as a team where it is one. While it is none the sentence stays as it was: it may be what is being changed.

    Screen readers get the sentence whole, and then its parts as buttons."""
    kept = f"{draft.key}:ends:kept"
    if team is not None:
        st.session_state[kept] = ending_parts(team)
    shown: list[EndingPart] = st.session_state.get(kept, [])
    if not shown:
        return
    own = Findings(findings.under("termination") + findings.under("limits"), f"{draft.key}:ends")
    # an amount counts on Enter or on leaving: the part, and with it the field, goes when there is none
    field = _fields(draft, own, f"{draft.key}:ends_", live=False)
    with st.container(key="editor_ends"):
        st.html(f'<p class="only-read">{_html("".join(part.text for part in shown))}</p>')
        for part in shown:
            if part.field:
                key = f"{draft.key}:ends:{part.field}"
                with st.popover(escape_md(part.text), type="tertiary", key=key):
                    field(part.field)
            else:
                st.html(f'<span aria-hidden="true">{_html(part.text)}</span>')
        action("All endings", f"{draft.key}:ends", "", parts.show, draft, "Ending", type="tertiary")


def keys() -> None:
    """Let the keyboard into what the parts of the sentence open, and back."""
    with st.container(key="popover_keys"):
        browser_part("studio_popover_keys", KEYS, key="studio_popover_keys", height=0)


def _html(text: str) -> str:
    return escape(escaped(text))


def _fields(draft: TeamDraft, findings: Findings, key: str, **of_amounts: Any) -> Callable[[str], None]:
    """Return what draws the field of a path; `key` is what the keys of these widgets start with, `of_amounts` are
    Streamlit's options for amounts."""

    def bound(part: str) -> Bound:
        target = draft.fields[part]
        return Bound(target, part, f"{key}{part}", findings, is_shared=True)

    termination, limits = bound("termination"), bound("limits")
    labels = {member["uid"]: label(member) for member in draft.members}
    termination.target.setdefault("after_last", False)  # drafts of versions before this field are without it

    def amount(name: str, text: str, help: str) -> Callable[[], None]:
        return lambda: limits.maybe(name, text, help=help, placeholder="No limit", **of_amounts)

    draw: dict[str, Callable[[], None]] = {
        "termination.phrases": lambda: termination.words(
            "phrases", "When somebody says", placeholder="Type a phrase and press Enter",
            help="Upper and lower case count.",
        ),
        "termination.match": lambda: termination.segments("match", "The message", MATCHES),
        "termination.by": lambda: termination.some(
            "by", "Who can end it this way", list(labels), labels.__getitem__, placeholder="Everybody"
        ),
        "termination.function": lambda: function_choice(termination, "termination", "A function ends the chat"),
        "termination.after_last": lambda: termination.toggle(
            "after_last", "The chat ends once the last of its members has spoken"
        ),
        "limits.when_reached": lambda: limits.segments("when_reached", "Then", REACHED),
        "limits.max_rounds": amount("max_rounds", "Messages", "The task counts as the first one."),
        "limits.max_cost_usd": amount(
            "max_cost_usd", "Cost in dollars", "Calls without a known price do not count."
        ),
        "limits.max_tokens": amount(
            "max_tokens", "Tokens", "Input and output of all calls, also those that choose speakers."
        ),
        "limits.max_work_s": amount("max_work_s", "Seconds of work", "Waiting for a person does not count."),
        "limits.max_repeats": amount(
            "max_repeats", "The same message repeated", "How many times in a row by the same agent."
        ),
    }  # fmt: skip
    return lambda path: draw[path]()
