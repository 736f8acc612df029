"""How much of a chat's limits is used: what the engine measures, and the Cost tab shows. Pure."""

from dataclasses import dataclass

from agents.chats.requests import Limit
from agents.chats.state import ChatState
from agents.specs import TeamSpec


@dataclass(frozen=True)
class Amount:
    """What is used of one limit."""

    limit: Limit
    used: float
    allowed: float


def amounts(state: ChatState, team: TeamSpec) -> list[Amount]:
    """Return how much of each limit of the team, as raised in this chat, is used since its start or continuation."""
    used: dict[Limit, float] = {
        "max_rounds": state.n_counted,
        "max_tokens": state.spent.n_tokens,
        "max_cost_usd": state.spent.cost_usd,
        "max_work_s": state.work_s,
    }
    allowed = {limit: state.raised.get(limit, getattr(team.limits, limit)) for limit in used}
    return [
        Amount(limit, amount, float(most)) for limit, amount in used.items() if (most := allowed[limit]) is not None
    ]
