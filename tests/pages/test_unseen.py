"""What invisible characters in code or arguments is written out where a person approves them."""

import pytest

from tests.support.app_pages import open_screen
from tests.support.decision_pages import ask, call, post_office, write
from tests.support.request_pages import tool_call, waiting

TROJAN = "if admin:  # \u202e\u2066 only for admins\u2069\u2066\n\tpay()\u200b"


@pytest.fixture
def chat(studio):
    return post_office(studio)


class TestWhatCannotBeSeen:
    def test_in_code_is_written_out_and_said(self, studio, chat):
        write(studio, chat, ask("code_block", {"block": "b0", "language": "python", "code": TROJAN}))
        page = open_screen("chat", chat=chat)
        assert [code.value for code in page.code] == [
            "if admin:  # \\u202e\\u2066 only for admins\\u2069\\u2066\n\tpay()\\u200b"
        ]
        assert any("invisible characters" in box.value for box in page.warning)

    def test_in_arguments_is_said_too_and_ordinary_text_is_not(self, studio, chat):
        write(studio, chat, call({"to": "a\u202eb"}), call({"to": "Köln 中文 👩‍💻\n\tيمين"}, n=2))
        page = open_screen("chat", chat=chat)
        assert sum("invisible characters" in box.value for box in page.warning) == 1

    def test_in_several_calls_at_once_is_written_out(self, studio):
        chat, _ = (waiting(studio, title, tool_call("2 +\u202e 1\u200b")) for title in ("One", "Two"))
        page = open_screen("inbox", chat=chat, request="r1")
        next(button for button in page.button if button.label == "Approve all 2…").click().run()
        (table,) = (part.proto.body for part in page.get("html") if 'class="texts"' in part.proto.body)
        assert table.count("2 +\\u202e 1\\u200b") == 2
