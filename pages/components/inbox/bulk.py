"""Deciding several requests at once: the same tool of the same agent, or an agent's messages or code."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from agents.chats import DecisionRequested, kind_of
from agents.chats.requests import Answer
from agents.errors import OutageError, StudioError
from agents.plain_text import one_line
from agents.studio import RequestRow
from pages.components import messages
from pages.components.decision.requests import warn_of_no_isolation
from pages.components.messages import escape_md
from pages.components.person import session
from pages.components.widgets import action, once, table, unless

MOST = 100
"""Decided at once: each is a transaction, and people read no longer tables."""
MAX_CHARS = 4_000
"""Of the texts of one request; a longer one is not shown whole here, so it is not decided here."""
MAX_COLUMNS = 6
DONE = {"approve": "approved", "reject": "rejected"}
_BATCH = "inbox:batch"


@dataclass(frozen=True)
class Batch:
    """Requests that wait for one press."""

    verdict: Literal["approve", "reject"]
    like: RequestRow
    asked: tuple[tuple[str, str, DecisionRequested], ...]
    """(chat, its title, request), as shown."""
    n_left_out: int = 0
    """Alike, but too long to be shown whole in a table, or cut off while they ran: to be looked at one by one."""
    refusals: tuple[tuple[str, str], ...] = ()
    """(chat's title, why not), once decided in part."""


def offer(row: RequestRow) -> None:
    """The ways to decide all that are like the open `row`; nothing when it is the only one."""
    if not kind_of(row.kind).is_batched or (n := session().requests.n_alike(row)) < 2:
        return
    n_now = min(n, MOST)
    is_offered = unless(session().why_not("decide"))
    with is_offered, st.container(horizontal=True, vertical_alignment="center", gap="small", key="inbox_alike"):
        st.caption(f":material/stacks: {n} like this are waiting: {_what(row, n)}", width="stretch")
        for verdict, label, icon in (("approve", "Approve", "done_all"), ("reject", "Reject", "block")):
            action(f"{label} all {n_now}…", f"alike:{verdict}", icon, _open, row, verdict, type="tertiary")


def batch() -> Batch | None:
    """What is to be confirmed, or was just decided in part; None otherwise."""
    return st.session_state.get(_BATCH)


def confirm(found: Batch) -> None:
    """Draws what would be decided, and the one press that does; or what could not be."""
    n = len(found.asked)
    with st.container(border=True, key="inbox_confirm"):
        if found.refusals:
            _told(found)
            return
        word = "Approve" if found.verdict == "approve" else "Reject"
        st.markdown(f"**{word} {n} {_what(found.like, n)}**")
        if found.n_left_out:
            st.caption(
                f"{found.n_left_out} more are too long for this table, or were cut off: look at them one by one."
            )
        if found.asked:
            if found.verdict == "approve":
                warn_of_no_isolation(*(request.asked for _, _, request in found.asked))
            _table(found)
            if found.verdict == "reject":
                st.text_area("Why? (optional, the agents read it)", key="alike:reason", height=84)
        with st.container(horizontal=True, gap="small"):
            if found.asked:
                action(f"{word} all {n}", "alike:go", "done_all", _decide, type="primary")
            action("Back", "alike:back", "", close)


def _told(found: Batch) -> None:
    n_not = len(found.refusals)
    done, were = f"{len(found.asked) - n_not} {DONE[found.verdict]}", "was" if n_not == 1 else "were"
    st.info(f"{done}. {n_not} {were} not: decided by somebody else meanwhile, or changed.", icon=":material/info:")
    st.markdown(
        "\n".join(f"- {escape_md(one_line(title, 60))}: {escape_md(why)}" for title, why in found.refusals[:20])
    )
    if n_not > 20:
        st.caption(f"and {n_not - 20} more")
    action("Back to the inbox", "alike:back", "", close)


def _what(row: RequestRow, n: int) -> str:
    return escape_md(kind_of(row.kind).several(n, row.agent, row.tool))


def _open(row: RequestRow, verdict: Literal["approve", "reject"]) -> None:
    found = [(other.chat, other.title, request) for other, request, _ in session().requests.alike(row, limit=MOST)]
    asked = tuple(part for part in found if verdict in part[2].options and _fits(part[2]))
    st.session_state[_BATCH] = Batch(verdict, row, asked, n_left_out=len(found) - len(asked))


def close() -> None:
    """Nothing is to be confirmed any more; also as a callback."""
    st.session_state.pop(_BATCH, None)


def _decide() -> None:
    found = batch()
    if found is None or found.refusals:
        return
    reason = str(st.session_state.get("alike:reason") or "") if found.verdict == "reject" else ""
    refusals = []
    for chat, title, request in found.asked:
        try:
            session().requests.decide(
                chat,
                Answer.to(request, found.verdict, text=reason),
                client_id=once(f"decide:{chat}:{request.request}:{found.verdict}"),
            )
        except OutageError:
            raise  # told at once; what was decided stays, and the same press goes on from there
        except StudioError as error:
            refusals.append((title, str(error)))
    if refusals:
        st.session_state[_BATCH] = replace(found, refusals=tuple(refusals))
    else:
        messages.flash(f"{len(found.asked)} {DONE[found.verdict]}.")
        close()


def _table(found: Batch) -> None:
    shown = [request.asked.parts for _, _, request in found.asked]
    names = list(dict.fromkeys(name for fields in shown for name in fields))
    if len(names) > MAX_COLUMNS:
        names, shown = ["Arguments"], [{"Arguments": fields} for fields in shown]
    rows = (
        [one_line(title, 60), *(_text(fields[name]) if name in fields else "–" for name in names)]
        for (_, title, _), fields in zip(found.asked, shown, strict=True)
    )
    table(("Chat", *names), rows)


def _fits(request: DecisionRequested) -> bool:
    return sum(len(name) + len(_text(value)) for name, value in request.asked.parts.items()) <= MAX_CHARS


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
