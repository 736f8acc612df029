"""What a terminal shows of a chat that is followed live."""

import io
from datetime import UTC, datetime

from agents.chats import (
    ChatEnded,
    CodeReturned,
    CodeStarted,
    Event,
    FileChange,
    FilesChanged,
    MessagePosted,
    Person,
    Recorded,
    ToolReturned,
    ToolStarted,
)
from agents.cli.output import printer


def recorded(event: Event) -> Recorded:
    return Recorded(chat="c", seq=1, at=datetime.now(UTC), event=event)


class TestStreaming:
    def test_a_message_streams_and_is_completed_from_the_log(self):
        out = io.StringIO()
        shown = printer(out, is_json=False)
        shown.piece(1, "Critic", "Good. ")
        shown.event(recorded(MessagePosted(turn=1, agent="Critic", content="Good. APPROVED", source="model")))
        assert out.getvalue() == "Critic: Good. APPROVED\n\n"

    def test_what_comes_late_of_a_message_that_is_printed_is_not_printed_again(self):
        out = io.StringIO()
        shown = printer(out, is_json=False)
        shown.event(recorded(MessagePosted(turn=1, agent="Critic", content="Good.", source="model")))
        shown.piece(1, "Critic", "Good.")
        shown.piece(2, "Writer", "A bell")
        assert out.getvalue() == "Critic: Good.\n\nWriter: A bell"


class TestAChatThatIsStopped:
    def test_says_what_was_under_way_and_that_nobody_knows_its_outcome(self):
        out = io.StringIO()
        shown = printer(out, is_json=False)
        for event in (
            ToolStarted(turn=1, agent="Clerk", call="0.0", tool="look", arguments={}),
            ToolReturned(turn=1, agent="Clerk", call="0.0", tool="look", outcome="ok", text="Seen."),
            ToolStarted(turn=1, agent="Clerk", call="0.1", tool="send_mail", arguments={}),
            ChatEnded(reason="stopped", text="Ada stopped the chat."),
        ):
            shown.event(recorded(event))
        last = out.getvalue().splitlines()[-2]
        assert last == "[Clerk: send_mail was cut off; nobody knows whether it had its effect.]"


class TestCode:
    def test_code_and_files_are_told_between_the_messages(self):
        out = io.StringIO()
        shown = printer(out, is_json=False)
        changes = [
            FileChange(path="a\x1b.png", change="added", size=1_234),
            FileChange(path="b.csv", change="changed", size=1),
            FileChange(path="c.txt", change="removed"),
        ]
        for event in (
            FilesChanged(turn=0, changes=changes[1:2], by=Person(name="Ada")),
            CodeStarted(turn=1, agent="Executor", block="b0", language="python", code="print(1)"),
            CodeReturned(
                turn=1, agent="Executor", block="b0", outcome="failed", exit_code=1, text="1", duration_s=0.25
            ),
            FilesChanged(turn=1, agent="Executor", cause="b0", changes=changes),
        ):
            shown.event(recorded(event))
        assert [line for line in out.getvalue().splitlines() if line] == [
            "[Ada attached b.csv (1 byte)]",
            "[Executor runs python]",
            "[Executor · python · failed with exit code 1 after 0.25 s]",
            "[Executor made a\\x1b.png (1.2 kB); changed b.csv (1 byte); removed c.txt]",
        ]
