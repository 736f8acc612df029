"""Why a chat ends by itself: phrases, rounds, tokens, cost, time, repetition. Pure functions of the state."""

from agents.chats import ChatEnded, ChatState, MessagePosted
from agents.specs import TeamSpec, TerminationSpec


def closing_phrase(message: MessagePosted, termination: TerminationSpec) -> str:
    """The phrase by which `message` ends the chat, or "". The task itself and people's messages end nothing."""
    if message.source in ("task", "human") or (termination.by is not None and message.agent not in termination.by):
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
    """The closing phrase of the last message, "" when there is none or a person has gone on since."""
    counted = state.counted
    return closing_phrase(counted[-1], team.termination) if counted else ""


def limit_reached(state: ChatState, team: TeamSpec) -> ChatEnded | None:
    """The end that a limit brings about now, or None."""
    limits, spent = team.limits, state.spent
    if limits.max_rounds is not None and spent.n_messages >= limits.max_rounds:
        return ChatEnded(reason="max_rounds", text=f"The limit of {limits.max_rounds} messages is reached.")
    if limits.max_tokens is not None and spent.n_tokens >= limits.max_tokens:
        text = f"The limit of {limits.max_tokens:,} tokens is reached: {spent.n_tokens:,} are used."
        return ChatEnded(reason="max_tokens", text=text)
    if limits.max_cost_usd is not None and spent.cost_usd >= limits.max_cost_usd:
        text = f"The limit of ${limits.max_cost_usd:,.4g} is reached: ${spent.cost_usd:,.4g} is spent."
        return ChatEnded(reason="max_cost", text=text)
    if limits.max_work_s is not None and spent.work_s >= limits.max_work_s:
        return ChatEnded(reason="max_work", text=f"The limit of {limits.max_work_s:,.0f} s of work is reached.")
    if limits.max_repeats is not None and _repeats(state) >= limits.max_repeats:
        name = team.agent(state.messages[-1].agent).label
        return ChatEnded(reason="repeats", text=f"{name} said the same {limits.max_repeats} times in a row.")
    return None


def _repeats(state: ChatState) -> int:
    """How many times in a row the model behind the last speaker has now said the same."""
    counted = state.counted
    if not counted or counted[-1].source != "model":
        return 0
    last = counted[-1]
    n_same = 0
    for message in reversed(counted):
        if message.agent != last.agent:
            continue
        if message.source != "model" or message.content.strip() != last.content.strip():
            break
        n_same += 1
    return n_same
