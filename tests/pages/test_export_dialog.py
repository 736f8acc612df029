"""The chat's menu offers to export it to whoever may look at it; nothing is written before Download is pressed."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from agents.studio import Studio
from tests.support.app_pages import open_screen
from tests.support.exported_chats import everything, put
from tests.support.hostile_names import HOSTILE, formatted


@pytest.fixture
def chat(studio: Studio) -> str:
    return put(studio, everything())


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def downloads(page: AppTest) -> list[Any]:
    """The buttons that save a file."""
    return [each.proto for each in page.get("download_button")]


class TestDialog:
    def test_it_says_what_each_format_is_for(self, studio: Studio, chat: str):
        page = press(open_screen("chat", chat=chat), "Export")
        (radio,) = page.radio
        assert radio.options == [form.label for form in studio.local.exports.formats(chat)]
        assert "Preference pairs" in radio.options
        assert all(form.purpose in list(radio.proto.captions) for form in studio.local.exports.formats(chat))
        assert [box.label for box in page.checkbox] == ["With costs and tokens", "With names of people"]

    def test_a_format_that_would_be_empty_is_not_offered(self, studio: Studio):
        page = press(open_screen("chat", chat=put(studio, everything()[:3])), "Export")
        assert "Preference pairs" not in page.radio[0].options

    def test_the_file_is_written_when_it_is_asked_for(self, studio: Studio, chat: str):
        page = press(open_screen("chat", chat=chat), "Export")
        (button,) = downloads(page)
        assert (button.label, button.deferred_file_id != "", button.url) == ("Download", True, "")

    def test_a_title_is_text(self, studio: Studio):
        page = press(open_screen("chat", chat=put(studio, everything(), title=HOSTILE[:80])), "Export")
        assert formatted(page) == []


class TestRights:
    def test_who_may_only_look_may_export_and_not_rename(self, studio: Studio, chat: str):
        (studio.settings.home / "access.toml").write_text('view = ["anybody"]\nrun = ["rita@example.com"]\n')
        page = open_screen("chat", chat=chat)
        enabled = {button.label: not button.disabled for button in page.button}
        assert enabled["Export"]
        assert not enabled["Rename"]
        assert len(downloads(press(page, "Export"))) == 1
