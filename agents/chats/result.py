"""The result of a chat that has ended: what a model made of it, or the last message that says something. Pure."""

from dataclasses import dataclass

from agents.chats.events import MessagePosted
from agents.chats.state import ChatState
from agents.specs import TerminationSpec


@dataclass(frozen=True)
class Result:
    """What a chat leaves."""

    text: str
    agent: str
    """Whose message it is; "" for a model's summary."""
    error: str = ""
    """Why no model summed the chat up, where one was to."""


def is_summed_up(state: ChatState) -> bool:
    """Whether the team wants a model to sum the chat up when it ends, and there is something to sum up."""
    return state.started is not None and state.started.spec.summary.method == "model" and len(state.messages) > 1


STOPPED = "The chat was stopped before one was written."


def lacks_summary(state: ChatState) -> bool:
    """Whether the chat was stopped before a model could sum it up as the team wants."""
    is_stopped = state.ended is not None and state.ended.reason == "stopped"
    return is_stopped and state.result is None and is_summed_up(state)


def result_of(state: ChatState) -> Result | None:
    """Return the result; None while the chat has not ended, and when nobody said anything but a closing phrase."""
    if state.ended is None or state.started is None:
        return None
    made, termination = state.result, state.started.spec.termination
    if made and made.text:
        return Result(made.text, "")
    for message in reversed(state.messages):
        if message.source != "task" and (text := without_phrase(message, termination)):
            return Result(text, message.agent, made.error if made else STOPPED if lacks_summary(state) else "")
    return None


def without_phrase(message: MessagePosted, termination: TerminationSpec) -> str:
    """Return what a message says besides a closing phrase at its end."""
    text = message.content.strip()
    for phrase in termination.phrases:
        text = text.removesuffix(phrase.strip()).rstrip()
    return text
