"""How a chat's state reads in a sentence, and what tells one offer of a screen from the next.

Pure functions over `ChatState`. Called by the live feed, the pages and the command line, so that all say the same.
"""

import re

from agents.chats import ChatRow, events
from agents.chats.events import Event
from agents.chats.requests import RequestBase
from agents.chats.state import ChatState
from agents.chats.values import sha256_of
from agents.specs import HANDING_OVER, Rule
from agents.text.context import summarised_line, trimmed_line
from agents.text.numbers import amount_text, count_text
from agents.text.spend import cost_text, totals_text
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
    "function": "chosen by the team's function",
    "handed_over": "was handed the turn",
    "named": "named in the message before",
    "runs_code": "runs the code of the message before",
}
"""How a speaker was selected, by `SpeakerSelected.method`."""


def state_line(
    state: ChatState, labels: dict[str, str], writing: str = "", has_worker: bool = True, notice: str = ""
) -> str:
    """Whose move it is, in a sentence. `labels`: agent name -> name to show; `writing`: whose text streams; `notice`:
    what is waited for."""
    if state.status == "ended" and state.ended:
        return f"Ended: {state.ended.text}"
    if state.status == "waiting" and state.request:
        return waiting_line(state.request, labels)
    if not has_worker:
        return f"No worker is running; nothing is lost. Restart the app, or start one: {COMMAND} worker"
    if state.ending or state.owes_summary:
        return "Summing up the chat…"
    if state.subchat is not None:
        who = labels.get(state.subchat.agent, state.subchat.agent)
        return f"{who} is at work: {notice}" if notice else f"{who} is at work…"
    if notice:
        return notice
    if under_way := _under_way(state):
        who = labels.get(under_way.agent, under_way.agent)
        work = "running code" if isinstance(under_way, events.CodeStarted) else f"calling {under_way.tool}"
        return f"{who} is {work}…"
    if writing:
        return f"{labels.get(writing, writing)} is writing…"
    if state.pending:
        return f"{labels.get(state.pending.agent, state.pending.agent)} is thinking…"
    return "Choosing who speaks next…" if len(state.messages) > 1 else "Starting…"


def _under_way(state: ChatState) -> events.CodeStarted | events.ToolStarted | None:
    """Return the block or the tool that runs now."""
    return next((begun[-1] for key, begun in state.begun.items() if key not in state.returned), None)


def waiting_line(request: events.DecisionRequested, labels: dict[str, str]) -> str:
    """Return what a person is waited for."""
    return request.asked.waiting(labels.get(request.agent, request.agent), request.question)


def decision_line(
    decision: events.DecisionMade, request: events.DecisionRequested | None, labels: dict[str, str]
) -> str:
    """Return what was decided, for the transcript; "" for what is there to read as a message or an ending.
    `request`: None where it is not at hand."""
    if decision.rule == HANDING_OVER.rule and decision.by is None:
        return ""  # the call says whom it chose
    by = f"The rule “{decision.rule}”" if decision.by is None and decision.rule else decision.who
    asked, agent = (request.asked, request.agent) if request else (RequestBase(), "")
    return asked.decided(by, labels.get(agent, agent), decision.answer, labels)


def rule_text(rule: Rule, labels: dict[str, str]) -> str:
    """Return a rule of a chat as its approver thinks of it: "calls of add by Developer"."""
    agent = _unescaped(rule.agent)
    who = "everybody" if rule.agent == "*" else labels.get(agent, agent)
    match rule.kind:
        case "tool_call":
            return f"calls of {_unescaped(rule.tool)} by {who}"
        case "code_block":
            return f"{_unescaped(rule.language)} code of {who}"
        case "message":
            return f"messages of {who}"
        case "package":
            return f"installs of {_unescaped(rule.package)} by {who}"
        case "any":
            return rule.label


def _unescaped(glob: str) -> str:
    """Return the name that `glob.escape` made a pattern of."""
    for mark in "*?[":
        glob = glob.replace(f"[{mark}]", mark)
    return glob


NEAR = {
    "max_rounds": "messages are used",
    "max_tokens": "tokens are used",
    "max_cost_usd": "are spent",
    "max_work_s": "s of work are used",
}
"""What is said of a limit that is near, behind the amounts."""


