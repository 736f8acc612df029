"""YAML and JSON as people write them, read in a time that grows with their length alone.

What could hold the process is refused before anything is built of it: aliases, of which a few can expand to gigabytes,
deep nesting, too many values. No field is written twice. Knows no spec. Called by `agents.specs.validation`.
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

MAX_CHARS = 2_000_000
"""A text longer than this is refused unread."""
MAX_DEPTH = 200
"""Lists and mappings within each other."""
MAX_VALUES = 50_000
"""Fields and entries together."""
MAX_NUMBER_CHARS = 100
"""Of a number or a date; what is longer is text. In YAML 1:1:1:... is one number, of any length."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, ten times as fast, where PyYAML was built with it."""
_SHORT_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp"))
_TEXT_TAG = "tag:yaml.org,2002:str"


class UnreadableError(ValueError):
    """The text cannot be read; what it says is for the person who wrote it."""


def read_text(text: str) -> Any:
    """Return the value written in the text: YAML, of which JSON is a part. UnreadableError says what is wrong, and in
    which line where that is known."""
    if len(text) > MAX_CHARS:
        raise UnreadableError(f"It has {len(text):,} characters; at most {MAX_CHARS:,} are read.")
    try:
        return _json(text) if text.lstrip()[:1] in ("{", "[") else _yaml(text)
    except yaml.YAMLError as error:
        raise UnreadableError(f"It is not readable as YAML or JSON: {_cause(error, text)}.") from error
    except UnreadableError:
        raise
    except UnicodeError:
        raise UnreadableError("It has invalid characters in it, such as \\ud83d.") from None
    except (RecursionError, ValueError) as error:
        raise UnreadableError(f"It is not readable as YAML or JSON: {_cause(error, text)}.") from error


def _json(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except UnreadableError:
        raise
    except (ValueError, RecursionError, KeyError):
        return _yaml(text)  # JSON in YAML's looser form, or wrong: YAML's reader knows the line
    _check_size(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise KeyError("written twice")
    return fields


def _no_number(name: str) -> Any:
    raise UnreadableError(f"It holds {name}, which is no number. Write a number, or remove it.")


def _check_size(value: Any) -> None:
    level, n_values = [value], 0
    for _ in range(MAX_DEPTH + 1):
        level = [item for inner in level for item in _inside(inner)]
        n_values += len(level)
        if n_values > MAX_VALUES:
            raise UnreadableError(_too_many())
        if not level:
            return
    raise UnreadableError(_too_deep())


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _yaml(text: str) -> Any:
    _check_events(text)
    node = yaml.compose(text, Loader=_LOADER)
    if node is None:
        return None
    _check_nodes(node)
    return SafeConstructor().construct_document(node)


def _check_events(text: str) -> None:
    """Refuse aliases, deep nesting and too many values, before anything is built."""
    depth = n_values = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise yaml.YAMLError(f"line {line} uses an alias (*name); write the value out instead")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        n_values += isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if depth > MAX_DEPTH:
            raise UnreadableError(_too_deep())
        if n_values > 2 * MAX_VALUES:  # of a field, its name counts here too
            raise UnreadableError(_too_many())


def _check_nodes(root: yaml.Node) -> None:
    """Refuse a field that is written twice; take numbers without end as text."""
    open_nodes = [root]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _SHORT_TAGS and len(node.value) > MAX_NUMBER_CHARS:
                node.tag = _TEXT_TAG
        elif isinstance(node, yaml.MappingNode):
            _check_fields(node)
            open_nodes += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            open_nodes += node.value


def _check_fields(node: yaml.MappingNode) -> None:
    written = set[str]()
    for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
        if key.value in written:
            line = key.start_mark.line + 1
            raise yaml.YAMLError(f"line {line} writes {key.value[:40]!r} a second time; keep one of the two")
        written.add(key.value)


def _too_deep() -> str:
    return f"Its lists and mappings nest more than {MAX_DEPTH} deep; write it flatter."


def _too_many() -> str:
    return f"It holds more than {MAX_VALUES:,} values. Leave out what a team does not need, or make several teams."


def _cause(error: Exception, text: str) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    if mark is None:
        return str(problem)
    return f"line {min(mark.line, len(text.splitlines()) - 1) + 1}: {problem}"  # libyaml's end is a line further
