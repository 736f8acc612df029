"""The fold: from a chat's log to its state, and to the messages its models read.

Pure functions over events. `fold` is incremental: folding a log in two parts gives what folding it at once gives.
Called by the engine (to resume), the store (to keep its list of chats true) and the pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from agents.chats import events
from agents.chats.context import SUMMARY, ContextUse, after_call, after_trim
from agents.chats.events import Event, Recorded
from agents.chats.requests import Limit
from agents.chats.usage import Spend
from agents.chats.values import FileChange, Status

SELECTION = ""
"""The agent name under which the speaker selection's calls and model changes are kept."""
RESULT = "(result)"
"""The agent name under which the call that sums up an ended chat is kept."""


@dataclass(frozen=True)
class ToolTurn:
    """The tool calls that led to a message."""

    agent: str
    replies: tuple[events.ModelCalled, ...]
    """The good replies of the turn, with calls or without; a call's name, such as "0.1", counts them."""
    returned: dict[str, events.ToolReturned]
    """By call."""


@dataclass(frozen=True)
class TeamUse:
    """What the chat of a team has used."""

    spend: Spend = field(default_factory=Spend)
    work_s: float = 0.0


@dataclass(frozen=True)
class ChatState:
    """What a log amounts to. `status` says whose move it is: running owes a turn, waiting needs a person."""

    head: int = 0
    """seq of the last folded event."""
    status: Status = "running"
    started: events.ChatStarted | None = None
    messages: tuple[events.MessagePosted, ...] = ()
    pending: events.SpeakerSelected | None = None
    """The turn begun and not ended."""
    handed_to: str = ""
    """Whom the speaker chose to speak next, once what people said is posted; "" when it chose nobody."""
    calls: tuple[events.ModelCalled, ...] = ()
    """Good calls since the last message: what a resumed leg replays instead of calling again."""
    fallbacks: dict[str, tuple[events.FallbackUsed, ...]] = field(default_factory=dict)
    """Agent name (or SELECTION) -> the connections that were tried in place of one that failed, since the last message
    and the last time that a person decided about it."""
    subchat: events.SubchatStarted | None = None
    """The team that works on the turn under way: nobody works on this chat until its result is there."""
    subresults: tuple[events.SubchatReturned, ...] = ()
    """What teams gave back since the last message; of several, all but the last were rejected."""
    teams: dict[str, TeamUse] = field(default_factory=dict)
    """Chat of a team -> what was told of its spending."""
    answers: tuple[tuple[events.DecisionRequested, events.DecisionMade], ...] = ()
    """Decisions since the last message, in order. What a person said or chose outlives a stop; nothing else does."""
    requests: tuple[events.DecisionRequested, ...] = ()
    """The open requests, oldest first, when waiting; several only for the tool calls of one reply, the
    blocks of one message, or the packages that one block needs."""
    begun: dict[str, tuple[events.ToolStarted | events.CodeStarted, ...]] = field(default_factory=dict)
    """Call or block -> each time it began, since the last message: what may have had its effect."""
    returned: dict[str, events.ToolReturned | events.CodeReturned] = field(default_factory=dict)
    """By call or block, since the last message: what a resumed leg does not run again."""
    tool_turns: dict[int, ToolTurn] = field(default_factory=dict)
    """Turn -> its tool calls, of the turns that are over and had any."""
    files: dict[str, FileChange] = field(default_factory=dict)
    """Path -> the last change of each file that the workspace has."""
    dated_files: dict[str, tuple[int, FileChange]] = field(default_factory=dict)
    """The same, each with the turn of its change."""
    files_at_start: dict[str, tuple[int, FileChange]] = field(default_factory=dict)
    """The same as the turn under way found them: what changes in a turn changes none of its prompts."""
    rules: tuple[events.RuleAdded, ...] = ()
    """The chat's own rules in force, oldest first."""
    raised: dict[Limit, float] = field(default_factory=dict)
    """Limits that a person raised, to what."""
    neared: frozenset[tuple[Limit, float]] = frozenset()
    """Limits, at which value, of which it was said that they are near."""
    is_finishing: bool = False
    """The chat ends when the turn under way is over."""
    said: tuple[events.Interjected, ...] = ()
    """What people said that is not posted yet; each becomes the next turn."""
    pause: events.PauseAsked | None = None
    n_looked_at: int = 0
    """Messages of which a person knows that they are alike."""
    ended: events.ChatEnded | None = None
    result: events.ChatSummarised | None = None
    """What a model made of the chat when it ended."""
    models: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Agent name (or SELECTION) -> the (connection, model) a person changed it to."""
    contexts: dict[str, ContextUse] = field(default_factory=dict)
    """Agent name (or SELECTION, or SUMMARY) -> what its prompts take of its model's window."""
    summary: events.ContextSummarised | None = None
    """What all members read in place of the oldest messages."""
    auto_replies: dict[str, int] = field(default_factory=dict)
    """Agent name -> its turns in a row without a person's answer."""
    n_counted: int = 0
    """Messages since the start or the last continuation; limits are measured against this, `spent` and `work_s`."""
    spent: Spend = field(default_factory=Spend)
    """Of the model calls since then, those of teams whose chats have ended included."""
    spent_before: Spend = field(default_factory=Spend)
    """Of the model calls before the last continuation."""
    work_s: float = 0.0
    """Spent since then in model calls, tools and code. No clock's readings are compared: a chat does not use up its
    time while no worker runs, nor when a clock is set."""
    work_before_s: float = 0.0
    """The same before the last continuation."""
    last_at: datetime | None = None

    @property
    def request(self) -> events.DecisionRequested | None:
        """The oldest open request, when waiting."""
        return self.requests[0] if self.requests else None

    @property
    def ending(self) -> tuple[events.DecisionRequested, events.DecisionMade] | None:
        """The decision that ended the chat, while its summary is owed."""
        return next((answer for answer in self.answers if answer[1].verdict == "end"), None)

    @property
    def owes_summary(self) -> bool:
        """Whether a person asked for the summary of the chat, which had ended without one."""
        return self.status == "running" and self.ended is not None

    @property
    def turn(self) -> int:
        """The turn under way or next; the task is turn 0, so this is the number of messages."""
        return len(self.messages)

    @property
    def spent_in_all(self) -> Spend:
        """The sum of all model calls since the chat's start."""
        return self.spent_before + self.spent

    @property
    def spent_by_teams(self) -> Spend:
        """The part of that of teams that are members, in chats of their own."""
        return sum((use.spend for use in self.teams.values()), Spend())

    @property
    def counted(self) -> tuple[events.MessagePosted, ...]:
        """The messages since the start or the last continuation: only these can end the chat."""
        return self.messages[len(self.messages) - self.n_counted :]


