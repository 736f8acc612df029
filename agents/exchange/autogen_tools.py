"""The tools that an AutoGen script gives its agents: Python functions, kept as source for a person to review.

Nothing of them runs here. `ToolSource` is a whole plugin file: the function, and what of the script it uses.
"""

import ast
from dataclasses import dataclass
from typing import Any, TypeGuard

from agents.exchange.python_source import Source
from agents.exchange.script_values import Function, Made
from agents.exchange.values import ToolSource
from agents.plain_text import without_keys
from agents.specs.team_validation import free_name

MAX_TOOLS = 100
MAX_PLUGIN_CHARS = 60_000
MAX_USED = 60
"""Definitions of the script that a tool brings along."""


@dataclass(frozen=True)
class Tool:
    """A function that an agent's model may call."""

    name: str
    description: str
    place: str
    function: Function | None
    """None where the script imports it."""


class Tools:
    """Which agent is given which tools, as a script registers them."""

    def __init__(self) -> None:
        self._of: dict[int, dict[str, Tool]] = {}
        self.mapped: dict[str, Function] = {}
        """Functions of all `function_map`s, by the name by which a model calls them."""

    def of(self, agent: Made) -> list[Tool]:
        """Return the agent's tools, in the order of the script."""
        return list(self._of.get(id(agent), {}).values())

    def take(self, call: Made) -> None:
        """Take note of a call that gives somebody a tool; others change nothing."""
        if call.name == "__call__" and isinstance(call.owner, Made) and call.owner.name == "register_for_llm":
            self._give(call.owner.owner, call.owner, call.args[0] if call.args else None)
        elif call.name == "register_function" and call.owner is None:
            self._give(call.value("caller", 1), call, call.value("f", 0))
        elif call.name == "register_function":
            self._map(call.value("function_map", 0))
        elif call.owner is None:
            self._map(call.kwargs.get("function_map"))
            for field in ("functions", "tools"):
                given = call.kwargs.get(field)
                for each in given if isinstance(given, list) else [given] if isinstance(given, Function) else []:
                    self._give(call, None, each)

    def _map(self, mapping: Any) -> None:
        for name, each in mapping.items() if isinstance(mapping, dict) else ():
            if isinstance(name, str) and isinstance(each, Function) and len(self.mapped) < MAX_TOOLS:
                self.mapped[name] = each

    def _give(self, agent: Any, said: Made | None, what: Any) -> None:
        if not isinstance(agent, Made):
            return
        function = _function(what)
        name = said.kwargs.get("name") if said is not None else None
        if not isinstance(name, str):
            name = function.name if function else getattr(what, "path", "").rpartition(".")[2]
        about = said.kwargs.get("description") if said is not None else ""
        if not name:
            return
        place = function.place if function else said.place if said is not None else agent.place
        told = str(about) if isinstance(about, str) else ""
        mine = self._of.setdefault(id(agent), {})
        if len(mine) < MAX_TOOLS:
            mine[name] = Tool(free_name(name, ()), told, place, function)


def _function(what: Any, depth: int = 10) -> Function | None:
    """Return the function inside of what decorators give."""
    if isinstance(what, Function) or not depth:
        return what if isinstance(what, Function) else None
    return _function(what.args[0], depth - 1) if isinstance(what, Made) and what.args else None


class Definitions:
    """What a script defines at its top level, by name, for tools to bring along."""

    def __init__(self, source: Source):
        self._of: dict[str, tuple[int, str, set[str]]] = {}
        self._left: set[str] = set()
        """Names that stand for what a call gives; no tool brings them along."""
        order = 0
        for piece in source.pieces:
            for node in piece.tree.body:
                order += 1
                names = _defined(node)
                if isinstance(node, ast.Assign) and not names:
                    self._left |= {inner.id for target in node.targets for inner in ast.walk(target) if _is_name(inner)}
                text = _text(node, piece.lines)
                if names and text:
                    used = {inner.id for inner in ast.walk(node) if _is_name(inner)}
                    for name in names:
                        self._of[name] = (order, text, used)

    def plugin(self, tool: Tool) -> ToolSource | None:
        """Return the tool as a plugin file; None for one whose code the script does not have."""
        if tool.function is None or isinstance(tool.function.node, ast.Lambda):
            return None
        found: dict[int, str] = {}
        node = tool.function.node
        parts_of_it = [node.args, *([node.returns] if node.returns else []), *node.body]  # not its decorators
        wanted = [each.id for part in parts_of_it for each in ast.walk(part) if _is_name(each)]
        seen, left = {tool.function.name}, set[str]()
        while wanted and len(found) < MAX_USED:
            name = wanted.pop()
            left |= {name} & self._left
            if name in seen or name not in self._of:
                continue
            seen.add(name)
            order, text, used = self._of[name]
            found[order] = text
            wanted += used
        parts = [text for _, text in sorted(found.items())]
        body = tool.function.source
        head = f'"""Imported from a script, {tool.place}. Read it before you put it into the plugins folder."""'
        lost = [f"# Not here, as the script makes it while it runs: {', '.join(sorted(left))}"] if left else []
        source = "\n\n".join([head, *lost, *parts, _renamed(body, tool.function.name, tool.name)]) + "\n"
        source = without_keys(source)
        return ToolSource(tool.name, tool.place, source) if len(source) <= MAX_PLUGIN_CHARS else None


def _renamed(body: str, old: str, new: str) -> str:
    return body.replace(f"def {old}(", f"def {new}(", 1) if old != new else body


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines without calling anything."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [(alias.asname or alias.name).partition(".")[0] for alias in names]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not _calls(value):
            return [name]
    return []


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _text(node: ast.stmt, lines: list[str]) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])
