"""All tools there are: the built-in ones, those of the plugins folder, read anew when a file there changes, and
those of further sources such as MCP servers.

A plugin is a Python file whose public functions are tools, or decide who speaks next and when a chat ends
(`chat_function`). It is the team author's own code and runs in the worker as
the worker; a file that cannot be read takes no other tool away. `for_chat` binds them to one chat.
"""

import contextlib
import inspect
import logging
import sys
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from agents.chats.requests import FunctionPurpose, ToolQuestion
from agents.chats.view import ChatView
from agents.tools.builtin.basics import BUILT_IN
from agents.tools.chat_function import ChatFunction
from agents.tools.context import ToolContext
from agents.tools.function import TIMEOUT_S, FunctionTool, Tool, entry
from agents.tools.result import FunctionResult, ToolResult
from agents.tools.stdout_capture import printing_to_log
from agents.version import IS_INSTALLED, PACKAGE

log = logging.getLogger(__name__)
_BUILT_IN: dict[str, Tool] = {function.__name__: FunctionTool(function) for function in BUILT_IN}


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin, or one function in it, that makes no tool."""

    file: str
    text: str
    """What to correct, in a sentence."""


class Source(Protocol):
    """Where further tools come from. Asked at each look at the tools, so it answers at once, from what it knows."""

    def tools(self) -> Mapping[str, Tool]:
        """Name -> tool."""
        ...

    def broken(self) -> Sequence[BrokenPlugin]:
        """Return what of it makes no tool, and why."""
        ...


class ToolRegistry:
    """The tools by name. Safe to use from many threads."""

    def __init__(self, plugins: Path | None = None, timeout_s: float = TIMEOUT_S, sources: Sequence[Source] = ()):
        self._folder, self.timeout_s, self._sources = plugins, timeout_s, tuple(sources)
        self._loading = threading.Lock()  # a folder read twice at once would run its files twice
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._plugins: dict[str, Tool] = {}
        self._functions: dict[str, ChatFunction] = {}
        self._broken: list[BrokenPlugin] = []

    def for_chat(self, context: ToolContext | None) -> "ChatTools":
        """Return these tools, each called in `context`. Tools that need a chat say so where there is none."""
        return ChatTools(self, context)

    def tools(self) -> dict[str, Tool]:
        """Name -> tool, the built-in ones first, then plugins, then the sources'; the first of a name has it."""
        self._refresh()
        found = {**_BUILT_IN, **self._plugins}
        for source in self._sources:
            found |= {name: tool for name, tool in source.tools().items() if name not in found}
        return found

    def functions(self) -> dict[str, ChatFunction]:
        """Return the functions of the plugins folder that decide in place of a model, by name."""
        self._refresh()
        return dict(self._functions)

    def decide(self, name: str, purpose: FunctionPurpose, chat: ChatView) -> Generator[str, None, FunctionResult]:
        """As `ChatFunction.call`; it says so when there is no such function."""
        function = self.functions().get(name)
        if function is None or function.decides != purpose:
            return FunctionResult(error="it is not in the plugins folder")
        return (yield from function.call(chat))

    def broken(self) -> list[BrokenPlugin]:
        """Return what of the plugins folder and the sources makes no tool, and why."""
        self._refresh()
        return [*self._broken, *(broken for source in self._sources for broken in source.broken())]

    def _refresh(self) -> None:
        if self._folder is None:
            return
        with self._loading:
            seen = _files(self._folder)
            if seen == self._seen:
                return
            found, broken = dict[str, Tool | ChatFunction](), list[BrokenPlugin]()
            for name, _, _ in seen:
                self._add(self._folder / name, found, broken)
            self._seen, self._broken = seen, broken
            self._functions = {name: each for name, each in found.items() if isinstance(each, ChatFunction)}
            self._plugins = {name: each for name, each in found.items() if not isinstance(each, ChatFunction)}

    def _add(self, file: Path, found: dict[str, Tool | ChatFunction], broken: list[BrokenPlugin]) -> None:
        try:
            with printing_to_log(file.name):
                module = _imported(file)
        except (Exception, SystemExit) as error:  # whatever a stranger's module does at import
            log.warning("The plugin %s could not be imported", file.name, exc_info=True)
            broken.append(
                BrokenPlugin(file.name, f"It cannot be imported: {type(error).__name__}: {error}{_hint(error)}")
            )
            return
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            if name in _BUILT_IN or name in found:
                broken.append(BrokenPlugin(file.name, f"There is a tool {name!r} already; rename the function."))
                continue
            try:
                decides = getattr(function, "decides", None)
                make = partial(ChatFunction, decides=decides) if decides else FunctionTool
                found[name] = make(function, source=file.name)
            except ValueError as error:
                broken.append(BrokenPlugin(file.name, str(error)))


class ChatTools:
    """The tools of a registry for one chat; implements `agents.engine.ports.Tools`."""

    def __init__(self, registry: ToolRegistry, context: ToolContext | None):
        self._registry, self._context = registry, context

    def for_model(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return the entries of a request's `tools`; a tool that is not there any more is left out."""
        tools = self._registry.tools()
        return [entry(tools[name]) for name in names if name in tools]

    def is_idempotent(self, name: str) -> bool:
        tool = self._registry.tools().get(name)
        return tool is not None and tool.is_idempotent

    def request(self, name: str, arguments: dict[str, Any]) -> ToolQuestion | ToolResult | None:
        tool = self._registry.tools().get(name)
        return tool.request(arguments) if isinstance(tool, FunctionTool) else None

    def call(self, name: str, arguments: dict[str, Any], agent: str = "") -> Generator[str, None, ToolResult]:
        tools = self._registry.tools()
        if name not in tools:
            text = f"There is no tool {name[:80]!r} here. There are: {', '.join(tools)}."
            return ToolResult("unknown_tool", text)
        context = self._context and replace(self._context, agent=agent)
        return (yield from tools[name].call(arguments, self._registry.timeout_s, context))


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, time of change, size) of each plugin, by name; one that vanishes meanwhile, or a folder that cannot be
    read, holds none."""
    found = []
    try:
        for file in sorted(folder.glob("*.py")):
            with contextlib.suppress(FileNotFoundError):
                stat = file.stat()
                found.append((file.name, stat.st_mtime_ns, stat.st_size))
    except OSError:
        return ()
    return tuple(found)


def _hint(error: BaseException) -> str:
    """Return what to do about a plugin that was written for the studio in a checkout; "" for other errors."""
    if not (IS_INSTALLED and isinstance(error, ImportError) and f"{error.name}.".startswith("agents.")):
        return ""
    return f". Here the studio's package is called {PACKAGE}: write `from {PACKAGE}.tools import ...`"


def _imported(file: Path) -> ModuleType:
    """Return the file as a module, read anew: Python's own cache knows times to the second only."""
    name = f"studio_plugin_{file.stem}"
    module = ModuleType(name)
    module.__file__ = str(file)
    code = compile(file.read_bytes(), str(file), "exec")
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
