"""Plays a chat to its end in memory: the engine, the real model client, a scripted server, and people as given."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agents.chats import (
    ChatStarted,
    ChatState,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    MessagePosted,
    Person,
    Recorded,
    ToolStarted,
    decisions,
    fold,
)
from agents.engine import Streamed, Subchat, leg_events
from agents.specs import ConnectionSpec, TeamSpec, load_team
from tests.support.waiting import WITHIN_S

Log = list[Recorded]
MAX_EVENTS = 1_000
"""Of a chat in these tests; one with more would go on for ever."""
Answer = Callable[[DecisionRequested], dict[str, Any] | None]
"""What a person decides on a request: DecisionMade's fields; None leaves the chat waiting."""

FOUR = """
name: Four
agents:
  - {name: user, role: human, human_input_mode: %s}
  - {name: PM, prompt: You write specifications., description: Specifies.}
  - {name: Dev, prompt: You write code., description: Codes.}
  - {name: QA, prompt: You review., description: Reviews.}
selection: %s
limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""


def four(selection: str, *, mode: str = "ALWAYS", max_rounds: int = 12) -> TeamSpec:
    """A person and three assistants."""
    return load_team(FOUR % (mode, selection, max_rounds))


class ScriptedConnections:
    """One connection, to the scripted server, whatever it is called."""

    def __init__(self, base_url: str, model: str = "scripted"):
        self._base_url, self._model = base_url, model

    def get(self, name: str) -> ConnectionSpec | None:
        return ConnectionSpec(name=name, base_url=self._base_url, model=self._model, timeout_s=WITHIN_S, max_retries=0)

    def key(self, name: str) -> str:
        return "sk-test"

    def default_name(self) -> str:
        return "scripted"


def begin(team: TeamSpec, task: str = "Build it.") -> Log:
    """The log of a chat that has just been started."""
    events: list[Event] = [
        ChatStarted(team=team.model_dump(mode="json"), task=task, by=Person()),
        MessagePosted(turn=0, agent=team.task_giver, content=task, source="task", by=Person()),
    ]
    return [Recorded(chat="c", seq=n, at=_now(), event=event) for n, event in enumerate(events, 1)]


def long(team: TeamSpec, n_messages: int, text: str) -> Log:
    """The log of a chat of `team`, without a person, in which `n_messages` were posted."""
    log, names = begin(team), [agent.name for agent in team.agents if agent.has_model]
    posted = (
        MessagePosted(turn=turn, agent=names[turn % len(names)], content=f"{turn}. {text}", source="model")
        for turn in range(1, n_messages)
    )
    return extended(log, *posted)


def extended(log: Log, *events: Event) -> Log:
    """`log` with `events` recorded behind it."""
    return [*log, *(Recorded(chat="c", seq=len(log) + n, at=_now(), event=event) for n, event in enumerate(events, 1))]


def play(
    log: Log,
    model: Any,
    answer: Answer,
    *,
    tools: Any = None,
    code: Any = None,
    files: Any = None,
    functions: Any = None,
    cut_after_each_event: bool = False,
    spared: tuple[type[Event], ...] = (),
    loses: type[Event] | None = None,
    is_last_first: bool = False,
    max_events: int = MAX_EVENTS,
) -> Log:
    """`log` played until it ends, or waits for an answer that `answer` does not give.

    With `cut_after_each_event` a leg is thrown away after each event but the kinds `spared`, and the next starts from
    the log alone. The first event of the kind `loses` is lost with its leg and what is written with it: what it tells
    happened and stands nowhere.
    With `is_last_first` the newest of several requests is answered first.
    """
    while True:
        state = fold(log)
        if state.status == "ended":
            return log
        if state.status == "waiting":
            request = state.requests[-1 if is_last_first else 0]
            fields = answer(request)
            if fields is None:
                return log
            log = extended(log, *acts(state, request, **fields))
            continue
        leg = leg_events(state, model, tools, code, files, functions)
        for item in leg:
            if isinstance(item, Streamed):
                continue
            assert not isinstance(item, Subchat), "play it as a Tree (tests/support/nested_legs.py)"
            events = item if isinstance(item, tuple) else (item,)
            if loses is not None and any(isinstance(event, loses) for event in events):
                loses = None
                leg.close()
                break
            log = extended(log, *events)
            assert len(log) < max_events, "the chat has no end"
            is_spared = isinstance(events[-1], spared) or _is_a_second_run(events[-1], state)
            if cut_after_each_event and not is_spared:
                leg.close()


def _is_a_second_run(event: Event, before: ChatState) -> bool:
    """Whether a cut call is run again, which to cut each time would have no end."""
    match event:
        case ToolStarted(call=id) | CodeStarted(block=id):
            return id in before.begun
    return False


def acts(state: ChatState, request: DecisionRequested, *, by: Person | None = None, **fields: Any) -> list[Event]:
    """What a person's answer becomes, by the rules that hold in the studio."""
    answer = decisions.Answer(request=request.request, digest=fields.pop("digest", request.digest), **fields)
    return decisions.decided(state, answer, by or Person(), {"scripted", "other"})


def decision(request: DecisionRequested, **fields: Any) -> DecisionMade:
    """A person's decision on `request`."""
    return DecisionMade(request=request.request, digest=request.digest, by=Person(), **fields)


def replies(request: DecisionRequested) -> dict[str, Any] | None:
    """A person who says something on each turn, and chooses the last candidate."""
    if request.of == "next_speaker":
        candidates = request.payload["candidates"]
        assert isinstance(candidates, list)
        return {"verdict": "choose", "choice": candidates[-1]}
    return {"verdict": "reply", "text": f"A person's answer on turn {request.turn}."}


def nobody(request: DecisionRequested) -> None:
    """Nobody answers."""


def skips(request: DecisionRequested) -> dict[str, Any]:
    """A person who skips."""
    return {"verdict": "skip"}


def facts(log: Log) -> list[Event]:
    """The events of `log` without what differs from run to run: the clock's readings."""
    timeless: dict[str, dict[str, Any]] = {
        "ModelCalled": {"started_at": _now().min.replace(tzinfo=UTC), "duration_s": 0.0, "first_token_s": None},
        "ToolReturned": {"duration_s": 0.0},
        "CodeReturned": {"duration_s": 0.0},
    }
    return [r.event.model_copy(update=timeless.get(r.event.kind, {})) for r in log]


def messages(log: Log) -> list[tuple[str, str]]:
    """(agent, content) of the messages of `log`."""
    return [(r.event.agent, r.event.content) for r in log if isinstance(r.event, MessagePosted)]


def kinds(log: Log) -> list[str]:
    """The kinds of the events of `log`."""
    return [r.event.kind for r in log]


def last(log: Log) -> Any:
    """The last event of `log`."""
    return log[-1].event


def _now() -> datetime:
    return datetime.now(UTC)
