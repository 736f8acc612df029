"""A team while it is being written: it may be wrong, and it is this browser's alone until it is saved."""

import copy
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from agents.errors import SpecError
from agents.specs import AgentSpec, TeamSpec, team_from_dict
from agents.specs.validation import read_spec
from agents.studio import Session, TeamRow

Problem = tuple[str, str]
"""(dotted path counted from 1, message), as in SpecError."""


Parts = dict[str, str]
"""What a draft says: the name of each part -> the part as JSON."""
Step = dict[str, str | None]
"""Parts as they were before a change; None for one that was not there."""


@dataclass
class History:
    """The way back, and forward again."""

    back: list[Step] = field(default_factory=list)
    ahead: list[Step] = field(default_factory=list)
    seen: Parts | None = None
    """What the draft said at the last drawing."""


@dataclass
class TeamDraft:
    """What the editor holds."""

    key: str
    """What the address calls it: a team's id, "gallery:<name>", or "new:<id>"."""
    base: TeamSpec | None
    """What it was before this browser changed it; None when it was never saved anywhere."""
    team_id: str | None = None
    revision: int | None = None
    """The revision that `base` is."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The team's own fields, references by uid, `variables` as [uid, name, value] lists."""
    members: list[dict[str, Any]] = field(default_factory=list)
    """The agents' fields, each with its `uid`; those of `AS_JSON` as the text typed."""
    version: int = 0
    """Goes up when fields change other than by their widgets, so that these start anew."""
    removed: tuple[int, dict[str, Any]] | None = None
    """The member removed last, and where it stood."""
    history: History = field(default_factory=History)

    @property
    def is_gallery(self) -> bool:
        return self.key.startswith("gallery:")


@dataclass(frozen=True)
class Checked:
    """A draft as it stands: the team it is, or what keeps it from being one."""

    spec: TeamSpec | None
    problems: tuple[Problem, ...] = ()


def new_uid() -> str:
    return uuid.uuid4().hex[:8]


