"""The library's own proposal of a team, for when no model's can be used: agents whose words are like a person's.

Pure functions. Called by `agents.studio.proposals`.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable

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
    speakers = [each for each in library() if each.agent.has_model]
    scores = _scores(speakers, _stems(text))
    best = sorted(speakers, key=lambda each: -scores[each.agent.name])[:N_CHOSEN]
    least = max(scores.values()) / 3
    chosen = [each for each in best if scores[each.agent.name] > least] or _named(USUAL)
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


CRITIC = "Critic"
USUAL = ("Planner", "Writer", CRITIC)
"""Agents of the library that help with any task."""
_COMMON = {
    "about", "agent", "agents", "also", "and", "are", "answer", "can", "each", "every", "for", "from", "has",
    "have", "help", "into", "its", "make", "makes", "members", "more", "must", "not", "one", "our", "should",
    "some", "that", "the", "their", "them", "then", "they", "this", "use", "what", "when", "which", "who",
    "will", "with", "would", "write", "you", "your", "team",
}  # fmt: skip
"""Words that say nothing of a task."""
STEM_CHARS = 5


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words in `text` that say something."""
    words = re.findall(r"[^\W\d_]{3,}", text.casefold())
    return {word[:STEM_CHARS] for word in words if word not in _COMMON}


def _scores(agents: Iterable[LibraryAgent], wanted: set[str]) -> dict[str, float]:
    """Return how much like the wanted words each agent's are, by its name: a word that many have counts little, one of
    its name three times."""
    named = {each.agent.name: _stems(each.agent.label) for each in agents}
    described = {each.agent.name: _stems(f"{each.agent.description} {each.try_with}") for each in agents}
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


_WRITES_CODE = re.compile(r"\b(?:writes|with)\b.*\bcode\b")


def _place(each: LibraryAgent) -> tuple[bool, bool, int]:
    """Return where a member of the library stands in a team: who leads first, who ends it last."""
    agent, category = each.agent, each.category or CATEGORIES[-1]
    is_leader = "speaks first" in agent.description.casefold()
    return not is_leader, PHRASE in agent.prompt and not is_leader, CATEGORIES.index(category)
