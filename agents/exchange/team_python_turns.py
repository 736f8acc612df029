"""How many turns a chat of two has as a Python script: AutoGen counts a message and its answer as one."""

from agents.specs import AgentSpec, TeamSpec

MAX_TURNS = 50_000
"""Of a chat of two without a limit: with none at all, AutoGen's calls nest until Python ends it."""
MAX_NESTED_REPLIES = 50
"""Replies in a row that Python can nest without trouble."""


def turns_of(team: TeamSpec) -> int | None:
    """Return the max_turns of a chat of two; None where it has none. A turn is a message and its answer."""
    giver = team.agent(team.task_giver)
    other = next(agent for agent in team.agents if agent is not giver)
    most = team.limits.max_rounds
    if team.termination.after_last and team.agents[-1].name == other.name:
        return 1
    if other.asks_human != "NEVER":  # AutoGen would go on after "exit"
        return None
    if most is not None:
        return -(-most // 2)
    has_end = giver.asks_human == "ALWAYS" or any(_is_worn_out_early(agent) for agent in team.agents)
    return None if has_end else MAX_TURNS


def _is_worn_out_early(agent: AgentSpec) -> bool:
    return agent.max_consecutive_auto_reply is not None and agent.max_consecutive_auto_reply <= MAX_NESTED_REPLIES
