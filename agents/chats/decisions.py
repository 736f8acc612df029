"""The rules of answering: what a person's act in a chat becomes, or why it cannot be.

Pure functions from state to events; the store calls them inside the transaction that writes the result, so that what
they check still holds when it is written. Nothing here knows a store or a screen. Called by `agents.studio`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agents.chats.events import (
    ChatContinued,
    ChatEnded,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    Person,
    Recorded,
    Verdict,
)
from agents.chats.transcript import ChatState
from agents.errors import ConflictError, NotFoundError, StudioError, UsageError
from agents.specs import team_from_dict

MAX_TEXT_CHARS = 100_000
"""Of a task and of a person's reply."""


@dataclass(frozen=True)
class Answer:
    """What a person answers to a request."""

    request: str
    digest: str
    """Of what was shown; empty never fits."""
    verdict: Verdict
    text: str = ""
    choice: str = ""
    model: str = ""


class NotOpenError(Exception):
    """The request is not the chat's open one; the log says why, see `why_not_open`."""


def decided(state: ChatState, answer: Answer, by: Person, connections: Collection[str]) -> list[Event]:
    """The events that `answer` becomes: a decision, and for "end" the chat's end with it.

    NotOpenError when the chat does not wait for this request; ConflictError when what was shown is not what is asked;
    UsageError when the answer is none that was offered. `connections` are the names a model may be changed to.
    """
    request = state.request
    if request is None or request.request != answer.request:
        raise NotOpenError
    if answer.digest != request.digest:
        raise ConflictError(
            f"What is asked has changed since it was shown. Now it is: {request.question!r} "
            "Nothing was recorded. Read it again, then answer."
        )
    _check(request, answer, connections)
    decision = DecisionMade(**vars(answer), by=by)
    if answer.verdict == "end":
        return [decision, ChatEnded(reason="person", text=f"{by.name} ended the chat.", by=by)]
    return [decision]


def _check(request: DecisionRequested, answer: Answer, connections: Collection[str]) -> None:
    verdict = answer.verdict
    if verdict not in request.options:
        raise UsageError(f"{verdict!r} does not answer this request; choose one of {', '.join(request.options)}.")
    if verdict == "reply":
        check_text(answer.text, "The reply")
    if verdict == "choose":
        candidates = request.payload.get("candidates")
        names = [str(name) for name in candidates] if isinstance(candidates, list) else []
        if answer.choice not in names:
            raise UsageError(f"{answer.choice!r} cannot speak next; choose one of {', '.join(names)}.")
    if verdict == "change_model" and answer.choice not in connections:
        raise UsageError(
            f"There is no connection named {answer.choice!r}; choose one of {', '.join(sorted(connections))}."
        )


def check_text(text: str, subject: str) -> None:
    """UsageError when a person's `text` says nothing or is too long."""
    if not text.strip():
        raise UsageError(f"{subject} is empty. Write what you want to say; nothing was recorded.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"{subject} holds half characters that no text has. Write it again; nothing was recorded.")
    if len(text) > MAX_TEXT_CHARS:
        raise UsageError(
            f"{subject} has {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are allowed. "
            "Shorten it; nothing was recorded."
        )


def stopped(state: ChatState, by: Person) -> list[Event]:
    """The end that stopping brings; ConflictError when the chat has ended already."""
    if state.ended:
        raise ConflictError(f"The chat has already ended: {state.ended.text}")
    return [ChatEnded(reason="stopped", text=f"{by.name} stopped the chat.", by=by)]


def continued(state: ChatState, by: Person, text: str) -> list[Event]:
    """What going on with an ended chat becomes, `text` as the task giver's next message; ConflictError when it runs."""
    if not state.ended or state.started is None:
        raise ConflictError("The chat has not ended, so there is nothing to continue. Nothing was changed.")
    if not text:
        return [ChatContinued(by=by)]
    check_text(text, "The message")
    task_giver = team_from_dict(dict(state.started.team)).task_giver
    message = MessagePosted(turn=state.turn, agent=task_giver, content=text, source="human", by=by)
    return [ChatContinued(by=by), message]


def why_not_open(log: Iterable[Recorded], request: str) -> StudioError:
    """Why `request` takes no answer, from the chat's `log`: who decided what and when, or what ended the chat."""
    is_asked, end = False, ""
    for recorded in log:
        match recorded.event:
            case DecisionRequested() as asked if asked.request == request:
                is_asked = True
            case DecisionMade() as decision if decision.request == request:
                return ConflictError(
                    f"{decision.by.name} has already answered this ({_in_words(decision)}) on "
                    f"{recorded.at:%Y-%m-%d at %H:%M:%S} UTC. Your answer was not recorded."
                )
            case ChatEnded() as ended:
                end = ended.text
    if is_asked:
        return ConflictError(f"The chat ended before your answer came: {end} Your answer was not recorded.")
    return NotFoundError(f"The chat has no request {request[:40]!r}. Open the chat again and answer what it asks now.")


def _in_words(decision: DecisionMade) -> str:
    detail = decision.text or " ".join(filter(None, [decision.choice, decision.model]))
    verdict = decision.verdict.replace("_", " ")
    detail = detail if len(detail) <= 60 else detail[:57] + "..."
    return f"{verdict}: {detail!r}" if detail else verdict
