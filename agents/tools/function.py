"""A Python function as a tool: its type hints and docstring make the schema that models read.

Arguments are checked against the hints before the function runs, and its errors become results in plain words: a model
can correct its call, and a tool never ends a chat. Called by `ToolRegistry`.
"""

import asyncio
import copy
import functools
import inspect
import json
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import wait
from dataclasses import is_dataclass, replace
from types import SimpleNamespace
from typing import Annotated, Any, Protocol, TypeVar, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import ArgsKwargs, to_jsonable_python

from agents.cancellation import LOOK_UP_EVERY_S, Notice, on_thread
from agents.chats import Call
from agents.chats.requests import KINDS, ToolQuestion
from agents.errors import StudioError, UsageError
from agents.plain_text import beginning, valid
from agents.tools.context import CallCancelled, ToolContext
from agents.tools.result import ToolResult
from agents.tools.stdout_capture import printing_to_log

TIMEOUT_S = 60.0
MAX_RESULT_CHARS = 20_000
"""Of a result that a model reads; of a longer one it reads the beginning, and how much is missing."""

Function = TypeVar("Function", bound=Callable[..., Any])


class Tool(Protocol):
    """Something that agents may call by its name."""

    name: str
    """At most 64 of A-Z, a-z, 0-9, _ and -."""
    source: str
    """Its origin, as people read it: "built in", a plugin file's name, an MCP server's."""
    description: str
    is_idempotent: bool
    """Whether a call whose outcome nobody knows may be made again unasked."""
    schema: dict[str, Any]
    """JSON schema of its arguments, an object."""

    def call(
        self, arguments: dict[str, Any], timeout_s: float = TIMEOUT_S, context: ToolContext | None = None
    ) -> Generator[str, None, ToolResult]:
        """Return what it says to `arguments`; never raise. Yields output as it comes, and "" at least every 0.25 s.
        Closing it cancels the call. `context` is the chat, None outside of any."""
        ...


