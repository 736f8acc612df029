"""Lists, mappings and built-in functions of a script, as far as they are followed."""

from collections.abc import Callable
from typing import Any

from agents.exchange.script_texts import MAX_ITEMS, TooLarge, dedented, shown
from agents.exchange.script_values import Made, Named, Partial, is_known, is_scalar

Count = Callable[[int], None]
"""Takes note of a number of steps; raises once there were too many."""
MAX_COPY_DEPTH = 20


def is_key(value: Any) -> bool:
    """Whether a mapping of the script may have it as a key."""
    return is_scalar(value) or isinstance(value, Made | Named)


def same(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; None when that is not known."""
    if isinstance(left, Partial) or isinstance(right, Partial):
        return None
    if is_scalar(left) and is_scalar(right):
        return bool(left == right)
    if isinstance(left, Made) and isinstance(right, Made) and not (left.owner or right.owner):
        return left is right
    return True if left is right else None


def list_method(of: list[Any], name: str, args: list[Any], count: Count) -> Any:
    """Return what a method of a list gives; NotImplemented for one that is not followed."""
    items = args[0] if name == "extend" and args and isinstance(args[0], list | tuple) else args[-1:]
    count(len(items))
    if len(of) + len(items) > MAX_ITEMS:
        raise TooLarge
    if name in ("append", "extend") and args:
        of.extend(items)
    elif name == "insert" and len(args) == 2 and isinstance(args[0], int):
        of.insert(args[0], args[1])
    elif name == "copy":
        return list(of)
    elif name == "remove" and args:
        of[:] = [item for item in of if same(item, args[0]) is not True]
    else:
        return NotImplemented
    return None


def dict_method(of: dict[Any, Any], name: str, args: list[Any], kwargs: dict[str, Any], count: Count) -> Any:
    """Return what a method of a mapping gives, likewise."""
    count(len(of))
    if name == "update":
        of.update(args[0] if args and isinstance(args[0], dict) else {}, **kwargs)
        return None
    if name in ("get", "pop", "setdefault") and args and is_key(args[0]):
        default = args[1] if len(args) > 1 else None
        if name == "setdefault":
            return of.setdefault(args[0], default)
        return of.pop(args[0], default) if name == "pop" else of.get(args[0], default)
    if name in ("keys", "values"):
        return list(getattr(of, name)())
    if name == "items":
        return [*of.items()]
    return dict(of) if name == "copy" else NotImplemented


def builtin(path: str, args: list[Any], kwargs: dict[str, Any], count: Count) -> Any:
    """Return what a function of Python gives; NotImplemented for one that is not followed."""
    first = args[0] if args else None
    name = path.rpartition(".")[2]
    if path in ("copy.deepcopy", "copy.copy", "deepcopy") and args:
        return copied(first, count)
    if path in ("os.getenv", "os.environ.get", "getenv") and len(args) == 2 and isinstance(args[1], str):
        return args[1]
    if name == "dedent" and isinstance(first, str):
        return dedented(first)
    if "." in path or not all(map(is_known, args)):
        return NotImplemented
    if name == "dict" and (not args or isinstance(first, dict)):
        return {**(first or {}), **kwargs}
    return _of_items(name, args, count) if not kwargs else NotImplemented


def _of_items(name: str, args: list[Any], count: Count) -> Any:
    first = args[0] if args else []
    if name == "range" and args and all(isinstance(arg, int) for arg in args) and 0 not in args[2:]:
        found = range(*args[:3])
        return list(found) if len(found) <= MAX_ITEMS else NotImplemented
    if name == "str" and args:
        said = shown(first)
        return NotImplemented if said is None else said
    if not all(isinstance(arg, list | tuple | dict) for arg in args) and name != "len":
        return NotImplemented
    if name in ("list", "tuple", "set", "reversed", "enumerate", "zip"):
        count(sum(len(arg) for arg in args))
    match name:
        case "len" if isinstance(first, list | tuple | dict | str):
            return len(first)
        case "list" | "set":
            return list(first)
        case "tuple":
            return tuple(first)
        case "reversed":
            return list(first)[::-1]
        case "enumerate":
            return list(enumerate(first))
        case "zip":
            return list(zip(*args, strict=False))
    return NotImplemented


def copied(value: Any, count: Count, depth: int = MAX_COPY_DEPTH) -> Any:
    """Return a copy of lists and mappings, of what is in them too."""
    count(1)
    if depth and isinstance(value, list):
        return [copied(item, count, depth - 1) for item in value]
    if depth and isinstance(value, dict):
        return {key: copied(item, count, depth - 1) for key, item in value.items()}
    return value
