"""A sandbox as an ordinary user has it, for tests that are run by root: it lives in a process of the user `nobody`.

Asked and answered in lines of JSON. Run as a file, this is that process. Where interpreter, packages or checkout lie in
a folder that only root may enter, the process sees an otherwise empty folder in its place.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.values import Limits, Order, Probe, RunFolders, RunResult

NOBODY = 65_534
SECRET = "the-key-of-the-studio"
"""In the environment of the process that runs the sandbox, as STUDIO_TEST_SECRET."""
ROOT = Path(__file__).resolve().parents[2]

# $1: a folder for the mounts; then the folders to be seen, "--", and the command
_OPENING = """
places=$1; shift; n=0; closed=""
for folder in "$@"; do
  [ "$folder" = "--" ] && break
  mkdir -p "$places/$n"; mount --rbind "$folder" "$places/$n"; n=$((n + 1))
  top="/$(echo "$folder" | cut -d/ -f2)"
  [ -z "$(find "$top" -maxdepth 0 ! -perm -o=x)" ] || closed="$closed $top"
done
for top in $closed; do mount -t tmpfs -o mode=755 tmpfs "$top"; done
n=0
while [ "$1" != "--" ]; do
  [ -d "$1" ] || { mkdir -p "$1"; mount --rbind "$places/$n" "$1"; }
  n=$((n + 1)); shift
done
shift
exec "$@"
"""


class OfOrdinaryUser:
    """A `Sandbox`: bubblewrap, started by nobody. One run at a time. Root must close it; for others it is their own."""

    name = "bubblewrap"

    def __init__(self, places: Path) -> None:
        folders = dict.fromkeys(str(Path(folder).resolve()) for folder in (sys.base_prefix, sys.prefix, ROOT))
        user = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--"]
        enter = ["unshare", "--mount", "sh", "-ec", _OPENING, "opening", str(places), *folders, "--"]
        self._child = subprocess.Popen(
            [*enter, *user, sys.executable, "-m", "tests.support.ordinary_user"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "STUDIO_TEST_SECRET": SECRET,
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": "/nonexistent",
                "PYTHONPATH": str(ROOT),
            },
        )

    def close(self) -> None:
        with self._child:
            pass

    @property
    def pid(self) -> int:
        return self._child.pid

    def probe(self) -> Probe:
        return Probe(**self._ask({"do": "probe"}))

    def run(self, order: Order) -> Generator[str, None, RunResult]:
        folders = {
            "files": str(order.folders.files),
            "packages": str(order.folders.packages),
            "may_install": order.folders.may_install,
        }
        wanted = {
            "command": list(order.command),
            "limits": asdict(order.limits),
            "network": order.network,
            "stdin": order.stdin,
        }
        self._ask({"do": "run", "folders": folders, **wanted})
        has_ended = False
        try:
            while "result" not in (answer := self._ask({"do": "next"})):
                yield answer["piece"]
            has_ended = True
            return RunResult(**answer["result"])
        finally:
            if not has_ended:
                self._ask({"do": "close"})

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        return json.loads(self._child.stdout.readline())


def main() -> None:
    sandbox = Bubblewrap()
    running: Generator[str, None, RunResult] | None = None
    for line in sys.stdin:
        question = json.loads(line)
        answer: dict[str, Any] = {}
        if question["do"] == "probe":
            answer = asdict(sandbox.probe())
        elif question["do"] == "run":
            folders = question["folders"]
            run_folders = RunFolders(Path(folders["files"]), Path(folders["packages"]), folders["may_install"])
            running = sandbox.run(
                Order(
                    question["command"],
                    run_folders,
                    Limits(**question["limits"]),
                    question["network"],
                    question["stdin"],
                )
            )
        elif running is not None and question["do"] == "next":
            try:
                answer = {"piece": next(running)}
            except StopIteration as end:
                answer = {"result": asdict(end.value)}
        elif running is not None and question["do"] == "close":
            running.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
