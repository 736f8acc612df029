"""How tools and code ended reads the same in the transcript and on the command line."""

from typing import get_args

import pytest

from agents.chats import CodeReturned, CodeStarted, ToolReturned, ToolStarted
from agents.text.actions import CODE_OUTCOMES, TOOL_OUTCOMES, code_outcome, cut_line, tool_outcome


@pytest.mark.parametrize(("event", "words"), [(ToolReturned, TOOL_OUTCOMES), (CodeReturned, CODE_OUTCOMES)])
def test_every_outcome_has_words(event, words):
    groups = map(get_args, get_args(event.model_fields["outcome"].annotation))
    assert {outcome for group in groups for outcome in group} == set(words)


def test_a_call_says_how_it_ended_and_how_long_it_took():
    done = ToolReturned(turn=1, agent="dev", call="0.1", tool="sql", outcome="ok", text="", duration_s=0.25)
    assert tool_outcome(done) == "done after 0.25 s"
    rejected = done.model_copy(update={"outcome": "rejected", "duration_s": 0.0})
    assert tool_outcome(rejected) == "not run: rejected"


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