def _uid_of(name: str) -> str:
    """Return the uid that a saved member has in every session, so that its fields are found again after a reload."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def draft_of(
    key: str, spec: TeamSpec, *, team_id: str | None = None, revision: int | None = None, is_new: bool = False
) -> TeamDraft:
    """A draft equal to `spec`; `is_new` when `spec` is saved nowhere yet."""
    draft = TeamDraft(key=key, base=None if is_new else spec, team_id=team_id, revision=revision)
    load(draft, spec)
    return draft


def load(draft: TeamDraft, spec: TeamSpec) -> None:
    """Makes `draft` say what `spec` says; what it is based on stays."""
    value = spec.model_dump(mode="json")
    members = value.pop("agents")
    known, taken = {member["name"]: member["uid"] for member in draft.members}, set[str]()
    for member in members:
        uid = known.get(member["name"]) or _uid_of(member["name"])
        member["uid"] = new_uid() if uid in taken else uid
        taken.add(member["uid"])
        for name in AS_JSON:
            member[name] = json.dumps(member[name], indent=2) if member[name] else ""
    _refer(value, {member["name"]: member["uid"] for member in members})
    value["variables"] = [[new_uid(), name, text] for name, text in value["variables"].items()]
    draft.fields, draft.members, draft.removed = value, members, None
    draft.version += 1


def discard(draft: TeamDraft) -> None:
    """Back to what is saved."""
    if draft.base is not None:
        load(draft, draft.base)


def check(draft: TeamDraft) -> Checked:
    """The draft as a team, or every problem with the path of the field it belongs to."""
    value, problems = _written(draft)
    try:
        spec = team_from_dict(value)
        spec = team_from_dict(spec.model_dump(mode="json", exclude_defaults=True))
    except SpecError as error:
        problems = [*problems, *error.problems]
        spec = None
    problems = [*_twins(draft), *(problem for problem in problems if not problem[1].startswith("Two agents are"))]
    return Checked(None if problems else spec, tuple(problems))


def is_changed(draft: TeamDraft, checked: Checked) -> bool:
    """True when saving would change what is stored."""
    return draft.base is None or checked.spec != draft.base


def _written(draft: TeamDraft) -> tuple[dict[str, Any], list[Problem]]:
    """The draft as a person would write it, and what cannot be written at all."""
    value, problems = copy.deepcopy(draft.fields), []
    _refer(value, {member["uid"]: member["name"] for member in draft.members})
    graph = value["selection"]["transitions"]
    if graph is not None:
        value["selection"]["transitions"] = {name: followers for name, followers in graph.items() if followers}
    variables: dict[str, str] = {}
    for position, (_, name, text) in enumerate(value["variables"], start=1):
        if not name.isidentifier() or name in variables:
            why = "is used twice" if name in variables else "is not a name; use letters, digits and _"
            problems.append((f"variables.{position}", f"{name!r} {why}."))
        variables[name] = text
    value["variables"] = variables
    value["example_tasks"] = [task for task in value["example_tasks"] if task.strip()]
    value["agents"] = []
    for position, member in enumerate(draft.members, start=1):
        agent, unread = _written_member(member)
        problems += [(f"agents.{position}.{name}", problem) for name, problem in unread]
        value["agents"].append(agent)
    return value, problems


def _written_member(member: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """A member as a person would write it, and what cannot be written at all."""
    agent, problems = {name: item for name, item in member.items() if name != "uid"}, []
    if agent["role"] != "team":
        agent |= {"team": None, "carryover": False}
    for name, example in AS_JSON.items():
        agent[name], problem = object_of(member[name], example)
        if problem:
            problems.append((name, problem))
    return agent, problems


def member_spec(draft: TeamDraft, uid: str) -> AgentSpec:
    """The member as it stands; SpecError names each field that keeps it from being one."""
    member = draft.members[index_of(draft, uid)]
    agent, problems = _written_member(member)
    if problems:
        raise SpecError(label(member), problems)
    return read_spec(AgentSpec, agent, label(member))


def _refer(fields: dict[str, Any], names: dict[str, str]) -> None:
    """Rename the members that `fields` refer to; references to those who have no name in `names` go."""
    for name in ("initiator", "first_speaker"):
        fields[name] = names.get(fields[name], "")
    if fields["termination"]["by"] is not None:
        fields["termination"]["by"] = [names[one] for one in fields["termination"]["by"] if one in names] or None
    graph = fields["selection"]["transitions"]
    if graph is not None:
        fields["selection"]["transitions"] = {
            names[speaker]: [names[follower] for follower in followers if follower in names]
            for speaker, followers in graph.items()
            if speaker in names
        }


AS_JSON = {"parameters": '{"top_p": 0.9, "max_tokens": 500}', "reply_schema": '{"type": "object", "properties": {}}'}
"""Fields of a member that are typed as JSON, with an example of each."""


def object_of(text: str, example: str) -> tuple[dict[str, Any], str]:
    """The JSON object in `text` ({} when empty) and "", or {} and what is wrong with it."""
    if not text.strip():
        return {}, ""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return {}, f"This is not valid JSON{line}. Write it like {example}."
    if not isinstance(value, dict):
        return {}, f"Write names with values, like {example}."
    return value, ""


def _twins(draft: TeamDraft) -> list[Problem]:
    names = [member["name"] for member in draft.members]
    return [
        (f"agents.{position}.name", f"Another agent has the name {name!r} too; change one.")
        for position, name in enumerate(names, start=1)
        if names.count(name) > 1
    ]


def label(member: dict[str, Any]) -> str:
    """The name to show for a member."""
    return member["display_name"] or member["name"] or "(no name)"


def duplicate_member(draft: TeamDraft, uid: str) -> str:
    """Puts a copy behind the member, under a free name, with the same followers; the copy's uid."""
    position = index_of(draft, uid)
    member = copy.deepcopy(draft.members[position])
    member["uid"], member["name"] = new_uid(), free_name(draft, member["name"])
    if member["display_name"]:
        member["display_name"] = f"{member['display_name']} (copy)"[:80]
    draft.members.insert(position + 1, member)
    transitions = draft.fields["selection"]["transitions"]
    if transitions is not None:
        for followers in transitions.values():
            if uid in followers:
                followers.append(member["uid"])
        transitions[member["uid"]] = list(transitions.get(uid, []))
    return str(member["uid"])


def remove_member(draft: TeamDraft, uid: str) -> None:
    """Takes the member out. References to it stay for `undo_remove`; they are neither shown nor written."""
    position = index_of(draft, uid)
    draft.removed = (position, draft.members.pop(position))
    draft.version += 1


