"""Where code runs: the sandbox in use, what the others lack, which limits are weaker, and the sandbox's Python."""

import streamlit as st

from agents.studio import SandboxReport, Session
from pages.components.live import lively, redraw
from pages.components.messages import escape_md, showing_errors
from pages.components.person import session_now
from pages.components.widgets import card_head

EVERY_S = 1.0


def python_card(session: Session, report: SandboxReport) -> None:
    """Draws its state, with a button where it can be built; while it is, what is being done."""
    with st.container(border=True, key="sandbox-python"):
        if report.python == "building":
            _building()
        else:
            _there(session, report)
        with st.expander(f"{len(report.packages)} packages"):
            st.caption(escape_md(", ".join(f"{name} {version}" for name, version in report.packages.items())))


def _there(session: Session, report: SandboxReport) -> None:
    is_ready = report.python == "ready"
    badge = ":green-badge[:material/check: ready]" if is_ready else ":gray-badge[not installed yet]"
    facts = "" if report.is_named else "Fetched once a team that needs it is opened or started. It takes about 450 MB."
    if is_ready:
        facts = "pandas, matplotlib, DuckDB and more, apart from the studio's own Python."
    with card_head(f"**The sandbox's Python** {badge}", facts):
        can_build = not (is_ready or report.is_named)
        if can_build and st.button("Install now", key="sandbox-python:build", icon=":material/download:"):
            with showing_errors():
                session.sandbox.build_python()
                st.rerun()
    if report.python.startswith("failed"):
        why = report.python.removeprefix("failed: ")
        text = f"It cannot be used: {escape_md(why)}. Code runs with Python's standard library only."
        st.error(text, icon=":material/error:")


@lively
def _building() -> None:
    """Looks how far it is until that is over, then draws the page anew."""
    with showing_errors():
        report = session_now().sandbox.report()
        if report.python != "building":
            st.rerun()
        st.markdown("**The sandbox's Python** :blue-badge[being installed]")
        st.caption(
            f":material/hourglass_top: {escape_md(report.doing or 'Starting')}... It goes on when you leave this page."
        )
    redraw("sandbox-python", every_s=EVERY_S)


NAMES = {
    "bubblewrap": "bubblewrap",
    "docker": "Docker",
    "host": "This machine, without isolation",
    "off": "Code is not run",
}


def sandbox_card(session: Session) -> None:
    """Draws the sandbox in use, the others, and the sandbox's Python."""
    with st.spinner("Checking which sandboxes work here..."):
        report = session.sandbox.report()
    with st.container(border=True, key="sandbox"):
        _chosen(report)
        for probe in report.probes[1:]:
            works = "does not work here"
            if probe.is_working:
                works = "works too" if report.chosen.is_working and report.chosen.name != "host" else "would work here"
            st.caption(f"**{NAMES[probe.name]}** {works}: {escape_md(probe.text)}")
    python_card(session, report)


def _chosen(report: SandboxReport) -> None:
    probe = report.chosen
    if probe.name == "host":
        badge = ":red-badge[:material/warning: no isolation]"
    elif probe.is_working:
        badge = ":green-badge[:material/check: in use]"
    else:
        badge = ":red-badge[:material/block: does not work]" if probe.name != "off" else ":gray-badge[off]"
    st.markdown(f"**{NAMES[probe.name]}** {badge}")
    if probe.name == "host":
        st.warning(f"{escape_md(probe.text)} Unset STUDIO_SANDBOX to use a sandbox.", icon=":material/warning:")
    elif probe.is_working:
        st.markdown(escape_md(probe.text))
    else:
        st.error(escape_md(probe.text), icon=":material/error:")
    for note in probe.notes:
        st.caption(f"{escape_md(note)}")
