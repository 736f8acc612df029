"""No sandbox: code is not run, and the result says why and how to get one."""

from collections.abc import Generator, Sequence

from agents.sandbox.values import Limits, Probe, RunFolders, RunResult
from agents.specs.team import Network

HOW_TO_GET_ONE = (
    "Install bubblewrap (on Debian and Ubuntu: sudo apt-get install bubblewrap) or start Docker, then start the studio "
    "again."
)


class Off:
    """A `Sandbox` that runs nothing. `why` is a sentence that says why this one was chosen."""

    name = "off"

    def __init__(self, why: str = f"No sandbox works on this machine. {HOW_TO_GET_ONE}") -> None:
        self._why = why

    def probe(self) -> Probe:
        return Probe(self.name, False, self._why)

    def run(
        self,
        command: Sequence[str],
        run_folders: RunFolders,
        *,
        limits: Limits,
        network: Network = "none",
        stdin: str = "",
    ) -> Generator[str, None, RunResult]:
        yield ""
        return RunResult("unavailable", None, "", f"The code was not run. {self._why}")
