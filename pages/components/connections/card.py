"""One connection in the list: where it leads, what it costs, whether it answers."""

import streamlit as st

from agents.specs import EMBEDDED, ConnectionSpec, OwnPrice
from agents.studio import ConnectionReport, ConnectionRow, Session
from agents.text.downloads import model_state
from agents.text.numbers import age_text, size_text
from pages.components.connections.dialect import dialect
from pages.components.local_model import fetch_bar
from pages.components.messages import dialog, escape_md, flash, showing_errors
from pages.components.person import session_now
from pages.components.widgets import card_head

SOURCES = {"built in": ":violet-badge[Built in]", "environment": ":blue-badge[From the environment]", "saved": ""}
EMBEDDED_SAYS = (
    "A small model on this machine: private, free, no key needed. It writes short programs and serves small teams; "
    "for real work use a larger one."
)


def card(session: Session, row: ConnectionRow, report: ConnectionReport | None) -> None:
    """Draws the connection with Test, Make default, Edit and Delete."""
    name = row.spec.name
    with st.container(border=True, key=f"connection:{name}"):
        default = ":green-badge[:material/check: Default]" if row.is_default else ""
        with card_head(f"**{escape_md(name)}** {SOURCES[row.source]} {default}", _facts(row)):
            _acts(session, row)
        if name == EMBEDDED:
            st.caption(EMBEDDED_SAYS)
            _local_models(session)
            fetch_bar(f"connection:{name}")
        _report(session, row, report)
        dialect(session, name)


def _facts(row: ConnectionRow) -> str:
    spec = row.spec
    if spec.kind == "rehearsed":
        return "plays a script · calls no model, sends nothing, costs nothing"
    address = "this machine" if spec.kind == "embedded" else f"`{spec.base_url or 'https://api.openai.com/v1'}`"
    facts = [address]
    if spec.kind != "embedded":
        facts += [f"model {escape_md(spec.model)}" if spec.model else "no model of its own", _key_words(row)]
    if spec.price:
        rates = [(field.title, getattr(spec.price, name)) for name, field in OwnPrice.model_fields.items()]
        prices = ", ".join(f"{title} \\${rate:g}" for title, rate in rates if rate is not None)
        facts.append(f"{prices} per million tokens")
    return " · ".join(facts)


def _local_models(session: Session) -> None:
    for model in session.local_models.rows():
        weights, used = model.weights, " · used" if model.is_used else ""
        facts = f"{size_text(weights.n_bytes)} · {escape_md(weights.licence)}"
        state = model_state(model.is_here, model.progress)
        st.caption(f"**{escape_md(weights.name)}** · {facts} · {state}{used} · {escape_md(weights.good_for)}")


def _key_words(row: ConnectionRow) -> str:
    if row.key_from:
        return f"key from {escape_md(row.key_from)}" + ("" if row.has_key else " (not set)")
    return "key saved" if row.has_key else "no key"


def _acts(session: Session, row: ConnectionRow) -> None:
    name = row.spec.name
    if st.button("Test", key=f"{name}:test", icon=":material/network_check:"):
        test(session, name)
        st.rerun()
    if not row.is_default and st.button("Make default", key=f"{name}:default", icon=":material/star:"):
        _make_default(session, name)
    if row.source == "saved":
        if row.spec.kind != "rehearsed" and st.button("Edit", key=f"{name}:edit", icon=":material/edit:"):
            st.query_params["connection"] = name
            st.rerun()
        if st.button("", key=f"{name}:delete", icon=":material/delete:", help=f"Delete {name}", type="tertiary"):
            _confirm_delete(name)


def test(session: Session, name: str) -> None:
    """Tries the connection as a group chat would; what was found stays on its card."""
    with st.spinner("Testing..."), showing_errors():
        session.connections.check(name)
        st.session_state[f"{name}:tested"] = True


