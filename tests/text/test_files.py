"""Files read short: sizes, and what changed."""

from typing import Any

import pytest

from agents.chats import FileChange, FilesChanged, Person
from agents.text.actions import change_text, changes_text
from agents.text.numbers import size_text


def changed(*kinds: Any, **more: Any) -> FilesChanged:
    changes = [FileChange(path=f"{n}.txt", change=kind, size=1_500) for n, kind in enumerate(kinds)]
    return FilesChanged(turn=1, changes=changes, **more)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (870, "870 bytes"),
        (12_400, "12.4 kB"),
        (3_000_000, "3 MB"),
        (2_000_000_000, "2 GB"),
    ],
)
def test_a_size_reads(n_bytes: int, text: str):
    assert size_text(n_bytes) == text


def test_changes_are_counted_by_what_was_done():
    assert changes_text(changed("added", "added", "removed", agent="dev")) == "made 2 files, removed 1 file"
    assert changes_text(changed("added", by=Person(name="Ann"))) == "attached a file"
    assert changes_text(changed("added", "added", by=Person(name="Ann"))) == "attached 2 files"


def test_a_file_says_its_size_and_what_happened_to_it():
    said = [change_text(change) for change in changed("added", "changed", "removed", agent="dev").changes]
    assert said == ["1.5 kB", "1.5 kB, changed", "removed"]
