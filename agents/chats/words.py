"""How a chat's state reads in a sentence, and what tells one offer of a screen from the next.

Pure functions over `ChatState`. Called by the live feed, the pages and the command line, so that all say the same.
"""

from agents.chats.events import DecisionMade, DecisionRequested, SpeakerSelected, sha256_of
from agents.chats.transcript import ChatState

CHOSEN = {
    "auto": "chosen by the model",
    "round_robin": "next in turn",
    "random": "picked at random",
    "manual": "chosen by a person",
    "only_choice": "the only one who may follow",
    "first": "speaks first",
    "fallback": "next in the list: the model named nobody",
}
"""How a speaker was selected, by `SpeakerSelected.method`."""


def state_line(state: ChatState, labels: dict[str, str], writing: str = "", has_worker: bool = True) -> str:
    """Whose move it is, in a sentence. `labels`: agent name -> name to show; `writing`: whose text streams."""
    if state.status == "ended" and state.ended:
        return f"Ended: {state.ended.text}"
    if state.status == "waiting" and state.request:
        return waiting_line(state.request, labels)
    if not has_worker:
        return "No worker is running; nothing is lost. Restart the app, or start one: python -m agents worker"
    if writing:
        return f"{labels.get(writing, writing)} is writing…"
    if state.pending:
        return f"{labels.get(state.pending.agent, state.pending.agent)} is thinking…"
    return "Choosing who speaks next…" if len(state.messages) > 1 else "Starting…"


def waiting_line(request: DecisionRequested, labels: dict[str, str]) -> str:
    """What a person is waited for."""
    who = labels.get(request.agent, request.agent)
    if request.of == "human_turn":
        return "Waiting for you" if who.lower() == "you" else f"Waiting for you, as {who}"
    if request.of == "next_speaker":
        return "Waiting for you to choose who speaks next"
    return f"Paused: {who or 'the speaker selection'} got no answer. Nothing is lost."


def decision_line(decision: DecisionMade, request: DecisionRequested | None, labels: dict[str, str]) -> str:
    """What a person decided, for the transcript; "" for a reply, which is there to read as a message."""
    by, agent = decision.by.name, request.agent if request else ""
    who = labels.get(agent, agent) or "the speaker selection"
    match decision.verdict:
        case "reply":
            return ""
        case "skip":
            return f"{by} skipped the turn of {who}"
        case "end":
            return ""
        case "choose":
            return f"{by} chose {labels.get(decision.choice, decision.choice)} to speak next"
        case "retry":
            return f"{by} tried again"
        case "change_model":
            at = f"{decision.model} at {decision.choice}" if decision.model else decision.choice
            return f"{by} moved {who} to {at}"


def chosen_line(selected: SpeakerSelected | None) -> str:
    """How the turn's speaker came to it; "" when that is not known."""
    return CHOSEN[selected.method] if selected else ""


def offer_of(state: ChatState) -> str:
    """A short text that changes exactly when what a screen should offer (forms, buttons) changes."""
    request, ended = state.request, state.ended
    n_before = len(state.messages) - state.spent.n_messages
    parts = [state.status, request.request if request else "", ended.text if ended else "", n_before]
    return sha256_of(parts)[:16]
