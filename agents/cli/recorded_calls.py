"""What the model calls of a chat took, as the recording of the script that the chat becomes. Called by `rehearsal`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from agents.chats import Call
from agents.chats.events import MessagePosted, ModelCalled, Recorded
from agents.specs.rehearsal import (
    MAX_HOW_CHARS,
    MAX_MODEL_CHARS,
    MAX_RECORDED_S,
    MAX_REPLIES,
    MAX_STEPS,
    RecordedCall,
    Recording,
)


@dataclass(frozen=True)
class _Made:
    """A call that stays in the script, with its place there."""

    step: int
    reply: int
    call: ModelCalled

    @property
    def figures(self) -> Call:
        """What it took, or took when it was recorded."""
        return self.call.as_recorded or self.call


def recording_of(log: Iterable[Recorded]) -> Recording | None:
    """Return what the calls in `log` (from its beginning) took that its script has too: the last selection of each
    turn, the replies with tool calls, and the message. Those that failed, and those of rejected messages, are left out.
    Lines that a script spoke without figures get none; None when no call is left."""
    made = [each for each in _made(log) if each.call.recording or not each.call.is_rehearsed]
    if not made:
        return None
    [(model, _)] = Counter(each.figures.model for each in made).most_common(1)
    hows = dict.fromkeys(each.call.recording.how for each in made if each.call.recording and each.call.recording.how)
    return Recording(
        day=_day(made[0].call),
        model=model[:MAX_MODEL_CHARS] or "unnamed",
        how=" ".join(hows)[:MAX_HOW_CHARS],
        calls=[_recorded(each, model) for each in made],
    )


def _made(log: Iterable[Recorded]) -> list[_Made]:
    found, calls, step = list[_Made](), list[ModelCalled](), 0
    for recorded in log:
        match recorded.event:
            case ModelCalled(outcome="ok", purpose="reply" | "select") as call:
                calls.append(call)
            case MessagePosted(source=source) if source != "task":
                step += 1
                if step <= MAX_STEPS:
                    found += _of_turn(step, calls, is_models=source == "model")
                calls = []
    return found


def _of_turn(step: int, calls: list[ModelCalled], *, is_models: bool) -> list[_Made]:
    selections = [call for call in calls if call.purpose == "select"]
    replies = [call for call in calls if call.purpose == "reply"] if is_models else []
    kept = [call for call in replies if call.tool_calls] + [call for call in replies if not call.tool_calls][-1:]
    found = [_Made(step, 1, call) for call in selections[-1:]]
    return found + [_Made(step, number, call) for number, call in enumerate(kept[:MAX_REPLIES], start=1)]


def _recorded(made: _Made, model: str) -> RecordedCall:
    figures = made.figures
    tokens = {name: n for name, n in asdict(figures.usage).items() if n} if figures.usage else {}
    return RecordedCall(
        step=made.step,
        purpose="select" if figures.purpose == "select" else "reply",
        reply=made.reply,
        model="" if figures.model == model else figures.model[:MAX_MODEL_CHARS],
        tokens=tokens,
        cost_usd=figures.price.cost_usd,
        price_source=figures.price.source[:200],
        first_token_s=None if figures.first_token_s is None else min(figures.first_token_s, MAX_RECORDED_S),
        duration_s=min(figures.duration_s, MAX_RECORDED_S),
    )


def _day(call: ModelCalled) -> date:
    return date.fromisoformat(call.recording.day) if call.recording else call.started_at.date()
