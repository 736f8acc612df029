"""The library: agents to put into teams. The ready ones are one YAML file each in the folder of the same name; those
that people save are of the same kind.

An agent of the library is copied into a team, and belongs to the team from then on. Called by `agents.studio`.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from agents.specs.placeholders import placeholders
from agents.specs.team import AgentSpec
from agents.specs.validation import Spec, parse_text, read_spec

FOLDER = Path(__file__).with_name("library")
Category = Literal["Build", "Data", "Write", "Think", "Serve"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
"""What the ready agents are for, in the order to show them."""


class LibraryAgent(Spec):
    """An agent to be copied into teams."""

    agent: AgentSpec
    category: Category | Literal[""] = ""
    """What it is for; "" for those that people saved."""
    try_with: str = Field("", max_length=4_000)
    """A message to try it with."""
    variables: dict[str, Annotated[str, Field(max_length=100_000)]] = {}
    """Placeholders of its texts with their default values, which go into the team with it."""


def library() -> list[LibraryAgent]:
    """All ready agents, by category and then by name; read from disk once a process. The list is the caller's own."""
    return list(_all())


@cache
def _all() -> tuple[LibraryAgent, ...]:
    found = [_read(path) for path in FOLDER.glob("*.yaml")]
    return tuple(sorted(found, key=lambda each: (CATEGORIES.index(each.category or "Serve"), each.agent.label)))


def _read(path: Path) -> LibraryAgent:
    subject = f"The library's agent {path.stem!r}"
    return read_spec(LibraryAgent, parse_text(path.read_text(encoding="utf-8"), subject), subject)


def copy_of(agent: AgentSpec, variables: Mapping[str, str]) -> LibraryAgent:
    """Return a member of a team with these `variables` as an agent of the library, with those that it uses; switched
    on."""
    used = {name for text in agent.filled_texts.values() for name in placeholders(text)}
    kept = {name: value for name, value in variables.items() if name in used}
    return LibraryAgent(agent=agent.model_copy(update={"is_off": False}), variables=kept)


def message_to_try(name: str, agents: Iterable[LibraryAgent]) -> str:
    """Return the message to try the member of that name with, of the one of `agents` that it is a copy of: a copy has
    its name, or its name with a number behind; "" when there is none."""
    messages = {known.agent.name: known.try_with for known in agents if known.try_with}
    return messages.get(name) or messages.get(name.rstrip("0123456789").rstrip("_"), "")
