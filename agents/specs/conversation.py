"""Who may speak after whom, as arrows: what the editor draws, and what the choice of speakers keeps to.

Whom the choice is among is `TeamSpec.followers`; here is what the team's way of choosing makes of it. Pure functions.
"""

from typing import NamedTuple

from agents.specs.approval_rules import HAND_TO
from agents.specs.team import TeamSpec

COMMON_WORDS = {"you", "i", "me", "we", "all", "user"}
"""Names that stand in ordinary sentences, in small letters: a message that has one of them names nobody by it."""


class Arrow(NamedTuple):
    """One member may speak after another."""

    speaker: str
    follower: str
    is_usual: bool = True
    """False: only when somebody or something else than the team's method says so."""


def next_speakers(team: TeamSpec, name: str) -> list[str]:
    """Return those whom the team's method may choose after `name`: in turn, only the next of its followers."""
    followers = team.followers(name)
    if team.selection.method != "round_robin" or len(team.agents) == 2:
        return followers
    names = [agent.name for agent in team.agents]
    place = names.index(name)
    return [other for other in (*names[place + 1 :], *names[: place + 1]) if other in followers][:1]


def arrows(team: TeamSpec) -> list[Arrow]:
    """Return who may speak after whom, by speaker in the team's order, each pair once.

    Followers whom the method never chooses are there where messages, members or a function may choose them, and so is
    the one who answers the task; after whom the chat ends has none, once the task is given."""
    found: dict[tuple[str, str], Arrow] = {}
    for agent in team.agents:
        if ends_after(team, agent.name) and agent.name != team.task_giver:
            continue
        usual = next_speakers(team, agent.name)
        is_free = team.selection.named or bool(team.selection.function) or HAND_TO in agent.tools
        for follower in team.followers(agent.name):
            if follower in usual or is_free:
                found[agent.name, follower] = Arrow(agent.name, follower, follower in usual)
    first = (team.task_giver, team.first_speaker)
    if team.first_speaker and first not in found:
        found[first] = Arrow(*first, is_usual=False)
    return list(found.values())


def ends_after(team: TeamSpec, name: str) -> bool:
    """Whether the chat is over once that member has spoken."""
    is_last = team.termination.after_last and name == team.agents[-1].name
    return is_last or not team.followers(name)


def is_open_to_all(team: TeamSpec) -> bool:
    """Whether anybody may speak after anybody else."""
    names = {agent.name for agent in team.agents}
    return len(names) > 2 and all(set(next_speakers(team, name)) >= names - {name} for name in names)
