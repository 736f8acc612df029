"""The replies of a rehearsed connection: the line of the script that comes next after what has been said so far.

A pure function of the prompt, so that a chat that is cut and resumed gets each line once. Where the script has no line
for the prompt, the call fails and says why: no line is made up. Where the script is over, the call says that. Called by
`ModelClient`.
"""

import json
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.cancellation import pause
from agents.chats import BUCKETS, Call, CallOutcome, CallRecording, Price, Purpose, Usage, sha256_of
from agents.errors import SpecError
from agents.models.connections import NotConfiguredError
from agents.models.pricing import REHEARSED
from agents.models.prompts import sendable
from agents.specs import ConnectionSpec, Rehearsal, load_rehearsal
from agents.specs.gallery import rehearsals
from agents.specs.rehearsal import RecordedCall, ScriptedCall, Step, in_real_time, script_name

Message = dict[str, Any]

SELECTORS = ("checking_agent", "speaker_selection_agent")
"""Names in a selection's prompt (GC:796) that are no agents of the chat."""
REVIEWER, REJECTED = "reviewer", "rejected this message"

ENDED_BY_SCRIPT: tuple[Purpose, ...] = ("reply", "select")
"""Calls that end the chat where the script has no further line: nobody can speak."""

CHARS_PER_S = 500.0
LONGEST_S = 5.0
"""How fast a line is streamed, and how long that takes at most."""
PIECE_CHARS = 24
PACE_VARIABLE = "STUDIO_REHEARSAL_CHARS_PER_S"
AT_ONCE = {PACE_VARIABLE: "0"}


OVER = "The rehearsal is over."


class OffScriptError(Exception):
    """The script has no line here; the text says why, and what to do."""


class ScriptOverError(OffScriptError):
    """The script has no further line; the text is why the chat ends."""