def replace(state: ChatState, **changes: Any) -> ChatState:
    """Return the state with other values: what `dataclasses.replace` does, which sets every field by a call and is most
    of a fold's time."""
    if not changes.keys() <= _FIELDS:
        raise TypeError(f"a chat's state has no {', '.join(changes.keys() - _FIELDS)}")
    changed = object.__new__(ChatState)
    changed.__dict__.update(state.__dict__, **changes)
    return changed


_FIELDS = {each.name for each in fields(ChatState)}


def fold(log: Iterable[Recorded], state: ChatState | None = None) -> ChatState:
    """Return the state after `log` (ascending seq), starting from `state`; unchanged input gives an equal state."""
    state, last = state or ChatState(), None
    for last in log:
        state = _step(state, last.event)
    return replace(state, head=last.seq, last_at=last.at) if last else state


_Directing = (
    events.ChatEnded
    | events.ChatSummarised
    | events.SummaryAsked
    | events.ChatContinued
    | events.RuleAdded
    | events.RuleRevoked
    | events.LimitNeared
    | events.Interjected
    | events.PauseAsked
    | events.SubchatStarted
    | events.SubchatReturned
    | events.SubchatSpent
)


def _step(state: ChatState, event: Event) -> ChatState:
    match event:
        case events.ChatStarted():
            return replace(state, started=event, status="running")
        case events.SpeakerSelected():
            handed_to = state.handed_to if event.method == "interjected" else ""
            return replace(state, pending=event, handed_to=handed_to, files_at_start=state.dated_files)
        case events.ModelCalled():
            return _called(state, event)
        case events.ContextTrimmed():
            return replace(state, contexts=_contexts(state, event))
        case events.ContextSummarised():
            return replace(state, summary=event)
        case events.FallbackUsed():
            used = (*state.fallbacks.get(event.agent, ()), event)
            return replace(
                state,
                fallbacks={**state.fallbacks, event.agent: used},
                contexts=_without(state.contexts, event.agent),
            )
        case events.MessagePosted():
            return _posted(state, event)
        case events.ToolStarted():
            return replace(state, begun={**state.begun, event.call: (*state.begun.get(event.call, ()), event)})
        case events.ToolReturned():
            return _returned(state, event.call, event)
        case events.CodeStarted():
            return replace(state, begun={**state.begun, event.block: (*state.begun.get(event.block, ()), event)})
        case events.CodeReturned():
            return _returned(state, event.block, event)
        case events.FilesChanged():
            files = _files(state.files, event.changes)
            dated = {**state.dated_files, **{change.path: (event.turn, change) for change in event.changes}}
            return replace(state, files=files, dated_files={path: dated[path] for path in files})
        case events.DecisionRequested():
            return replace(state, requests=(*state.requests, event), status="waiting")
        case events.DecisionMade():
            return _decided(state, event)
        case _:
            return _directed(state, event)


