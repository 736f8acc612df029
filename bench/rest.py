"""How long from the command to the first page, and what the processes hold and use while nobody works."""

import time
from pathlib import Path

from agents.chats import ChatStarted, DecisionRequested, Event, MessagePosted, Person, request_digest
from agents.store import open_store
from bench import four
from bench.measuring import cpu_s, median, rss_mib
from bench.report import Section
from bench.web import LOOK_EVERY_S, START_S, Web, browser
from tests.support.scripted_server import ScriptedProcess

FIRST_PAGE = "Put a team of agents to work"
SETTLE_S = 4.0
MOST_PERCENT = {
    ("web", "a waiting chat open in a tab"): 0.5,
    ("web", "no page open"): 0.2,
    ("worker", "no page open"): 0.5,
}
"""Of a core, at rest."""
MOST_MIB = {("web", "home open in a tab"): 120, ("web", "a waiting chat open in a tab"): 150}
MOST_ANSWERED_S, MOST_DRAWN_S = 1.5, 3.0


def rest(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """Start, memory and idle CPU of the web process and of its one worker."""
    section = Section("Start and rest (installed already; the browser runs already)")
    watch_s = 4.0 if is_quick else 10.0
    n_starts = 1 if is_quick else 3
    with browser() as chromium:
        answered_s, drawn_s = [], []
        for n in range(n_starts):
            home = folder / f"home-{n}"
            with Web(home, folder, n_workers=1) as web:
                page = chromium.new_page()
                web.open(page)
                answered_s.append(time.perf_counter() - web.started_at)
                page.get_by_role("heading", name=FIRST_PAGE).wait_for(timeout=START_S * 1000)
                drawn_s.append(time.perf_counter() - web.started_at)
                if n == n_starts - 1:
                    page.get_by_text("All ready teams").wait_for()
                    worker = _ready_worker(web)
                    _watch(section, "home open in a tab", web, worker, watch_s)
                    page.goto(f"{web.url}/chat?chat={_waiting_chat(home)}")
                    page.locator('.transcript[data-loaded="yes"]').wait_for()
                    _watch(section, "a waiting chat open in a tab", web, worker, watch_s)
                    page.close()
                    _watch(section, "no page open", web, worker, watch_s)
                else:
                    page.close()
    for what, most_s, taken_s in (
        ("the first answer", MOST_ANSWERED_S, answered_s),
        ("the first page drawn", MOST_DRAWN_S, drawn_s),
    ):
        value = f"{median(taken_s):.1f} s  ({min(taken_s):.1f} to {max(taken_s):.1f})"
        what = f"from the command to {what}, median of {n_starts}"
        section.at_most(what, value, median(taken_s), most_s, "s")
    section.note = "Each start makes its database. CPU in % of one core. Only the worker has AutoGen imported."
    return section


def _watch(section: Section, what: str, web: Web, worker: int, watch_s: float) -> None:
    time.sleep(SETTLE_S)
    pids = {"web": web.pid, "worker": worker}
    before, began = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    time.sleep(watch_s)
    spent_s = time.monotonic() - began
    for name, pid in pids.items():
        percent, mib = (cpu_s(pid) - before[name]) / spent_s * 100, rss_mib(pid)
        section.at_most(f"{name}, {what}: CPU", f"{percent:.2f} %", percent, MOST_PERCENT.get((name, what)), "%")
        section.at_most(f"{name}, {what}: RSS", f"{mib:.0f} MiB", mib, MOST_MIB.get((name, what)), "MiB")


def _ready_worker(web: Web) -> int:
    """The worker's process id, once it has imported everything and fallen silent."""
    deadline = time.monotonic() + START_S
    while True:
        if pids := web.worker_pids:
            before = cpu_s(pids[0])
            time.sleep(1.0)
            if rss_mib(pids[0]) > 60 and cpu_s(pids[0]) - before < 0.15:
                return pids[0]
        if time.monotonic() > deadline:
            raise RuntimeError("the worker did not come to rest")
        time.sleep(LOOK_EVERY_S)


def _waiting_chat(home: Path) -> str:
    """A chat that waits for a person, made beside the running processes."""
    store = open_store(f"sqlite:///{home / 'studio.db'}", home, environ={})
    by = Person()
    team = four.team("round_robin", 12, "default").model_dump(mode="json")
    asked = DecisionRequested(
        request="r3",
        turn=1,
        of="human_turn",
        agent="Lead",
        question="It is your turn as Lead.",
        payload={},
        options=["reply", "skip", "end"],
        digest=request_digest("human_turn", "Lead", 1, {}),
    )
    task = MessagePosted(turn=0, agent="Lead", content=four.TASK, source="task", by=by)
    events: list[Event] = [ChatStarted(team=team, task=four.TASK, by=by), task, asked]
    store.chats.create("waiting", events, client_id="waiting", team_id=None, revision=None, title="Waiting")
    store.close()
    return "waiting"
