"""What tools, code and people did to files reads the same everywhere."""

from typing import Any, get_args

import pytest

from agents.chats import CodeReturned, CodeStarted, FileChange, FilesChanged, Person, ToolReturned, ToolStarted
from agents.text.actions import (
    CODE_OUTCOMES,
    TOOL_OUTCOMES,
    change_text,
    changes_text,
    code_outcome,
    cut_line,
    tool_outcome,
)
from agents.text.numbers import size_text


@pytest.mark.parametrize(("event", "words"), [(ToolReturned, TOOL_OUTCOMES), (CodeReturned, CODE_OUTCOMES)])
def test_every_outcome_has_words(event, words):
    groups = map(get_args, get_args(event.model_fields["outcome"].annotation))
    assert {outcome for group in groups for outcome in group} == set(words)


def test_a_call_says_how_it_ended_and_how_long_it_took():
    done = ToolReturned(turn=1, agent="dev", call="0.1", tool="sql", outcome="ok", text="", duration_s=0.25)
    assert tool_outcome(done, {}) == "done after 0.25 s"
    rejected = done.model_copy(update={"outcome": "rejected", "duration_s": 0.0})
    assert tool_outcome(rejected, {}) == "rejected, not run"


def test_code_that_failed_says_its_exit_code():
    failed = CodeReturned(turn=1, agent="dev", block="b0", outcome="failed", exit_code=1, text="", duration_s=2.0)
    assert code_outcome(failed) == "failed with exit code 1 after 2 s"
    assert code_outcome(failed.model_copy(update={"outcome": "timeout"})) == "stopped: out of time after 2 s"


def test_what_was_cut_off_is_said_with_what_is_unknown():
    code = CodeStarted(turn=1, agent="dev", block="b0", language="", code="1")
    mail = ToolStarted(turn=1, agent="dev", call="0.1", tool="send_mail", arguments={})
    assert cut_line([code, mail], {"dev": "Developer"}) == (
        "Developer: code was cut off; nobody knows how far it came. "
        "Developer: send_mail was cut off; nobody knows whether it had its effect."
    )


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
    of_team = changed("added", by=Person(name="Ann")).model_copy(update={"is_of_team": True})
    assert changes_text(of_team) == "attached a file of the team"


def test_a_file_says_its_size_and_what_happened_to_it():
    said = [change_text(change) for change in changed("added", "changed", "removed", agent="dev").changes]
    assert said == ["1.5 kB", "1.5 kB, changed", "removed"]
