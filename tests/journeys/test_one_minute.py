"""From nothing to a result within a minute: a team is composed from the library, tried, started, decided and read, once
with the mouse and once with the keyboard alone."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.support.screens import Screen, Screens
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import allowed_s

MODEL = "one-minute"
CODE = '```python\nopen("report.txt", "w").write("All is well.")\nprint("written")\n```'
N_UNDONE = 10
WATCH_RUN = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  window.hasRun = new Promise((done) => {
    let hasBegun = false;
    new MutationObserver((_, changes) => {
      const isRunning = app.dataset.testScriptState !== "notRunning";
      if (hasBegun && !isRunning) { changes.disconnect(); done(); }
      hasBegun ||= isRunning;
    }).observe(app, { attributes: true });
  });
}"""
"""From here on notes when the page's script has run."""
ENDS = "Asks you after 14 messages, at 90,000 tokens, or when somebody says the same 3 times."


@pytest.fixture(params=["mouse", "keyboard"])
def hand(request: pytest.FixtureRequest, open_screen: Screens) -> "Hand":
    """Somebody at a new tab, with one of the two."""
    return Hand(open_screen("/teams"), is_keyboard=request.param == "keyboard")


@pytest.fixture(autouse=True)
def replies(model: ScriptedServer) -> Iterator[None]:
    """The developer writes code, and whoever reads that it ran ends the chat."""

    def reply(request: Request) -> Reply:
        heard = str(request.messages[-1].get("content"))
        if "written" in heard:
            return Reply("The report is written. TERMINATE")
        return Reply(CODE if "report" in heard else "I am ready.")

    model.script(reply, model=MODEL)
    yield
    model.script([], model=MODEL)


class Hand:
    """Presses and types, with the mouse or with the keyboard alone."""

    def __init__(self, screen: Screen, *, is_keyboard: bool):
        self.screen, self.page, self.is_keyboard = screen, screen.page, is_keyboard

    def press(self, what: str | Locator, within: Locator | None = None, *, key: str = "Enter") -> None:
        target = self.screen.button(what, within) if isinstance(what, str) else what
        expect(target).to_be_enabled()
        if self.is_keyboard:
            target.focus()
            self.page.keyboard.press(key)
        else:
            target.click()

    def tick(self, box: Locator) -> None:
        if self.is_keyboard:
            self.press(box, key="Space")
        else:
            box.locator("xpath=ancestor::label").click()

    def write(self, field: Locator, text: str) -> None:
        """Types in place of what stands there, and leaves the field."""
        self.press(field, key="End")
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Tab")
        self.screen.settle()

    def open_part(self, name: str) -> None:
        tab = self.page.get_by_role("tab", name=name, exact=True)
        self.press(tab)
        expect(tab).to_have_attribute("aria-selected", "true")
        self.screen.settle()


def members(screen: Screen) -> Locator:
    return screen.page.locator('[class*="st-key-membercard"]').get_by_role("button")


def compose(hand: Hand) -> None:
    """A team of four from the library, beside the person who gives the task."""
    page, screen = hand.page, hand.screen
    hand.press("New team")
    hand.write(page.get_by_role("textbox", name="Name", exact=True), "Report team")
    hand.press("Add member")
    dialog = page.get_by_role("dialog")
    for name in ("Developer", "Code executor", "Tester", "Writer"):
        box = dialog.get_by_role("checkbox", name=name, exact=True)
        hand.tick(box)
        expect(box).to_be_checked()
    hand.press("Add 4 members", dialog)
    expect(dialog).to_have_count(0)
    hand.press(members(screen).filter(has_text="Assistant"))
    expect(page.get_by_role("heading", name="Assistant", exact=True)).to_be_visible()
    hand.press(page.get_by_role("button", name=re.compile("more_vert")))
    hand.press("Remove", page.get_by_test_id("stPopoverBody"))
    expect(members(screen)).to_have_count(5)


