"""Limits of a chat: the closing phrase, what it may use, and repeated messages. Pure functions of the state."""

from difflib import SequenceMatcher
from typing import Any

from agents.chats import ChatEnded, ChatState, Limit, LimitNeared, MessagePosted
from agents.chats.events import EndReason
from agents.chats.limits import Amount, amounts
from agents.chats.requests import LimitRequest
from agents.specs import LimitsSpec, TeamSpec, TerminationSpec
from agents.text.numbers import amount_text, count_text

NEAR = 0.8
"""The part of a limit from which on people are warned."""
ALIKE = 0.92
"""How alike the words of two messages must be for them to count as the same (difflib's ratio)."""
MIN_COMPARED_WORDS, MAX_COMPARED_WORDS = 10, 1_000

_REACHED: dict[Limit, tuple[EndReason, str]] = {
    "max_rounds": ("max_rounds", "The limit of {messages} is reached."),
    "max_tokens": ("max_tokens", "The limit of {allowed} tokens is reached: {used} are used."),
    "max_cost_usd": ("max_cost", "The limit of {allowed} is reached: {used} is spent."),
    "max_work_s": ("max_work", "The limit of {allowed} s of work is reached."),
}
"""Why a chat ends that has reached the limit, and what a person reads."""


def closing_phrase(message: MessagePosted, termination: TerminationSpec) -> str:
    """Return the phrase by which `message` ends the chat, or "". The task itself ends nothing."""
    if message.source == "task" or (termination.by is not None and message.agent not in termination.by):
        return ""
    text = message.content.strip()
    for phrase in termination.phrases:
        wanted = phrase.strip()
        match termination.match:
            case "ends_with":
                is_said = text.endswith(wanted)
            case "contains":
                is_said = wanted in text
            case "equals":
                is_said = text == wanted
        if is_said:
            return phrase
    return ""


def said_phrase(state: ChatState, team: TeamSpec) -> str:
    """Return the closing phrase of the last message, "" when there is none or a person has gone on since."""
    counted = state.counted
    return closing_phrase(counted[-1], team.termination) if counted else ""


class Use(Amount):
    """One limit, and what follows once it is reached."""

    @property
    def is_reached(self) -> bool:
        return self.used >= self.allowed

    @property
    def text(self) -> str:
        """What a person reads when it is reached."""
        used, allowed = amount_text(self.limit, self.used), amount_text(self.limit, self.allowed)
        messages = count_text(round(self.allowed), "message")
        return _REACHED[self.limit][1].format(used=used, allowed=allowed, messages=messages)

    def request(self, *, within_turn: bool) -> LimitRequest:
        """Return what a person is asked when it is reached."""
        return LimitRequest(
            limit=self.limit,
            used=round(self.used, 6),
            allowed=self.allowed,
            text=self.text,
            is_within_turn=within_turn,
        )

    @property
    def ended(self) -> ChatEnded:
        """The end that the limit brings where no person is asked."""
        return ChatEnded(reason=_REACHED[self.limit][0], text=self.text)


LEAST: dict[Limit, float] = {"max_tokens": 1, "max_cost_usd": 1e-9, "max_work_s": 1e-3}
"""What is left at least of a limit that a chat passes on: one of nothing cannot be written."""


def within(limits: LimitsSpec, state: ChatState, team: TeamSpec) -> LimitsSpec:
    """Return `limits`, of a team that works on the turn under way, inside what is left of those of the chat. They are
    its own where a person lets the turn finish whatever it uses. Where the chat ends at its limits and asks nobody, so
    does the team once it has any of them."""
    if state.is_finishing:
        return limits
    left: dict[str, Any] = {}
    for use in amounts(state, team):
        if use.limit in LEAST:
            own, rest = getattr(limits, use.limit), max(use.allowed - use.used, LEAST[use.limit])
            left[use.limit] = min(rest if own is None else own, rest)
    if "max_tokens" in left:
        left["max_tokens"] = int(left["max_tokens"])
    if left and team.limits.when_reached == "end":
        left["when_reached"] = "end"
    return limits.model_copy(update=left)


def reached(state: ChatState, team: TeamSpec, *, within_turn: bool = False) -> Use | None:
    """Return the first limit that is reached; messages are no matter within a turn."""
    uses = (Use(amount.limit, amount.used, amount.allowed) for amount in amounts(state, team))
    found = (use for use in uses if use.is_reached)
    return next((use for use in found if not (within_turn and use.limit == "max_rounds")), None)


def newly_near(state: ChatState, team: TeamSpec) -> LimitNeared | None:
    """Return the warning that is due: most of a limit is used, and it was not said before."""
    for use in amounts(state, team):
        is_near = NEAR * use.allowed <= use.used < use.allowed
        if is_near and (use.limit, use.allowed) not in state.neared:
            return LimitNeared(limit=use.limit, used=round(use.used, 6), allowed=use.allowed)
    return None


def repeats(state: ChatState) -> int:
    """Return how many times in a row the model behind the last speaker has now said the same, or nearly the same.

    Messages that a person has looked at, and the chat went on, count no more."""
    first = max(len(state.messages) - state.n_counted, state.n_looked_at)
    counted = state.messages[first:]
    if not counted or counted[-1].source != "model":
        return 0
    last = counted[-1]
    n_same = 0
    for message in reversed(counted):
        if message.agent != last.agent:
            continue
        if message.source != "model" or not _are_alike(message.content, last.content):
            break
        n_same += 1
    return n_same


def _are_alike(one: str, other: str) -> bool:
    words, others = one.lower().split()[:MAX_COMPARED_WORDS], other.lower().split()[:MAX_COMPARED_WORDS]
    if words == others:
        return True
    if min(len(words), len(others)) < MIN_COMPARED_WORDS:  # of a few words, another one is another answer
        return False
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
