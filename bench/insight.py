"""What Timeline and Costs take of the web process's CPU where there is a long history."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Page

from agents.settings import Settings
from agents.store.database import writing
from agents.store.ledger import columns_of
from agents.store.schema import ledger
from agents.studio import Studio
from bench.measuring import cpu_s, median
from bench.report import Section
from bench.web import Web, browser
from tests.support.chart_pages import add_long_chat
from tests.support.long_chat import call
from tests.support.scripted_server import ScriptedProcess

N_TURNS, N_CALLS = 5_000, 100_000
N_DAYS, N_TEAMS = 29, 7
MOST_S = 0.3
SETTLE_S = 1.5
CHART = ".js-plotly-plot .main-svg"


def insight(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """CPU from the address to the page at rest: the first time in that process, and later."""
    section, home = Section(f"Insight: a chat of {N_TURNS:,} turns, {N_CALLS:,} calls in the ledger"), folder / "home"
    with Studio.open(Settings(home, f"sqlite:///{home / 'studio.db'}", local_model="off")) as studio:
        chat = add_long_chat(studio, N_TURNS)
        _add_calls(studio)
    n_times = 2 if is_quick else 5
    with Web(home, folder, n_workers=0) as web, browser() as chromium:
        page = chromium.new_page()
        web.open(page, "/timeline?chat=nowhere")  # pandas and plotly are imported
        page.wait_for_timeout(SETTLE_S * 2_000)
        for name, path in (("Timeline", f"/timeline?chat={chat}"), ("Costs", "/costs")):
            first_s = _opened_s(web, page, path)
            later_s = median([_opened_s(web, page, path) for _ in range(n_times)])
            section.add(f"{name}: CPU the first time", f"{first_s:.2f} s")
            section.at_most(f"{name}: CPU", f"{later_s:.2f} s", later_s, MOST_S, "s")
    return section


def _opened_s(web: Web, page: Page, path: str) -> float:
    before = cpu_s(web.pid)
    web.open(page, path)
    page.locator(CHART).first.wait_for()
    time.sleep(SETTLE_S)
    return cpu_s(web.pid) - before


def _add_calls(studio: Studio) -> None:
    days = [columns_of(call(1, "PM").model_copy(update={"started_at": _ago(days)})) for days in range(N_DAYS)]
    rows = [
        {**days[n % N_DAYS], "chat_id": f"chat-{n % 1_000}", "seq": n, "team_name": f"Team {n % N_TEAMS}"}
        for n in range(N_CALLS)
    ]
    with writing(studio.store.db) as connection:
        connection.execute(sa.insert(ledger), rows)


def _ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
