"""The Audit page, as AppTest sees it: empty, of a period, of one chat. What its files hold is a journey's."""

import pytest

from tests.pages.asking import tool_call, waiting
from tests.pages.charting import studio_at
from tests.pages.opening import BOB, open_screen, words


@pytest.fixture
def studio(tmp_path):
    with studio_at(tmp_path) as studio:
        yield studio


@pytest.fixture
def decided(studio) -> str:
    """A chat whose call was edited and approved; another one waits."""
    chat, _ = waiting(studio, "=Sums", tool_call("1 + 1")), waiting(studio, "Open", tool_call("2 + 2"))
    digest = studio.request(chat, "r1")[0].digest
    edit = {"arguments": {"expression": "3 + 3"}}
    studio.decide(chat, "r1", digest, "edit", edit=edit, by=BOB, client_id="bob")
    return chat


def table(page):
    return page.dataframe[0].value


class TestAudit:
    def test_without_any_request_it_says_so(self, studio):
        page = open_screen("audit")
        assert "Nothing was asked" in words(page)
        assert not page.dataframe

    def test_a_period_shows_open_and_decided_ones_newest_first(self, studio, decided):
        page = open_screen("audit")
        assert list(table(page)["title"]) == ["Open", "=Sums"]
        assert list(table(page)["verdict"]) == ["open", "edit"]
        assert list(table(page)["who"]) == ["", "Bob"]
        assert '+  "expression": "3 + 3"' in table(page)["edit"][1]
        assert "2 requests, 1 of them open" in words(page)
        assert not page.exception

    def test_a_link_to_a_chat_shows_its_decisions_alone(self, studio, decided):
        page = open_screen("audit", chat=decided)
        assert list(table(page)["chat"]) == [decided]
        assert len(page.get("download_button")) == 2
        assert not page.segmented_control

    def test_a_chat_that_is_not_there_is_told(self, studio):
        assert "There is no chat 'gone'" in words(open_screen("audit", chat="gone"))

    @pytest.mark.parametrize("period", ["Today", "All"])
    def test_other_periods_are_a_press_away(self, studio, decided, period):
        page = open_screen("audit")
        page.segmented_control(key="audit:period").set_value(period).run()
        assert len(table(page)) == 2
