"""How a chat's state reads in a sentence, and what tells one offer of a screen from the next.

Pure functions over `ChatState`. Called by the live feed, the pages and the command line, so that all say the same.
"""

from agents.chats.events import (
    ChatContinued,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    Interjected,
    LimitNeared,
    PauseAsked,
    RuleAdded,
    RuleRevoked,
    SpeakerSelected,
    ToolStarted,
)
from agents.chats.state import ChatState
from agents.chats.values import sha256_of
from agents.specs import GATED, Rule
from agents.text.numbers import amount_text
from agents.version import COMMAND

STATUS_WORD = {"running": "Working", "waiting": "Waiting for you", "ended": "Ended"}
"""A chat's status."""

CHOSEN = {
    "auto": "chosen by the model",
    "round_robin": "next in turn",
    "random": "picked at random",
    "manual": "chosen by a person",
    "only_choice": "the only one who may follow",
    "first": "speaks first",
    "fallback": "next in the list: the model named nobody",
    "interjected": "had something to say",
}
"""How a speaker was selected, by `SpeakerSelected.method`."""


RUN_AGAIN = "Run it again?"
"""How the question ends about what began to run and was cut off. Lists, which hold no payload, tell it by that."""


def state_line(state: ChatState, labels: dict[str, str], writing: str = "", has_worker: bool = True) -> str:
    """Whose move it is, in a sentence. `labels`: agent name -> name to show; `writing`: whose text streams."""
    if state.status == "ended" and state.ended:
        return f"Ended: {state.ended.text}"
    if state.status == "waiting" and state.request:
        return waiting_line(state.request, labels)
    if not has_worker:
        return f"No worker is running; nothing is lost. Restart the app, or start one: {COMMAND} worker"
    if under_way := _under_way(state):
        who = labels.get(under_way.agent, under_way.agent)
        return (
            f"{who} is running code…" if isinstance(under_way, CodeStarted) else f"{who} is calling {under_way.tool}…"
        )
    if writing:
        return f"{labels.get(writing, writing)} is writing…"
    if state.pending:
        return f"{labels.get(state.pending.agent, state.pending.agent)} is thinking…"
    return "Choosing who speaks next…" if len(state.messages) > 1 else "Starting…"


def _under_way(state: ChatState) -> CodeStarted | ToolStarted | None:
    """The block or the tool that runs now."""
    return next((begun[-1] for key, begun in state.begun.items() if key not in state.returned), None)


def waiting_line(request: DecisionRequested, labels: dict[str, str]) -> str:
    """What a person is waited for."""
    who = labels.get(request.agent, request.agent)
    match request.of:
        case "human_turn":
            return "Waiting for you" if who.lower() == "you" else f"Waiting for you, as {who}"
        case "next_speaker":
            return "Waiting for you to choose who speaks next"
        case "model_failure":
            return f"Paused: {who or 'the speaker selection'} got no answer. Nothing is lost."
        case "tool_call" if request.payload.get("is_cut"):
            return f"Waiting for your decision: {who}'s call of {request.payload.get('tool')} was cut off"
        case "code_block" if request.payload.get("is_cut"):
            return f"Waiting for your decision: code of {who} was cut off"
        case "tool_call":
            return f"Waiting for your approval: {who} wants to call {request.payload.get('tool')}"
        case "code_block":
            return f"Waiting for your approval: {who} wants to run code"
        case "package":
            return f"Waiting for your approval: the code needs {request.payload.get('package')}"
        case "message":
            return f"Waiting for your approval of a message of {who}"
        case "limit" | "loop" | "pause":
            return f"Paused: {request.question}"


