"""When a chat of a team ends, as one sentence, and as its parts, each with the field of the team that it says. Pure
functions over the team.

Called by the team editor, where each part is edited where it stands, and by the dialog that starts a chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.plain_text import one_line
from agents.specs import TeamSpec, active_team
from agents.specs.conversation import ends_after
from agents.text.numbers import amount_text, count_text, span_text
from agents.text.spend import dollars

MAX_PHRASE_CHARS, MAX_NAMED = 40, 3


@dataclass(frozen=True)
class EndingPart:
    """A piece of the sentence."""

    text: str
    field: str = ""
    """The path of the team's field that it says, such as "limits.max_rounds"; "" for the words between."""


Clause = list[EndingPart]


def ending_sentence(team: TeamSpec) -> str:
    """Return what ends a chat, and at which limits a person is asked: "Ends when QA engineer says TERMINATE. Asks you
    after 12 messages, or at $0.50."."""
    return "".join(part.text for part in ending_parts(team))


def ending_parts(team: TeamSpec) -> list[EndingPart]:
    """Return the sentence in parts, which in their order are the whole of it; two that say no field are never beside
    each other."""
    team = active_team(team)
    ends, limits = _endings(team), _limits(team)
    reached, verb = "limits.when_reached", EndingPart("Ends")
    if team.limits.when_reached == "end" and limits:
        ends, limits, verb = [*ends, *limits], [], EndingPart("Ends", reached)
    never: Clause = [EndingPart("when you press End", "termination.phrases")]
    parts = [verb, EndingPart(" "), *_either(ends or [never]), EndingPart(".")]
    if limits:
        parts += [EndingPart(" "), EndingPart("Asks you", reached), EndingPart(" "), *_either(limits), EndingPart(".")]
    return _joined(parts)


def _endings(team: TeamSpec) -> list[Clause]:
    termination, found = team.termination, list[Clause]()
    if termination.phrases:
        by = None if termination.by is None else [team.agent(name).label for name in termination.by]
        phrases = [one_line(phrase, MAX_PHRASE_CHARS) for phrase in termination.phrases]
        only = [EndingPart("only", "termination.match"), EndingPart(" ")] if termination.match == "equals" else []
        who, what = EndingPart(_names(by), "termination.by"), EndingPart(_names(phrases), "termination.phrases")
        found.append([EndingPart("when "), who, EndingPart(" says "), *only, what])
    if termination.function:
        function = EndingPart(termination.function, "termination.function")
        found.append([EndingPart("when the function "), function, EndingPart(" says so")])
    last = [agent.label for agent in team.agents if ends_after(team, agent.name)]
    if last:
        spoken = EndingPart(f"{_names(last)} has spoken", "termination.after_last" if termination.after_last else "")
        found.append([EndingPart("after "), spoken])
    return found


def _limits(team: TeamSpec) -> list[Clause]:
    limits = team.limits
    cost = limits.max_cost_usd or 0
    said = {
        "max_rounds": ("after ", count_text(limits.max_rounds or 0, "message")),
        "max_cost_usd": ("at ", dollars(cost) if cost >= 0.1 else amount_text("max_cost_usd", cost)),
        "max_tokens": ("at ", count_text(limits.max_tokens or 0, "token")),
        "max_work_s": ("after ", f"{span_text(limits.max_work_s or 0)} of work"),
        "max_repeats": ("when somebody says the same ", count_text(limits.max_repeats or 0, "time")),
    }
    set_ones = {name: words for name, words in said.items() if getattr(limits, name)}
    return [[EndingPart(before), EndingPart(amount, f"limits.{name}")] for name, (before, amount) in set_ones.items()]


def _either(clauses: Sequence[Clause]) -> Clause:
    """Clauses of a sentence, the last after "or"."""
    parts = list(clauses[0])
    for number, clause in enumerate(clauses[1:], start=2):
        parts += [EndingPart(", or " if number == len(clauses) else ", "), *clause]
    return parts


def _joined(parts: Sequence[EndingPart]) -> list[EndingPart]:
    joined: list[EndingPart] = []
    for part in parts:
        if joined and not part.field and not joined[-1].field:
            joined[-1] = EndingPart(joined[-1].text + part.text)
        else:
            joined.append(part)
    return joined


def _names(names: Sequence[str] | None) -> str:
    if names is None:
        return "somebody"
    shown = [*names[:MAX_NAMED], *(["another"] if len(names) > MAX_NAMED else [])]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
