"""From a press in the menu to the last change of the page that it leads to, in a real browser.

Each page is visited once before, so that the browser has its scripts; every page has something on it.
"""

from pathlib import Path

from agents.settings import Settings
from agents.studio import Studio
from bench.measuring import median, percentile
from bench.report import Section
from bench.web import START_S, Web, browser
from tests.support.every_page import furnish
from tests.support.scripted_server import ScriptedProcess

GOAL_MS = 400
QUIET_MS = 1_200
"""A page that has not changed for so long after a press has come to rest."""
LINK = '[data-testid="stSidebarNavLink"]'
SWITCH = """
([number, quietMs]) => new Promise((settled) => {
  const main = document.querySelector('[data-testid="stMain"]'), began = performance.now();
  let last = began;
  const changes = new MutationObserver(() => { last = performance.now(); });
  changes.observe(main, { subtree: true, childList: true, characterData: true, attributes: true });
  document.querySelectorAll('[data-testid="stSidebarNavLink"]')[number].click();
  setTimeout(() => { changes.disconnect(); settled(last - began); }, quietMs);
})
"""


def pages(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """The time of each page; none of it has anything to do with the model server."""
    section = Section("From a press in the menu to the page at rest in headless Chromium, p50 / most")
    home = folder / "home"
    with Studio.open(Settings(home, f"sqlite:///{home / 'studio.db'}")) as studio:
        furnish(studio)
    with Web(home, folder, n_workers=0) as web, browser() as chromium:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        web.open(page)
        page.locator(LINK).first.wait_for(timeout=START_S * 1000)
        page.wait_for_selector("html[data-opened]", state="attached")
        names = [name.strip().split("\n")[-1] for name in page.locator(LINK).all_inner_texts()]
        rounds = [
            [page.evaluate(SWITCH, [number, QUIET_MS]) for number in range(len(names))]
            for _ in range(3 if is_quick else 8)
        ]
    for name, times_ms in zip(names, zip(*rounds[1:], strict=True), strict=True):
        p50, most = median(times_ms), percentile(times_ms, 100)
        section.at_most(name, f"{p50:.0f} / {most:.0f} ms", p50, GOAL_MS, "ms")
    return section
