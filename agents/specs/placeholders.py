"""Placeholders of prompts: which `{names}` a text has, and the text with values in their place. Pure functions.

Only names of letters, digits and _ count, and only those that have a value are replaced; other braces stay as they are.
"""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def placeholders(text: str) -> set[str]:
    """Return the names that `text` has in braces."""
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with each placeholder that has a value replaced by it; values themselves are not looked into."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def filled_length(text: str, values: Mapping[str, str]) -> int:
    """Return how many characters `fill` would give, without building them: a value may be long and used often."""
    found = _PLACEHOLDER.finditer(text)
    return len(text) + sum(len(values.get(match[1], match[0])) - len(match[0]) for match in found)
