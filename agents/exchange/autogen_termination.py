"""What ends a chat of an AutoGen script: `is_termination_msg` functions of the common forms, as phrases.

A lambda or function is read, never called. What is only a guard ("is there any text?") is left out of the phrase.
"""

import ast
from dataclasses import dataclass, replace
from typing import Any, Literal

from agents.exchange.autogen_defaults import CLOSING
from agents.exchange.script import Script
from agents.exchange.script_values import Function, Partial

Match = Literal["ends_with", "contains", "equals"]
MAX_PHRASES, MAX_PHRASE_CHARS = 20, 500
MAX_FOLLOWED = 3
"""Functions that call each other."""


@dataclass(frozen=True)
class Ending:
    """Which messages end a chat."""

    phrases: tuple[str, ...]
    match: Match
    is_default: bool = False
    """Whether the script says nothing, so that AutoGen's own holds."""
    at_once: bool = False
    """Whether every message ends it."""
    any_case: bool = False
    """Whether capitals make no difference to the script."""


USUAL = Ending((CLOSING,), "equals", is_default=True)
NEVER = Ending((), "ends_with")
ENDLESS = (None, NEVER)


def ending(value: Any, script: Script) -> Ending | None:
    """Return what the function `value` looks for; None when it is of no form that is read."""
    if value is None:
        return USUAL
    if not isinstance(value, Function):
        return None
    found = _of_function(value, script, MAX_FOLLOWED)
    if found is None or not found.any_case:
        return found
    words = [word for phrase in found.phrases for word in (phrase.upper(), phrase.lower(), phrase.capitalize())]
    return replace(found, phrases=tuple(dict.fromkeys(words))[:MAX_PHRASES])


def _of_function(function: Function, script: Script, depth: int) -> Ending | None:
    reader = _Condition(function, script, depth)
    if isinstance(function.node, ast.Lambda):
        return reader.read(function.node.body)
    return reader.body(function.node.body)


