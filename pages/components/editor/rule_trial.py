"""What a draft's rules would have decided: the dry run on what agents really wanted to do, in all chats."""

import html
from collections import Counter
from dataclasses import dataclass

import streamlit as st

from agents.errors import NotFoundError
from agents.specs import GATED, ActionRequest, PolicyDecision, TeamSpec, evaluate
from agents.studio import Session
from pages.components.editor.draft import TeamDraft

N_PAST, N_SHOWN = 200, 30
WORDS = {"approve": "approved", "ask": "asked about", "refuse": "refused"}
COLOR = {"approve": "green", "ask": "orange", "refuse": "red"}
OUTCOME = {"": "open", "withdrawn": "not decided"}


@dataclass(frozen=True)
class Past:
    """Something an agent wanted to do."""

    asked: ActionRequest
    team: str
    text: str
    """What it was, shortened."""
    outcome: str
    """What became of it then."""


def show(session: Session, draft: TeamDraft, team: TeamSpec | None) -> None:
    """Draws the button and, once pressed, what the rules as they stand would have decided."""
    key = f"{draft.key}:trial"
    if st.button("Try the rules on the past", key=f"{key}:press", icon=":material/history:", type="tertiary"):
        st.session_state[key] = past(session)
    tried = st.session_state.get(key)
    if tried is None:
        return
    if not tried:
        st.caption(
            "Nothing to try them on: no agent has wanted to call a tool, to run code or to install a "
            "package, or was asked about a message so far."
        )
        return
    if team is None:
        st.caption("Mend what is marked red first; then the rules are tried again.")
        return
    results = [(one, evaluate(team.policies, one.asked)) for one in tried]
    counts = Counter(judgement.action for _, judgement in results)
    asked, *others = (f":{COLOR[action]}[**{counts[action]}**" for action in ("ask", "approve", "refuse"))
    n = f"the last {len(tried)} requests of all teams" if len(tried) > 1 else "the one request so far"
    st.markdown(f"Of {n}, {asked} would have been asked about], {others[0]} approved], {others[1]} refused].")
    with st.expander(f"See {'them' if len(results) <= N_SHOWN else f'the newest {N_SHOWN}'}", key=f"{key}:list"):
        _table(results[:N_SHOWN])


def past(session: Session) -> list[Past]:
    """The newest requests that rules may decide, of all chats, newest first."""
    found = []
    for row in session.requests.recent(kinds=GATED, limit=N_PAST):
        try:
            request, _ = session.requests.get(row.chat, row.request)
        except NotFoundError:
            continue
        asked = request.asked
        action = asked.action(request.agent)
        if action is None:
            continue  # a person decides it whatever the rules say
        text = asked.short("") or action.package or str(asked.shown)
        found.append(Past(action, row.team_name, text[:160], OUTCOME.get(row.outcome, row.outcome)))
    return found


def _table(results: list[tuple[Past, PolicyDecision]]) -> None:
    rows = []
    for one, judgement in results:
        cells = (WORDS[judgement.action], judgement.rule or "no rule fits", one.asked.agent, one.text, one.outcome)
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in ("Would be", "By", "Member", "What", "Was"))
    st.html(f'<div class="trial"><table><tr>{head}</tr>{"".join(rows)}</table></div>')