def _report(session: Session, row: ConnectionRow, report: ConnectionReport | None) -> None:
    """What the last test found; in full where it was made in this browser."""
    if report is None:
        return
    if not report.is_ok:
        st.error(escape_md(report.text), icon=":material/error:")
    elif st.session_state.get(f"{row.spec.name}:tested"):
        _success(session, row, report)
    if report.lines:
        _lines(row.spec.name, report)
    elif report.tested_at:
        st.caption(f"Tested {age_text(report.tested_at)}.")
    if report.models and row.source != "built in" and row.key_from == row.spec.api_key_env:
        _models(session, row.spec, report.models)


def _success(session: Session, row: ConnectionRow, report: ConnectionReport) -> None:
    """Says that it works, and offers to use it wherever a team names no connection."""
    name, text = row.spec.name, escape_md(report.text)
    if row.is_default:
        text += " All teams that name no connection use it."
    st.success(text, icon=":material/check_circle:")
    may_choose = not row.is_default and session.may("administer")
    if may_choose and st.button("Use it for all teams", key=f"{name}:use", type="primary", icon=":material/star:"):
        _make_default(session, name)


LINE_MARKS = {
    "works": ":green[:material/check:]",
    "adapted": ":blue[:material/swap_horiz:]",
    "missing": ":orange[:material/block:]",
}
LINE_WORDS = {"works": "works", "adapted": "adapted", "missing": "not available"}


def _lines(name: str, report: ConnectionReport) -> None:
    """What a group chat needs, one line each."""
    n_works = sum(line.state == "works" for line in report.lines)
    at = f" · tested {age_text(report.tested_at)}" if report.tested_at else ""
    title = f"In a group chat: {n_works} of {len(report.lines)} work as they are{at}"
    with st.expander(title, icon=":material/checklist:", key=f"{name}:lines"):
        for line in report.lines:
            said = f": {escape_md(line.text)}" if line.text else ""
            st.markdown(f"{LINE_MARKS[line.state]} **{escape_md(line.subject)}** · {LINE_WORDS[line.state]}{said}")


def _make_default(session: Session, name: str) -> None:
    with showing_errors():
        session.connections.set_default(name)
        flash(f"“{escape_md(name)}” is the default now.")
        st.rerun()


def _models(session: Session, spec: ConnectionSpec, models: list[str]) -> None:
    key = f"{spec.name}:models"
    current = models.index(spec.model) if spec.model in models else None
    chosen = st.selectbox(
        f"Its models ({len(models)})",
        models,
        index=current,
        key=key,
        placeholder="Choose the one agents use by default",
    )
    if chosen and chosen != spec.model:
        with showing_errors():
            session.connections.save(spec.model_copy(update={"model": chosen}))
            test(session, spec.name)
            flash(f"“{escape_md(spec.name)}” uses {escape_md(chosen)} now.")
            st.rerun()


@dialog("Delete this connection?")
def _confirm_delete(name: str) -> None:
    session = session_now()
    users = [row.spec.name for row in session.teams.rows() if name in connections_of(row.spec.model_dump())]
    st.markdown(f"**{escape_md(name)}** and its saved key are deleted for good.")
    if users:
        st.warning(
            f"Used by {escape_md(', '.join(users[:5]))}: choose another connection there.", icon=":material/groups:"
        )
    if st.button("Delete", key=f"{name}:delete:yes", type="primary", icon=":material/delete:"):
        with showing_errors():
            session.connections.delete(name)
            st.session_state.pop(f"{name}:tested", None)
            flash(f"“{escape_md(name)}” is deleted.")
            st.rerun()


def connections_of(team: dict[str, object]) -> set[object]:
    """All connection names in a team written as a dict."""
    agents = team["agents"]
    assert isinstance(agents, list)
    parts = [team[name] for name in ("selection", "context", "summary")]
    return {team["connection"], *(part["connection"] for part in (*parts, *agents) if isinstance(part, dict))}
