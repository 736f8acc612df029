"""All that is measured, in one run and one table: `make bench`, or `python -m bench.overhead --only turns --quick`.

Turns and crowds against bare AutoGen on a scripted model server; the way of a message into a real browser; the inbox
of a busy reviewer; Timeline and Costs of a long history; start and rest of the processes. Needs Debian's chromium for
the screens. Absolute figures mean something on an idle machine only.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.crowd import crowd
from bench.inbox import inbox
from bench.insight import insight
from bench.pages import pages
from bench.report import Section, machine, table, verdict
from bench.rest import rest
from bench.screen import screen
from bench.turns import turns
from tests.support.scripted_server import ScriptedProcess

PARTS: dict[str, Callable[..., Section]] = {
    "turns": turns,
    "crowd": crowd,
    "screen": screen,
    "pages": pages,
    "inbox": inbox,
    "insight": insight,
    "rest": rest,
}


def main() -> None:
    """Measures what was asked for, and says what was met."""
    parser = argparse.ArgumentParser(description="What the studio costs over bare AutoGen.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: shows that it works, proves nothing")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be given several times")
    chosen = parser.parse_args()
    print(machine(), flush=True)
    sections, began = [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ScriptedProcess("/dev/null") as server:
        for name, part in PARTS.items():
            if chosen.only and name not in chosen.only:
                continue
            print(f"Measuring: {name} ...", flush=True)
            sections.append(part(server, Path(folder) / name, is_quick=chosen.quick))
    print(table(sections))
    print(f"\n{verdict(sections)} It took {time.monotonic() - began:.0f} s{', in haste' if chosen.quick else ''}.")


if __name__ == "__main__":
    main()
