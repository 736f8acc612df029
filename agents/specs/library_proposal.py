"""The library's agents whose words are like a person's: those that a model is offered first, and the library's own
proposal of a team, for when no model's can be used.

Pure functions. Called by `agents.studio.proposals`.
"""

import re
from collections import Counter
from collections.abc import Collection

from agents.plain_text import one_line, shorten
from agents.specs.library import CATEGORIES, LibraryAgent, library
from agents.specs.team_proposal import (
    MAX_NAME_CHARS,
    MAX_PURPOSE_CHARS,
    PERSON,
    PHRASE,
    UNNAMED,
    TeamProposal,
    distinct,
)

N_CHOSEN = 3
"""Members that speak, at most."""


def by_words(text: str) -> TeamProposal:
    """Return the library's proposal for what a person wrote: those of its agents whose words are most like it, and the
    person. It is the same for the same text."""
    chosen = _like(text) or _named(USUAL)
    if len(chosen) == 1:
        chosen += [each for each in _named([CRITIC]) if each not in chosen]
    chosen = _with_executor(sorted(chosen, key=_place))
    line = one_line(text)
    return TeamProposal(
        name=shorten(line, MAX_NAME_CHARS) or UNNAMED,
        purpose=shorten(line, MAX_PURPOSE_CHARS),
        members=distinct([LibraryAgent(agent=PERSON), *chosen]),
        by_words=True,
    )


def ranked(text: str) -> list[LibraryAgent]:
    """Return the library's agents, those first whose words are most like a person's, then those that always help; the
    one who runs code behind the first who writes any."""
    scores = _scores(_stems(text))
    speakers = [each for each in library() if each.agent.has_model]
    speakers.sort(key=lambda each: (-scores[each.agent.name], each.agent.name not in USUAL))
    first = next(place for place, each in enumerate(speakers, start=1) if _WRITES_CODE.search(each.agent.description))
    executors = [each for each in library() if each.agent.role == "executor"]
    return [*speakers[:first], *executors, *speakers[first:]]


def fitting(text: str, most: int) -> list[LibraryAgent]:
    """Return so many agents that speak, those whose words are most like a person's and those that always help, in the
    order in which they would work; and the one who runs code, where one of them writes any."""
    found = _like(text)
    found += [each for each in _named(USUAL) if each not in found]
    return _with_executor(sorted(found[:most], key=_place))


def _like(text: str) -> list[LibraryAgent]:
    """Return the agents whose words are like a person's, at most `N_CHOSEN`; those that are far less so than the first
    are left out."""
    scores = _scores(_stems(text))
    least = max(scores.values()) / 4
    best = [each for each in ranked(text) if each.agent.has_model][:N_CHOSEN]
    return [each for each in best if scores[each.agent.name] > least]


CRITIC = "Critic"
USUAL = ("Planner", "Writer", CRITIC)
"""Agents of the library that help with any task."""
_COMMON = {
    "about", "agent", "agents", "also", "and", "answer", "answers", "are", "asked", "can", "each", "every",
    "for", "from", "good", "has", "have", "help", "into", "its", "long", "make", "makes", "members", "more",
    "must", "new", "not", "one", "order", "orders", "others", "our", "part", "parts", "says", "short", "should",
    "small", "some", "speaks", "team", "that", "the", "their", "them", "then", "they", "this", "use", "what",
    "when", "which", "who", "will", "with", "work", "works", "would", "write", "you", "your",
}  # fmt: skip
"""Words that say nothing of a task."""
STEM_CHARS = 4


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words in `text` that say something."""
    words = re.findall(r"[^\W\d_]{3,}", text.casefold())
    return {word[:STEM_CHARS] for word in words if word not in _COMMON}


def _scores(wanted: set[str]) -> dict[str, float]:
    """Return how much like the wanted words those of each agent that speaks are, by its name: a word that many have
    counts little, one of its name three times."""
    agents = [each for each in library() if each.agent.has_model]
    named = {each.agent.name: _stems(each.agent.label) for each in agents}
    described = {each.agent.name: _stems(each.agent.description) for each in agents}
    n_agents = Counter(stem for name in named for stem in named[name] | described[name])
    worth = {stem: 1 / n_agents[stem] for stem in wanted if stem in n_agents}
    return {
        name: sum(each * (3 * (stem in named[name]) + (stem in described[name])) for stem, each in worth.items())
        for name in named
    }


def _named(names: Collection[str]) -> list[LibraryAgent]:
    return [each for each in library() if each.agent.name in names]


def _with_executor(chosen: list[LibraryAgent]) -> list[LibraryAgent]:
    """Return the members with the one who runs code behind the last who writes any."""
    writers = [place for place, each in enumerate(chosen, start=1) if _WRITES_CODE.search(each.agent.description)]
    executors = [each for each in library() if each.agent.role == "executor"] if writers else []
    return [*chosen[: max(writers, default=0)], *executors, *chosen[max(writers, default=0) :]]


_WRITES_CODE = re.compile(r"\b(?:writes|with)\b.*\bcode\b", re.IGNORECASE)


def _place(each: LibraryAgent) -> tuple[bool, bool, int]:
    """Return where a member of the library stands in a team: who leads first, who ends it last."""
    agent, category = each.agent, each.category or CATEGORIES[-1]
    is_leader = "speaks first" in agent.description.casefold()
    return not is_leader, PHRASE in agent.prompt and not is_leader, CATEGORIES.index(category)
