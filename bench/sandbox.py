"""What a sandbox costs: a program started in it against the same program started plainly. `python -m bench.sandbox`."""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.bwrap_arguments import interpreter
from agents.sandbox.host import Host
from agents.sandbox.values import Limits, Order, RunFolders, RunResult, Sandbox
from bench.measuring import median, percentile
from bench.report import Section, machine, table, verdict

GOAL_MS = 100
N_AT_ONCE = 100


def sandboxes(folder: Path, *, is_quick: bool) -> Section:
    """Milliseconds over a plain start, of each sandbox that works here; and a hundred runs at once."""
    n_times = 10 if is_quick else 50
    section = Section(f"Starting `python -c pass`, {n_times} times in turn, p50 / p95")
    python = interpreter(None)
    plain = [str(python.executable) if python else "python3", "-c", "pass"]
    candidates: dict[str, Sandbox] = {
        "bubblewrap": Bubblewrap(),
        "bubblewrap without control groups": Bubblewrap(may_use_groups=False),
        "host": Host(),
    }
    working = {label: sandbox for label, sandbox in candidates.items() if sandbox.probe().is_working}
    run_folders = _run_folders(folder, "start")
    plain_ms = []
    taken_ms: dict[str, list[float]] = {label: [] for label in working}
    for _ in range(n_times):  # in turn, so that a busy moment of the machine is everybody's
        plain_ms.append(_ms(lambda: subprocess.run(plain, check=True)))
        for label, sandbox in working.items():
            taken_ms[label].append(_ms(lambda sandbox=sandbox: _run(sandbox, ["python", "-c", "pass"], run_folders)))  # type: ignore[misc]
    section.add("plainly", _both(plain_ms))
    for label, values in taken_ms.items():
        over_ms, ratio = median(values) - median(plain_ms), median(values) / median(plain_ms)
        goal = {"goal": f"< {GOAL_MS} ms over plain", "is_met": over_ms < GOAL_MS} if label == "bubblewrap" else {}
        section.add(label, f"{_both(values)}: {over_ms:+.0f} ms, {ratio:.1f}x", **goal)  # type: ignore[arg-type]
    if "bubblewrap" in working:
        began = time.monotonic()
        with ThreadPoolExecutor(N_AT_ONCE) as pool:
            all_folders = [_run_folders(folder, f"at once {number}") for number in range(N_AT_ONCE)]
            list(
                pool.map(
                    lambda run_folders: _run(working["bubblewrap"], ["python", "-c", "pass"], run_folders), all_folders
                )
            )
        section.add(f"bubblewrap, {N_AT_ONCE} runs at once", f"{time.monotonic() - began:.1f} s in all")
    return section


def _run(sandbox: Sandbox, command: Sequence[str], run_folders: RunFolders) -> None:
    running = sandbox.run(Order(command, run_folders, Limits(wall_s=300)))
    while True:
        try:
            next(running)
        except StopIteration as end:
            result: RunResult = end.value
            break
    if result.outcome != "ok":
        raise RuntimeError(f"{sandbox.name}: {result}")


def _run_folders(folder: Path, name: str) -> RunFolders:
    files = folder / name
    files.mkdir(parents=True)
    return RunFolders(files)


def _ms(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return (time.monotonic() - began) * 1000


def _both(values_ms: Sequence[float]) -> str:
    return f"{median(values_ms):.0f} / {percentile(values_ms, 95):.0f} ms"


def main() -> None:
    """Measures, and says whether the goal was met."""
    parser = argparse.ArgumentParser(description="What a sandbox costs.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: shows that it works, proves nothing")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sections = [sandboxes(Path(folder), is_quick=chosen.quick)]
    print(table(sections))
    print(f"\n{verdict(sections)}")


if __name__ == "__main__":
    main()
