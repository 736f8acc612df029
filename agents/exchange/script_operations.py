"""Operations of a script's expressions: sums, comparisons, "and" and "or". What is not known stays unknown.

Part of `agents.exchange.script_expressions`, which works out what stands on both sides.
"""

import ast
from typing import Any

from agents.exchange.script_items import same
from agents.exchange.script_texts import added, minus, missing, percent, times
from agents.exchange.script_values import Scope, Unknown, is_known, truth

MAX_SOURCE_CHARS = 60


class Operations:
    """Works out operations."""

    def count(self, n: int = 1) -> None:
        """Take note of `n` steps."""
        raise NotImplementedError

    def value(self, node: ast.expr | None, scope: Scope) -> Any:
        """Return what an expression says."""
        raise NotImplementedError

    def unknown(self, node: ast.expr) -> Unknown:
        """Return the value of an expression that is not followed."""
        return Unknown(source_of(node))

    def _binop(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        made: Any = NotImplemented
        for side in (left, right):
            if isinstance(side, str | list):
                self.count(len(side) // 100)
        if isinstance(node.op, ast.Add):
            made = added(*_as_texts(left, right, node))
        elif isinstance(node.op, ast.Mult):
            made = times(left, right)
        elif isinstance(node.op, ast.Sub):
            made = minus(left, right)
        elif isinstance(node.op, ast.Mod) and isinstance(left, str):
            made = percent(left, right)
        elif isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
            self.count(len(left) + len(right))
            made = left | right
        return self.unknown(node) if made is NotImplemented or made is None else made

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            known = truth(value)
            return self.unknown(node) if known is None else not known
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return self.unknown(node)

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        stops = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part, scope)
            known = truth(value)
            if known is None:
                return self.unknown(node)
            if known is stops:
                return value
        return value

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        known = truth(self.value(node.test, scope))
        return self.value(node.orelse if known is False else node.body, scope)

    def _compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self.value(node.left, scope)
        right = self.value(node.comparators[0], scope)
        if len(node.ops) > 1:
            return self.unknown(node)
        is_same = same(left, right)
        match node.ops[0]:
            case ast.Eq() | ast.Is() if is_same is not None:
                return is_same
            case ast.NotEq() | ast.IsNot() if is_same is not None:
                return not is_same
            case ast.In() | ast.NotIn() if (found := self._within(left, right)) is not None:
                return found is isinstance(node.ops[0], ast.In)
            case ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE() if _are_numbers(left, right):
                return _ordered(node.ops[0], left, right)
        return self.unknown(node)

    def _within(self, item: Any, of: Any) -> bool | None:
        if isinstance(of, str) and isinstance(item, str):
            self.count(len(of) // 100)
            return item in of
        if isinstance(of, list | tuple | dict):
            self.count(len(of))
            found = [same(item, each) for each in of]
            return True if True in found else None if None in found else False
        return None


def source_of(node: ast.AST) -> str:
    """Return how an expression is written, shortened, without building more of it than that."""
    if isinstance(node, ast.Name):
        return node.id[:MAX_SOURCE_CHARS]
    if isinstance(node, ast.Attribute):
        return f"{source_of(node.value)}.{node.attr}"[-MAX_SOURCE_CHARS:]
    if isinstance(node, ast.Call):
        return f"{source_of(node.func)}()"
    if isinstance(node, ast.Subscript):
        return source_of(node.value)
    return "value"


def _as_texts(left: Any, right: Any, node: ast.BinOp) -> tuple[Any, Any]:
    """Return both sides, an unknown one beside a text as a text that is missing."""
    if isinstance(left, str) and not is_known(right):
        return left, missing(source_of(node.right))
    if isinstance(right, str) and not is_known(left):
        return missing(source_of(node.left)), right
    return left, right


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _ordered(operation: ast.cmpop, left: float, right: float) -> bool:
    if isinstance(operation, ast.Lt):
        return left < right
    if isinstance(operation, ast.LtE):
        return left <= right
    return left > right if isinstance(operation, ast.Gt) else left >= right
