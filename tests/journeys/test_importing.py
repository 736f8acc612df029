"""A script of AutoGen pasted into *Import*: its teams are shown before anything is made, then made."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.listings import LESSON, TWO_AGENTS
from tests.support.screens import DESKTOP, TELEPHONE, Screens

FORMS = [(size, scheme) for size in (DESKTOP, TELEPHONE) for scheme in ("light", "dark")]
SHOTS = os.environ.get("STUDIO_SHOTS", "")
"""A folder to keep pictures in, to be looked at."""


class TestImporting:
    @pytest.mark.parametrize(("size", "scheme"), FORMS, ids=lambda each: each if isinstance(each, str) else None)
    def test_the_lessons_teams_are_shown_and_then_made(
        self, open_screen: Screens, size: dict[str, int], scheme: str, tmp_path: Path
    ):
        screen = open_screen("/teams", viewport=size, color_scheme=scheme)
        screen.press("Import")
        dialog = screen.page.get_by_role("dialog")
        dialog.get_by_label("Paste a script or a team").fill(LESSON)
        screen.press("Read", dialog)
        expect(dialog.get_by_text("2 teams found in an AutoGen script.")).to_be_visible()
        expect(dialog.get_by_text("Task: “Write a Python script that calculates")).to_be_visible()
        dialog.get_by_text("Different here, or left out").first.click()
        expect(dialog.get_by_text("names the model gpt-4").first).to_be_visible()
        screen.expect_no_sideways_scrolling()
        folder = Path(SHOTS) if SHOTS else tmp_path
        screen.shot(folder / f"import-{size['width']}-{scheme}.png")
        create = screen.button("Create 2 teams", dialog)
        create.scroll_into_view_if_needed()
        screen.shot(folder / f"import-{size['width']}-{scheme}-end.png")
        create.click()
        expect(dialog).to_have_count(0)
        expect(screen.page.get_by_text("Not saved yet:")).to_be_visible()
        expect(screen.button("programmer_assistant and executor_proxy")).to_be_visible()
        screen.settle()
        screen.shot(folder / f"imported-{size['width']}-{scheme}.png")
        screen.press("programmer_assistant and executor_proxy")
        expect(screen.page.locator('[class*="st-key-membercard"]')).to_have_count(2)
        expect(screen.page.get_by_text("Ready teams")).to_have_count(0)
        screen.expect_no_traceback()

    def test_a_single_team_opens_in_the_editor(self, open_screen: Screens):
        screen = open_screen("/teams")
        screen.press("Import")
        dialog = screen.page.get_by_role("dialog")
        dialog.get_by_label("Paste a script or a team").fill(TWO_AGENTS)
        screen.press("Read", dialog)
        screen.press("Create the team", dialog)
        expect(screen.button("Save")).to_be_visible()
        expect(screen.page.locator('[class*="st-key-membercard"]')).to_have_count(2)
        screen.expect_no_traceback()
