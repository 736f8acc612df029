"""Words for choosing a connection: what "" and "default" mean where they stand."""

from collections.abc import Callable

from agents.specs import DEFAULT_CONNECTION, EMBEDDED

TEAM = "The team's"


def connection_words(empty: str) -> Callable[[str], str]:
    """A format for select boxes; `empty` says what no choice means."""

    def words(name: str) -> str:
        if name == DEFAULT_CONNECTION:
            return "The studio's default"
        if name == EMBEDDED:
            return "embedded (small, on this machine)"
        return name or empty

    return words
