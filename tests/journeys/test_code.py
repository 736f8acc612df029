"""Deciding in the browser about code that agents want to run: what runs, runs in the sandbox, and as it was shown."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.support.conversations import coders, start
from tests.support.screens import Screen, Screens
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

WRITES = '```python\nwith open("traces.txt", "a") as file:\n    print("ran", file=file)\nprint("six is", 6)\n```'


def asked(screen: Screen, studio: StudioProcess, chat: str, place: str) -> Locator:
    """The card of what the chat asks."""
    with studio.data() as data:
        request = wait_until(lambda: data.local.chats.state(chat).request, what="a request")
    if place == "inbox":
        screen.open("/inbox")
        screen.keyed(f"inbox:row:{chat}:{request.request}").get_by_role("button").click()
        return screen.keyed(f"card:inbox:{chat}:{request.request}")
    screen.open_chat(chat)
    return screen.keyed(f"card:{chat}:{request.request}")


def read(screen: Screen, studio: StudioProcess, chat: str) -> Screen:
    """The transcript of the chat once it has ended."""
    with studio.data() as data:
        wait_until(lambda: data.local.chats.state(chat).ended, what="an end")
    screen.open_chat(chat)
    return screen


def traces(studio: StudioProcess, chat: str) -> list[str]:
    """One line for each time the code ran."""
    file: Path = studio.home / "workspaces" / chat / "files" / "traces.txt"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize("place", ["chat", "inbox"])
class TestABlockOfCode:
    def test_that_is_approved_runs_once_and_its_output_is_read(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer, place: str
    ):
        model.script([WRITES], model=f"approved-{place}")
        chat, screen = start(studio, coders(f"approved-{place}")), open_tab()
        card = asked(screen, studio, chat, place)
        expect(card).to_contain_text("Executor wants to run python code")
        expect(card.get_by_test_id("stCode")).to_contain_text('print("six is", 6)')
        assert traces(studio, chat) == []
        screen.press("Approve", card)
        expect(read(screen, studio, chat).messages.last).to_contain_text("six is 6")
        assert traces(studio, chat) == ["ran"]
        screen.expect_no_traceback()

    def test_that_is_edited_runs_as_the_difference_shows_it(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer, place: str
    ):
        model.script([WRITES], model=f"edited-{place}")
        chat, screen = start(studio, coders(f"edited-{place}")), open_tab()
        card = asked(screen, studio, chat, place)
        screen.press("Edit", card)
        box = card.get_by_label("The code as it should be")
        expect(box).to_have_value(re.compile(re.escape("6)")))
        box.fill(box.input_value().replace("6)", "7)"))
        expect(card.get_by_test_id("stCode")).to_contain_text('+print("six is", 7)')
        screen.press("Approve as edited", card)
        said = read(screen, studio, chat).messages.last
        expect(said).to_contain_text("A reviewer changed the code before it ran")
        expect(said).to_contain_text("six is 7")

    def test_that_is_rejected_does_not_run_and_the_team_reads_why(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer, place: str
    ):
        model.script([WRITES], model=f"rejected-{place}")
        chat, screen = start(studio, coders(f"rejected-{place}")), open_tab()
        card = asked(screen, studio, chat, place)
        screen.press("Reject", card)
        card.locator("textarea").fill("No files, please")
        screen.press("Reject", card)
        said = read(screen, studio, chat).messages.last
        expect(said).to_contain_text(re.compile("This code was not run. .* rejected it: No files, please."))
        assert traces(studio, chat) == []


class TestAPackageThatIsMissing:
    def test_is_installed_for_the_chat_once_somebody_agrees(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        model.script(["```python\nimport cowsay\ncowsay.cow('moo')\n```"], model="installs")
        rules = [{"kind": "code_block", "action": "approve"}]
        chat, screen = start(studio, coders("installs", policies=rules)), open_tab()
        card = asked(screen, studio, chat, "chat")
        expect(card).to_contain_text(re.compile(r"Install cowsay [\d.]+ for this chat\?"))
        hidden_px = screen.rail.evaluate("(box) => box.scrollHeight - box.clientHeight")
        assert hidden_px <= 0, "a question that fits is not put into a box that scrolls"
        screen.press("Approve", card)
        expect(read(screen, studio, chat).messages.last).to_contain_text("moo")

    def test_is_done_without_when_nobody_wants_it(
        self, open_tab: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        model.script(["```python\nimport cowsay\ncowsay.cow('moo')\n```"], model="does-without")
        rules = [{"kind": "code_block", "action": "approve"}]
        chat, screen = start(studio, coders("does-without", policies=rules)), open_tab()
        card = asked(screen, studio, chat, "chat")
        screen.press("Reject", card)
        card.locator("textarea").fill("print is enough")
        screen.press("Reject", card)
        said = read(screen, studio, chat).messages.last
        expect(said).to_contain_text("rejected installing it: print is enough. Do without it.")
