"""The result of a chat that ends: where the team wants it, a model sums the chat up.

The call, the end and the summary are written together: a leg cut before them asks anew, and one cut behind them never.
A call that fails ends the chat all the same, and says so. A chat that was stopped is summed up when a person asks.
"""

from collections.abc import Callable

from agents.chats import RESULT, ChatEnded, ChatState, ChatSummarised, Event, ModelCalled, model_messages
from agents.chats.result import is_summed_up
from agents.engine.limits import reached
from agents.engine.model_calls import Message, Model, connection_for
from agents.specs import TeamSpec

NOT_ASKED = "No model was asked, because a limit of the chat is used up."
NO_WORDS = "The connection that was to sum up the chat plays a script, which has no words for it."
NOTHING_SAID = "The model that was to sum up the chat said nothing."

Ask = Callable[[list[Message]], tuple[list[ModelCalled], ModelCalled]]
"""Returns (what is to be recorded, the call)."""


def closing_events(ended: ChatEnded, state: ChatState, team: TeamSpec, model: Model, ask: Ask) -> tuple[Event, ...]:
    """Return what is written for an end: the call that sums up the chat, the end, and the summary. A script has no
    words for it, so where one plays there is none."""
    if not is_summed_up(state) or _is_rehearsed(state, team, model):
        return (ended,)
    *calls, summary = summary_events(state, team, model, ask)
    return *calls, ended, summary


def summary_events(state: ChatState, team: TeamSpec, model: Model, ask: Ask) -> tuple[Event, ...]:
    """Return what is written for a summary: the call, then the summary or why there is none."""
    if _is_rehearsed(state, team, model):
        return (ChatSummarised(text="", error=NO_WORDS),)
    if reached(state, team, within_turn=True):
        return (ChatSummarised(text="", error=NOT_ASKED),)
    # as AutoGen's reflection_with_llm: all messages, then the prompt as the system's (CA:1573)
    calls, call = ask([*model_messages(state), {"role": "system", "content": team.summary.prompt}])
    text = call.reply.strip() if call.outcome == "ok" else ""
    error = "" if text else call.error or NOTHING_SAID
    return *calls, ChatSummarised(text=text, error=error)


def _is_rehearsed(state: ChatState, team: TeamSpec, model: Model) -> bool:
    return model.is_rehearsed(connection_for(team, state, RESULT)[0])
