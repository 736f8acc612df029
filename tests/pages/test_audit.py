"""The Audit page, as AppTest sees it: empty, of a period, of one chat. What its files hold is a journey's."""

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import Person
from agents.chats.requests import Answer
from agents.insight.audit import REFUSED_COLUMNS, refused_rows, to_csv
from agents.permissions import RefusedError
from pages import MAIN
from tests.support.app_pages import BOB, open_screen, words
from tests.support.request_pages import tool_call, waiting
from tests.support.waiting import WITHIN_S


@pytest.fixture
def decided(studio) -> str:
    """A chat whose call was edited and approved; another one waits."""
    chat, _ = waiting(studio, "=Sums", tool_call("1 + 1")), waiting(studio, "Open", tool_call("2 + 2"))
    asked, _ = studio.local.requests.get(chat, "r1")
    edit = {"arguments": {"expression": "3 + 3"}}
    studio.as_(BOB).requests.decide(chat, Answer.to(asked, "edit", edit=edit), client_id="bob")
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
        assert [control.key for control in page.segmented_control] == ["audit:of"]

    def test_a_chat_that_is_not_there_is_told(self, studio):
        assert "There is no chat 'gone'" in words(open_screen("audit", chat="gone"))

    @pytest.mark.parametrize("period", ["Today", "All"])
    def test_other_periods_are_a_press_away(self, studio, decided, period):
        page = open_screen("audit")
        page.segmented_control(key="audit:period").set_value(period).run()
        assert len(table(page)) == 2


class TestRefusedActs:
    @pytest.fixture
    def refused(self, studio, decided, home):
        """A chat in which a stranger tried to decide; Dora may decide, Vera may look."""
        rules = 'view = ["vera@example.com"]\ndecide = ["dora@example.com"]\n'
        (home / "access.toml").write_text(rules)
        with pytest.raises(RefusedError):
            studio.as_(Person(name="=Eve")).requests.decide(decided, Answer("r1", "x", "approve"), client_id="eve")
        return decided

    def opened(self, email, **query):
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.user = {"is_logged_in": True, "email": email}
        return open_screen("audit", page.run(), **query)

    def test_are_a_press_away_for_those_who_decide(self, refused):
        page = self.opened("dora@example.com")
        page.segmented_control(key="audit:of").set_value("Refused actions").run()
        assert list(table(page)["who"]) == ["=Eve"]
        assert list(table(page)["act"]) == ["decide: approve"]
        assert "1 refused action" in words(page)
        assert [button.proto.label for button in page.get("download_button")] == ["CSV"]
        assert not page.exception

    def test_are_those_of_the_chat_in_the_address(self, studio, refused):
        page = self.opened("dora@example.com", chat=refused)
        page.segmented_control(key="audit:of").set_value("Refused actions").run()
        assert list(table(page)["chat"]) == [refused]
        page = self.opened("dora@example.com", chat="another")
        page.segmented_control(key="audit:of").set_value("Refused actions").run()
        assert "Nothing was refused" in words(page)

    def test_are_not_for_those_who_only_look(self, refused):
        page = self.opened("vera@example.com")
        assert "audit:of" not in [control.key for control in page.segmented_control]
        assert "=Eve" not in table(page).to_string() + words(page)

    def test_go_into_a_file_that_runs_in_no_spreadsheet(self, studio, refused):
        text = to_csv(refused_rows(studio.local.requests.refusals(refused)), REFUSED_COLUMNS)
        assert text.startswith("at,who,is_verified,act,chat,why\r\n")
        assert ",'=Eve,False,decide: approve," in text