def decision_line(decision: DecisionMade, request: DecisionRequested | None, labels: dict[str, str]) -> str:
    """What was decided, for the transcript; "" for what is there to read as a message or an ending."""
    is_by_rule = decision.by is None and decision.rule
    by = f"The rule “{decision.rule}”" if is_by_rule else decision.who
    agent = request.agent if request else ""
    who = labels.get(agent, agent) or "the speaker selection"
    what = _gated(request, who) if request else "it"
    match decision.verdict:
        case "end":
            return ""
        case "reply":
            is_in_place = request is not None and request.of in ("tool_call", "code_block")
            return f"{by} answered in the place of {what}" if is_in_place else ""
        case "skip":
            is_gated = request is not None and request.of in GATED
            return f"{by} left out {what}" if is_gated else f"{by} skipped the turn of {who}"
        case "choose":
            return f"{by} chose {labels.get(decision.choice, decision.choice)} to speak next"
        case "retry":
            return f"{by} tried again"
        case "change_model":
            at = f"{decision.model} at {decision.choice}" if decision.model else decision.choice
            return f"{by} moved {who} to {at}"
        case "approve":
            return f"{by} approved {what}"
        case "edit":
            return f"{by} changed and approved {what}"
        case "reject":
            return f"{by} rejected {what}" + (f": {decision.text}" if decision.text else "")
        case "raise":
            return f"{by} raised the limit to {decision.amount:,.6g}"
        case "finish":
            return f"{by} lets this turn finish; then the chat ends"
        case "continue":
            return f"{by} went on"


def _gated(request: DecisionRequested, who: str) -> str:
    match request.of:
        case "tool_call":
            return f"{request.payload.get('tool')}, called by {who}"
        case "code_block":
            return f"code of {who}"
        case "package":
            return f"the install of {request.payload.get('package')}"
        case _:
            return f"a message of {who}"


def allowed_line(added: RuleAdded, labels: dict[str, str]) -> str:
    """What a person approved for the rest of the chat."""
    rule = Rule.model_validate(added.rule)
    kinds = {
        "tool_call": rule.tool,
        "code_block": f"{rule.language} code",
        "message": "messages",
        "package": f"installs of {rule.package}",
    }
    what = kinds.get(rule.kind, "all")
    return f"{added.by.name} approved {what} of {labels.get(rule.agent, rule.agent)} for the rest of this chat"


def near_line(near: LimitNeared) -> str:
    """That most of a limit is used, in a sentence."""
    used, allowed = amount_text(near.limit, near.used), amount_text(near.limit, near.allowed)
    match near.limit:
        case "max_rounds":
            return f"{used} of {allowed} messages are used."
        case "max_tokens":
            return f"{used} of {allowed} tokens are used."
        case "max_cost_usd":
            return f"{used} of {allowed} are spent."
        case "max_work_s":
            return f"{used} of {allowed} s of work are used."


def event_line(event: Event, labels: dict[str, str]) -> str:
    """Return what happened between two messages; "" for what is told in another way."""
    match event:
        case ChatContinued():
            return f"{event.by.name} continued the chat"
        case Interjected():
            return f"{event.by.name} said, for the next turn: {event.text}"
        case PauseAsked():
            return f"{event.by.name} asked for a pause after this turn"
        case LimitNeared():
            return near_line(event)
        case RuleAdded():
            return allowed_line(event, labels)
        case RuleRevoked():
            return f"{event.by.name} revoked an approval for this chat"
        case _:
            return ""


def source_line(source: str, by: str, *, is_author: bool = False) -> str:
    """Return where a message comes from, besides a model; "" for a model's. `by`: who wrote it, as the reader is told;
    `is_author`: the reader wrote it."""
    match source:
        case "task":
            return f"Task, by {by}" if by else "Task"
        case "human":
            return f"written by {by}" if by else "" if is_author else "written by a person"
        case "auto":
            return "automatic reply"
        case "code":
            return "ran code"
        case _:
            return ""


def chosen_line(selected: SpeakerSelected | None) -> str:
    """How the turn's speaker came to it; "" when that is not known."""
    return CHOSEN[selected.method] if selected else ""


def offer_of(state: ChatState) -> str:
    """A short text that changes exactly when what a screen should offer (forms, buttons) changes."""
    ended, n_before = state.ended, len(state.messages) - state.n_counted
    asked, allowed = [request.request for request in state.requests], [rule.id for rule in state.rules]
    is_pausing = state.pause is not None
    parts = [
        state.status,
        *asked,
        ended.text if ended else "",
        n_before,
        allowed,
        is_pausing,
        len(state.said),
        len(state.files),
    ]
    return sha256_of(parts)[:16]
