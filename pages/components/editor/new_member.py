"""A member that comes into a team: blank, or a copy of an agent of the library or of another team."""

import json
from collections.abc import Mapping

from agents.specs import AgentSpec
from pages.components.editor.draft import AS_JSON, TeamDraft, free_name, label, new_uid

BLANK = {
    "assistant": AgentSpec(name="Assistant"),
    "human": AgentSpec(name="Person", role="human"),
    "executor": AgentSpec(name="Executor", role="executor"),
    "team": AgentSpec(name="Team").model_copy(update={"role": "team"}),  # wrong until its team is chosen
}
"""What a member of each role begins with."""


def add_member(draft: TeamDraft, spec: AgentSpec, variables: Mapping[str, str] | None = None) -> str:
    """Add a copy at the end, under a free name, and those of its `variables` that the team has not; return its uid."""
    member = {**spec.model_dump(mode="json"), "uid": new_uid(), "name": free_name(draft, spec.name)}
    for name in AS_JSON:
        member[name] = json.dumps(member[name], indent=2) if member[name] else ""
    shown = _free_label(draft, spec.label)
    if shown != label(member):
        member["display_name"] = shown
    draft.members.append(member)
    known = {name for _, name, _ in draft.fields["variables"]}
    draft.fields["variables"] += [
        [new_uid(), name, text] for name, text in (variables or {}).items() if name not in known
    ]
    return str(member["uid"])


def _free_label(draft: TeamDraft, base: str) -> str:
    """A name to show that no member has: `base` where that is free."""
    taken = {label(member) for member in draft.members}
    names = [base, *(f"{base[:76]} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
