"""The rules of answering: what a person's act in a chat becomes, or why it cannot be.

Pure functions from state to events; the store calls them inside the transaction that writes the result, so that what
they check still holds when it is written. Nothing here knows a store or a screen. Called by `agents.studio`.
"""

from collections.abc import Collection, Iterable

from agents.chats import events
from agents.chats.events import Event, Recorded
from agents.chats.requests import Answer as Answer
from agents.chats.requests import Verdict
from agents.chats.requests.base import check_length as check_length
from agents.chats.requests.base import check_text as check_text
from agents.chats.result import is_summed_up, lacks_summary
from agents.chats.state import ChatState
from agents.chats.values import Person
from agents.errors import ConflictError, NotFoundError, StudioError, UsageError
from agents.plain_text import shorten

_BELONGS_TO: dict[str, tuple[Verdict, ...]] = {
    "choice": ("choose", "change_model"),
    "model": ("change_model",),
    "edit": ("edit",),
    "amount": ("raise",),
}
"""What is recorded with other verdicts would tell of a change that never was."""


class NotOpenError(Exception):
    """The request is not the chat's open one; the log says why, see `why_not_open`."""


class NotOfferedError(UsageError):
    """The request takes no such verdict; no page has a button for it."""


def decided(state: ChatState, answer: Answer, by: Person, connections: Collection[str]) -> list[Event]:
    """Return the events that `answer` becomes: a decision, and for "end" the chat's end with it, unless the team has a
    model sum it up first: then the next leg ends the chat.

    NotOpenError when the chat does not wait for this request; ConflictError when what was shown is not what is asked;
    NotOfferedError when it takes no such verdict; UsageError when the answer is none that was offered. `connections`
    are the names a model may be changed to.
    """
    request = _open(state, answer.request)
    if answer.digest != request.digest:
        raise ConflictError(
            f"What is asked has changed since it was shown. Now it is: {request.question!r} "
            "Nothing was recorded. Read it again, then answer."
        )
    _check(request, answer, connections)
    decision = events.DecisionMade(**vars(answer), by=by)
    return _ending(state, request, decision) if answer.verdict == "end" else [decision]


def overdue(state: ChatState, request_id: str) -> list[Event]:
    """Return the events of a request whose deadline is over; [] when it only says to keep waiting.

    NotOpenError when somebody was faster. Time never approves anything: the outcomes are reject, skip and end."""
    request = _open(state, request_id)
    if request.deadline_s is None or request.overdue == "wait":
        return []
    reason = "nobody answered in time" if request.overdue == "reject" else ""
    made = events.DecisionMade(request=request.request, digest=request.digest, verdict=request.overdue, text=reason)
    return _ending(state, request, made) if request.overdue == "end" else [made]


def end_of(request: events.DecisionRequested, decision: events.DecisionMade) -> events.ChatEnded:
    """Return the end that a person, or a deadline, decided on."""
    if by := decision.by:
        return events.ChatEnded(reason="person", text=f"{by.name} ended the chat.", by=by)
    return events.ChatEnded(reason="deadline", text=f"Nobody answered in time: {request.question}")


def _ending(state: ChatState, request: events.DecisionRequested, decision: events.DecisionMade) -> list[Event]:
    owes_summary = len(state.requests) == 1 and is_summed_up(state)
    return [decision] if owes_summary else [decision, end_of(request, decision)]


def _open(state: ChatState, request_id: str) -> events.DecisionRequested:
    for request in state.requests:
        if request.request == request_id:
            return request
    raise NotOpenError


def _check(request: events.DecisionRequested, answer: Answer, connections: Collection[str]) -> None:
    verdict = answer.verdict
    if verdict not in request.options:
        options = ", ".join(request.options)
        raise NotOfferedError(f"{str(verdict)[:40]!r} does not answer this request; choose one of {options}.")
    for name, verdicts in _BELONGS_TO.items():
        if getattr(answer, name) not in ("", {}, None) and verdict not in verdicts:
            raise UsageError(f"{verdict!r} takes no {name}. Nothing was recorded.")
    request.asked.check(answer, connections)


