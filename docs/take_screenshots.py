"""Takes the pictures in docs/screenshots from real runs: the product team on the model that comes with the studio, and
two rehearsals, whose code runs.

`.venv/bin/python -m docs.take_screenshots`, about a minute; needs Debian's chromium and no key.
"""

import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from agents.chats import Person
from agents.studio import Studio
from tests.support.browser import CHROMIUM, FLAGS
from tests.support.screens import Screen, Screens
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import WITHIN_S, wait_until

FOLDER = Path(__file__).with_name("screenshots")
N_COLORS = 256
"""Enough for a user interface, and a third of the size."""


def main() -> None:
    """Overwrites the six pictures."""
    FOLDER.mkdir(exist_ok=True)
    expect.set_options(timeout=WITHIN_S * 1_000)
    with (
        tempfile.TemporaryDirectory() as folder,
        studio_running(Path(folder)) as studio,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with studio.data() as data:
            chat = started(data)
            take(browser, studio, chat, lambda: data.local.chats.state(chat).status == "waiting")
        take_rehearsed(browser, studio)
        browser.close()


def started(data: Studio) -> str:
    """A chat of the gallery's product team whose members do not write on and on."""
    team = data.local.teams.from_gallery("product-team")
    agents = [
        agent.model_copy(update={"parameters": {"max_tokens": 240, "seed": 7}}) if agent.has_model else agent
        for agent in team.agents
    ]
    brief = team.model_copy(update={"agents": agents})
    return data.as_(Person(name="You")).chats.start(brief, team.example_tasks[0], client_id=uuid.uuid4().hex)


def take(browser: Browser, studio: StudioProcess, chat: str, has_asked: Callable[[], bool]) -> None:
    """The pages about a chat and its team, once it waits for a person."""
    screens = Screens(browser, studio.url)
    light = screens(color_scheme="light")
    wait_until(has_asked, within_s=240, what="a person is asked")
    light.open("/teams?team=gallery:product-team")
    light.page.get_by_role("tab", name="Agents").wait_for()
    light.press("Developer", light.keyed("member_list"))
    expect(light.page.get_by_role("heading", name="Developer")).to_be_visible()
    light.settle()
    keep(light, "teams")
    for name in ("timeline", "costs"):
        light.open(f"/{name}?chat={chat}")
        expect(light.page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        light.settle()
        keep(light, name)
    screens.close()


def take_rehearsed(browser: Browser, studio: StudioProcess) -> None:
    """The product team when its code waits for approval, light and dark; the data analysts when theirs has run, with
    its chart."""
    screens = Screens(browser, studio.url)
    screen = played(screens, "product-team")
    expect(screen.button("Approve")).to_be_visible(timeout=120_000)
    screen.settle()
    keep(screen, "chat-light")
    dark = screens(color_scheme="dark")
    dark.open_chat(screen.chat)
    expect(dark.button("Approve")).to_be_visible(timeout=30_000)
    dark.settle()
    keep(dark, "chat-dark")
    screen = played(screens, "data-analysts")
    screen.expect_my_turn(within_s=300)
    image = screen.log.locator(".files img").first
    image.scroll_into_view_if_needed()
    image.evaluate("(image) => image.decode()")
    image.evaluate("(image) => image.closest('.files').scrollIntoView({ block: 'start' })")
    screen.settle()
    keep(screen, "files")
    screens.close()


def played(screens: Screens, team: str) -> Screen:
    """A browser in which the rehearsal of that ready team has been started."""
    screen = screens("/")
    screen.press("Play the rehearsal", screen.keyed(f"home:gallery:{team}"))
    screen.page.wait_for_url("**/chat?chat=*")
    return screen


def keep(screen: Screen, name: str) -> None:
    """The picture of that name, with few colours, once everything on the screen is drawn."""
    file = FOLDER / f"{name}.png"
    expect(screen.page.get_by_test_id("stSkeleton")).to_have_count(0)
    screen.shot(file)
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(N_COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


if __name__ == "__main__":
    main()
