"""What all written things share: strict fields, and validation messages that a person can act on.

Knows pydantic and YAML; knows no team, no chat, no storage. Called by the other modules of `specs`.
"""

import json
import re
from itertools import islice
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agents.errors import SpecError
from agents.plain_text import is_valid, may_hold_key, shorten
from agents.specs.written_text import UnreadableError, read_text

MAX_PROBLEMS = 50
"""Told at once."""

Format = Literal["yaml", "json"]

NAMED_TEAM, OWN_TEAM = "(named)", "(own)"
"""The two ways to say which team a member is, as pydantic puts them into paths; people do not read them."""


class Spec(BaseModel):
    """A frozen value that a person writes; a field that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


S = TypeVar("S", bound=Spec)


def parse_text(text: str, subject: str) -> dict[str, Any]:
    """The mapping written in `text` (YAML, of which JSON is a part); SpecError when it is anything else."""
    try:
        return checked_mapping(read_text(text), subject)
    except UnreadableError as error:
        raise SpecError(subject, [("", str(error))]) from error


def checked_mapping(value: Any, subject: str) -> dict[str, Any]:
    """`value` as `read_text` gives it, where it is a mapping; SpecError when it is anything else."""
    if not isinstance(value, dict):
        found = "nothing" if value is None else f"a {type(value).__name__}"
        raise SpecError(subject, [("", f"It must be a mapping of fields to values; found {found}.")])
    written = json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
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
    beginning = _beginning(value)
    return (
        "what may be a key (not shown here)" if may_hold_key(str(beginning)[:2_000]) else shorten(repr(beginning), 60)
    )


def _beginning(value: Any, depth: int = 2) -> Any:
    """What of a value is enough for an error: it may be a whole team."""
    if isinstance(value, str):
        return value[:2_000]
    if isinstance(value, dict):
        return {_beginning(name): _beginning(item, depth - 1) for name, item in islice(value.items(), 20 * depth)}
    if isinstance(value, list):
        return [_beginning(item, depth - 1) for item in islice(value, 20 * depth)]
    return value


def read_spec(kind: type[S], fields: Any, subject: str) -> S:
    """Return `fields` as a value of that kind; SpecError names every field to correct, and does not repeat the rest."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise spec_error(subject, error) from None


def spec_error(subject: str, error: ValidationError) -> SpecError:
    """pydantic's findings as one line each: the field's path, what was found, what is expected."""
    found = error.errors(include_url=False)
    problems = [(_path(item["loc"]), _sentence(item)) for item in found[:MAX_PROBLEMS]]
    if len(found) > MAX_PROBLEMS:
        problems.append(("", f"And {len(found) - MAX_PROBLEMS:,} more problems."))
    return SpecError(subject, problems)


def _path(loc: tuple[int | str, ...]) -> str:
    parts = [part for part in loc if part not in (NAMED_TEAM, OWN_TEAM)]
    return ".".join(str(part + 1) if isinstance(part, int) else shorten(part, 80) for part in parts)


def _sentence(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "missing":
        return "This field is required."
    if kind == "extra_forbidden":
        return "There is no field of this name; check its spelling or remove it."
    if kind == "value_error":
        return str(context.get("error", item["msg"]))
    if kind == "string_too_long":
        return f"It has {len(item['input']):,} characters; at most {context['max_length']:,} are allowed."
    if kind == "too_long":
        return f"It has {context['actual_length']:,} entries; at most {context['max_length']:,} are allowed."
    found = quoted(item.get("input"))
    if kind == "literal_error":
        return f"Found {found}; expected {context['expected']}."
    if kind.startswith(("int_", "float_")):
        return f"Found {found}. Write a {'whole number' if kind.startswith('int_') else 'number'}."
    return f"Found {found}. {item['msg'].removeprefix('Value error, ').removeprefix('Input ').capitalize()}."
