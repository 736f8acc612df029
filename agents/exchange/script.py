"""A Python script read as a syntax tree: its statements followed in order, as far as they say what it makes.

Nothing of it runs, is imported or is looked up. How far it is followed is bounded by `MAX_STEPS`, so that reading takes
a time that grows with its length alone. Called by the readers of Python formats.
"""

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from agents.exchange.script_expressions import CHARS_A_STEP, Expressions, TooManySteps
from agents.exchange.script_operations import source_of
from agents.exchange.script_texts import TooLarge, added
from agents.exchange.script_values import Above, Bound, Function, Made, Named, OwnClass, Scope, Unknown, truth

MAX_SKIPPED = 20
STEPS_AFTER_SKIPPED = 3_000
MAX_UNUSED = 200
"""Functions that nothing called."""
MAX_CALLS_DEPTH = 8
"""Own functions within each other that are followed."""


LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
"""Statements that leave the block they end."""


class _Returned(Exception):
    def __init__(self, value: Any):
        self.value = value


class _Left(Exception):
    """A loop is left: by break, or continue."""

    def __init__(self, *, is_over: bool):
        self.is_over = is_over


class Script(Expressions):
    """The script so far; `read` takes one piece of it after another."""

    def __init__(self, constants: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(constants)
        self.names = Scope()
        self.names["__name__"] = "__main__"
        self.skipped: list[str] = []
        """Where it repeats or nests more than is followed."""
        self._depth = 0
        self._followed: set[int] = set()
        self._last_line = 1

    def read(self, tree: ast.Module, lines: list[str], where: Callable[[int], str]) -> None:
        """Follow the statements of one piece of the script, whose lines these are."""
        self._n_left += sum(map(len, lines)) // CHARS_A_STEP
        for statement in tree.body:
            self.where, self.lines, self._last_line = where, lines, statement.lineno
            if len(self.skipped) >= MAX_SKIPPED:
                return
            try:
                self._block([statement], self.names)
            except (_Returned, _Left):
                continue
            except (TooManySteps, RecursionError):
                self._skip()

    def _skip(self) -> None:
        """Leave the statement that takes too long, and go on with the next."""
        self.skipped.append(self.where(self._last_line))
        self._depth, self.context = 0, ()
        self.allow(STEPS_AFTER_SKIPPED)

    def follow_unused(self) -> None:
        """Follow the script's functions that nothing called, as others may call them."""
        for function in list(self.names.values())[:MAX_UNUSED]:
            if isinstance(function, Function) and id(function.node) not in self._followed:
                self._last_line = function.node.lineno
                try:
                    self.followed(function, [], {})
                except (TooManySteps, RecursionError):
                    self._skip()

    def _block(self, body: list[ast.stmt], scope: Scope) -> None:
        for statement in body:
            method = getattr(self, f"_do_{type(statement).__name__.lower()}", None)
            if method is not None:
                self.count()
                method(statement, scope)

    # -- statements

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        self.value(node.value, scope)

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        before, more = self.value(node.target, scope), self.value(node.value, scope)
        made: Any = NotImplemented
        if isinstance(node.op, ast.Add):
            self.count(len(before) // 100 if isinstance(before, str | list) else 0)
            with suppress(TooLarge):
                made = added(before, more)
        self.assign(node.target, Unknown(source_of(node.target)) if made is NotImplemented else made, scope)

    def _do_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            scope[alias.asname or top] = Named(alias.name if alias.asname else top)

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            scope[alias.asname or alias.name] = Named(f"{node.module or ''}.{alias.name}".strip("."))

    def _do_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        function = self.function(node, scope)
        scope[node.name] = function
        for decorator in reversed(node.decorator_list):
            self.called(self.value(decorator, scope), [function], {}, self.where(node.lineno), decorator)

    _do_asyncfunctiondef = _do_functiondef

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        base = self.value(node.bases[0], scope) if node.bases else None
        inits = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
        scope[node.name] = OwnClass(
            node.name,
            base if isinstance(base, Named | OwnClass) else None,
            scope,
            self.function(inits[0], scope) if inits else None,
        )

    def _do_return(self, node: ast.Return, scope: Scope) -> None:
        raise _Returned(self.value(node.value, scope))

    def _do_break(self, node: ast.Break, scope: Scope) -> None:
        raise _Left(is_over=True)

    def _do_continue(self, node: ast.Continue, scope: Scope) -> None:
        raise _Left(is_over=False)

    def _do_if(self, node: ast.If, scope: Scope) -> None:
        known = truth(self.value(node.test, scope))
        if known is None and not node.orelse and isinstance(node.body[-1], LEAVING):
            return  # it goes on, as it would where nothing is wrong
        self._block(node.orelse if known is False else node.body, scope)

    def _do_while(self, node: ast.While, scope: Scope) -> None:
        if truth(self.value(node.test, scope)) is not False:
            self._once(node.body, scope)

    def _do_for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        items = self.iterated(self.value(node.iter, scope))
        for item in [Unknown(source_of(node.target))] if items is None else items:
            self.assign(node.target, item, scope)
            if self._once(node.body, scope):
                return
        self._block(node.orelse, scope)

    _do_asyncfor = _do_for

    def _once(self, body: list[ast.stmt], scope: Scope) -> bool:
        """Follow a loop's body once; whether it leaves the loop."""
        try:
            self._block(body, scope)
        except _Left as left:
            return left.is_over
        return False

    def _do_with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        before = self.context
        for item in node.items:
            value = self.value(item.context_expr, scope)
            self.context = (*self.context[-9:], value)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        try:
            self._block(node.body, scope)
        finally:
            self.context = before

    _do_asyncwith = _do_with

    def _do_try(self, node: ast.Try, scope: Scope) -> None:
        self._block([*node.body, *node.orelse, *node.finalbody], scope)

    def _do_match(self, node: ast.Match, scope: Scope) -> None:
        if node.cases:
            self._block(node.cases[0].body, scope)

    # -- own functions and classes

    def followed(self, function: Function, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if self._depth >= MAX_CALLS_DEPTH:
            return Unknown(function.name)
        self._followed.add(id(function.node))
        scope = Scope(function.scope)
        self._give(function, args, kwargs, scope)
        if isinstance(function.node, ast.Lambda):
            return self._inside(function, lambda node: self.value(node.body, scope))
        return self._inside(function, lambda node: self._returned(node.body, scope))

    def _returned(self, body: list[ast.stmt], scope: Scope) -> Any:
        try:
            self._block(body, scope)
        except _Returned as returned:
            return returned.value
        except _Left:
            pass
        return None

    def _inside(self, function: Function, follow: Callable[[Any], Any]) -> Any:
        before = self.where, self.lines, self.context
        self.where, self.lines = function.where, function.lines
        self._depth += 1
        try:
            return follow(function.node)
        finally:
            self._depth -= 1
            self.where, self.lines, self.context = before

    def _give(self, function: Function, args: list[Any], kwargs: dict[str, Any], scope: Scope) -> None:
        """Assign the arguments of a call to the function's parameters."""
        wanted = function.node.args
        names = [each.arg for each in (*wanted.posonlyargs, *wanted.args)]
        defaults = dict(zip(names[len(names) - len(wanted.defaults) :], wanted.defaults, strict=True))
        defaults |= {
            each.arg: value for each, value in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True) if value
        }
        given = dict(zip(names, args, strict=False)) | kwargs
        for name in [*names, *(each.arg for each in wanted.kwonlyargs)]:
            if name in given:
                scope[name] = given[name]
            else:
                scope[name] = self.value(defaults[name], function.scope) if name in defaults else Unknown(name)
        if wanted.vararg:
            scope[wanted.vararg.arg] = args[len(names) :]
        if wanted.kwarg:
            scope[wanted.kwarg.arg] = {name: value for name, value in kwargs.items() if name not in names}

    def built(self, made: Made, own: OwnClass) -> None:
        while own.init is None and isinstance(own.base, OwnClass):
            own = own.base
        if own.init is None or self._depth >= MAX_CALLS_DEPTH:
            return
        scope = Scope(own.init.scope)
        self._give(own.init, [made, *made.args], made.kwargs, scope)
        scope["super"] = Above(made)
        self._inside(own.init, lambda node: self._returned(node.body, scope))

    def called(self, what: Any, args: list[Any], kwargs: dict[str, Any], place: str, node: ast.expr) -> Any:
        """As for every expression; what an own class gives the class above it becomes the object's."""
        if isinstance(what, Above):
            return what
        if isinstance(what, Bound) and isinstance(what.of, Above):
            if what.name == "__init__":
                what.of.made.args, what.of.made.kwargs = args, kwargs
            return None
        return super().called(what, args, kwargs, place, node)
