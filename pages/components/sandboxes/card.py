"""Where code runs: the sandbox in use, what the others lack, which limits are weaker than they should be."""

import streamlit as st

from agents.studio import SandboxReport, Session
from pages.components.errors import plain
from pages.components.sandboxes import python

NAMES = {
    "bubblewrap": "bubblewrap",
    "docker": "Docker",
    "host": "This machine, without isolation",
    "off": "Code is not run",
}


def show(session: Session) -> None:
    """Draws the sandbox in use, the others, and the sandbox's Python."""
    with st.spinner("Looking which sandboxes work here..."):
        report = session.sandbox.report()
    with st.container(border=True, key="sandbox"):
        _chosen(report)
        for probe in report.probes[1:]:
            works = "does not work here"
            if probe.is_working:
                works = "works too" if report.chosen.is_working and report.chosen.name != "host" else "would work here"
            st.caption(f"**{NAMES[probe.name]}** {works}: {plain(probe.text)}")
    python.show(session, report)


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
        st.warning(f"{plain(probe.text)} Unset STUDIO_SANDBOX to use a sandbox.", icon=":material/warning:")
    elif probe.is_working:
        st.markdown(plain(probe.text))
    else:
        st.error(plain(probe.text), icon=":material/error:")
    for note in probe.notes:
        st.caption(f"{plain(note)}")
