"""When a chat of a team ends, as one sentence. Pure functions over the team.

Called by the team editor and by the dialog that starts a chat.
"""

from collections.abc import Sequence

from agents.plain_text import one_line
from agents.specs import TeamSpec, active_team
from agents.specs.conversation import ends_after
from agents.text.numbers import amount_text, count_text, span_text
from agents.text.spend import dollars

MAX_PHRASE_CHARS, MAX_NAMED = 40, 3


def ending_sentence(team: TeamSpec) -> str:
    """Return what ends a chat, and at which limits a person is asked: "Ends when QA engineer says TERMINATE. Asks you
    after 12 messages, or at $0.50."."""
    team = active_team(team)
    ends, limits = _endings(team), _limits(team)
    if team.limits.when_reached == "end":
        ends, limits = [*ends, *limits], []
    sentences = [f"Ends {_either(ends)}." if ends else "Ends when you press End."]
    if limits:
        sentences.append(f"Asks you {_either(limits)}.")
    return " ".join(sentences)


def _endings(team: TeamSpec) -> list[str]:
    termination, found = team.termination, []
    if termination.phrases:
        only = "only " if termination.match == "equals" else ""
        phrases = [one_line(phrase, MAX_PHRASE_CHARS) for phrase in termination.phrases]
        by = None if termination.by is None else [team.agent(name).label for name in termination.by]
        found.append(f"when {_names(by)} says {only}{_names(phrases)}")
    if termination.function:
        found.append(f"when the function {termination.function} says so")
    last = [agent.label for agent in team.agents if ends_after(team, agent.name)]
    if last:
        found.append(f"after {_names(last)} has spoken")
    return found


def _limits(team: TeamSpec) -> list[str]:
    limits, found = team.limits, []
    if limits.max_rounds:
        found.append(f"after {count_text(limits.max_rounds, 'message')}")
    if limits.max_cost_usd:
        cost = limits.max_cost_usd
        found.append(f"at {dollars(cost) if cost >= 0.1 else amount_text('max_cost_usd', cost)}")
    if limits.max_tokens:
        found.append(f"at {count_text(limits.max_tokens, 'token')}")
    if limits.max_work_s:
        found.append(f"after {span_text(limits.max_work_s)} of work")
    if limits.max_repeats:
        found.append(f"when somebody says the same {count_text(limits.max_repeats, 'time')}")
    return found


def _either(parts: Sequence[str]) -> str:
    """Parts of a sentence, the last after "or"."""
    return ", or ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])}, or {parts[-1]}"


def _names(names: Sequence[str] | None) -> str:
    if names is None:
        return "somebody"
    shown = [*names[:MAX_NAMED], *(["another"] if len(names) > MAX_NAMED else [])]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
