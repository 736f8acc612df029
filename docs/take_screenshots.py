"""Takes the pictures in docs/screenshots from real runs: the product team on the model that comes with the studio, and
two rehearsals, whose code runs. In those of models a server on this machine speaks, from a script.

`.venv/bin/python -m docs.take_screenshots`, about two minutes; needs Debian's package chromium, and no key.
"""

import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from agents.cancellation import drain
from agents.chats import Person
from agents.models.weights import SMALL, WeightsFolder
from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.browser import CHROMIUM, FLAGS
from tests.support.model_calls import local_models
from tests.support.quirky_server import SERVED, play_on
from tests.support.screens import DESKTOP, Screen, Screens
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import WITHIN_S, wait_until
from tests.support.weights_sources import sources

FOLDER = Path(__file__).with_name("screenshots")
N_COLORS = 256
"""Enough for a user interface, and a third of the size."""
SMALL_SCREEN = {**DESKTOP, "height": 640}
N_TURNS = 4
"""Of the product team, for timeline and costs."""
FETCHED = 0.6
"""How much of the model's file has come."""
SPOKEN = [
    "<think>The task wants eighty words, vivid and plain. A bell that sings instead of ringing: begin with the street,"
    " then the sound. The blackbird is the bird that people know.</think>\nPress the lever and the street turns into a"
    " garden. **Larkbell** does not ring, it sings: a blackbird by day, a nightingale after dark. Pedestrians look up"
    " and smile, and make room.",
    "<think>Check it against the task: a product description needs what it is made of and how it is fitted. The"
    " tone is right.</think>\n1. Say how it is fitted.\n2. Name what it is made of.",
    "<think>Two additions, without losing the opening. Brass, and one screw.</think>\nPress the lever and the street"
    " turns into a garden. **Larkbell** does not ring, it sings: a blackbird by day, a nightingale after dark. Solid"
    " brass, one screw, no battery: it fits every handlebar in a minute.",
    "<think>Both points are met. Nothing important is left.</think>\nAPPROVED",
    "The description of **Larkbell**, a bicycle bell that plays birdsong, was approved after one revision:\n\n"
    "- a blackbird by day, a nightingale after dark\n- solid brass, one screw, no battery\n\n"
    "The critic's two points, fitting and material, are in the text.",
]
"""What the writer and the critic say, and the summary of their chat."""


def main() -> None:
    """Overwrites the pictures."""
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
            take(browser, studio, chat, lambda: has_something_to_show(data, chat))
        take_rehearsed(browser, studio)
        take_of_models(browser, studio)
        take_fetched(browser, Path(folder))
        browser.close()


def has_something_to_show(data: Studio, chat: str) -> bool:
    """Whether the chat has come to rest, or has turns enough."""
    state = data.local.chats.state(chat)
    return state.status != "running" or len(state.messages) > N_TURNS


def started(data: Studio) -> str:
    """A chat of the gallery's product team whose members do not write on and on."""
    team = data.local.teams.from_gallery("product-team")
    agents = [
        agent.model_copy(update={"parameters": {"max_tokens": 240, "seed": 7}}) if agent.has_model else agent
        for agent in team.agents
    ]
    brief = team.model_copy(update={"agents": agents})
    return data.as_(Person(name="You")).chats.start(brief, team.example_tasks[0], client_id=uuid.uuid4().hex)


def take(browser: Browser, studio: StudioProcess, chat: str, is_ready: Callable[[], bool]) -> None:
    """The pages about a chat and its team, once they have something to show."""
    screens = Screens(browser, studio.url)
    light = screens(color_scheme="light")
    wait_until(is_ready, within_s=300, what="the team has spoken")
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


def take_of_models(browser: Browser, studio: StudioProcess) -> None:
    """The report of a connection whose server has ways of its own; a chat whose model thinks aloud, with the windows
    of its members and its result."""
    screens = Screens(browser, studio.url)
    with ScriptedServer() as own_ways, ScriptedServer() as thinking:
        play_on(SERVED["mistral: names and last role"], own_ways, ["It is 5."] * 20, ["Ben"] * 20)
        thinking.script([Reply(text) for text in SPOKEN])
        with studio.data() as data:
            me = data.as_(Person(name="You"))
            me.connections.save(ConnectionSpec(name="office", base_url=own_ways.base_url, model="mistral-small"))
            spec = ConnectionSpec(name="thinker", base_url=thinking.base_url, model="qwen3-32b", context_window=1_000)
            me.connections.save(spec)
            team = data.local.teams.from_gallery("writer-and-critic")
            sums_up = team.summary.model_copy(update={"method": "model"})
            own = team.model_copy(update={"connection": "thinker", "summary": sums_up})
            chat = me.chats.start(own, team.example_tasks[0], client_id=uuid.uuid4().hex)
            wait_until(lambda: data.local.chats.state(chat).status == "ended", what="the chat ends")
        screen = screens()
        screen.open("/connections")
        card = screen.keyed("connection:office")
        screen.press("Test", card)
        card.get_by_text("In a group chat").click()
        report = card.get_by_text("Names of speakers")
        expect(report).to_be_visible()
        card.evaluate("(card) => card.scrollIntoView({ block: 'start' })")
        screen.settle()
        keep(screen, "connection-report")
    screen = screens(viewport=SMALL_SCREEN)
    screen.open_chat(chat)
    top = "() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"
    expect(screen.keyed("chat_result")).to_be_visible()
    screen.page.evaluate(top)
    screen.settle()
    keep(screen, "result")
    thought = screen.log.locator(".reasoning").nth(0)
    thought.locator("summary").click()
    thought.evaluate("(thought) => thought.closest('.message').scrollIntoView({ block: 'center' })")
    screen.settle()
    keep(screen, "reasoning")
    screen.page.evaluate(top)
    screen.show("Team")
    expect(screen.page.get_by_text("of what its model reads at once")).to_be_visible()
    screen.settle()
    keep(screen, "context")
    screens.close()


def take_fetched(browser: Browser, folder: Path) -> None:
    """The first page of a new studio while the local model comes, from a hub on this machine that has stopped."""
    models, gate = local_models(), threading.Event()
    content = drain(models.wait(models.weights()))
    part = WeightsFolder(folder / "models").part(SMALL)
    part.parent.mkdir(parents=True)
    shutil.copyfile(content, part)
    with part.open("r+b") as file:
        file.truncate(round(SMALL.n_bytes * FETCHED))
    new = folder / "new"
    new.mkdir()
    with sources(content.read_bytes()) as hub:
        hub.before_body = lambda: gate.wait(WITHIN_S)
        with studio_running(new, STUDIO_MODELS=str(part.parent), HF_ENDPOINT=hub.url) as studio:
            screens = Screens(browser, studio.url)
            screen = screens("/", viewport=SMALL_SCREEN)
            expect(screen.page.get_by_test_id("stProgress").first).to_be_visible()
            expect(screen.page.get_by_text("The fetch was cut")).to_have_count(0)
            screen.settle()
            keep(screen, "first-start")
            screens.close()
            gate.set()


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