class _Condition:
    """Reads the conditions of one function."""

    def __init__(self, function: Function, script: Script, depth: int):
        self._function, self._script, self._depth = function, script, depth
        given = function.node.args
        self._parameters = {each.arg for each in (*given.posonlyargs, *given.args)}
        self._assigned: dict[str, ast.expr] = {}

    def body(self, statements: list[ast.stmt]) -> Ending | None:
        """Return what the statements of a function return."""
        found: Ending | None = None
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._assigned[name] = value
                case ast.Return(value=ast.Constant(value=False | None)):
                    return found or NEVER
                case ast.Return(value=ast.expr() as value):
                    return _either(found, self.read(value))
                case ast.If(test=test, body=[*_, ast.Return(value=ast.Constant(value=True))]):
                    found = _either(found, self.read(test))
                    if found is None:
                        return None
                    if statement.orelse:
                        return self._rest(found, statement.orelse)
                case ast.If(test=test, body=body) if self._is_guard(test) and (inner := self.body(body)) not in ENDLESS:
                    found = _either(found, inner)
                case ast.If(test=test, body=body) if self._is_guard(test) or not _returns(body):
                    continue
                case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.Pass():
                    continue
                case _:
                    return None
        return found

    def _rest(self, found: Ending, statements: list[ast.stmt]) -> Ending | None:
        rest = self.body(statements)
        return found if rest == NEVER else _either(found, rest)

    def read(self, node: ast.expr) -> Ending | None:
        """Return what a condition looks for; None when it is of another form."""
        match node:
            case ast.Constant(value=True):
                return Ending((), "contains", at_once=True)
            case ast.Constant(value=False):
                return NEVER
            case ast.Name(id=name) if name in self._assigned:
                return self.read(self._assigned.pop(name))
            case ast.IfExp(test=test, body=ast.Constant(value=True), orelse=ast.Constant(value=False)):
                return self.read(test)
            case ast.BoolOp(op=ast.And(), values=values):
                rest = [value for value in values if not self._is_guard(value)]
                return self.read(rest[0]) if len(rest) == 1 else None
            case ast.BoolOp(op=ast.Or(), values=values):
                found = [self.read(value) for value in values]
                return _all_of(found)
            case ast.Compare(ops=[operation], comparators=[right]):
                return self._compared(node.left, operation, right)
            case ast.Call(func=ast.Name(id="bool"), args=[inner]):
                return self.read(inner)
            case ast.Call(func=ast.Attribute(value=text, attr="endswith"), args=[phrase]):
                return self._phrases(phrase, "ends_with", text)
            case ast.Call(func=ast.Name(id=name)):
                called = self._function.scope.find(name)
                if isinstance(called, Function) and self._depth:
                    return _of_function(called, self._script, self._depth - 1)
        return None

    def _compared(self, left: ast.expr, operation: ast.cmpop, right: ast.expr) -> Ending | None:
        match operation, left, right:
            case (ast.In(), _, ast.Tuple() | ast.List() | ast.Set()):
                return self._phrases(right, "equals", left)
            case (ast.In(), _, _):
                return self._phrases(left, "contains", right)
            case (ast.GtE() | ast.Gt() | ast.NotEq(), ast.Call(func=ast.Attribute(value=text, attr="find")), _):
                return self._phrases(left.args[0], "contains", text) if left.args else None
            case (ast.Eq(), _, _):
                return self._phrases(right, "equals", left) or self._phrases(left, "equals", right)
        return None

    def _phrases(self, node: ast.expr, match: Match, text: ast.expr) -> Ending | None:
        value = self._script.value(node, self._function.scope)
        values = list(value) if isinstance(value, list | tuple) else [value]
        texts = [each for each in values if isinstance(each, str) and not isinstance(each, Partial)]
        is_usable = len(texts) == len(values) and all(each.strip() and len(each) <= MAX_PHRASE_CHARS for each in texts)
        if not texts or not is_usable or len(texts) > MAX_PHRASES:
            return None
        any_case = _calls(text) & {"lower", "upper", "casefold"} != set()
        return Ending(tuple(texts), match, any_case=any_case)

    def _is_guard(self, node: ast.expr) -> bool:
        """Whether a condition only asks whether there is a text at all."""
        match node:
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return not (isinstance(node, ast.Name) and node.id in self._assigned and self.read(node) is not None)
            case ast.Call(func=ast.Name(id="isinstance" | "len" | "str" | "hasattr")):
                return True
            case ast.Call(func=ast.Attribute(attr="get")):
                return True
            case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
                return True
            case ast.Compare(left=ast.Constant(), ops=[ast.In()], comparators=[ast.Name(id=name)]):
                return name in self._parameters
            case ast.Compare(ops=[ast.NotEq()], comparators=[ast.Constant(value=None | "")]):
                return True
            case ast.Call(func=ast.Name(id="bool"), args=[inner]):
                return self._is_guard(inner)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self._is_guard(inner)
            case ast.BoolOp(values=values):
                return all(map(self._is_guard, values))
        return False


def _returns(body: list[ast.stmt]) -> bool:
    return any(isinstance(inner, ast.Return) for statement in body for inner in ast.walk(statement))


def _calls(node: ast.expr) -> set[str]:
    return {
        inner.func.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)
    }


def _either(first: Ending | None, second: Ending | None) -> Ending | None:
    return second if first is None else _all_of([first, second])


def _all_of(found: list[Ending | None]) -> Ending | None:
    """Return what ends a chat where any of these does; None where one of them is not known, or they differ."""
    known = [each for each in found if each is not None and each != NEVER]
    if None in found or len({each.match for each in known}) > 1 or any(each.at_once for each in known):
        return None
    if not known:
        return NEVER
    phrases = tuple(dict.fromkeys(phrase for each in known for phrase in each.phrases))
    if len(phrases) > MAX_PHRASES:
        return None
    return Ending(phrases, known[0].match, any_case=any(each.any_case for each in known))
