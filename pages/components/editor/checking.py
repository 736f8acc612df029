"""A draft's findings, and where they are in the editor's words."""

from collections.abc import Collection

from agents.specs.team_warnings import warnings
from pages.components.editor.draft import Checked, TeamDraft, label
from pages.components.findings import Finding, Findings

PARTS = {
    "name": "About",
    "description": "About",
    "tags": "About",
    "variables": "About",
    "example_tasks": "About",
    "connection": "About",
    "model": "About",
    "agents": "Members",
    "selection": "Conversation",
    "first_speaker": "Conversation",
    "initiator": "Conversation",
    "step_mode": "Policies",
    "policies": "Policies",
    "deadlines": "Policies",
    "sandbox": "Sandbox",
    "termination": "Ending",
    "limits": "Ending",
}
"""A path's first word -> the editor's part where its field is."""


def findings_of(
    checked: Checked, connections: Collection[str], tools: Collection[str] | None = None, about_code: str = ""
) -> Findings:
    """Problems of the draft; when it has none, the warnings of the team it is."""
    found = [Finding(path, text, True) for path, text in checked.problems]
    if checked.spec is not None:
        weak_spots = warnings(checked.spec, connections, tools, about_code)
        found += [Finding(weak.path, weak.text, False) for weak in weak_spots]
    return Findings(tuple(found))


def part_of(finding: Finding) -> str:
    """The editor's part that shows the field."""
    return PARTS.get(finding.path.partition(".")[0], "About")


def where(finding: Finding, draft: TeamDraft) -> str:
    """The path in the editor's words: "Members, QA engineer, prompt"."""
    first, *rest = finding.path.split(".")
    words = [part_of(finding)]
    if first == "agents" and rest and rest[0].isdigit() and 0 < int(rest[0]) <= len(draft.members):
        words += [label(draft.members[int(rest[0]) - 1]), *rest[1:]]
    elif first != "agents":
        words += [first, *rest]
    return ", ".join(word.replace("_", " ") for word in words if word)
