"""Operations on a script's texts and lists that cannot take long or grow large, whatever the script says.

None of them uses the script's own format specifications, and each refuses what would be too large by `TooLarge`.
"""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agents.exchange.script_values import Partial, is_scalar

MAX_TEXT_CHARS = 200_000
"""Of one text that a script puts together; a prompt has half as many at most."""
MAX_ITEMS = 10_000
MAX_WHOLE = 10**15


class TooLarge(Exception):
    """The result would be too large to be worked out."""


def shown(value: Any) -> str | None:
    """Return a constant as `str` would; None for others."""
    return str(value) if is_scalar(value) else None


def placeholder(source: str) -> str:
    """Return a name for what `source` would give."""
    name = re.sub(r"\W+", "_", source, flags=re.ASCII).strip("_")[:40].strip("_")
    return name if name[:1].isalpha() else f"value_{name}".strip("_")


def missing(source: str) -> str:
    """Return a text that is only known once the script runs."""
    name = placeholder(source)
    made = Partial(f"{{{name}}}")
    made.missing = (name,)
    return made


def joined(parts: Sequence[str], between: str = "") -> str:
    """Return the parts one after another."""
    if sum(map(len, parts)) + len(between) * len(parts) > MAX_TEXT_CHARS:
        raise TooLarge
    return Partial.of(between.join(parts), between, *parts)


def added(left: Any, right: Any) -> Any:
    """Return `left + right` of texts, lists and numbers; NotImplemented for others."""
    if isinstance(left, str) and isinstance(right, str):
        return joined([left, right])
    if isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > MAX_ITEMS:
            raise TooLarge
        return [*left, *right]
    return _number(left, right, lambda a, b: a + b)


def times(left: Any, right: Any) -> Any:
    """Return `left * right`, likewise."""
    if isinstance(left, str | list) and isinstance(right, int):
        if len(left) * right > (MAX_TEXT_CHARS if isinstance(left, str) else MAX_ITEMS):
            raise TooLarge
        return Partial.of(left * right, left) if isinstance(left, str) else left * right
    return _number(left, right, lambda a, b: a * b)


def minus(left: Any, right: Any) -> Any:
    """Return `left - right` of numbers."""
    return _number(left, right, lambda a, b: a - b)


def _number(left: Any, right: Any, operation: Callable[[Any, Any], Any]) -> Any:
    for value in (left, right):
        if not isinstance(value, int | float) or abs(value) > MAX_WHOLE:
            return NotImplemented
    return operation(left, right)


def percent(text: str, values: Any) -> str | None:
    """Return `text % values` where it has only %s and %d; None for others."""
    given = list(values) if isinstance(values, tuple) else [values]
    parts = re.split(r"%([sd%])", text)
    found = []
    for number, part in enumerate(parts):
        if number % 2 == 0:
            found.append(part)
        elif part == "%":
            found.append("%")
        else:
            said = shown(given.pop(0)) if given else None
            if said is None:
                return None
            found.append(said)
    return joined(found) if not given and "%" not in "".join(parts[::2]) else None


_FIELD = re.compile(r"\{\{|\}\}|\{(\w*)\}")


def formatted(text: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Return `text.format(...)` for fields without a format; what is not known stands in it as `{name}`."""
    found: list[str] = []
    position = n_bare = 0
    for match in _FIELD.finditer(text):
        found.append(text[position : match.start()])
        position = match.end()
        name = match[1]
        if name is None:
            found.append(match[0][0])
            continue
        if not name:
            name, n_bare = str(n_bare), n_bare + 1
        value = args[int(name)] if name.isdecimal() and int(name[:6]) < len(args) else kwargs.get(name, args)
        said = shown(value)
        found.append(missing(name) if said is None else said)
    return joined([*found, text[position:]])


def _split(text: str, *args: Any) -> list[str]:
    return text.split(*args)[:MAX_ITEMS]


def _replaced(text: str, old: str, new: str) -> str:
    if len(text) + text.count(old) * len(new) > MAX_TEXT_CHARS:
        raise TooLarge
    return text.replace(old, new)


TEXT_METHODS: dict[str, Callable[..., Any]] = {
    "strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip, "lower": str.lower, "upper": str.upper,
    "title": str.title, "capitalize": str.capitalize, "split": _split, "splitlines": str.splitlines,
    "startswith": str.startswith, "endswith": str.endswith, "replace": _replaced,
}  # fmt: skip


def text_method(name: str, text: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Return what a method of a text gives; NotImplemented for one that is not read."""
    if len(text) > MAX_TEXT_CHARS:
        raise TooLarge
    if name == "format":
        return formatted(text, args, kwargs)
    if name == "join" and len(args) == 1 and isinstance(args[0], list | tuple):
        return joined([part if isinstance(part, str) else missing("part") for part in args[0][:MAX_ITEMS]], text)
    method = TEXT_METHODS.get(name)
    if method is None or kwargs or not all(is_scalar(arg) for arg in args):
        return NotImplemented
    try:
        made = method(text, *args)
    except (TypeError, ValueError):
        return NotImplemented
    return Partial.of(made, text) if isinstance(made, str) else made


def dedented(text: str) -> str:
    """Return the text without what all its lines are indented by."""
    if len(text) > MAX_TEXT_CHARS:
        raise TooLarge
    return Partial.of(textwrap.dedent(text), text)
