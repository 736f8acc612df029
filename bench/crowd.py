"""Two hundred chats at once: through real workers, on the runner alone, and as bare AutoGen in threads."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agents.chats import Person, SpeakerSelected
from agents.settings import Settings
from agents.specs import ConnectionSpec
from agents.studio import Studio
from bench import four
from bench.measuring import cpu_s, median, peak_rss_mib, percentile, rss_mib
from bench.report import Section
from bench.side import Side
from tests.support.processes import WorkerProcess, environment
from tests.support.scripted_server import ScriptedProcess

N_TURNS = 6
LATENCY_MS = 50
LOOK_EVERY_S = 0.1
MOST_S, MOST_MIB, MOST_WAIT_MS = 5.0, 200.0, 1_000.0
"""The goals for the crowd: in all, the workers' memory together, and from Start to the first event."""


def crowd(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """Wall time of the whole, CPU of a turn, and the most memory held, on each of the three ways."""
    n_chats = 40 if is_quick else 200
    section = Section(f"{n_chats} chats at once, {N_TURNS} turns each, {LATENCY_MS} ms latency, round robin")
    server.control(latency_ms=LATENCY_MS, clear=True)
    for name, label in (("studio", "the studio's runner, a thread each"), ("bare", "bare AutoGen, a thread each")):
        with Side(name, server.base_url, folder / name) as side:
            side.play("round_robin", 2)
            run = side.play("round_robin", N_TURNS, n_chats)
        server.control(clear=True)
        build = f", before that {run.build_cpu_s:.1f} s CPU to make the agents" if name == "bare" else ""
        section.add(
            f"{label}: wall, CPU a turn, peak RSS",
            f"{run.wall_s:.1f} s, {run.cpu_ms:.2f} ms, {run.peak_rss_mib:.0f} MiB{build}",
        )
    for n_workers in sorted({1, os.cpu_count() or 1}):
        where = folder / f"workers-{n_workers}"
        _through_workers(section, server, where, n_chats, n_workers=n_workers, n_alone=4 if is_quick else 15)
    section.note = "The workers' figures have the queue in them. Bare AutoGen keeps no log."
    return section


def _through_workers(
    section: Section, server: ScriptedProcess, folder: Path, n_chats: int, *, n_workers: int, n_alone: int
) -> None:
    folder.mkdir(parents=True)
    settings = Settings(folder, f"sqlite:///{folder / 'studio.db'}")
    studio = Studio.open(settings)
    scripted = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted")
    studio.local.connections.save(scripted, key="k")
    environ = environment(settings.db_url, folder, server.base_url)
    workers = [WorkerProcess(environ, folder / f"worker-{n}.log") for n in range(n_workers)]
    try:
        _play(studio, n_chats=4 * n_workers, name="first")  # AutoGen is imported, connections are open
        waits_ms = [_wait_ms(studio, _play(studio, n_chats=1, name=f"alone {n}")[0]) for n in range(n_alone)]
        server.control(clear=True)
        before_mib, cpu, wall = _all(rss_mib, workers), _all(cpu_s, workers), time.monotonic()
        chats = _play(studio, n_chats=n_chats, name="crowd")
        wall_s, cpu_ms = time.monotonic() - wall, (_all(cpu_s, workers) - cpu) / (n_chats * N_TURNS) * 1000
        peak_mib, crowd_ms = _all(peak_rss_mib, workers), [_wait_ms(studio, chat) for chat in chats]
        label = f"{n_workers} worker{'s'[: n_workers > 1]} with the queue"
        section.at_most(f"{label}: wall", f"{wall_s:.1f} s", wall_s, MOST_S, "s")
        section.add(f"{label}: CPU a turn", f"{cpu_ms:.2f} ms")
        said = f"{peak_mib:.0f} MiB (before {before_mib:.0f})"
        section.at_most(f"{label}: peak RSS", said, peak_mib, MOST_MIB, "MiB")
        section.add(f"{label}: Start to first event, one chat at a time, p50 / p95", _both(waits_ms))
        section.add(
            f"{label}: Start to first event in the crowd, p50 / p95",
            _both(crowd_ms),
            goal=f"p95 under {MOST_WAIT_MS:g} ms",
            is_met=percentile(crowd_ms, 95) < MOST_WAIT_MS,
        )
    finally:
        for worker in workers:
            worker.end()
        studio.close()


def _all(figure: Callable[[int], float], workers: Sequence[WorkerProcess]) -> float:
    """The sum of a figure over the processes."""
    return sum(figure(worker.pid) for worker in workers)


def _play(studio: Studio, *, n_chats: int, name: str) -> list[str]:
    """Starts the chats and waits until all have ended; their ids."""
    wanted, by = four.team("round_robin", N_TURNS, "scripted"), Person()
    n_ended = studio.local.chats.counts()["ended"]
    chats = [studio.as_(by).chats.start(wanted, four.TASK, client_id=f"{name} {n}") for n in range(n_chats)]
    while studio.local.chats.counts()["ended"] < n_ended + n_chats:
        time.sleep(LOOK_EVERY_S)
    for chat in chats:
        if (row := studio.local.chats.get(chat)).n_messages != N_TURNS + 1:
            raise RuntimeError(f"chat {chat} ended after {row.n_messages} messages: {row.ended_text}")
    return chats


def _wait_ms(studio: Studio, chat: str) -> float:
    log = studio.local.chats.log(chat, limit=3)
    first = next(recorded for recorded in log if isinstance(recorded.event, SpeakerSelected))
    return (first.at - log[0].at).total_seconds() * 1000


def _both(values_ms: list[float]) -> str:
    return f"{median(values_ms):.0f} / {percentile(values_ms, 95):.0f} ms"
