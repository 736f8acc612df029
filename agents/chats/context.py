"""How full a model's window is, and what a member's prompts leave out: folded from its calls.

Every decision about a prompt's length rests on this alone, so that a resumed leg decides as the one before. Pure.
"""

from dataclasses import dataclass, replace

from agents.chats.events import ContextTrimmed, ModelCalled

SUMMARY = "(summary)"
"""The name, beside those of agents, under which the use of the model that writes summaries is kept."""
TOKENS_PER_BYTE = 1 / 3
"""Taken where no server has counted yet; most texts have fewer."""
FADING = 0.9
"""How much of an earlier, denser prompt's rate is kept at each call."""
REFUSED = 0.75
"""The part of a refused prompt that is taken for the window where the refusal names none."""


@dataclass(frozen=True)
class ContextUse:
    """What one member's prompts take of its model's window."""

    window: int | None = None
    """Tokens that its model reads at once; None: not known."""
    n_input: int = 0
    """Tokens of its last prompt; 0: not counted."""
    tokens_per_byte: float = 0.0
    """As counted by its server, rather too high than too low; 0: not counted."""
    trim: ContextTrimmed | None = None
    """What its prompts leave out."""

    @property
    def fullness(self) -> float | None:
        """How full its window was at the last call, from 0 to 1; None: not known."""
        return min(1.0, self.n_input / self.window) if self.window and self.n_input else None


def after_call(use: ContextUse, call: ModelCalled) -> ContextUse:
    """Return the use after a call."""
    window, rate = call.context_window or use.window, use.tokens_per_byte
    if call.outcome == "too_long" and call.prompt_bytes:
        n_refused = call.prompt_bytes * (rate or TOKENS_PER_BYTE)
        window = call.context_window or int(REFUSED * n_refused)
        return replace(use, window=window, tokens_per_byte=max(rate, window / call.prompt_bytes))
    if call.outcome != "ok":
        return use
    n_input = call.usage.n_input if call.usage else 0
    if n_input and call.prompt_bytes:
        rate = max(n_input / call.prompt_bytes, FADING * rate)
    return replace(use, window=window, n_input=n_input, tokens_per_byte=rate)


def after_trim(use: ContextUse, trim: ContextTrimmed) -> ContextUse:
    """Return the use once its prompts leave that out."""
    return replace(use, trim=trim, window=trim.context_window or use.window)
