"""What a script's expressions say, worked out from their syntax tree. Nothing of the script runs.

Constants, variables, lists, mappings, simple operations and texts are followed; a call of the script's own function is
followed into it by `agents.exchange.script`; any other call is a `Made`, kept in order; the rest is an `Unknown`.
"""

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from agents.exchange.script_items import builtin, dict_method, is_key, list_method
from agents.exchange.script_operations import Operations, source_of
from agents.exchange.script_texts import (
    MAX_ITEMS,
    TooLarge,
    joined,
    missing,
    shown,
    text_method,
)
from agents.exchange.script_values import (
    Bound,
    Function,
    Made,
    Named,
    OwnClass,
    Scope,
    Unknown,
    is_scalar,
    truth,
)

MAX_STEPS = 60_000
"""Expressions and items that are worked out of one script, besides one for every few characters of it."""
CHARS_A_STEP = 4


class TooManySteps(Exception):
    """The script repeats more than is followed."""


class Expressions(Operations):
    """Works out expressions in a scope, and keeps every call that it meets."""

    def __init__(self, constants: Mapping[str, str] = MappingProxyType({})) -> None:
        self.constants = constants
        """What attributes of libraries are, by the last two parts of their dotted name."""
        self.made: list[Made] = []
        """All calls, in the order in which the script makes them."""
        self.where: Callable[[int], str] = lambda line: f"line {line}"
        """Says where a line of the code that is read stands."""
        self.lines: list[str] = []
        """Of the code that is read."""
        self.context: tuple[Any, ...] = ()
        self._n_left = MAX_STEPS

    def allow(self, n: int) -> None:
        """Let at least `n` more steps be taken."""
        self._n_left = max(self._n_left, n)

    def count(self, n: int = 1) -> None:
        """Take note of `n` steps; TooManySteps once there were too many."""
        self._n_left -= n
        if self._n_left < 0:
            raise TooManySteps

    def value(self, node: ast.expr | None, scope: Scope) -> Any:
        """Return what the expression says."""
        if node is None:
            return None
        self.count()
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            return self.unknown(node)
        try:
            return method(node, scope)
        except TooLarge:
            return self.unknown(node)

    # -- names and constants

    def _constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value if is_scalar(node.value) else self.unknown(node)

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        return scope.find(node.id)

    def _await(self, node: ast.Await, scope: Scope) -> Any:
        return self.value(node.value, scope)

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        scope[node.target.id] = value = self.value(node.value, scope)
        return value

    def _starred(self, node: ast.Starred, scope: Scope) -> Any:
        return self.value(node.value, scope)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return self.function(node, scope)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> Function:
        """Return a function of the script as a value."""
        return Function(node, scope, self.where, self.where(node.lineno), self.lines)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.value(node.value, scope), node.attr)

    def attribute(self, of: Any, name: str) -> Any:
        """Return the attribute of a value."""
        if isinstance(of, Named):
            path = f"{of.path}.{name}"
            return self.constants.get(".".join(path.split(".")[-2:]), Named(path))
        if isinstance(of, Made):
            if name in of.fields or name in of.kwargs:
                return of.value(name)
            if name == "name" and of.args and isinstance(of.args[0], str):
                return of.args[0]
        return Bound(of, name)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        of = self.value(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            return self._part(of, node, node.slice, scope)
        key = self.value(node.slice, scope)
        if isinstance(of, dict) and is_key(key):
            return of[key] if key in of else self.unknown(node)
        if isinstance(of, list | tuple) and isinstance(key, int) and -len(of) <= key < len(of):
            return of[key]
        return self.unknown(node)

    def _part(self, of: Any, node: ast.expr, bounds: ast.Slice, scope: Scope) -> Any:
        ends = [self.value(bound, scope) for bound in (bounds.lower, bounds.upper)]
        if isinstance(of, list | str) and bounds.step is None and all(isinstance(end, int | None) for end in ends):
            self.count(len(of) // 100)
            return of[slice(*ends)]
        return self.unknown(node)

    # -- texts

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                said = shown(self.value(part.value, scope))
                parts.append(missing(source_of(part.value)) if said is None else self._kept(said))
            elif isinstance(part, ast.Constant):
                parts.append(str(part.value))
        self.count(sum(map(len, parts)) // 100)
        return joined(parts)

    def _kept(self, text: str) -> str:
        self.count(len(text) // 100)
        return text

    # -- lists and mappings

    def _list(self, node: ast.List, scope: Scope) -> Any:
        return self._items(node.elts, scope)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        return tuple(self._items(node.elts, scope))

    def _set(self, node: ast.Set, scope: Scope) -> Any:
        return self._items(node.elts, scope)

    def _items(self, nodes: list[ast.expr], scope: Scope) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            value = self.value(node, scope)
            if isinstance(node, ast.Starred) and isinstance(value, list | tuple):
                self.count(len(value))
                items += value
            else:
                items.append(value)
        return items

    def _dict(self, node: ast.Dict, scope: Scope) -> Any:
        made: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, scope)
            if key is None:
                if isinstance(value, dict):
                    self.count(len(value))
                    made.update(value)
                continue
            name = self.value(key, scope)
            if is_key(name):
                made[name] = value
        return made

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> Any:
        found: list[Any] = []
        self._generated(node.generators, scope, lambda inner: found.append(self.value(node.elt, inner)))
        return found

    _generatorexp = _setcomp = _listcomp

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}

        def take(inner: Scope) -> None:
            key = self.value(node.key, inner)
            if is_key(key):
                found[key] = self.value(node.value, inner)

        self._generated(node.generators, scope, take)
        return found

    def _generated(self, loops: list[ast.comprehension], scope: Scope, take: Callable[[Scope], None]) -> None:
        if not loops:
            take(scope)
            return
        loop, *rest = loops
        for item in self.iterated(self.value(loop.iter, scope)) or []:
            self.count()
            inner = Scope(scope)
            self.assign(loop.target, item, inner)
            if all(truth(self.value(test, inner)) is not False for test in loop.ifs):
                self._generated(rest, inner, take)

    def iterated(self, value: Any) -> list[Any] | None:
        """Return the items that a loop over `value` takes; None when they are not known."""
        if isinstance(value, list | tuple | dict):
            return list(value)[:MAX_ITEMS]
        return None

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Assign a value to a name, an attribute, an item, or several of them."""
        if isinstance(target, ast.Name):
            scope[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            items = list(value) if isinstance(value, list | tuple) else []
            for number, inner in enumerate(target.elts):
                item = items[number] if number < len(items) else Unknown(source_of(inner))
                self.assign(inner, item, scope)
        elif isinstance(target, ast.Attribute):
            of = self.value(target.value, scope)
            if isinstance(of, Made):
                of.fields[target.attr] = value
        elif isinstance(target, ast.Subscript):
            of, key = self.value(target.value, scope), self.value(target.slice, scope)
            is_there = isinstance(of, list) and isinstance(key, int) and -len(of) <= key < len(of)
            if is_there or (isinstance(of, dict) and is_key(key)):
                of[key] = value

    # -- calls

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        called = self.value(node.func, scope)
        args = self._items(list(node.args), scope)
        kwargs: dict[str, Any] = {}
        for word in node.keywords:
            value = self.value(word.value, scope)
            if word.arg is not None:
                kwargs[word.arg] = value
            elif isinstance(value, dict):
                self.count(len(value))
                kwargs |= {name: item for name, item in value.items() if isinstance(name, str)}
        return self.called(called, args, kwargs, self.where(node.lineno), node)

    def called(self, what: Any, args: list[Any], kwargs: dict[str, Any], place: str, node: ast.expr) -> Any:
        """Return what calling `what` gives."""
        if isinstance(what, Function):
            return self.followed(what, args, kwargs)
        if isinstance(what, Bound):
            return self._method(what, args, kwargs, place, node)
        if isinstance(what, Named):
            known = builtin(what.path, args, kwargs, self.count)
            return known if known is not NotImplemented else self.make(what.path, args, kwargs, place)
        if isinstance(what, OwnClass):
            made = self.make(what.path, args, kwargs, place)
            made.own_class = what.name
            self.built(made, what)
            return made
        if isinstance(what, Made):
            return self.make(f"{what.path}.__call__", args, kwargs, place, what)
        return self.unknown(node)

    def make(self, path: str, args: list[Any], kwargs: dict[str, Any], place: str, owner: Any = None) -> Made:
        """Keep a call, and return what it gives."""
        made = Made(path, args, kwargs, place, owner, self.context)
        self.made.append(made)
        return made

    def followed(self, function: Function, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Return what a function of the script gives for these arguments."""
        raise NotImplementedError

    def built(self, made: Made, own: OwnClass) -> None:
        """Let an object of the script's own class say what it gives the class above it."""
        raise NotImplementedError

    def _method(self, what: Bound, args: list[Any], kwargs: dict[str, Any], place: str, node: ast.expr) -> Any:
        of = what.of
        if isinstance(of, str):
            self.count(len(of) // 100)
            made = text_method(what.name, of, args, kwargs)
        elif isinstance(of, list):
            made = list_method(of, what.name, args, self.count)
        elif isinstance(of, dict):
            made = dict_method(of, what.name, args, kwargs, self.count)
        elif isinstance(of, Made):
            return self.make(f"{of.path}.{what.name}", args, kwargs, place, of)
        elif isinstance(of, Bound) and isinstance(of.of, Made):
            return self.make(f"{of.of.path}.{of.name}.{what.name}", args, kwargs, place, of.of)
        else:
            made = NotImplemented
        return self.unknown(node) if made is NotImplemented else made
