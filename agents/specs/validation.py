"""What all written things share: strict fields, and validation messages that a person can act on.

Knows pydantic and YAML; knows no team, no chat, no storage. Called by the other modules of `specs`.
"""

import json
import re
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agents.errors import SpecError
from agents.plain_text import is_valid, may_hold_key, shorten

MAX_FILE_CHARS = 2_000_000
"""A written team longer than this is refused unread."""

Format = Literal["yaml", "json"]


class Spec(BaseModel):
    """A frozen value that a person writes; a field that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


S = TypeVar("S", bound=Spec)


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors and aliases, of which a few can expand to gigabytes; and no field is written twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.YAMLError(f"line {mark.line + 1} uses an alias (*name); write the value out instead")
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        written = set[str]()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in written:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"line {line} writes {key.value[:40]!r} a second time; keep one of the two")
            written.add(key.value)
        return node


def parse_text(text: str, subject: str) -> dict[str, Any]:
    """The mapping written in `text` (YAML, of which JSON is a part); SpecError when it is anything else."""
    if len(text) > MAX_FILE_CHARS:
        raise SpecError(subject, [("", f"It has {len(text):,} characters; at most {MAX_FILE_CHARS:,} are read.")])
    try:
        value = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SpecError(subject, [("", f"It is not readable as YAML or JSON: {_yaml_cause(error)}.")]) from error
    if not isinstance(value, dict):
        found = "nothing" if value is None else f"a {type(value).__name__}"
        raise SpecError(subject, [("", f"It must be a mapping of fields to values; found {found}.")])
    try:
        written = json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    except ValueError as error:  # Python writes no whole number of more than 4,300 digits
        raise SpecError(subject, [("", "It holds a number of thousands of digits; write it shorter.")]) from error
    if not is_valid(written):
        raise SpecError(subject, [("", "It has invalid characters in it, such as \\ud83d.")])
    return {str(key): item for key, item in value.items()}


def dump_text(value: dict[str, Any], format: Format) -> str:
    """`value` as text that `parse_text` reads back to the same mapping; keys keep their order."""
    if format == "json":
        return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    return yaml.dump(value, Dumper=_ReadableDumper, allow_unicode=True, sort_keys=False, width=100)


class _ReadableDumper(yaml.SafeDumper):
    """Prompts of several lines are written as blocks, as a person would, and nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_ReadableDumper.add_representer(str, _represent_text)


def checked_url(url: str, *, example: str, secrets: str, query: str) -> str:
    """`url`, empty or a plain http address; ValueError otherwise. What may hold a secret is refused before anything is
    repeated: `secrets` and `query` say where such things go."""
    if "@" in re.sub(r"^[A-Za-z]*:?//", "", url).partition("/")[0]:
        raise ValueError(f"The address holds a user name or password; {secrets}.")
    if "?" in url or "#" in url:
        raise ValueError(f"Leave out what follows '?' or '#'. {query}.")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that no address has
        is_address = False
    if url and not is_address:
        raise ValueError(f"Found {quoted(url)}; expected an address such as {example!r}.")
    return url


def quoted(value: Any) -> str:
    """Return `value` as an error repeats it, shortened; not what may be a key, which people paste into wrong fields."""
    return "what may be a key (not shown here)" if may_hold_key(str(value)[:2_000]) else shorten(repr(value), 60)


def read_spec(kind: type[S], fields: Any, subject: str) -> S:
    """Return `fields` as a value of that kind; SpecError names every field to correct, and does not repeat the rest."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise spec_error(subject, error) from None


def spec_error(subject: str, error: ValidationError) -> SpecError:
    """pydantic's findings as one line each: the field's path, what was found, what is expected."""
    return SpecError(subject, [(_path(item["loc"]), _sentence(item)) for item in error.errors()])


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)


def _sentence(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    found = quoted(item.get("input"))
    if kind == "missing":
        return "This field is required."
    if kind == "extra_forbidden":
        return "There is no field of this name; check its spelling or remove it."
    if kind == "value_error":
        return str(context.get("error", item["msg"]))
    if kind == "string_too_long":
        return f"It has {len(item['input']):,} characters; at most {context['max_length']:,} are allowed."
    if kind == "literal_error":
        return f"Found {found}; expected {context['expected']}."
    return f"Found {found}. {item['msg'].removeprefix('Value error, ').removeprefix('Input ').capitalize()}."


def _yaml_cause(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    return f"line {mark.line + 1}: {problem}" if mark else problem
