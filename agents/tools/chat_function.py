"""Functions of the plugins folder that decide in place of a model: who speaks next, and whether a chat is over.

They read a `ChatView` and change nothing. Their errors are values, which the engine asks a person about.
"""

import inspect
import time
from collections.abc import Callable, Generator
from concurrent.futures import wait
from typing import Any

from agents.cancellation import LOOK_UP_EVERY_S, on_thread
from agents.chats.requests import FunctionPurpose
from agents.chats.view import ChatView
from agents.plain_text import beginning, valid
from agents.tools.result import FunctionResult
from agents.tools.stdout_capture import printing_to_log

FUNCTION_TIMEOUT_S = 10.0
MAX_ERROR_CHARS = 1_000

Decider = Callable[[ChatView], Any]


def speaker_selection(function: Decider) -> Decider:
    """Mark a function that says who speaks next: a name of `chat.candidates`; "auto", "round_robin", "random" or
    "manual" to let that method choose; None ends the chat.

    It must say the same of the same chat: a chat that goes on after a crash asks it again."""
    function.decides = "selection"  # type: ignore[attr-defined]
    return function


def termination(function: Decider) -> Decider:
    """Mark a function that is asked after each message whether the chat is over: True, or why in a sentence; False or
    None to go on. It must say the same of the same chat."""
    function.decides = "termination"  # type: ignore[attr-defined]
    return function


class ChatFunction:
    """One function. ValueError, with what to correct, for one that cannot be called with a chat."""

    def __init__(self, function: Decider, decides: FunctionPurpose, source: str, timeout_s: float = FUNCTION_TIMEOUT_S):
        self.name = function.__name__
        self.decides = decides
        self.source = source
        """The plugin file's name."""
        self.description = inspect.cleandoc(function.__doc__ or "")
        self._function, self._timeout_s = function, timeout_s
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise ValueError(f"{self.name} is async or a generator; write a plain function that returns its result.")
        try:
            inspect.signature(function).bind(None)
        except TypeError as error:
            raise ValueError(f"{self.name} must take one argument, the chat, and nothing else.") from error

    def call(self, chat: ChatView) -> Generator[str, None, FunctionResult]:
        """Return what it says of `chat`; never raise. Yield "" while it thinks; one that takes too long runs on, and
        what it says is dropped."""
        result, began = on_thread(lambda: self._value(chat), f"function-{self.name}"), time.monotonic()
        while not wait([result], min(LOOK_UP_EVERY_S, self._timeout_s)).done:
            if time.monotonic() - began >= self._timeout_s:
                return FunctionResult(error=f"it gave no answer within {self._timeout_s:g} s")
            yield ""
        error = result.exception()
        return FunctionResult(error=_text(error)) if error else FunctionResult(result.result())

    def _value(self, chat: ChatView) -> Any:
        with printing_to_log(self.name):
            return self._function(chat)


def _text(error: BaseException) -> str:
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  an error whose text fails
        text = type(error).__name__
    return beginning(valid(text), MAX_ERROR_CHARS)