def stopped(state: ChatState, by: Person) -> list[Event]:
    """Return the event that stops the chat; ConflictError when the chat has ended already."""
    if state.ended and not state.owes_summary:
        raise ConflictError(f"The chat has already ended: {state.ended.text}")
    return [events.ChatEnded(reason="stopped", text=f"{by.name} stopped the chat.", by=by)]


def continued(state: ChatState, by: Person, text: str) -> list[Event]:
    """Return the events that continue an ended chat, `text` as the task giver's next message; ConflictError when it
    runs."""
    if not state.ended or state.started is None or state.owes_summary:
        raise ConflictError("The chat has not ended, so there is nothing to continue. Nothing was changed.")
    if not text:
        return [events.ChatContinued(by=by)]
    check_text(text, "The message")
    task_giver = state.started.spec.task_giver
    message = events.MessagePosted(turn=state.turn, agent=task_giver, content=text, source="human", by=by)
    return [events.ChatContinued(by=by), message]


def summary_asked(state: ChatState, by: Person) -> list[Event]:
    """Return the event that lets a model sum up a chat that was stopped before it could; ConflictError when no summary
    is missing."""
    if state.status != "ended" or not lacks_summary(state):
        raise ConflictError("No summary of this chat is missing. Nothing was changed.")
    return [events.SummaryAsked(by=by)]


def interjected(state: ChatState, by: Person, text: str) -> list[Event]:
    """Return the event of what a person says while agents run, the next turn; ConflictError when the chat has ended."""
    if state.ended:
        raise ConflictError(f"The chat has ended: {state.ended.text} Press Continue to go on with your message.")
    check_text(text, "The message")
    return [events.Interjected(text=text, by=by)]


def paused(state: ChatState, by: Person) -> list[Event]:
    """Return the events that ask for a pause: none when one was asked for; ConflictError when the chat does not run."""
    if state.ended:
        raise ConflictError(f"The chat has already ended: {state.ended.text}")
    if state.status == "waiting":
        raise ConflictError("The chat waits for a person already. Nothing was changed.")
    return [] if state.pause else [events.PauseAsked(by=by)]


def same_allowed(state: ChatState, request_id: str, by: Person) -> events.RuleAdded:
    """Return the rule, for this chat alone, that approves what is like the open request: the same tool of the same
    agent, or the same agent's messages or code of the same language."""
    request = _open(state, request_id)
    rule = request.asked.rule(request.agent)
    return events.RuleAdded(id=f"of-{request.request}", rule=rule, by=by)


def revoked(state: ChatState, rule_id: str, by: Person) -> list[Event]:
    """Return the events that take a rule of the chat back; none when it is not in force."""
    return [events.RuleRevoked(id=rule_id, by=by)] if any(rule.id == rule_id for rule in state.rules) else []


def was_shown(log: Iterable[Recorded], digest: str) -> bool:
    """Return whether a request of the chat had that digest: whoever answers it then saw a page, perhaps an old one."""
    asked = [recorded.event for recorded in log if isinstance(recorded.event, events.DecisionRequested)]
    return any(request.digest == digest for request in asked)


def why_not_open(log: Iterable[Recorded], request: str) -> StudioError:
    """Return why `request` takes no answer: who decided what and when, or what ended the chat, from its `log`."""
    is_asked, end = False, ""
    for recorded in log:
        match recorded.event:
            case events.DecisionRequested() as asked if asked.request == request:
                is_asked = True
            case events.DecisionMade() as decision if decision.request == request:
                return ConflictError(
                    f"{decision.who} has already answered this ({_in_words(decision)}) on "
                    f"{recorded.at:%Y-%m-%d at %H:%M:%S} UTC. Your answer was not recorded."
                )
            case events.ChatEnded() as ended:
                end = ended.text
    if is_asked:
        return ConflictError(f"The chat ended before your answer came: {end} Your answer was not recorded.")
    return NotFoundError(f"The chat has no request {request[:40]!r}. Open the chat again and answer what it asks now.")


def _in_words(decision: events.DecisionMade) -> str:
    detail = decision.text or " ".join(filter(None, [decision.choice, decision.model]))
    verdict = decision.verdict.replace("_", " ")
    return f"{verdict}: {shorten(detail, 60)!r}" if detail else verdict