def set_rules(hand: Hand) -> None:
    """Its model, who may speak after whom, when it ends, and what needs no asking."""
    page = hand.page
    hand.open_part("About")
    hand.write(page.get_by_role("textbox", name="Model", exact=True), MODEL)
    hand.open_part("Conversation")
    hand.press(page.get_by_role("radio", name="In turn"), key="Space")
    hand.tick(page.get_by_role("switch", name="Limit who may speak after whom"))
    after = "Writer may speak after You"
    box = page.get_by_role("checkbox", name=after, exact=True)
    expect(box).to_be_checked()
    hand.tick(box)
    expect(box).not_to_be_checked()
    hand.open_part("Ending")
    hand.write(page.get_by_role("textbox", name="Messages", exact=True), "14")
    hand.write(page.get_by_role("textbox", name="Tokens", exact=True), "90000")
    hand.open_part("Policies")
    hand.press("Add a rule")
    rule = page.get_by_role("radiogroup", name="When an agent wants")
    hand.press(rule.get_by_role("radio", name="Packages"), key="Space")
    hand.screen.settle()


def go_back_and_forth(hand: Hand) -> None:
    """A reload in the middle loses nothing; ten steps are undone, and done again."""
    page, screen = hand.page, hand.screen
    page.reload()
    expect(page.get_by_text("Unsaved changes from")).to_be_visible()
    expect(members(screen)).to_have_count(5)
    page.wait_for_function("() => window.studioUndo")
    for name, keys in (("Undo", "Control+z"), ("Redo", "Control+Shift+z")):
        for _ in range(N_UNDONE):
            page.evaluate(WATCH_RUN)  # a press that comes before the one before is drawn counts once with it
            if hand.is_keyboard:
                page.keyboard.press(keys)
            else:
                hand.press(name)
            page.evaluate("() => window.hasRun")
        if name == "Undo":
            expect(members(screen)).to_have_count(2)
    expect(screen.keyed("editor_ends")).to_contain_text(ENDS)
    expect(screen.button("Redo")).to_be_disabled()


def fix(hand: Hand) -> None:
    """A name that models would refuse is fixed by one press."""
    page, screen = hand.page, hand.screen
    hand.open_part("Agents")
    hand.press(members(screen).filter(has_text="Writer"))
    field = page.get_by_role("textbox", name="Agent name")
    expect(field).to_have_value("Writer")
    hand.write(field, "Report writer")
    hand.press(page.get_by_role("button", name="Call it Report_writer").first)
    expect(screen.page.get_by_text("Looks good")).to_be_visible()
    expect(field).to_have_value("Report_writer")


def try_agent(hand: Hand) -> None:
    """It answers one message, in place."""
    page, screen = hand.page, hand.screen
    box = page.locator("summary", has_text="Try this agent")
    hand.press(box)
    hand.write(page.get_by_role("textbox", name="Message", exact=True), "Are you ready?")
    hand.press("Try")
    expect(screen.log).to_contain_text("I am ready.")


def start_and_decide(hand: Hand) -> None:
    """Start it from the editor, approve its code in the rail, and read its file and its result."""
    page, screen = hand.page, hand.screen
    hand.press("Start a chat")
    dialog = page.get_by_role("dialog")
    hand.write(dialog.get_by_label("Task", exact=True), "Write a report.")
    hand.press("Start", dialog)
    page.wait_for_url("**/chat?chat=*")
    card = screen.keyed("rail_decide")
    expect(card.get_by_test_id("stCode")).to_contain_text("All is well.")
    hand.press("Approve", card)
    expect(screen.line).to_contain_text("Ended")
    hand.press(screen.tab("Files"), key="Space")
    expect(screen.keyed("rail_files")).to_contain_text("report.txt")
    hand.press(screen.tab("Result"), key="Space")
    expect(screen.keyed("rail_result")).to_contain_text("The report is written.")


class TestOneMinute:
    def test_a_team_is_composed_tried_started_decided_and_its_result_read(self, hand: Hand):
        began = time.monotonic()
        for act in (compose, set_rules, go_back_and_forth, fix, try_agent, start_and_decide):
            act(hand)
        hand.screen.expect_no_traceback()
        assert time.monotonic() - began < allowed_s(60)
