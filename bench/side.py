"""One side of the comparison, studio or bare AutoGen, as a process of its own that plays chats when told to.

`Side` starts it and asks; `python -m bench.side` is what it starts. Orders and answers are JSON lines. Both sides get
the garbage collector's settings of a real worker, and both play a chat on a thread of its own.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from bench import four
from bench.measuring import peak_rss_mib, rss_mib

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Played:
    """What it took to play some chats at once."""

    n_turns: int
    """Of all chats together."""
    wall_s: float
    cpu_s: float
    build_cpu_s: float
    """Before the clock started: bare AutoGen's agents are made then. The studio makes its own within the time."""
    rss_before_mib: float
    peak_rss_mib: float
    """The most this process ever held."""

    @property
    def wall_ms(self) -> float:
        """Of a turn."""
        return self.wall_s / self.n_turns * 1000

    @property
    def cpu_ms(self) -> float:
        """Of a turn."""
        return self.cpu_s / self.n_turns * 1000


class Player(Protocol):
    """Makes chats that are ready to be played; each is played once, on any thread."""

    def ready(self, method: str, n_turns: int, n_chats: int) -> list[Any]: ...

    def play(self, chat: Any) -> None: ...


class Bare:
    """AutoGen's GroupChatManager with its own clients."""

    def __init__(self, base_url: str, folder: Path):
        self._base_url = base_url

    def ready(self, method: str, n_turns: int, n_chats: int) -> list[Any]:
        return [(*four.bare(method, n_turns, self._base_url), n_turns) for _ in range(n_chats)]

    def play(self, chat: Any) -> None:
        four.run_bare(*chat)


class StudioSide:
    """The studio's verbs, log, runner and model client, streaming, on SQLite; the queue is measured elsewhere."""

    def __init__(self, base_url: str, folder: Path):
        from agents.chats import Person
        from agents.settings import Settings
        from agents.specs import ConnectionSpec
        from agents.studio import Studio

        self._studio = Studio.open(Settings(folder, f"sqlite:///{folder / 'studio.db'}"))
        self._studio.local.connections.save(
            ConnectionSpec(name="scripted", base_url=base_url, model="scripted"), key="k"
        )
        self._by, self._n_started, self._stopping = Person(), 0, threading.Event()

    def ready(self, method: str, n_turns: int, n_chats: int) -> list[Any]:
        self._n_started += n_chats
        wanted = four.team(method, n_turns, "scripted")
        return [(wanted, str(n)) for n in range(self._n_started - n_chats, self._n_started)]

    def play(self, chat: Any) -> None:
        wanted, client_id = chat
        started = self._studio.as_(self._by).chats.start(wanted, four.TASK, client_id=client_id, run_here=True)
        self._studio.local.chats.run_here(started, lambda piece: None, self._stopping)
        row = self._studio.local.chats.get(started)
        if row.status != "ended" or row.n_messages != wanted.limits.max_rounds:
            raise RuntimeError(f"the chat is {row.status} after {row.n_messages} messages: {row.ended_text}")


SIDES: dict[str, type[Bare] | type[StudioSide]] = {"bare": Bare, "studio": StudioSide}


def played(player: Player, method: str, n_turns: int, n_chats: int) -> Played:
    """Plays `n_chats` at once, each on a thread of its own."""
    before = time.process_time()
    chats = player.ready(method, n_turns, n_chats)
    gc.collect()
    with ThreadPoolExecutor(n_chats) as threads:
        cpu, wall, rss = time.process_time(), time.perf_counter(), rss_mib()
        for done in [threads.submit(player.play, chat) for chat in chats]:
            done.result()
        return Played(
            n_turns=n_turns * n_chats,
            wall_s=time.perf_counter() - wall,
            cpu_s=time.process_time() - cpu,
            build_cpu_s=cpu - before,
            rss_before_mib=rss,
            peak_rss_mib=peak_rss_mib(),
        )


class Side:
    """The process from outside: `play` may be called any number of times, one at a time."""

    def __init__(self, name: str, base_url: str, folder: Path):
        self.name = name
        folder.mkdir(parents=True, exist_ok=True)
        self._command = [sys.executable, "-m", "bench.side", name, "--base-url", base_url, "--folder", str(folder)]

    def __enter__(self) -> Self:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "OPENAI_"))}
        self._child = subprocess.Popen(
            self._command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.communicate()

    def play(self, method: str, n_turns: int, n_chats: int = 1) -> Played:
        """RuntimeError when the side failed; what failed it is on standard error."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps([method, n_turns, n_chats]) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the side {self.name!r} ended; see above")
        return Played(**json.loads(answer))


def main() -> None:
    """Plays what each line of standard input orders."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--folder", required=True, type=Path)
    chosen = parser.parse_args()
    player = SIDES[chosen.side](chosen.base_url, chosen.folder)
    import agents.engine.leg  # noqa: F401  AutoGen's import is no part of a turn

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    for line in sys.stdin:
        print(json.dumps(asdict(played(player, *json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
