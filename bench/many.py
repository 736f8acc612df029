"""Many at once on one home: two studios, 500 chats, 50 open pages: `python -m bench.many`.

Two web processes, each with a worker of its own, share one folder and one database. While the chats play, half of the
pages are open on either studio. At the end every chat must have its messages, numbered without a gap, both studios must
count the same chats, and a message said by one person must show on every page that is open on that chat.
"""

import argparse
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

from agents.chats import SpeakerSelected
from agents.settings import Settings
from agents.specs import ConnectionSpec
from agents.studio import Studio
from bench import four
from bench.measuring import median, percentile, rss_mib
from bench.report import Section, machine, table, verdict
from bench.web import START_S, Web, browser
from tests.support.scripted_server import ScriptedProcess

N_TURNS, LATENCY_MS = 6, 50
PATHS = ("/", "/inbox", "/chat", "/teams", "/costs")
"""Where every second page is; the others are on one chat."""
LOOK_EVERY_S = 0.2
SAID = "Now for something else."
PRESS_WITHIN_MS = 120_000


def main() -> None:
    """Play it once, and say what was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=500)
    parser.add_argument("--pages", type=int, default=50)
    chosen = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="many-") as folder, ScriptedProcess("/dev/null") as server:
        server.control(latency_ms=LATENCY_MS)
        section = _many(server, Path(folder), chosen.chats, chosen.pages)
    print(table([section]))
    print(f"\n{verdict([section])}")
    sys.exit(any(figure.is_met is False for figure in section.figures))


def _many(server: ScriptedProcess, folder: Path, n_chats: int, n_pages: int) -> Section:
    section = Section(f"Two studios on one home, {n_chats} chats at once, {n_pages} pages open")
    home = folder / "home"
    settings = Settings(home, f"sqlite:///{home / 'studio.db'}")
    scripted = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted")
    with ExitStack() as stack:
        studio = stack.enter_context(Studio.open(settings))
        studio.local.connections.save(scripted, key="k")
        webs = [stack.enter_context(Web(home, folder / name, n_workers=1)) for name in ("first", "second")]
        chromium = stack.enter_context(browser())
        watched = _played(studio, ["watched"])[0]
        before = [rss_mib(web.pid) for web in webs]
        began = time.monotonic()
        pages = [_opened(chromium, webs[n // 2 % 2], n, watched) for n in range(n_pages)]
        section.add("until every page was drawn, opened one after another", f"{time.monotonic() - began:.0f} s")
        after = [rss_mib(web.pid) for web in webs]
        each = sum(now - was for now, was in zip(after, before, strict=True)) / n_pages
        section.add("memory of the two web processes", f"{_all(before)}, with the pages {_all(after)} MiB")
        section.add("of that, each page", f"{each:.1f} MiB")
        began = time.monotonic()
        chats = _played(studio, [f"many {n}" for n in range(n_chats)])
        section.add("wall time of all chats", f"{time.monotonic() - began:.1f} s")
        waits_ms = [_wait_ms(studio, chat) for chat in chats]
        section.add("Start to first event, p50 / p95", f"{median(waits_ms):.0f} / {percentile(waits_ms, 95):.0f} ms")
        section.add("memory of the two web processes, then", f"{_all([rss_mib(web.pid) for web in webs])} MiB")
        shown_ms = _said(studio, watched, pages[1::2])
        section.add(
            f"from a message to its showing on {len(shown_ms)} pages of that chat, first / last",
            f"{shown_ms[0]:.0f} / {shown_ms[-1]:.0f} ms",
        )
        counts = [_counted(chromium, web) for web in webs]
        section.add(
            "ended chats that each studio counts", f"{counts[0]} and {counts[1]}", goal="the same, all of them",
            is_met=counts[0] == counts[1] == n_chats + 1,
        )  # fmt: skip
        holes = sum(not _is_whole(studio, chat) for chat in chats)
        section.add("chats with a message missing, doubled or out of order", str(holes), goal="0", is_met=holes == 0)
    return section


def _played(studio: Studio, names: list[str]) -> list[str]:
    """Start a chat for each name and wait until all have ended; their ids."""
    team, n_ended = four.team("round_robin", N_TURNS, "scripted"), studio.local.chats.counts()["ended"]
    chats = [studio.local.chats.start(team, four.TASK, client_id=name) for name in names]
    while studio.local.chats.counts()["ended"] < n_ended + len(names):
        time.sleep(LOOK_EVERY_S)
    return chats


def _wait_ms(studio: Studio, chat: str) -> float:
    log = studio.local.chats.log(chat, limit=3)
    first = next(recorded for recorded in log if isinstance(recorded.event, SpeakerSelected))
    return (first.at - log[0].at).total_seconds() * 1000


def _is_whole(studio: Studio, chat: str) -> bool:
    log = list(studio.local.chats.log(chat))
    in_order = [recorded.seq for recorded in log] == list(range(1, len(log) + 1))
    return in_order and studio.local.chats.get(chat).n_messages == N_TURNS + 1


def _opened(chromium: Browser, web: Web, number: int, watched: str) -> Page:
    """A page that is drawn: every second one is on the watched chat."""
    page = chromium.new_page()
    page.set_default_timeout(PRESS_WITHIN_MS)
    web.open(page, f"/chat?chat={watched}" if number % 2 else PATHS[number // 2 % len(PATHS)])
    page.locator('[data-testid="stSidebarNavLink"]').first.wait_for(state="attached", timeout=START_S * 1000)
    if number % 2:
        page.locator(".transcript article.message").nth(N_TURNS).wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    return page


def _said(studio: Studio, chat: str, pages: list[Page]) -> list[float]:
    """Continue the chat with a message; milliseconds until each page shows it, the fastest first."""
    began = time.monotonic()
    studio.local.chats.continue_(chat, client_id="said", text=SAID)
    shown_ms = []
    for page in pages:
        page.locator(".transcript article.message", has_text=SAID).wait_for()
        shown_ms.append((time.monotonic() - began) * 1000)
    return sorted(shown_ms)


def _counted(chromium: Browser, web: Web) -> int:
    """How many ended chats the list of chats says there are."""
    page = chromium.new_page()
    page.set_default_timeout(PRESS_WITHIN_MS)
    web.open(page, "/chat")
    said = page.get_by_test_id("stMain").get_by_text(re.compile(r"^Ended \d+$")).inner_text()
    page.close()
    return int(said.removeprefix("Ended "))


def _all(values: list[float]) -> str:
    return " and ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    main()
