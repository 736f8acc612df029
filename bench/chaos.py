"""Everything goes wrong at once, and what is left of it: `python -m bench.chaos sqlite --seconds 60 --hogs 2`.

Chats that talk, call tools and run code, while workers and web processes are killed and frozen, the database restarts,
the model server fails, drips and hangs, and people start, stop, continue, say and decide. At the end nothing may be
lost, doubled or out of order, nothing may have run more often than the log says, and every call must be in the ledger.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import sqlalchemy as sa

from agents.chats import DecisionRequested
from agents.chats.requests import Answer, Verdict
from agents.errors import OutageError, StudioError
from agents.settings import Settings
from agents.store.schema import chats
from agents.studio import Studio
from bench import chaos_team
from bench.chaos_machine import MACHINES, Hogs, Machine, TakeOvers, pid_of
from bench.chaos_report import Facts, sign_of, tell, tell_of_calls
from bench.report import Section, machine, table, verdict
from tests.support.scripted_server import ScriptedServer

N_PEOPLE = 3
N_MESSAGES = 13
LATENCY_MS, PIECE_MS = 40.0, 3.0
P_FAULT = 0.08
P_MEDDLE = 0.1
LOOK_EVERY_S = 0.04
T = TypeVar("T")
LONG_FREEZE_S = 25.0
"""Longer than a worker may be frozen before its chats are taken over."""


@dataclass(frozen=True)
class Plan:
    """What is to happen, and for how long."""

    database: str
    seconds: float
    n_chats: int = 24
    """At a time; a new one starts when one has ended."""
    n_hogs: int = 0
    n_cuts: int = 0
    """Not 0: the crash matrix. Workers are killed, at random moments and in quick succession, until so many chats were
    cut in their work; nothing else goes wrong."""
    seed: int = 1
    settle_s: float = 240.0


class People:
    """Somebody who does what comes to mind, until told to only decide, and then to stop."""

    def __init__(self, studio: Studio, facts: Facts, plan: Plan):
        self._studio, self._facts, self._plan = studio, facts, plan
        self._session = studio.as_("Somebody")
        self._numbers = threading.Lock()
        self.only_decides, self.is_over = threading.Event(), threading.Event()

    def act(self, seed: int) -> None:
        """Act until it is over."""
        chance = random.Random(seed)
        while not self.is_over.wait(chance.uniform(0.05, 0.3)):
            try:
                self._decide(chance)
                if not self.only_decides.is_set():
                    self._start_one()
                    if not self._plan.n_cuts:
                        self._meddle(chance)
            except StudioError:  # the database is away; a person tries again later
                self._facts.done["refused"] += 1

    def _surely(self, what: str, chat: str, call: Callable[[str], object]) -> None:
        """Do it once, pressed again and again until an answer comes."""
        client_id = uuid4().hex
        while not self.is_over.is_set():
            try:
                call(client_id)
            except OutageError:  # what became of the press is not known
                time.sleep(0.2)
                continue
            except StudioError:
                return  # too late: the chat has moved on
            self._facts.done[what] += 1
            self._facts.acts.append((chat, client_id))
            return

    def _start_one(self) -> None:
        counts = self._session.chats.counts()
        with self._numbers:
            if counts["running"] + counts["waiting"] >= self._plan.n_chats:
                return
            number = len(self._facts.chats) + 1
            self._facts.chats[number] = ""
        team, client_id = chaos_team.team(number, N_MESSAGES), uuid4().hex
        while not self.is_over.is_set():
            try:
                chat = self._session.chats.start(team, f"Task {number}.", client_id=client_id)
            except OutageError:  # pressed again
                time.sleep(0.2)
                continue
            self._facts.chats[number] = chat
            self._facts.done["start"] += 1
            return

    def _decide(self, chance: random.Random) -> None:
        for row in self._session.requests.open(limit=20):
            request, _ = self._session.requests.get(row.chat, row.request)
            answer = Answer.to(request, answer_to(request, chance))
            self._surely("decide", row.chat, partial(self._answer, row.chat, answer))

    def _answer(self, chat: str, answer: Answer, client_id: str) -> None:
        self._session.requests.decide(chat, answer, client_id=client_id)

    def _meddle(self, chance: random.Random) -> None:
        names = [chat for chat in self._facts.chats.values() if chat]
        if not names or chance.random() > P_MEDDLE:
            return
        chat, says = chance.choice(names), self._session.chats
        status = says.get(chat).status
        if status == "ended" and chance.random() < 0.3:
            self._surely("continue", chat, lambda id: says.continue_(chat, text="Go on.", client_id=id))
        elif status == "running":
            if chance.random() < 0.3:
                self._surely("stop", chat, lambda id: says.stop(chat, client_id=id))
            else:
                self._surely("say", chat, lambda id: says.say(chat, "One more thing.", client_id=id))


def answer_to(request: DecisionRequested, chance: random.Random) -> Verdict:
    """Return what a person answers, who lets most things go on."""
    for verdict_ in ("approve", "continue"):
        if verdict_ in request.options:
            return verdict_
    if "skip" in request.options and chance.random() < 0.5:
        return "skip"
    return "retry"


class Observer:
    """Reads all chats all the time: what was once read may never be another, and every chat of the dead goes on."""

    def __init__(self, studio: Studio, facts: Facts, take_overs: TakeOvers):
        self._store, self._facts, self._take_overs = studio.store, facts, take_overs
        self._orphans: dict[str, tuple[str, float, list[float]]] = {}
        """Chat -> (the dead worker, since when, where its time is added)."""
        self.is_over = threading.Event()

    def watch(self) -> None:
        """Look until it is over."""
        while not self.is_over.wait(LOOK_EVERY_S):
            try:
                self.look()
            except OutageError:
                self._facts.done["not seen"] += 1

    def look(self) -> None:
        """Read what is new."""
        self._take_overs.look()
        columns = (chats.c.id, chats.c.head, chats.c.leg_worker, chats.c.status)
        for row in self._store.chats.read(sa.select(*columns)).all():
            if orphan := self._orphans.get(row.id):
                if row.status != "running":
                    self._orphans.pop(row.id)  # a person ended it
                elif row.leg_worker not in (None, orphan[0]):
                    orphan[2].append(time.monotonic() - orphan[1])
                    self._orphans.pop(row.id)
            known = self._facts.seen.setdefault(row.id, [])
            if row.head > len(known):
                known += map(sign_of, self._store.chats.log(row.id, after=len(known)))

    def killed(self, pid: int, killed_at: float, *, is_last: bool) -> None:
        """From now on wait for the chats that the dead worker had."""
        select = sa.select(chats.c.id, chats.c.leg_worker, chats.c.head)
        its = chats.c.leg_worker.like(f"%-{pid}-%")
        for row in self._store.chats.read(select.where(its, chats.c.status == "running")).all():
            times = self._facts.restarted_s if is_last else self._facts.gone_on_s
            self._orphans[row.id] = (row.leg_worker, killed_at, times)
            self._facts.cut_after[self._store.chats.log(row.id, after=row.head - 1, limit=1)[0].event.kind] += 1

    def ready(self) -> set[int]:
        """Return the process ids of the workers that take chats."""
        return set(map(pid_of, self._store.workers.live()))

    def working(self) -> set[int]:
        """Return the process ids of the workers that have chats now."""
        has_leg = chats.c.leg_worker.is_not(None) & (chats.c.status == "running")
        return {
            pid_of(worker) for worker in self._store.chats.read(sa.select(chats.c.leg_worker).where(has_leg)).scalars()
        }

    @property
    def n_orphans(self) -> int:
        """Chats that nobody went on with so far."""
        return len(self._orphans)


def torment(processes: Machine, observer: Observer, facts: Facts, plan: Plan) -> None:
    """Do one bad thing after another until the time is over."""
    chance, until = random.Random(plan.seed), time.monotonic() + plan.seconds
    web_at, database_at = (time.monotonic() + plan.seconds * part for part in (0.45, 0.25))
    while (left_s := until - time.monotonic()) > 0:
        time.sleep(min(left_s, chance.uniform(1.0, 4.0)))
        for pid, since in list(processes.frozen.items()):
            if time.monotonic() - since > chance.choice([2.0, 6.0, LONG_FREEZE_S]):
                processes.thaw(pid)
        awake = sorted(again(observer.ready) & set(processes.worker_pids()) - processes.frozen.keys())
        if time.monotonic() > database_at and processes.restart_database():
            database_at += plan.seconds * 0.3
            facts.done["database restarted"] += 1
        elif time.monotonic() > web_at:
            web_at += plan.seconds
            processes.kill_web()
            facts.done["web killed"] += 1
        elif awake and not processes.frozen and len(awake) > 1 and chance.random() < 0.3:
            processes.freeze(chance.choice(awake))
            facts.done["frozen"] += 1
        elif awake:
            kill_one(awake, chance, processes, observer, facts)


def cut(processes: Machine, observer: Observer, facts: Facts, plan: Plan) -> None:
    """Kill workers that work, while another one is there, until enough chats were cut."""
    chance, until = random.Random(plan.seed), time.monotonic() + plan.seconds
    while facts.cut_after.total() < plan.n_cuts and time.monotonic() < until:
        time.sleep(chance.uniform(0.1, 1.0))
        working, ready = again(observer.working), again(observer.ready)
        if len(ready) > 1 and working & ready:
            kill_one(sorted(working & ready), chance, processes, observer, facts)


def kill_one(pids: list[int], chance: random.Random, processes: Machine, observer: Observer, facts: Facts) -> None:
    """Kill one of these workers, one that works if there is one."""
    working = again(observer.working)
    victim, killed_at = chance.choice([pid for pid in pids if pid in working] or pids), time.monotonic()
    processes.kill_worker(victim)
    facts.done["worker killed"] += 1
    is_last = not again(observer.ready) - {victim, *processes.frozen}
    again(partial(observer.killed, victim, killed_at, is_last=is_last))


def again(call: Callable[[], T]) -> T:
    """Return the result, as soon as the database is there."""
    for _ in range(100):
        try:
            return call()
        except OutageError:
            time.sleep(0.1)
    return call()


def chaos(plan: Plan, folder: Path) -> Section:
    """Play it, and return what is left of it."""
    facts, replies = Facts(), chaos_team.Replies(plan.seed)
    with (
        ScriptedServer(latency_ms=LATENCY_MS, piece_ms=PIECE_MS) as server,
        MACHINES[plan.database](folder) as processes,
        Studio.open(Settings(processes.home, processes.db_url, workers=0)) as studio,
        Hogs(plan.n_hogs),
        ThreadPoolExecutor(N_PEOPLE + 2) as pool,
    ):
        server.script(replies)
        chaos_team.prepare(studio, server.base_url)
        take_overs = TakeOvers(processes)
        people, observer = People(studio, facts, plan), Observer(studio, facts, take_overs)
        jobs = [pool.submit(people.act, plan.seed * 100 + n) for n in range(N_PEOPLE)]
        jobs += [pool.submit(observer.watch), pool.submit(mend, processes, people.is_over)]
        try:
            if plan.n_cuts:
                cut(processes, observer, facts, plan)
            else:
                replies.p_fault = P_FAULT
                torment(processes, observer, facts, plan)
            load = os.getloadavg()[0]
            replies.p_fault = 0.0
            for pid in list(processes.frozen):
                processes.thaw(pid)
            people.only_decides.set()
            settled_s = settle(studio, plan.settle_s)
        finally:
            people.is_over.set()
            observer.is_over.set()
        for job in jobs:
            job.result()
        observer.look()
        what = "Crash matrix" if plan.n_cuts else f"Chaos of {plan.seconds:.0f} s"
        section = Section(f"{what} on {plan.database}, {plan.n_hogs} CPU hogs, load {load:.0f}")
        tell(section, studio, facts, take_overs, n_left=observer.n_orphans, settled_s=settled_s, load=load)
        tell_of_calls(section, studio, facts, replies.n_requests)
    return section


def mend(processes: Machine, is_over: threading.Event) -> None:
    """Start again what was killed."""
    while not is_over.wait(0.1):
        processes.mend()


def settle(studio: Studio, within_s: float) -> float:
    """Wait until every chat has ended; how long that took."""
    began = time.monotonic()
    while (took_s := time.monotonic() - began) < within_s:
        counts = studio.local.chats.counts()
        if not counts["running"] + counts["waiting"]:
            break
        time.sleep(0.2)
    return took_s


def main() -> None:
    """Play what was asked for; code 1 when something was lost."""
    parser = argparse.ArgumentParser(description="Kill, freeze and cut everything, and count what is left.")
    parser.add_argument("database", choices=MACHINES)
    parser.add_argument("--seconds", type=float, default=60.0, help="of chaos; what follows takes about as long again")
    parser.add_argument("--chats", type=int, default=24, help="at a time")
    parser.add_argument("--hogs", type=int, default=0, help="programs beside it that only use the processors")
    parser.add_argument(
        "--cuts", type=int, default=0, help="the crash matrix: so many chats cut in their work by kill -9"
    )
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    plan = Plan(chosen.database, chosen.seconds, chosen.chats, chosen.hogs, chosen.cuts, chosen.seed)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        section = chaos(plan, Path(folder))
    print(table([section]))
    print(f"\n{verdict([section])}")
    sys.exit(any(figure.is_met is False for figure in section.figures))


if __name__ == "__main__":
    main()
