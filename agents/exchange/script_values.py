"""What the reader of scripts knows of a script's values: constants as they are, and these for everything else.

A script is read, never run: whatever it would import or call is a name, and what a call would give is a `Made`.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Partial(str):
    """A text of which parts are only known once the script runs; each stands in it as `{name}`."""

    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, *parts: Any) -> str:
        """Return `text` with what is missing in the `parts` that it was made of; a plain text when nothing is."""
        names = tuple(dict.fromkeys(name for part in parts if isinstance(part, Partial) for name in part.missing))
        if not names:
            return text
        made = cls(text)
        made.missing = names
        return made


@dataclass(eq=False)
class Unknown:
    """A value that only running the script would give."""

    source: str
    """How it is written, shortened."""


@dataclass(eq=False)
class Named:
    """Something imported, or never assigned, by its dotted name."""

    path: str


@dataclass(eq=False)
class Function:
    """A function or lambda of the script."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: "Scope"
    where: Callable[[int], str]
    place: str
    lines: list[str] = field(repr=False)
    """Of the code that it stands in."""

    @property
    def name(self) -> str:
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def source(self) -> str:
        """How it is written, without its decorators."""
        return "\n".join(self.lines[self.node.lineno - 1 : self.node.end_lineno])


@dataclass(eq=False)
class OwnClass:
    """A class of the script."""

    name: str
    base: "Named | OwnClass | None"
    scope: "Scope"
    init: Function | None = None

    @property
    def path(self) -> str:
        """The dotted name of the first class above it that is not the script's; its own when there is none."""
        return self.base.path if self.base is not None else self.name


@dataclass(eq=False)
class Made:
    """What a call gives: of a class an object, of a function or method its result."""

    path: str
    """Dotted name of what was called; of a method that of its object, and the method's."""
    args: list[Any]
    kwargs: dict[str, Any]
    place: str
    owner: Any = None
    """Of a method: the object whose it is."""
    context: tuple[Any, ...] = ()
    """What the `with` blocks around the call hold, the innermost last."""
    fields: dict[str, Any] = field(default_factory=dict)
    """What was assigned to it later."""
    own_class: str = ""
    """Name of the script's own class that it is of."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def value(self, name: str, position: int = -1, default: Any = None) -> Any:
        """Return what was assigned or given under that name, or at that position of the call."""
        if name in self.fields:
            return self.fields[name]
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if 0 <= position < len(self.args) else default


@dataclass(eq=False)
class Bound:
    """An attribute of a value that is not known to be more than that, such as a method."""

    of: Any
    name: str


@dataclass(eq=False)
class Above:
    """What `super()` is in the `__init__` of an own class."""

    made: Made


class Scope(dict[str, Any]):
    """Names and values of a module or a function's call."""

    def __init__(self, above: "Scope | None" = None):
        super().__init__()
        self.above = above

    def find(self, name: str) -> Any:
        """Return the value of that name here or above; a `Named` when it was never assigned."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope:
                return scope[name]
            scope = scope.above
        return Named(name)


Scalar = str | int | float | bool | None


def is_scalar(value: Any) -> bool:
    """Whether it is a constant of one value."""
    return value is None or isinstance(value, str | int | float | bool)


def is_known(value: Any) -> bool:
    """Whether it is a constant, a list or a mapping."""
    return is_scalar(value) or isinstance(value, list | tuple | dict)


def listed(value: Any) -> list[Any]:
    """Return the items of a list; [] of anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def truth(value: Any) -> bool | None:
    """Whether the script would take it for true; None when that is not known."""
    if is_known(value):
        return bool(value)
    return True if isinstance(value, Made | Function | OwnClass) and not getattr(value, "owner", None) else None
