"""What code and tools of the team may reach and use: time, memory, the network, hosts."""

import streamlit as st

from pages.components.bound import Bound
from pages.components.editor.draft import TeamDraft, label
from pages.components.findings import Findings

NETWORKS = {"none": "No network", "all": "Everything this machine reaches"}
NETWORK_MEANS = {
    "none": "Code reaches no other computer, nor this one. Packages that you let it install are still fetched.",
    "all": "Code can send anything it reads, attached files included, anywhere, and reach services in your own "
    "network. Let a person approve each block.",
}


def show(draft: TeamDraft, findings: Findings) -> None:
    """Draws the part "Sandbox"."""
    form = Bound(draft.fields["sandbox"], "sandbox", f"{draft.key}:{draft.version}:sandbox", findings)
    runners = [label(member) for member in draft.members if member["role"] == "executor"]
    st.markdown("##### Where code runs")
    who = ", ".join(runners) if runners else "Nobody in this team runs code; give a member the role “Code executor”"
    st.caption(f"Each chat has a workspace of its own, the only folder that its code can change. Runs code: {who}.")
    findings.show_only("sandbox")
    left, right = st.columns(2)
    with left:
        form.number(
            "timeout_s", "Seconds for each block", min_value=1.0, max_value=3_600.0, step=10.0, format="%.4g",
            help="A block that takes longer is ended, and the team reads so.",
        )  # fmt: skip
    with right:
        form.number(
            "memory_mb", "Memory in MiB", min_value=64, max_value=65_536, step=256,
            help="For all processes of a block together, where this machine can measure that.",
        )  # fmt: skip
    form.segments("network", "Network for code", list(NETWORKS), NETWORKS.__getitem__)
    network = draft.fields["sandbox"]["network"]
    warning = ":orange[:material/warning:] " if network == "all" else ""
    st.caption(f"{warning}{NETWORK_MEANS[network]}")
    st.space("small")
    st.markdown("##### Hosts for the tool `http_get`")
    form.words(
        "allowed_hosts",
        "Allowed hosts",
        placeholder="Type a host such as *.example.com and press Enter",
        help="Members who have the tool may fetch text from these, whatever the network for code. A pattern never "
        "leads into your own network; a host written out in full may.",
    )