def _directed(state: ChatState, event: _Directing) -> ChatState:
    """Return the state after what people, rules, limits or teams made of the chat."""
    match event:
        case events.ChatEnded():
            return replace(state, ended=event, requests=(), pause=None, is_finishing=False, status="ended")
        case events.ChatSummarised():
            return replace(state, result=event, status="ended" if state.ended else state.status)
        case events.SummaryAsked():
            return replace(state, status="running")
        case events.ChatContinued():
            return _continued(state)
        case events.RuleAdded():
            return replace(state, rules=(*state.rules, event))
        case events.RuleRevoked():
            return replace(state, rules=tuple(rule for rule in state.rules if rule.id != event.id))
        case events.LimitNeared():
            return replace(state, neared=state.neared | {(event.limit, event.allowed)})
        case events.Interjected():
            return replace(state, said=(*state.said, event))
        case events.PauseAsked():
            return replace(state, pause=event)
        case events.SubchatStarted():
            return replace(state, subchat=event)
        case events.SubchatReturned():
            return replace(_used(state, event), subchat=None, subresults=(*state.subresults, event))
        case events.SubchatSpent():
            return _used(state, event)


def _called(state: ChatState, event: events.ModelCalled) -> ChatState:
    spent = state.spent + Spend.of(event)
    if event.purpose == "embed":  # a part of a tool call, in which its time is counted
        return replace(state, spent=spent)
    calls = (*state.calls, event) if event.outcome == "ok" else state.calls
    # the pace at which a script is played is nobody's work
    work_s = state.work_s + (0.0 if event.is_rehearsed else event.duration_s)
    contexts = _contexts(state, event)
    return replace(state, calls=calls, spent=spent, work_s=work_s, contexts=contexts)


def _used(state: ChatState, event: events.SubchatReturned | events.SubchatSpent) -> ChatState:
    use = state.teams.get(event.chat, TeamUse())
    use = TeamUse(use.spend + event.spend, use.work_s + event.work_s)
    spent, work_s = state.spent + event.spend, state.work_s + event.work_s
    return replace(state, teams={**state.teams, event.chat: use}, spent=spent, work_s=work_s)


def _posted(state: ChatState, message: events.MessagePosted) -> ChatState:
    is_interjected = state.pending is not None and state.pending.method == "interjected"
    is_said = is_interjected and bool(state.said) and state.said[0].text == message.content
    return replace(
        state,
        messages=(*state.messages, message),
        n_counted=state.n_counted + 1,
        pending=None,
        subchat=None,
        subresults=(),
        calls=(),
        fallbacks={},
        contexts=_without(state.contexts, *state.fallbacks),
        answers=(),
        begun={},
        returned={},
        tool_turns=_tool_turns(state, message),
        said=state.said[1:] if is_said else state.said,
        auto_replies=_auto_replies(state, message),
    )


