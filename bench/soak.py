"""Memory over half an hour of use: `python -m bench.soak --minutes 30`.

Chats run one after another while two tabs stay open and are never reloaded: one rests on Home, the other walks through
the menu and looks at a chat that has just run. Every minute the memory of the web process, of the worker and of both
tabs is read; a process is flat when it holds no more at the end than in the middle, but for a few MiB.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from agents.settings import Settings
from agents.specs import ConnectionSpec
from agents.studio import Studio
from bench import four
from bench.measuring import median, rss_mib
from bench.report import Section, machine, table, verdict
from bench.web import LOOK_EVERY_S, START_S, Web, browser
from tests.support.scripted_server import ScriptedProcess

N_TURNS, LATENCY_MS = 8, 100
MENU = ("inbox", "teams", "timeline", "costs", "audit", "connections", "settings", "chat")
LOOK_S = 60.0
GROWS_MIB, GROWS_PARTS = 6.0, 0.05
"""What a process may hold more at the end than in the middle."""


def main() -> None:
    """Watch for as long as asked, and say what grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    chosen = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, ScriptedProcess("/dev/null") as server:
        server.control(latency_ms=LATENCY_MS)
        section = _watched(server, Path(folder), chosen.minutes * 60)
    print(table([section]))
    print(f"\n{verdict([section])}")
    sys.exit(any(figure.is_met is False for figure in section.figures))


def _watched(server: ScriptedProcess, folder: Path, for_s: float) -> Section:
    home = folder / "home"
    settings = Settings(home, f"sqlite:///{home / 'studio.db'}")
    read: dict[str, list[float]] = {"web": [], "worker": [], "the tab on Home": [], "the tab that walks": []}
    n_chats, n_pages = 0, 0
    with Studio.open(settings) as studio, Web(home, folder, n_workers=1) as web, browser() as chromium:
        studio.local.connections.save(
            ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted"), key="k"
        )
        rests, walks = chromium.new_page(), chromium.new_page(viewport={"width": 1440, "height": 900})
        for page in (rests, walks):
            web.open(page)
            page.get_by_text("All ready teams").first.wait_for(timeout=START_S * 1000)
        began = looked = time.monotonic()
        while time.monotonic() - began < for_s:
            chat = _played(studio, n_chats)
            n_chats += 1
            for path in MENU:
                walks.locator(f'[data-testid="stSidebarNavLink"][href$="/{path}"]').click()
                _at_rest(walks)
                n_pages += 1
            walks.locator(f'[class*="st-key-chatrow-{chat}"] button').first.click()
            walks.locator(".transcript article.message").nth(N_TURNS).wait_for()
            _at_rest(walks)
            if time.monotonic() - looked >= LOOK_S:
                looked = time.monotonic()
                now = (rss_mib(web.pid), rss_mib(web.worker_pids[0]), _heap_mib(rests), _heap_mib(walks))
                for values, value in zip(read.values(), now, strict=True):
                    values.append(value)
                print(f"{(looked - began) / 60:5.1f} min  " + "  ".join(f"{mib:.1f}" for mib in now), flush=True)
    section = Section(f"{for_s / 60:.0f} minutes, {n_chats} chats of {N_TURNS} turns, {n_pages + n_chats} pages drawn")
    for what, values in read.items():
        third = max(1, len(values) // 3)
        middle, end = median(values[third : 2 * third] or values), median(values[-third:])
        most = max(GROWS_MIB, middle * GROWS_PARTS)
        said = f"{values[0]:.0f}, then {middle:.0f}, at the end {end:.0f} MiB (most {max(values):.0f})"
        section.at_most(what, said, end - middle, round(most, 1), "MiB more at the end than in the middle")
    section.note = "Processes: resident memory. Tabs: JavaScript's heap after a collection. Medians of each third."
    return section


def _played(studio: Studio, number: int) -> str:
    """Play a chat to its end; its id."""
    team = four.team("round_robin", N_TURNS, "scripted")
    chat = studio.local.chats.start(team, four.TASK, client_id=f"soak {number}")
    while studio.local.chats.get(chat).status != "ended":
        time.sleep(LOOK_EVERY_S)
    return chat


def _at_rest(page: Page) -> None:
    page.wait_for_timeout(300)  # the press has reached the server
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def _heap_mib(page: Page) -> float:
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    used = float(tools.send("Runtime.getHeapUsage")["usedSize"]) / 2**20
    tools.detach()
    return used


if __name__ == "__main__":
    main()