def entry(tool: Tool) -> dict[str, Any]:
    """Return the entry of a request's `tools`, as the chat completions API has it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def idempotent(function: Function) -> Function:
    """Mark a function that may run twice: after a crash in mid-call it is called again, and nobody is asked."""
    function.is_idempotent = True  # type: ignore[attr-defined]
    return function


def asking(function: Function) -> Function:
    """Mark a function whose call is a question to a person: it returns the request, and the person's reply is what
    the model reads as the result. UsageError says what the model is to correct; then nobody is asked.

    It must return an equal request for equal arguments: an answer counts only for what was asked."""
    function.is_asking = True  # type: ignore[attr-defined]
    return function


class FunctionTool:
    """One function. ValueError, with what to correct, for a function whose hints or docstring do not make a schema."""

    def __init__(self, function: Callable[..., Any], source: str = "built in"):
        self.name = function.__name__
        self.source = source
        """"built in", or the plugin file's name."""
        self.is_idempotent = bool(getattr(function, "is_idempotent", False))
        self._is_asking = bool(getattr(function, "is_asking", False))
        self.description = inspect.cleandoc(function.__doc__ or "")
        self._function = function
        if not self.description:
            raise ValueError(f"{self.name} has no docstring; models read it to know when to call the tool.")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise ValueError(f"{self.name} is a generator; write a function that returns its result.")
        if self._is_asking and inspect.iscoroutinefunction(function):
            raise ValueError(
                f"{self.name} asks a person and is async; write a plain function that returns its question."
            )
        self._context_parameters: list[str] = []
        """Its parameters that are given the context; models do not see them."""
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.annotation in (ToolContext, "ToolContext", "Place"):
                self._context_parameters.append(name)
                continue
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise ValueError(f"{self.name}: the parameter {name!r} cannot be given by name; models name arguments.")
            if parameter.annotation is parameter.empty:
                raise ValueError(f"{self.name}: the parameter {name!r} has no type hint; add one.")
        try:
            self._arguments: TypeAdapter[Any] = TypeAdapter(cast(Any, _collecting(function, self._context_parameters)))
            self.schema = _plain(self._arguments.json_schema())
        except (PydanticUserError, NameError, TypeError) as error:
            raise ValueError(f"{self.name}: its type hints make no schema ({str(error).splitlines()[0]}).") from error

    def request(self, arguments: dict[str, Any]) -> ToolQuestion | ToolResult | None:
        """Return what a person is asked in place of the call, or the result that says why that cannot be asked; None
        for a function that is called."""
        if not self._is_asking:
            return None
        value = self._value(copy.deepcopy(arguments), None, threading.Event())
        if isinstance(value, ToolResult):
            return value
        if not isinstance(value, ToolQuestion) or KINDS.get(value.of) is not type(value):
            return ToolResult("error", f"{self.name} asks a person, but it returned no question.")
        try:
            value.check_asked()
        except UsageError as error:
            return ToolResult("error", _result(f"{self.name} failed: {error}"))
        return value

    def call(
        self, arguments: dict[str, Any], timeout_s: float = TIMEOUT_S, context: ToolContext | None = None
    ) -> Generator[str, None, ToolResult]:
        """Return what it makes of `arguments`; never raise. When it shows no sign of life for `timeout_s`, the result
        says so. Closing this cancels the call.

        The function runs on a thread of its own, which nothing can end from outside. `check_cancelled` tells a late or
        cancelled one, and what it runs in the sandbox is ended at once; an async one is cancelled where it waits;
        others run on, and their result is dropped."""
        if self._context_parameters and context is None:
            return ToolResult("error", f"{self.name} works with the files of a chat, and there is no chat here.")
        is_over, progress, calls = threading.Event(), deque[str](), list[Call]()
        notice = Notice("")
        began = last_sign_at = time.monotonic()

        def check_cancelled() -> None:
            nonlocal last_sign_at
            if is_over.is_set():
                raise CallCancelled
            last_sign_at = time.monotonic()

        given = copy.deepcopy(arguments)
        own_context = context and replace(
            context, check_cancelled=check_cancelled, report_progress=progress.append, record_call=calls.append
        )
        result = on_thread(lambda: self._result(given, own_context, is_over), f"tool-{self.name}")
        try:
            while not wait([result], min(LOOK_UP_EVERY_S, timeout_s)).done:
                if (now := time.monotonic()) - last_sign_at >= timeout_s:
                    text = f"{self.name} gave no result within {timeout_s:g} s. It may still be at work; its outcome is"
                    return ToolResult("timeout", f"{text} unknown.", now - began, tuple(calls))
                news = [progress.popleft() for _ in range(len(progress))]
                notice = next((piece for piece in reversed(news) if isinstance(piece, Notice)), notice)
                yield "".join(news) or notice
            return replace(result.result(), duration_s=time.monotonic() - began, calls=tuple(calls))
        finally:
            is_over.set()

    def _result(self, arguments: dict[str, Any], context: ToolContext | None, is_over: threading.Event) -> ToolResult:
        value = self._value(arguments, context, is_over)
        if isinstance(value, ToolResult):
            return value
        if isinstance(value, ToolQuestion):
            return ToolResult("error", f"{self.name} asks a person, and nobody can be asked here.")
        try:
            return ToolResult("ok", _result(value if isinstance(value, str) else _json(value)))
        except BaseException as error:  # noqa: BLE001  whatever the author's values raise is the model's to read
            return ToolResult("error", _result(f"{self.name} ran, but its result cannot be read: {_error_text(error)}"))

    def _value(self, arguments: dict[str, Any], context: ToolContext | None, is_over: threading.Event) -> Any:
        """What the function returns, or the `ToolResult` that says why it returned nothing."""
        try:
            given = self._arguments.validate_python(ArgsKwargs((), arguments))
        except ValidationError as error:
            return ToolResult("bad_arguments", f"{self.name} was not called: {_problems(error)}")
        except Exception as error:  # noqa: BLE001  a check that the author wrote
            return ToolResult("bad_arguments", f"{self.name} was not called: {_error_text(error)}")
        try:
            with printing_to_log(self.name):
                value = self._function(**given, **dict.fromkeys(self._context_parameters, context))
                return asyncio.run(_awaited(value, is_over)) if inspect.isawaitable(value) else value
        except StudioError as error:
            return ToolResult("error", _result(f"{self.name} failed: {error}"))
        except BaseException as error:  # noqa: BLE001  SystemExit too: it would end the thread without a word
            return ToolResult("error", _result(f"{self.name} failed: {_error_text(error)}"))


