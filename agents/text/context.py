"""How it reads that a long chat no longer fits: what is left out, what is summed up, and how full a window is. Pure."""

from agents.chats import SELECTION, ChatState, ContextSummarised, ContextTrimmed
from agents.specs import TeamSpec
from agents.text.numbers import count_text, tokens_text
from agents.text.spend import dollars


def trimmed_line(trim: ContextTrimmed, labels: dict[str, str]) -> str:
    """Return what a member's model is no longer sent, and why."""
    who = "the choice of speakers" if trim.agent == SELECTION else labels.get(trim.agent, trim.agent)
    begun = f"Left out for {who} from here on:"
    if trim.why == "choice":
        return f"{begun} the oldest messages, as the team's setting for long chats says."
    parts = []
    if trim.n_messages:
        parts.append("the oldest message" if trim.n_messages == 1 else f"the {trim.n_messages:,} oldest messages")
    if trim.n_results:
        parts.append(f"{count_text(trim.n_results, 'older tool result')} of this turn")
    if trim.max_chars:
        parts.append(f"the middle of texts longer than {trim.max_chars:,} characters")
    window = f" Its model reads {trim.context_window:,} tokens at once." if trim.context_window else ""
    failed = " A summary was to take their place, but the call for it failed." if trim.why == "no_summary" else ""
    return f"{begun} {', '.join(parts)}.{window}{failed}"


def summarised_line(made: ContextSummarised) -> str:
    """Return what is summed up, what that cost, and the summary."""
    cost = made.price.cost_usd
    paid = "unknown price" if cost is None else "free" if cost == 0 else dollars(cost)
    used = f" ({tokens_text(made.usage.total)}, {paid})" if made.usage else f" ({paid})" if cost is not None else ""
    older = "the oldest message" if made.n_messages == 1 else f"the {made.n_messages:,} oldest messages"
    return f"From here on everybody reads a summary of {older}{used}:\n{made.text}"


def n_read(state: ChatState, team: TeamSpec, agent: str) -> int:
    """Return how many of the chat's messages the model of `agent` is sent, the task included."""
    use = state.contexts.get(agent)
    left_out = [use.trim.n_messages if use and use.trim else 0, state.summary.n_messages if state.summary else 0]
    if team.context.method == "last":
        left_out.append(len(state.messages) - 1 - team.context.n_messages)
    return len(state.messages) - max(0, *left_out)


def window_line(state: ChatState, team: TeamSpec, agent: str) -> str:
    """Return how full the window of the agent's model was at its last call, and what it reads of the chat."""
    use, n_all = state.contexts.get(agent), len(state.messages)
    if use is None or not use.n_input:
        return "Nothing counted yet"
    n_sent = n_read(state, team, agent)
    of = f"of {use.window:,} tokens" if use.window else "tokens; how many fit is not known"
    summary = ", a summary" if state.summary else ""
    reads = (
        "all messages"
        if n_sent == n_all
        else f"the task{summary} and {n_sent - 1:,} of {count_text(n_all - 1, 'message')}"
    )
    return f"{use.n_input:,} {of} · reads {reads}"
