"""What a model reads of a long chat: its prompts are kept inside its window, and what is left out is said.

    prompt -> the team's choice -> does it fit? -> what else is left out, or a summary -> recorded -> what is sent

Each decision follows from the log and is recorded before the call, so that a resumed leg sends what the one before it
would have sent. Called by the leg before each of its model calls.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from agents.chats import ContextSummarised, ContextTrimmed, ContextUse, ModelCalled
from agents.chats.context import SUMMARY, TOKENS_PER_BYTE
from agents.engine.event_stream import Recorder
from agents.engine.model_calls import Message, Model
from agents.engine.prompt import Prompt, Trim, fit, prompt_bytes
from agents.plain_text import beginning

ASKED_FROM_TOKENS = 1_000
"""No model's window is smaller: its server is not asked before a prompt has so many."""
MOST_RESERVED = 4_096
"""Tokens that are kept free for the reply where the agent names no number."""
UNSURE = 1.05
"""How much larger than counted a prompt is taken for."""
MAX_SUMMARIES = 5
"""For one prompt; what does not fit then is left out."""
MIN_SUMMARY_CHARS = 500
NOTES = """You keep the notes of a group chat. Its members can no longer read the older messages, only your notes.
Write down what they need to go on: what was decided and why; facts, numbers and names exactly; files and what is in
them; what is done; what is open and who does it. Keep what the notes so far say and what is still true. Write at most
300 words. Reply with the notes alone."""


@dataclass(frozen=True)
class Draft:
    """A prompt before it is shortened, and where it goes."""

    agent: str
    """Whose it is; SELECTION for the choice of a speaker."""
    connection: str
    model: str
    messages: list[Message]
    n_history: int
    """How many of the messages were there when the turn began; the others are steps of it."""
    parameters: dict[str, Any]
    choices: Sequence[str] = ()
    """The only answers that are wanted; () when any is."""


Summarise = Callable[[str, list[Message]], ModelCalled]
"""Asks for the notes that an agent's prompt needs; the call is not recorded yet."""


