"""What a terminal shows of a chat that is followed live."""

import io
from datetime import UTC, datetime

from agents.chats import Event, MessagePosted, Recorded
from agents.cli.terminal import printer


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