@dataclass(frozen=True)
class Line:
    """A reply: text, and the tools that are called with it."""

    text: str
    calls: list[ScriptedCall] = field(default_factory=list)
    ordinal: str = "0"
    """Its place in the script; makes the ids of the calls unique."""
    recorded: RecordedCall | None = None
    """What it took when the script was recorded."""

    @property
    def wire_calls(self) -> list[dict[str, Any]]:
        """The calls in the form of the chat completions API."""
        return [
            {
                "id": f"call_{self.ordinal}_{position}",
                "type": "function",
                "function": {"name": call.tool, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for position, call in enumerate(self.calls)
        ]


def play(
    spec: ConnectionSpec, model: str, messages: list[Message], agent: str, purpose: Purpose, environ: Mapping[str, str]
) -> Generator[str, None, Call]:
    """Yield the line in pieces, return the call, as `ModelClient.call` does; it is free and has no tokens of its own.
    What was recorded for the line goes with it, apart from what is spent."""
    started_at, start = datetime.now(UTC), time.monotonic()
    name, line, error = model or spec.model, Line(""), ""
    outcome: CallOutcome = "ok"
    first_s: float | None = None
    recording: CallRecording | None = None
    try:
        name, script = script_of(spec, model)
        line = line_for(script, agent, purpose, messages)
        recording = _recording(script, line)
    except NotConfiguredError as found:
        outcome, error = "not_configured", str(found)
    except ScriptOverError as found:
        outcome, error = ("over" if purpose in ENDED_BY_SCRIPT else "not_found"), str(found)
    except OffScriptError as found:
        outcome, error = "not_found", str(found)
    if recording and is_in_real_time(spec, model) and _pace(environ) > 0:
        pieces = _as_recorded(line.text, recording)
    else:
        pieces = _in_pieces(line.text, environ if purpose == "reply" else AT_ONCE)
    for piece in pieces:
        first_s = time.monotonic() - start if piece and first_s is None else first_s
        yield piece
    return Call(
        agent=agent,
        purpose=purpose,
        connection=spec.name,
        model=name,
        outcome=outcome,
        reply=line.text,
        tool_calls=line.wire_calls,
        finish_reason="" if error else "tool_calls" if line.calls else "stop",
        usage=Usage(),
        usage_raw={},
        price=REHEARSED,
        prompt_sha256=sha256_of(sendable(messages)),
        started_at=started_at,
        first_token_s=first_s,
        duration_s=time.monotonic() - start,
        recording=recording,
        error=error,
    )


def is_in_real_time(spec: ConnectionSpec, model: str) -> bool:
    """Return whether lines take as long as the recording says, by the name of the model that is asked for."""
    name = model or spec.model
    return name == in_real_time(script_name(name))


def script_of(spec: ConnectionSpec, model: str) -> tuple[str, Rehearsal]:
    """Return (name to show, script) of what `spec` plays; NotConfiguredError when there is none."""
    if spec.script:
        try:
            script = load_rehearsal(spec.script)
        except SpecError as error:  # written by a newer version
            raise NotConfiguredError(f'The script of connection "{spec.name}" cannot be played. {error}') from None
        return script.name, script
    name, known = script_name(model or spec.model), rehearsals()
    if name not in known:
        found = f'There is no rehearsal "{name}"' if name else f'Connection "{spec.name}" does not say which rehearsal'
        raise NotConfiguredError(f"{found}; name one of {', '.join(known)} as the model, or choose another connection.")
    return name, known[name]


def line_for(script: Rehearsal, agent: str, purpose: str, messages: list[Message]) -> Line:
    """Return the line that `script` has for `agent` after `messages` (the whole prompt); OffScriptError without one,
    ScriptOverError where everything has been said.

    For the purpose "select" it is the name of who speaks next. The position in the script is found by who spoke:
    a message of anybody else than the script has next, such as a person's remark, is passed over.
    """
    team, own = _split(messages, agent)
    position = _position(script, [str(message.get("name") or "") for message in team[1:]])
    if position == len(script.steps):
        raise ScriptOverError(OVER)
    step = script.steps[position]
    if purpose == "select":
        return Line(step.agent, ordinal=str(position), recorded=script.recorded(position, "select"))
    if step.agent != agent:
        raise OffScriptError(
            f"In the rehearsal “{script.name}” {step.agent} would speak here, not {agent}. End the chat and play it "
            "anew, or choose another model to go on without a script."
        )
    n_rounds = sum(bool(message.get("tool_calls")) for message in own)
    if n_rounds < len(step.replies):
        calls = step.replies[n_rounds]
        saying = " ".join(filter(None, (call.saying for call in calls)))
        return Line(saying, calls, f"{position}_{n_rounds}", script.recorded(position, "reply", n_rounds + 1))
    if any(message.get("name") == REVIEWER for message in own):
        raise OffScriptError(
            f"The message was rejected, and the rehearsal “{script.name}” has no other for it. Choose another model to "
            "write one, or end the chat."
        )
    text = _message(script, step, [*team, *own])
    # the other message is another text, for which nothing was recorded
    recorded = script.recorded(position, "reply", n_rounds + 1) if text == step.says.strip() else None
    return Line(text, ordinal=str(position), recorded=recorded)


def suggestion(spec: ConnectionSpec, model: str, person: str, spoken: list[str]) -> str:
    """Return what the script has `person` say after the turns of those in `spoken`, the task first; "" for nothing."""
    try:
        _, script = script_of(spec, model)
    except NotConfiguredError:
        return ""
    position = _position(script, spoken[1:])
    step = script.steps[position] if position < len(script.steps) else None
    return step.says.strip() if step and step.agent == person else ""


def _recording(script: Rehearsal, line: Line) -> CallRecording | None:
    recording, recorded = script.recording, line.recorded
    if recording is None or recorded is None:
        return None
    unknown = recorded.tokens.keys() - BUCKETS.keys()
    if unknown:
        raise NotConfiguredError(
            f"The recording of “{script.name}” counts tokens as {', '.join(sorted(unknown))}; known are "
            f"{', '.join(BUCKETS)}."
        )
    return CallRecording(
        day=recording.day.isoformat(),
        model=recorded.model or recording.model,
        how=recording.how,
        usage=Usage(**recorded.tokens) if recorded.tokens else None,
        price=Price(cost_usd=recorded.cost_usd, source=recorded.price_source),
        first_token_s=recorded.first_token_s,
        duration_s=recorded.duration_s,
    )


def _message(script: Rehearsal, step: Step, messages: list[Message]) -> str:
    read = str(messages[-1].get("content") or "") if messages else ""
    if step.heard in read:
        text = step.says
    elif step.otherwise:
        text = step.otherwise
    else:
        raise OffScriptError(
            f"The rehearsal “{script.name}” goes on only where “{step.heard}” was read before, and it was not: what "
            "really ran gave another result. Look at the message before, then end the chat, or choose another model."
        )
    text = text.strip()
    if not text:
        raise OffScriptError(
            f"The rehearsal “{script.name}” has a turn of {step.agent} here and no words for it. Choose another model, "
            "or end the chat."
        )
    return text


def _position(script: Rehearsal, spoken: list[str]) -> int:
    """Count the steps of the script that are done once those have spoken, in that order."""
    position = 0
    for name in spoken:
        if position < len(script.steps) and script.steps[position].agent == name:
            position += 1
    return position


def _split(messages: list[Message], agent: str) -> tuple[list[Message], list[Message]]:
    """Split into what the team said, the task first, and the agent's turn so far: calls, results, rejections."""
    heard = [
        message
        for message in messages
        if message.get("role") not in ("system", "developer") and message.get("name") not in SELECTORS
    ]
    n_team = len(heard)
    while n_team > 1:
        if _is_of_tools(heard[n_team - 1]):
            n_team -= 1
        elif agent and _is_rejection(heard[n_team - 2], heard[n_team - 1], agent):
            n_team -= 2
        else:
            break
    return [message for message in heard[:n_team] if not _is_of_tools(message)], heard[n_team:]


def _is_of_tools(message: Message) -> bool:
    return bool(message.get("tool_calls")) or message.get("role") == "tool"


def _is_rejection(draft: Message, answer: Message, agent: str) -> bool:
    is_draft = draft.get("role") == "assistant" and draft.get("name") == agent
    return is_draft and answer.get("name") == REVIEWER and REJECTED in str(answer.get("content"))


def _in_pieces(text: str, environ: Mapping[str, str]) -> Generator[str, None, None]:
    """Yield `text` in pieces, at a pace that people can follow; PACE_VARIABLE sets it, 0 is at once."""
    pace = _pace(environ)
    pause_s = 0.0 if pace <= 0 else min(PIECE_CHARS / pace, LONGEST_S * PIECE_CHARS / max(len(text), 1))
    for start in range(0, len(text), PIECE_CHARS):
        if pause_s:
            time.sleep(pause_s)
        yield text[start : start + PIECE_CHARS]


def _as_recorded(text: str, recording: CallRecording) -> Generator[str, None, None]:
    """Yield `text` in pieces over the time that was recorded, "" while it is waited for."""
    pieces = [text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS)]
    first_s = min(recording.first_token_s or 0.0, recording.duration_s)
    yield from pause(first_s)
    pause_s = (recording.duration_s - first_s) / max(len(pieces), 1)
    for piece in pieces or [""]:
        yield piece
        yield from pause(pause_s)


def _pace(environ: Mapping[str, str]) -> float:
    try:
        return float(environ.get(PACE_VARIABLE, "") or CHARS_PER_S)
    except ValueError:
        return CHARS_PER_S