class Context:
    """Shortens the prompts of one leg."""

    def __init__(self, recorder: Recorder, model: Model, summarise: Summarise):
        self._recorder, self._model, self._summarise = recorder, model, summarise
        self._team = recorder.team.context

    def messages(self, draft: Draft) -> list[Message]:
        """Return what is sent of the draft's messages: all of them while they fit and the team wants them all."""
        prompt = Prompt.of(draft.messages, draft.n_history)
        window = self._window(draft)
        room = None if window is None else self._room(draft.agent, window, draft.parameters)
        if room is not None and self._team.method == "summary":
            self._sum_up(draft, prompt, room)
        n_unwanted = max(0, len(prompt.units) - self._team.n_messages) if self._team.method == "last" else 0
        start = self._start(draft.agent, room, n_unwanted)
        trim = start if room is None else fit(prompt, start, room, *self._summary)
        if trim != start:
            self._recorder.record(self._trimmed(draft.agent, "window", window, trim))
        elif n_unwanted and self._use(draft.agent).trim is None:
            self._recorder.record(self._trimmed(draft.agent, "choice", None, trim))
        return prompt.messages(trim, *self._summary)

    def _use(self, agent: str) -> ContextUse:
        return self._recorder.state.contexts.get(agent, ContextUse())

    @property
    def _summary(self) -> tuple[str, int]:
        """The summary that all read, and how many messages it stands for."""
        made = self._recorder.state.summary
        return (made.text, made.n_messages) if made else ("", 0)

    def _start(self, agent: str, room: int | None, n_unwanted: int) -> Trim:
        """Return what the agent's prompts leave out so far. What was left out for the steps of another turn counts no
        more, but a task that is too long by itself stays shortened."""
        done = self._use(agent).trim
        trim = Trim(done.n_messages, done.n_results, done.max_chars) if done else Trim()
        if done and done.turn != self._recorder.state.turn:
            is_lasting = room is not None and (done.max_chars or 0) >= room // 4
            trim = Trim(done.n_messages, 0, done.max_chars if is_lasting else None)
        return replace(trim, n_messages=max(trim.n_messages, n_unwanted))

    def _trimmed(
        self, agent: str, why: Literal["window", "choice", "no_summary"], window: int | None, trim: Trim
    ) -> ContextTrimmed:
        turn = self._recorder.state.turn
        return ContextTrimmed(turn=turn, agent=agent, why=why, context_window=window, **asdict(trim))

    # -- sizes

    def _rate(self, agent: str) -> float:
        """Return the tokens of a byte: as counted for this agent, else for another one, else a guess."""
        own = self._use(agent).tokens_per_byte
        others = (use.tokens_per_byte for use in self._recorder.state.contexts.values())
        return own or max(others, default=0.0) or TOKENS_PER_BYTE

    def _window(self, draft: Draft) -> int | None:
        if known := self._use(draft.agent).window:
            return known
        n_tokens = self._rate(draft.agent) * prompt_bytes(draft.messages, draft.parameters.get("tools"))
        return self._model.context_window(draft.connection, draft.model) if n_tokens > ASKED_FROM_TOKENS else None

    def _room(self, agent: str, window: int, parameters: dict[str, Any]) -> int:
        """Return the bytes that the messages may have: the window without its tools and room for the reply."""
        wanted = [parameters.get(name) for name in ("max_tokens", "max_completion_tokens")]
        reserved = next((n for n in wanted if isinstance(n, int) and n > 0), min(window // 4, MOST_RESERVED))
        n_tokens = window - min(reserved, window // 2)
        return int(n_tokens / (self._rate(agent) * UNSURE)) - prompt_bytes([], parameters.get("tools"))

    # -- the running summary

    def _sum_up(self, draft: Draft, prompt: Prompt, room: int) -> None:
        """Have the oldest messages summed up until the rest fits, or no more can be."""
        for _ in range(MAX_SUMMARIES):
            trim = fit(prompt, self._start(draft.agent, room, 0), room, *self._summary)
            if trim == self._start(draft.agent, room, 0) or trim.n_messages <= self._summary[1]:
                return
            n_messages, asked = self._notes(trim.n_messages, room)
            call = self._summarise(draft.agent, asked)
            if call.outcome == "too_long":
                self._recorder.record(call)
                continue
            if call.outcome != "ok":
                window = self._window(draft)
                self._recorder.record(call, self._trimmed(draft.agent, "no_summary", window, trim))
                return
            self._recorder.record(  # together: which messages the call read depends on what was counted before it
                call,
                ContextSummarised(
                    turn=self._recorder.state.turn,
                    agent=draft.agent,
                    n_messages=n_messages,
                    text=beginning(call.reply.strip(), max(MIN_SUMMARY_CHARS, room // 4)),
                    usage=call.usage,
                    price=call.price,
                ),
            )

    def _notes(self, n_messages: int, room: int) -> tuple[int, list[Message]]:
        """Return how many messages the new summary stands for, at most `n_messages`, and the prompt that asks for it.

        Takes as many messages as the summarising model reads at once."""
        connection, model = self._recorder.team.connection_of_summary()
        window = self._use(SUMMARY).window or self._model.context_window(connection, model)
        room = room if window is None else self._room(SUMMARY, window, {})
        text, n_done = self._summary
        messages = self._recorder.state.messages
        spare = room - prompt_bytes([_said("system", NOTES), _said("user", text)])
        task = beginning(messages[0].content, max(MIN_SUMMARY_CHARS, spare // 4))
        parts: list[str] = []
        spare -= len(task.encode())
        for message in messages[1 + n_done : 1 + n_messages]:
            part = beginning(f"{message.agent}: {message.content}", max(MIN_SUMMARY_CHARS, room // 2))
            spare -= len(part.encode())
            if parts and spare < 0:
                break
            parts.append(part)
        notes = f"The notes so far:\n{text}\n\n" if text else ""
        asked = f"The task:\n{task}\n\n{notes}The messages:\n\n" + "\n\n".join(parts)
        return n_done + len(parts), [_said("system", NOTES), _said("user", asked)]


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}
