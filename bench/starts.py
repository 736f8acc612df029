"""Chats started from every place that starts one, under load, in a real browser: no page may fail or stay empty.

`python -m bench.starts --n 300 --hogs 3 --delay-ms 300 --at-most-s 180`. The delay holds up what the server sends, so
that what a page asks by itself falls between a press and the page that the press leads to. Exits with 1 when a page
failed, and says where.
"""

import argparse
import asyncio
import itertools
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, FilePayload, Page, WebSocketRoute, async_playwright
from playwright.async_api import Error as BrowserError

from agents.specs import dump_team
from agents.specs.gallery import gallery
from bench.web import CHROMIUM, FLAGS, START_S, Web

WITHIN_MS = 90_000
DATA = FilePayload(name="birds.csv", mimeType="text/csv", buffer=b"bird,n\nwren,3\n")
TASK = "Count the birds."
Start = Callable[[Page, str], Awaitable[None]]


def main() -> None:
    """Start as many chats as asked for, or as many as there is time for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--hogs", type=int, default=3, help="processes that take all the CPU they get")
    parser.add_argument("--delay-ms", type=int, default=300, help="at most so long the server's messages are held up")
    parser.add_argument("--at-most-s", type=float, default=180)
    chosen = parser.parse_args()
    hogs = [multiprocessing.Process(target=_hog, daemon=True) for _ in range(chosen.hogs)]
    with (
        tempfile.TemporaryDirectory(prefix="starts-") as folder,
        Web(Path(folder) / "home", Path(folder), n_workers=0) as web,
    ):
        for hog in hogs:
            hog.start()
        try:
            failures = asyncio.run(_start_many(web, chosen.n, chosen.delay_ms / 1000, chosen.at_most_s))
        finally:
            for hog in hogs:
                hog.kill()
    sys.exit(1 if failures else 0)


async def _start_many(web: Web, n: int, delay_s: float, at_most_s: float) -> list[str]:
    began, failures, done = time.monotonic(), list[str](), Counter[str]()
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await _until_open(chromium, web)
        for number, (place, start) in zip(range(n), itertools.cycle(PLACES.items()), strict=False):
            if time.monotonic() - began > at_most_s:
                break
            failures += [f"{number} {place}: {said}" for said in await _start(chromium, web.url, start, delay_s)]
            done[place] += 1
        await chromium.close()
    print(f"{sum(done.values())} chats started in {time.monotonic() - began:.0f} s: {dict(done)}")
    print("\n".join(failures) or "No page failed.")
    return failures


async def _start(chromium: Browser, url: str, start: Start, delay_s: float) -> list[str]:
    """Start one chat in a browser of its own, look at its page for a while, and return what failed."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900})
    page, said = await context.new_page(), list[str]()
    page.on("pageerror", lambda error: said.append(f"page error {error}"))
    page.on("console", lambda line: said.append(f"console {line.text[:200]}") if _is_failure(line) else None)
    page.set_default_timeout(WITHIN_MS)
    await page.route_web_socket("**/_stcore/stream", lambda socket: _hold_up(socket, delay_s))
    try:
        await start(page, url)
        await page.wait_for_url("**/chat?chat=*")
        await page.locator("section.transcript").wait_for()
        for _ in range(4):  # what a page does by itself comes within seconds
            await page.wait_for_timeout(1_000)
            if not await page.locator("section.transcript").count():
                said.append("the page is empty")
                break
    except BrowserError as error:
        said.append(f"{str(error).splitlines()[0]} at {page.url}")
    finally:
        await context.close()
    return said


def _is_failure(line: ConsoleMessage) -> bool:
    """Streamlit first asks for files beside the page's address, where they are not."""
    return line.type == "error" and "404" not in line.text


def _hold_up(socket: WebSocketRoute, delay_s: float) -> None:
    """Pass on what the server sends a while later, in its order."""
    server, held = socket.connect_to_server(), asyncio.Queue[str | bytes]()
    server.on_message(held.put_nowait)

    async def pass_on() -> None:
        while True:
            message = await held.get()
            if held.empty():  # the first of a burst
                await asyncio.sleep(random.uniform(0, delay_s))
            socket.send(message)

    _TASKS.append(asyncio.create_task(pass_on()))


_TASKS: list[asyncio.Task[None]] = []
"""Until the process ends; the loop itself keeps none."""


async def _until_open(chromium: Browser, web: Web) -> None:
    page, deadline = await chromium.new_page(), time.monotonic() + START_S
    while True:
        try:
            await page.goto(web.url)
            break
        except BrowserError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
    await page.get_by_text("All ready teams").first.wait_for(timeout=WITHIN_MS)
    await page.close()


async def _from_home(page: Page, url: str) -> None:
    await page.goto(url)
    await page.locator('[class*="st-key-home-gallery-"][class*="-start"] button').first.click()
    await _fill_and_start(page)


async def _from_home_with_a_file(page: Page, url: str) -> None:
    await page.goto(url)
    await page.locator('[class*="st-key-home-gallery-"][class*="-start"] button').first.click()
    await _fill_and_start(page, has_file=True)


async def _rehearsal(page: Page, url: str) -> None:
    await page.goto(f"{url}/teams")
    await page.get_by_role("button", name="Play the rehearsal").first.click()


async def _from_the_editor(page: Page, url: str) -> None:
    await page.goto(f"{url}/teams?team=gallery:writer-and-critic")
    await page.locator(".st-key-editor_acts").get_by_role("button", name="Start").click()
    await _fill_and_start(page)


async def _after_an_import(page: Page, url: str) -> None:
    await page.goto(f"{url}/teams")
    await page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    team = next(team for team in gallery() if team.name == "writer-and-critic")
    await dialog.get_by_label("Paste YAML or JSON").fill(dump_team(team.spec))
    await dialog.get_by_role("button", name="Import").click()
    await page.wait_for_url("**/teams?team=*")
    await page.locator(".st-key-editor_acts").get_by_role("button", name="Start").click()
    await _fill_and_start(page, has_file=True)


async def _from_the_list_of_chats(page: Page, url: str) -> None:
    await page.goto(f"{url}/chat")
    await page.get_by_role("button", name="New chat").click()
    await _fill_and_start(page)


async def _fill_and_start(page: Page, *, has_file: bool = False) -> None:
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Task", exact=True).fill(TASK)
    if has_file:
        await dialog.locator('input[type="file"]').set_input_files(DATA)
        await dialog.get_by_text("birds.csv").first.wait_for()
    await dialog.get_by_role("button", name="Start").last.click()


PLACES: dict[str, Start] = {
    "Home": _from_home,
    "Home, with a file": _from_home_with_a_file,
    "a rehearsal": _rehearsal,
    "the editor": _from_the_editor,
    "an import, with a file": _after_an_import,
    "the list of chats": _from_the_list_of_chats,
}


def _hog() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
