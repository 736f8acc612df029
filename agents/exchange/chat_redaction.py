"""What is taken out of everything that leaves the studio: keys always; names of people and amounts where wanted.

It works on events, before any format sees them. A file cannot be changed like that: it stays out when it holds a key or
a name. What is packed inside a file, as in a workbook, is not searched.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from agents.chats import ChatStarted, Event, Recorded, event_from_json
from agents.chats.events import EVENT_SCHEMA
from agents.errors import StudioError
from agents.exchange.chat_amounts import without_amounts
from agents.plain_text import without_keys

MIN_SECRET_CHARS = 8
"""Shorter keys are placeholders such as "EMPTY"; taken out, they would take words with them."""
MIN_NAME_CHARS_IN_BYTES = 6
"""Shorter names are found by chance in pictures."""
KEY, EMAIL = "[key]", "[e-mail]"
HOLDS_KEY = "it holds a key"
HOLDS_NAME = "it names a person"
NO_NAMES = frozenset(("you", "somebody", "user", "admin", "administrator", "root", "guest", "anonymous", "human"))
"""What people are called who gave no name."""

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


class Redaction:
    """Takes the same out of every event and file of a chat."""

    def __init__(
        self, logs: Iterable[Iterable[Recorded]], secrets: Collection[str], *, has_names: bool, has_amounts: bool
    ):
        self._has_names, self._has_amounts = has_names, has_amounts
        self._secrets = sorted({text for text in secrets if len(text) >= MIN_SECRET_CHARS}, key=len, reverse=True)
        self._keys = _any_of(self._secrets)
        names = [] if has_names else list(dict.fromkeys(name for log in logs for name in _people(log)))
        self._persons = {name: f"Person-{number}" for number, name in enumerate(names, start=1)}
        longest_first = sorted(names, key=len, reverse=True)
        self._names = [(_written(name), self._persons[name]) for name in longest_first]

    def text(self, text: str) -> str:
        """Return `text` without keys, and without names where they are left out."""
        text = self._without_secrets(text)
        if self._has_names:
            return text
        for name, person in self._names:
            text = name.sub(person, text)
        return _EMAIL.sub(EMAIL, text) if "@" in text else text

    def log(self, log: Iterable[Recorded]) -> list[Recorded]:
        """Return the log without what is left out; an event that only tells of amounts is left out whole."""
        return [Recorded(each.chat, each.seq, each.at, event) for each in log if (event := self._event(each))]

    def why_not(self, content: bytes) -> str:
        """Return why a file stays out, as half a sentence; "" when it may go."""
        if any(secret.encode() in content for secret in self._secrets):
            return HOLDS_KEY
        is_binary = b"\0" in content[:4_096]
        text = content.decode("utf-8", "replace")
        if not is_binary and without_keys(text) != text:
            return HOLDS_KEY
        if not is_binary and any(name.search(text) for name, _ in self._names):
            return HOLDS_NAME
        folded = content.lower()
        searched = [name.lower().encode() for name in self._persons if len(name) >= MIN_NAME_CHARS_IN_BYTES]
        return HOLDS_NAME if any(name in folded for name in searched) else ""

    def _event(self, recorded: Recorded) -> Event | None:
        event = recorded.event if self._has_amounts else without_amounts(recorded.event)
        if event is None:
            return None
        body = event.model_dump(mode="json")
        self._name_persons(body)
        for cleaned in (_mapped(body, self.text), _mapped(body, self._without_secrets)):
            try:
                made = event_from_json(json.dumps(cleaned), schema=EVENT_SCHEMA, chat=recorded.chat, seq=recorded.seq)
                if isinstance(made, ChatStarted):
                    made.spec  # noqa: B018  a team that cannot be read is none
            except (ValueError, StudioError):  # a person is called as a field's fixed word is
                continue
            return made
        raise StudioError(
            f"Event {recorded.seq} of the chat cannot be told without a key of the studio. Nothing was written. "
            "Change the key under Connections, then export again."
        )

    def _name_persons(self, value: Any) -> None:
        """Put what stands for a person in the place of each name that is known to be one."""
        if isinstance(value, dict):
            if "is_verified" in value and value.get("name") in self._persons:
                value["name"] = self._persons[value["name"]]
            for inner in value.values():
                self._name_persons(inner)
        elif isinstance(value, list):
            for inner in value:
                self._name_persons(inner)

    def _without_secrets(self, text: str) -> str:
        return without_keys(self._keys.sub(KEY, text) if self._keys else text)


def _people(log: Iterable[Recorded]) -> Iterator[str]:
    """The names of people in the log, in the order in which they come."""
    for recorded in log:
        by = getattr(recorded.event, "by", None)
        if by is not None and by.name.strip().lower() not in {*NO_NAMES, ""}:
            yield by.name


def _any_of(texts: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, texts))) if texts else None


def _written(name: str) -> re.Pattern[str]:
    """Return how a name is written as whole words: one that is no plain word in any case, and that of an e-mail such as
    ada.lovelace@example.com as Ada Lovelace too."""
    ways = [re.escape(name)]
    words = re.split(r"[._-]+", name.partition("@")[0])
    if "@" in name and len(words) > 1 and all(word.isalpha() for word in words):
        ways.append(r"[\s._-]+".join(map(re.escape, words)))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(ways)})(?![^\W_])", re.NOFLAG if name.isalpha() else re.IGNORECASE)


def _mapped(value: Any, change: Any) -> Any:
    """Return the JSON `value` with every text in it, names of fields included, changed."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(name): _mapped(inner, change) for name, inner in value.items()}
        case list():
            return [_mapped(inner, change) for inner in value]
    return value
