"""What a person may not do is disabled on every page, with the reason beside it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import Person
from agents.studio import Studio
from pages import MAIN
from tests.support.app_pages import open_screen, pick, words
from tests.support.request_pages import tool_call, waiting
from tests.support.waiting import WITHIN_S

RULES = """
view = ["*"]
run = ["rita@example.com"]
decide = ["dora@example.com"]
administer = ["ada@example.com"]
"""


@pytest.fixture
def limited(studio: Studio, home: Path) -> Studio:
    (home / "access.toml").write_text(RULES)
    return studio


def seen_by(name: str, screen: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
    page.user = {"is_logged_in": True, "email": f"{name}@example.com"}
    return open_screen(screen, page.run(), **query)


def disabled(page: AppTest) -> dict[str, bool]:
    """Each button's name, and whether it is disabled."""
    return {button.label: button.disabled for button in page.button}


class TestAChat:
    @pytest.mark.parametrize(
        ("who", "may_decide", "may_rename"),
        [("vera", False, False), ("rita", False, False), ("dora", True, False), ("ada", True, True)],
    )
    def test_offers_deciding_and_deleting_to_those_who_may(
        self, limited: Studio, who: str, may_decide: bool, may_rename: bool
    ):
        chat = waiting(limited, "Sums", tool_call())
        page = seen_by(who, "chat", chat=chat)
        assert not page.exception
        found = disabled(page)
        assert (found["Approve"], found["Rename"], found["Delete chat"]) == (
            not may_decide, not may_rename, not may_rename,
        )  # fmt: skip
        assert ("You may not decide here" in words(page)) is not may_decide
        reasons = {"rita": "Ann started this chat", "ada": ""}
        assert reasons.get(who, "You may not run teams here") in words(page)

    def test_is_renamed_by_who_started_it(self, limited: Studio):
        rita = Person(name="rita@example.com", is_verified=True)
        chat = limited.as_(rita).chats.start(limited.local.teams.from_gallery("product-team"), "Sums")
        assert disabled(seen_by("rita", "chat", chat=chat))["Rename"] is False
        found = disabled(seen_by("dora", "chat", chat=chat))
        assert (found["Rename"], found["Stop"], found["Pause"]) == (True, False, False)
        assert disabled(seen_by("vera", "chat", chat=chat))["Stop"] is True


class TestOtherPages:
    @pytest.mark.parametrize(
        ("screen", "query"), [("settings", {}), ("connections", {}), ("teams", {"team": "gallery:product-team"})]
    )
    def test_say_what_is_for_administrators(self, limited: Studio, screen: str, query: dict[str, str]):
        reason = "You may not change teams, connections and settings here"
        assert reason in words(seen_by("rita", screen, **query))
        assert reason not in words(seen_by("ada", screen, **query))

    @pytest.mark.parametrize(("who", "may_save"), [("rita", False), ("ada", True)])
    def test_an_agent_is_saved_to_the_library_by_administrators(self, limited: Studio, who: str, may_save: bool):
        page = seen_by(who, "teams", team="gallery:product-team")
        assert disabled(page)["Save to library"] is not may_save

    @pytest.mark.parametrize(("who", "may_label"), [("rita", False), ("ada", True)])
    def test_a_revision_is_made_live_by_administrators(self, limited: Studio, who: str, may_label: bool):
        ada = limited.as_(Person(name="ada@example.com", is_verified=True))
        row = ada.teams.save(limited.local.teams.from_gallery("support-desk"))
        assert disabled(seen_by(who, "teams", team=row.team_id))["Make live"] is not may_label

    def test_a_team_is_started_by_those_who_run_teams(self, limited: Studio):
        page = seen_by("dora", "home")
        page = next(button for button in page.button if button.label == "Start").click().run()
        assert "You may not run teams here" in words(page)
        assert [button.disabled for button in page.button if str(button.key).endswith(":go")] == [True]


class TestTryingAnAgent:
    def test_is_for_those_who_run_teams(self, limited: Studio):
        for who, may in (("vera", False), ("dora", False), ("rita", True), ("ada", True)):
            page = pick(seen_by(who, "teams", team="gallery:support-desk"), "Billing")
            assert disabled(page)["Try"] is not may

    def test_of_a_changed_team_is_for_those_who_change_teams(self, limited: Studio):
        for who, may in (("rita", False), ("ada", True)):
            page = pick(seen_by(who, "teams", team="gallery:support-desk"), "Billing")
            next(box for box in page.text_area if box.label == "Prompt").set_value("Say hi.").run()
            next(button for button in page.button if button.label == "Try").click().run()
            assert ("may not" in "".join(error.value for error in page.error)) is not may
            assert len(limited.store.chats.owing(set())) == may