def event_line(event: Event, labels: dict[str, str]) -> str:
    """Return what happened between two messages; "" for what is told in another way."""
    match event:
        case events.ChatContinued():
            return f"{event.by.name} continued the chat"
        case events.SummaryAsked():
            return f"{event.by.name} asked for the summary"
        case events.Interjected():
            return f"{event.by.name} said, for the next turn: {event.text}"
        case events.PauseAsked():
            return f"{event.by.name} asked for a pause after this turn"
        case events.FallbackUsed():
            who = labels.get(event.agent, event.agent) or "The speaker selection"
            cause = re.split(r"(?<=\.)\s", event.error, maxsplit=1)[0]  # what follows tells a person what to do
            return (
                f"{who}: {cause} “{event.fallback}” is used in place of “{event.connection}” until this turn is over."
            )
        case events.LimitNeared():
            used, allowed = amount_text(event.limit, event.used), amount_text(event.limit, event.allowed)
            return f"{used} of {allowed} {NEAR[event.limit]}."
        case events.ContextTrimmed():
            return trimmed_line(event, labels)
        case events.ContextSummarised():
            return summarised_line(event)
        case events.RuleAdded():
            allowed = rule_text(Rule.model_validate(event.rule), labels)
            return f"{event.by.name} approved {allowed} for the rest of this chat"
        case events.RuleRevoked():
            return f"{event.by.name} revoked an approval for this chat"
        case events.SubchatStarted() | events.SubchatReturned() | events.SubchatSpent():
            return team_line(event, labels)
        case events.ChatSummarised():
            return f"Summary: {event.text}" if event.text else f"There is no summary. {event.error}"
        case _:
            return ""


def part_text(part: ChatRow, at_work: ChatRow) -> str:
    """Return how far the chat of a team is, which others wait for: "3 turns, $0.02, waits for you". `at_work`: the chat
    on which the work goes on, itself or one below."""
    n_turns = part.n_messages - 1  # the first message is its task
    parts = [count_text(n_turns, "turn")] if n_turns > 0 else []
    if part.n_tokens:
        parts.append(cost_text(part))
    return ", ".join([*parts, *(["waits for you"] if at_work.status == "waiting" else [])])


def team_line(
    event: events.SubchatStarted | events.SubchatReturned | events.SubchatSpent, labels: dict[str, str]
) -> str:
    """Return what a member that is a team does in a chat of its own."""
    who = labels.get(event.agent, event.agent)
    if isinstance(event, events.SubchatStarted):
        return f"{who} began, in a chat of its own"
    used = totals_text(None, event.spend)
    if isinstance(event, events.SubchatReturned):
        return f"{who} is done: {used}" if used else f"{who} is done"
    return f"{who} used {used or 'some time'} and brought no result"


def source_line(source: str, by: str, *, is_author: bool = False, skipped_by: str = "") -> str:
    """Return where a message comes from, besides a model; "" for a model's. `by`: who wrote it, as the reader is told;
    `is_author`: the reader wrote it; `skipped_by`: who skipped the turn, so that it is an automatic reply."""
    match source:
        case "task":
            return f"Task, by {by}" if by else "Task"
        case "human":
            return f"written by {by}" if by else "" if is_author else "written by a person"
        case "auto":
            return f"automatic reply, as {skipped_by} skipped this turn" if skipped_by else "automatic reply"
        case "code":
            return "report of the code"
        case "team":
            return f"result of its team, changed by {by}" if by else "result of its team"
        case _:
            return ""


def skipper(decision: events.DecisionMade, request: events.DecisionRequested | None) -> str:
    """Return who skipped a whole turn by this decision; "" for every other one. `request`: None where it is not at
    hand."""
    is_of_turn = request is None or request.of in ("human_turn", "message")
    return decision.who if decision.verdict == "skip" and is_of_turn else ""


def empty_line(message: events.MessagePosted, skipped_by: str = "") -> str:
    """Return what is read in place of a message that says nothing; `skipped_by`: who skipped the turn."""
    if message.content.strip():
        return ""
    if skipped_by:
        return f"{skipped_by} skipped this turn; nothing was said."
    match message.source:
        case "auto":
            return "Nobody spoke in this turn, and there is no automatic reply."
        case "model":
            return "The model answered with nothing."
        case "code":
            return "The code printed nothing."
        case _:
            return "An empty message."


def chosen_line(selected: events.SpeakerSelected | None) -> str:
    """Return how the turn's speaker came to it; "" when that is not known."""
    return CHOSEN[selected.method] if selected else ""


def offer_of(state: ChatState, asking_part: str = "") -> str:
    """Return a short text that changes exactly when what a screen should offer (forms, buttons) changes. `asking_part`:
    the chat of a team that works for this one and asks a person; "" for none."""
    ended, n_before = state.ended, len(state.messages) - state.n_counted
    parts = [state.status, *(request.request for request in state.requests), ended.text if ended else "", n_before]
    parts += [[rule.id for rule in state.rules], state.pause is not None, len(state.said), len(state.files)]
    return sha256_of([*parts, asking_part] if asking_part else parts)[:16]
