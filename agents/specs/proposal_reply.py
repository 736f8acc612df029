"""What a model is told and asked for when it proposes a team, and how its reply is read.

A reply is hostile text: names, lists and lengths are cut to what a team may have, tools that are not there are dropped,
what is missing is added, and what cannot be read is no proposal. Pure functions. Called by `agents.studio.proposals`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pydantic_core

from agents.plain_text import HIDDEN, is_key, one_line, shorten, valid, without_keys
from agents.specs.library import LibraryAgent, library
from agents.specs.team import AgentSpec, SelectionMethod
from agents.specs.team_fixes import USUAL_ROUNDS
from agents.specs.team_proposal import (
    LEAST_ROUNDS,
    MAX_MEMBERS,
    MAX_NAME_CHARS,
    MAX_PURPOSE_CHARS,
    MOST_ROUNDS,
    PERSON,
    PHRASE,
    UNNAMED,
    TeamProposal,
    distinct,
)
from agents.specs.team_validation import free_name

MAX_REPLY_CHARS = 60_000
MAX_DESCRIPTION_CHARS, MAX_PROMPT_CHARS, MAX_TOOLS, MAX_TOOL_CHARS = 300, 4_000, 12, 100
MAX_OFFERED_TOOLS = 30
_Role = Literal["assistant", "human", "executor"]
ROLES: dict[str, _Role] = {"assistant": "assistant", "person": "human", "code executor": "executor"}
"""The roles of new members, as a model is told them."""
SPEAKERS: dict[str, SelectionMethod] = {
    "in turn": "round_robin", "a model decides": "auto", "a person decides": "manual",
}  # fmt: skip
"""The ways to choose who speaks next, likewise."""
AFTER_LAST, BY_PHRASE = "after the last member", "closing phrase"
"""How a chat may end, likewise."""
OTHER_WORDS: dict[str, _Role] = {
    "human": "human", "user": "human", "you": "human",
    "executor": "executor", "code runner": "executor", "runs code": "executor",
}  # fmt: skip
"""Roles as models call them that were not held to the schema."""

Offered = Mapping[str, str]
"""The tools that a new member may be given, each with what it does."""


def proposal_schema(tools: Offered, agents: Sequence[LibraryAgent], most: int = 6) -> dict[str, Any]:
    """Return the JSON schema of a proposal of at most so many members: of these agents of the library, and of new ones
    with tools of these names."""
    labels = [each.agent.label for each in agents]
    names: dict[str, Any] = {"type": "array", "items": {"type": "string", "enum": [*tools]}, "maxItems": 4}
    new = {"name": _up_to(60), "role": {"type": "string", "enum": [*ROLES]}}
    new |= {"description": _up_to(MAX_DESCRIPTION_CHARS), "prompt": _up_to(2_000)}
    member = {"anyOf": [_object({"library": {"type": "string", "enum": labels}}), _object(new | _if(tools, names))]}
    return _object(
        {
            "name": _up_to(60),
            "purpose": _up_to(500),
            "members": {"type": "array", "items": member, "minItems": 2, "maxItems": most},
            "speakers": {"type": "string", "enum": [*SPEAKERS]},
            "ending": {"type": "string", "enum": [BY_PHRASE, AFTER_LAST]},
            "ended_by": _up_to(60),
            "max_messages": {"type": "integer", "minimum": LEAST_ROUNDS, "maximum": MOST_ROUNDS},
        }
    )


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _up_to(n_chars: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": n_chars}


def _if(tools: Offered, names: dict[str, Any]) -> dict[str, Any]:
    return {"tools": names} if tools else {}


def proposal_messages(text: str, tools: Offered, agents: Sequence[LibraryAgent]) -> list[dict[str, Any]]:
    """Return the prompt that asks for a team for what a person wrote, of these ready agents and of new ones."""
    ready = "\n".join(f"- {each.agent.label}: {each.agent.description}" for each in agents)
    offered = "\n".join(f"- {name}: {one_line(about, MAX_TOOL_CHARS)}" for name, about in tools.items())
    told = (
        "You put together a team of AI agents who talk in one group chat until a task is done. Reply with JSON only, "
        "its texts in the language in which you are told what the team is for.\n"
        "Give the team a short name and a purpose of one sentence. Choose two to five members, in the order in which "
        'they speak. Take agents from the library where they fit, each as {"library": "its name"}. Write a new member '
        "only where none fits: its name, its role, what it does in one line, and a prompt of three to five sentences "
        "that says what it does, what a good answer looks like, and how its turn ends.\n"
        "role: assistant, for which a model speaks; person, where the user takes part, answers or approves; code "
        "executor, which runs the code of others. Where a member writes code to be run, add the Code executor.\n"
        "speakers: in turn, for two members or a fixed order; a model decides, where it depends on what was said; a "
        "person decides.\n"
        f"ending: {BY_PHRASE}, where the member named in ended_by says {PHRASE} once all is done; {AFTER_LAST}, where "
        "each speaks once.\n"
        f"max_messages: 8 for short work, 20 for long work.\n\nThe library:\n{ready}"
    )
    if offered:
        told += f"\n\nTools for new members, only where needed:\n{offered}"
    return [{"role": "system", "content": told}, {"role": "user", "content": f"The team is for this: {text}"}]


def read_proposal(reply: str, tools: Iterable[str]) -> TeamProposal | None:
    """Return the proposal in a model's reply, mended where it is wrong or cut; None when nobody in it could speak.

    Whatever is returned makes a valid team of all its members. New members have `tools` alone."""
    value = _in_words(_json_in(reply))
    written = value.get("members", value.get("agents"))
    if not isinstance(written, list):
        return None
    known = {*tools}
    ready = {_plain(label): each for each in library() for label in (each.agent.name, each.agent.label)}
    purpose = _line(value.get("purpose", value.get("description")), MAX_PURPOSE_CHARS)
    found: list[LibraryAgent] = []
    for item in written[: 4 * MAX_MEMBERS]:
        member = _member(item, known, ready, purpose)
        if member is not None and (not member.category or member not in found):
            found.append(member)
    members = distinct(found[:MAX_MEMBERS])
    if not any(each.agent.has_model for each in members):
        return None
    if len(members) == 1:
        members = distinct([LibraryAgent(agent=PERSON), *members])
    return TeamProposal(
        name=_line(value.get("name"), MAX_NAME_CHARS) or UNNAMED,
        purpose=purpose,
        members=members,
        method=SPEAKERS.get(_plain(value.get("speakers")), "round_robin"),
        after_last=_plain(value.get("ending")) == AFTER_LAST,
        closer=_named(members, value.get("ended_by")),
        max_rounds=_whole(value.get("max_messages"), USUAL_ROUNDS, LEAST_ROUNDS, MOST_ROUNDS),
    )


def names_so_far(reply: str) -> list[str]:
    """Return the names of the members in a reply that is still being written."""
    value = _in_words(_json_in(reply))
    written = value.get("members")
    items = [item for item in written if isinstance(item, dict)] if isinstance(written, list) else []
    names = [_line(item.get("library", item.get("name")), MAX_NAME_CHARS) for item in items[:MAX_MEMBERS]]
    return [name for name in names if name]


_FENCE = re.compile(r"```[a-zA-Z]*\s*\n?")


def _json_in(reply: str) -> Any:
    """Return the first JSON object or list in `reply`, as far as it goes; None when there is none."""
    text = _FENCE.sub("", valid(reply[:MAX_REPLY_CHARS]))
    start = re.search(r"[{\[]", text)
    if start is None:
        return None
    text = text[start.start() :]
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        pass
    try:
        return pydantic_core.from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return None


def _in_words(value: Any) -> dict[str, Any]:
    """Return the object that says who is in the team: the value, the one inside it, or a list of members alone."""
    if isinstance(value, list):
        return {"members": value}
    if not isinstance(value, dict):
        return {}
    inner = [item for item in value.values() if isinstance(item, dict) and isinstance(item.get("members"), list)]
    return inner[0] if inner and not isinstance(value.get("members"), list) else value


def _member(item: Any, tools: set[str], ready: Mapping[str, LibraryAgent], purpose: str) -> LibraryAgent | None:
    """Return one member: the library's, where it is named, else as it is written; None where there is nothing to go
    by."""
    if isinstance(item, str):
        item = {"library": item}
    if not isinstance(item, dict):
        return None
    chosen = ready.get(_plain(item.get("library")))
    if chosen is not None:
        return chosen
    label = _line(item.get("name"), MAX_NAME_CHARS) or _line(item.get("library"), MAX_NAME_CHARS)
    if not label:
        return None
    is_written = any(item.get(name) for name in ("prompt", "description", "role"))
    if not is_written and _plain(label) in ready:
        return ready[_plain(label)]
    role = _role(item.get("role"), label)
    description = _line(item.get("description"), MAX_DESCRIPTION_CHARS)
    name = free_name(label, ())
    shown = "" if name == label else label
    if role != "assistant":
        return LibraryAgent(agent=AgentSpec(name=name, display_name=shown, role=role, description=description))
    does = description or f"Helps with this: {shorten(purpose, 200)}" * bool(purpose)
    prompt = _text(item.get("prompt"), MAX_PROMPT_CHARS) or f"You are {label}. {does}".strip()
    agent = AgentSpec(
        name=name, display_name=shown, description=does, prompt=prompt, tools=_tools(item.get("tools"), tools)
    )
    return LibraryAgent(agent=agent)


def _role(value: Any, label: str) -> _Role:
    words = _plain(value) or _plain(label)
    return ROLES.get(words) or OTHER_WORDS.get(words) or "assistant"


def _tools(value: Any, known: set[str]) -> list[str]:
    written = value if isinstance(value, list) else []
    return [*dict.fromkeys(name for name in written if isinstance(name, str) and name in known)][:MAX_TOOLS]


def _named(members: Iterable[LibraryAgent], value: Any) -> str:
    """Return the name of the member whom `value` names; "" for nobody."""
    wanted = _plain(value)
    return next((one.agent.name for one in members if wanted in (_plain(one.agent.name), _plain(one.agent.label))), "")


def _plain(value: Any) -> str:
    """Return a short text such that what differs only in case, blanks and underscores is the same."""
    return (
        " ".join(value[:200].replace("_", " ").replace("-", " ").casefold().split()) if isinstance(value, str) else ""
    )


def _whole(value: Any, usual: int, least: int, most: int) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18  # no inf, no NaN
    return min(most, max(least, int(value))) if is_number else usual


def _line(value: Any, most: int) -> str:
    return one_line(_text(value, 4 * most), most)


def _text(value: Any, most: int) -> str:
    """Return a text of the reply without what is hidden or may be a key; "" for anything else."""
    if not isinstance(value, str):
        return ""
    text = without_keys(HIDDEN.sub("", valid(value[:MAX_REPLY_CHARS]))).strip()
    return "" if is_key(text) else shorten(text, most)
