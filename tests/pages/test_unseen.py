"""What invisible characters in code or arguments is written out where a person approves them."""

import pytest

from tests.support.app_pages import open_screen
from tests.support.decision_pages import ask, call, post_office, write

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