def _continued(state: ChatState) -> ChatState:
    """Return the running state: what a person said or chose outlives an end, what they allowed is asked again."""
    return replace(
        state,
        ended=None,
        result=None,
        status="running",
        fallbacks={},
        answers=tuple((request, made) for request, made in state.answers if made.verdict == request.asked.lasting),
        raised={},
        neared=frozenset(),
        n_looked_at=0,
        auto_replies={},
        n_counted=0,
        spent=Spend(),
        spent_before=state.spent_before + state.spent,
        work_s=0.0,
        work_before_s=state.work_before_s + state.work_s,
    )


def _contexts(state: ChatState, event: events.ModelCalled | events.ContextTrimmed) -> dict[str, ContextUse]:
    if isinstance(event, events.ContextTrimmed):
        return {**state.contexts, event.agent: after_trim(state.contexts.get(event.agent, ContextUse()), event)}
    name = SUMMARY if event.purpose == "summarise" else event.agent
    return {**state.contexts, name: after_call(state.contexts.get(name, ContextUse()), event)}


def _without(contexts: dict[str, ContextUse], *agents: str) -> dict[str, ContextUse]:
    """Forget what another model than the one that is called now has told."""
    return {agent: use for agent, use in contexts.items() if agent not in agents}


def _returned(state: ChatState, name: str, result: events.ToolReturned | events.CodeReturned) -> ChatState:
    handed_to = result.hands_to if isinstance(result, events.ToolReturned) else ""
    return replace(
        state,
        returned={**state.returned, name: result},
        work_s=state.work_s + result.duration_s,
        handed_to=handed_to or state.handed_to,
    )


def _tool_turns(state: ChatState, message: events.MessagePosted) -> dict[int, ToolTurn]:
    returned = {call: result for call, result in state.returned.items() if isinstance(result, events.ToolReturned)}
    if not returned:
        return state.tool_turns
    replies = tuple(call for call in state.calls if call.purpose == "reply")
    caller = next(iter(returned.values())).agent  # a person may have gone on in another's name
    return {**state.tool_turns, message.turn: ToolTurn(caller, replies, returned)}


def _files(files: dict[str, FileChange], changes: list[FileChange]) -> dict[str, FileChange]:
    changed = {change.path: change for change in changes}
    return {path: change for path, change in {**files, **changed}.items() if change.change != "removed"}


def _auto_replies(state: ChatState, message: events.MessagePosted) -> dict[str, int]:
    in_a_row = 0 if message.source in ("human", "task") else state.auto_replies.get(message.agent, 0) + 1
    return {**state.auto_replies, message.agent: in_a_row}


def _decided(state: ChatState, decision: events.DecisionMade) -> ChatState:
    request = next((request for request in state.requests if request.request == decision.request), None)
    if request is None:
        raise ValueError(f"decision {decision.request!r} answers no open request")
    still_open = tuple(other for other in state.requests if other is not request)
    state = replace(
        state,
        status="waiting" if still_open else "running",
        requests=still_open,
        answers=(*state.answers, (request, decision)),
    )
    if request.of == "model_failure":  # what failed first is tried first again
        state = replace(state, fallbacks={**state.fallbacks, request.agent: ()})
    effect = request.asked.effect(request.agent, decision.answer)
    if effect.says and decision.by:
        state = replace(state, said=(*state.said, events.Interjected(text=effect.says, by=decision.by)))
    return replace(
        state,
        models={**state.models, **effect.models},
        contexts=_without(state.contexts, *effect.models),
        raised={**state.raised, **effect.raised},
        is_finishing=state.is_finishing if effect.is_finishing is None else effect.is_finishing,
        n_looked_at=len(state.messages) if effect.is_repetition_known else state.n_looked_at,
        pause=None if effect.ends_pause else state.pause,
    )


def model_messages(state: ChatState) -> list[dict[str, Any]]:
    """Return the chat's messages as pyautogen's GroupChat keeps them, oldest first."""
    return [{"role": "user", "name": message.agent, "content": message.content} for message in state.messages]