def _collecting(function: Callable[..., Any], left_out: list[str]) -> Callable[..., Any]:
    """A function with `function`'s parameters but `left_out`, which gives the arguments it was called with by name:
    checking them is one thing, and what the tool itself raises another."""
    signature = inspect.signature(function)
    shown = [parameter for name, parameter in signature.parameters.items() if name not in left_out]

    @functools.wraps(function)
    def collect(*positional: Any, **named: Any) -> dict[str, Any]:
        bound = collect_signature.bind(*positional, **named)
        bound.apply_defaults()
        return dict(bound.arguments)

    collect_signature = signature.replace(parameters=shown, return_annotation=inspect.Signature.empty)
    collect.__signature__ = collect_signature  # type: ignore[attr-defined]
    collect.__annotations__ = {parameter.name: _described(parameter.annotation, function) for parameter in shown}
    return collect


def _described(annotation: Any, function: Callable[..., Any]) -> Any:
    """Return a parameter's annotation with the text of an `Annotated[..., "text"]` as its description, as AutoGen reads
    it; pydantic ignores such texts."""
    hint = annotation
    if isinstance(annotation, str):
        names = getattr(inspect.unwrap(function), "__globals__", {})
        try:
            hints = get_type_hints(SimpleNamespace(__annotations__={"hint": annotation}), names, include_extras=True)
        except NameError:
            return annotation  # pydantic says what is wrong with it
        hint = hints["hint"]
    if get_origin(hint) is not Annotated:
        return annotation
    of, *metadata = get_args(hint)
    return Annotated[(of, *(Field(description=item) if isinstance(item, str) else item for item in metadata))]


async def _awaited(value: Awaitable[Any], is_over: threading.Event) -> Any:
    """Return what an async function gives; cancel it once nobody waits for it."""
    task = asyncio.ensure_future(value)
    while not (await asyncio.wait([task], timeout=LOOK_UP_EVERY_S))[0]:
        if is_over.is_set():
            task.cancel()
    return task.result()


def _error_text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  an error whose text fails
        return type(error).__name__


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """An object schema that takes nothing else, without titles: tokens that say nothing."""
    schema = {**schema, "additionalProperties": False}
    schema.setdefault("properties", {})
    return {key: _untitled(value) for key, value in schema.items() if key != "title"}


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untitled(item) for key, item in value.items() if not (key == "title" and isinstance(item, str))}
    return [_untitled(item) for item in value] if isinstance(value, list) else value


def _problems(error: ValidationError) -> str:
    lines = [f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in error.errors()]
    return "; ".join(lines[:10])[:2_000] + ". Correct the arguments and call it again."


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_jsonable)
    except (ValueError, TypeError, RecursionError):
        return str(value)


def _jsonable(value: Any) -> Any:
    """Return what of a result is no JSON: models and dataclasses by their fields, other values as texts."""
    has_fields = isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type))
    return to_jsonable_python(value, fallback=str) if has_fields else str(value)


def _result(text: str) -> str:
    """Return what the model reads of a result."""
    return beginning(valid(text), MAX_RESULT_CHARS)