def undo_remove(draft: TeamDraft) -> str:
    """Brings back the member removed last; its uid, or "" when there is none."""
    if draft.removed is None:
        return ""
    position, member = draft.removed
    draft.members.insert(min(position, len(draft.members)), member)
    draft.removed = None
    draft.version += 1
    return str(member["uid"])


def move_member(draft: TeamDraft, uid: str, by: int) -> None:
    """Moves the member up (-1) or down (+1); nothing happens at the ends."""
    move(draft.members, index_of(draft, uid), by)


def move(items: list[Any], position: int, by: int) -> None:
    """Move one of `items`; nothing happens at the ends."""
    if 0 <= position + by < len(items):
        items.insert(position + by, items.pop(position))


def remove_at(draft: TeamDraft, items: list[Any], position: int) -> None:
    """Take one item out of a list of the draft's fields; the widgets of the others start anew."""
    del items[position]
    draft.version += 1


def is_off(member: dict[str, Any]) -> bool:
    """Whether the member takes no part."""
    return bool(member.get("is_off"))  # drafts of versions before this field are without it


def switch(draft: TeamDraft, uid: str) -> None:
    """Switch the member off, or on again."""
    member = draft.members[index_of(draft, uid)]
    member["is_off"] = not is_off(member)


def n_active(draft: TeamDraft) -> int:
    """How many members take part."""
    return sum(not is_off(member) for member in draft.members)


def index_of(draft: TeamDraft, uid: str) -> int:
    """Where the member stands; ValueError when there is none."""
    return [member["uid"] for member in draft.members].index(uid)


def free_name(draft: TeamDraft, base: str) -> str:
    """A name that no member has: `base` where that is free."""
    taken = {member["name"] for member in draft.members}
    stem = base.rstrip("0123456789").rstrip("_")[:60] or "Agent"
    names = [base, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name and name not in taken)


PREFIX = "team_draft:"


def is_open(key: str) -> bool:
    """Whether this session has the draft."""
    return PREFIX + key in st.session_state


def open_draft(key: str, session: Session) -> TeamDraft:
    """The draft that the address calls `key`, as left by this session, else equal to what is saved.

    NotFoundError when there is no such team, or the unsaved draft was another session's.
    """
    kept = st.session_state.get(PREFIX + key)
    if kept is None:
        kept = st.session_state[PREFIX + key] = _saved(key, session)
    return kept


def _saved(key: str, session: Session) -> TeamDraft:
    kind, _, name = key.rpartition(":")
    if kind == "gallery":
        return draft_of(key, session.teams.from_gallery(name))
    row = session.teams.get(key)
    return draft_of(key, row.spec, team_id=row.team_id, revision=row.revision)


def drop(key: str) -> None:
    """Forget the draft; the next opening shows what is saved."""
    st.session_state.pop(PREFIX + key, None)


def saved(draft: TeamDraft, row: TeamRow) -> None:
    """The draft is now the saved team's, with the same member picked; a gallery team opens as it was again."""
    old, draft.key = draft.key, row.team_id
    draft.team_id, draft.revision, draft.base, draft.removed = row.team_id, row.revision, row.spec, None
    if old != draft.key:
        drop(old)
        st.session_state[f"{draft.key}:picked"] = st.session_state.pop(f"{old}:picked", "")
        st.session_state[PREFIX + draft.key] = draft


def begin(spec: TeamSpec) -> str:
    """A draft of a team that is saved nowhere yet; its key."""
    key = f"new:{new_uid()}"
    st.session_state[PREFIX + key] = draft_of(key, spec, is_new=True)
    return key


def blank() -> TeamSpec:
    """What a new team starts from: a person and an assistant, and an end."""
    return TeamSpec(
        name=f"New team of {datetime.now(UTC):%d %b}",
        agents=[
            AgentSpec(name="You", role="human", description="The person who gave the task."),
            AgentSpec(
                name="Assistant",
                description="Answers the task.",
                prompt="You help with the task. When it is done and accepted, reply with TERMINATE.",
            ),
        ],
    )


def changed() -> dict[str, TeamDraft]:
    """The drafts of this session that differ from what is saved, by key."""
    drafts = {
        str(name).removeprefix(PREFIX): draft
        for name, draft in st.session_state.items()
        if str(name).startswith(PREFIX) and isinstance(draft, TeamDraft)
    }
    return {key: draft for key, draft in drafts.items() if is_changed(draft, check(draft))}
