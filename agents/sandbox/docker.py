"""The sandbox for machines with a container engine: each run is a container of its own, made and ended by `docker`.

No network, read-only root, no capabilities, the engine's limits for memory and processes of the whole run. What code
finds is what the image has. Containers end with this process: each has a watcher that ends it when its input closes.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.cancellation import drain
from agents.sandbox.cgroups import began, count
from agents.sandbox.resource_usage import DiskMeter, TreeMeter, UsageMeter
from agents.sandbox.run_monitor import Job, MonitoredSandbox, launch, make_owner, take_back
from agents.sandbox.values import MIB, Limits, Order, Probe, RunFolders, RunOutcome

VARIABLE, DEFAULT_IMAGE = "STUDIO_DOCKER_IMAGE", "python:3.12-slim"
LABEL = "studio.sandbox"
ASK_TIMEOUT_S, PROBE_TIMEOUT_S = 20.0, 60.0
TMP_BYTES = 256 * MIB
N_SPARE = 32
"""Processes above the limit that the engine allows, so that they are counted and the run is ended."""

_KEPT = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "HOME", "PATH")
"""Variables of this process that the docker client gets; the container gets none."""


class Docker(MonitoredSandbox):
    """A `Sandbox` made by a container engine. `environ` says which image, and where the engine is."""

    name = "docker"

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.image = environ.get(VARIABLE, "").strip() or DEFAULT_IMAGE
        """Of which each run is a container."""
        self._environ = {name: environ[name] for name in _KEPT if name in environ}
        self._client = [f"{name}={value}" for name, value in self._environ.items()]
        super().__init__()

    def argv(self, name: str, order: Order) -> list[str]:
        """Return the engine's command line for one run, without its input, image and command."""
        limits, folders = order.limits, order.folders
        uid, gid = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        options = {
            "--name": name,
            "--label": f"{LABEL}={os.getpid()}-{began(os.getpid())}",
            "--network": "bridge" if order.network == "all" else "none",
            "--cap-drop": "ALL",
            "--security-opt": "no-new-privileges",
            "--user": f"{uid}:{gid}",
            "--memory": str(limits.memory_bytes),
            "--memory-swap": str(limits.memory_bytes),
            "--pids-limit": str(limits.n_processes + N_SPARE),  # so that too many are seen, and the run is ended
            "--ipc": "none",
            "--log-driver": "none",
            "--pull": "never",
            "--workdir": "/workspace",
            "--hostname": "sandbox",
            "--entrypoint": "",
        }
        argv = ["docker", "run", "--interactive", "--init", "--read-only"]
        argv += [f"{option}={value}" for option, value in options.items()]
        cpu_s = max(1, round(limits.cpu_s))
        argv += [f"--ulimit=fsize={limits.file_bytes}", f"--ulimit=cpu={cpu_s}", "--ulimit=core=0"]
        argv += [f"--tmpfs=/tmp:rw,nosuid,nodev,exec,mode=1777,size={TMP_BYTES}"]
        argv += [mount(folders.files, "/workspace", is_writable=True)]
        if folders.packages is not None and folders.packages.exists():
            argv += [mount(folders.packages, "/packages", is_writable=folders.may_install)]
            argv += ["--env=PYTHONPATH=/packages"]
        argv += ["--env=HOME=/tmp", "--env=LANG=C.UTF-8", "--env=PYTHONUNBUFFERED=1"]
        return argv

    def _job(self, order: Order) -> Job:
        name = f"studio-{uuid.uuid4().hex}"
        client = ["env", "-i", *self._client, *self.argv(name, order)]
        return DockerProcess(name, client, self.image, order, self.ask)

    def ask(self, *arguments: str, timeout_s: float = ASK_TIMEOUT_S) -> subprocess.CompletedProcess[str]:
        """Ask the engine something; raise OSError or SubprocessError when nobody answers in time."""
        return subprocess.run(
            ["docker", *arguments], env=self._environ, capture_output=True, text=True, errors="replace",
            timeout=timeout_s, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _probe_once(self) -> Probe:
        missing = [name for name in ("docker", "setpriv") if shutil.which(name) is None]
        if missing:
            return Probe(
                self.name, False, f"There is no program {missing[0]!r} on this machine. Install Docker Engine."
            )
        try:
            if self.ask("version", "--format", "{{.Server.Version}}").returncode:
                return Probe(self.name, False, "A docker client is here, but no engine answers it. Start the engine.")
            if self.ask("image", "inspect", "--format", "{{.Id}}", self.image).returncode:
                text = f"The engine has no image {self.image!r}. Fetch it: docker pull {self.image}"
                return Probe(self.name, False, f"{text}, or name another in {VARIABLE}.")
            self._clean()
            said = self._try()
        except (OSError, subprocess.SubprocessError) as error:
            return Probe(self.name, False, f"The engine does not answer ({type(error).__name__}). Restart it.")
        works, _, lacks = said.partition(" without ")
        if works != "works":
            return Probe(self.name, False, f"A container of {self.image!r} does not work as expected: {said[-300:]}")
        return Probe(self.name, True, f"Code runs in containers of {self.image!r}: {_WORKS}", self._notes(lacks))

    def _try(self) -> str:
        """ "works", and what its Python is without, where a container can write to its workspace; else why not."""
        with tempfile.TemporaryDirectory(prefix="studio-probe-") as folder:
            order = Order(["python", "-c", _TRIAL], RunFolders(Path(folder)), Limits(PROBE_TIMEOUT_S))
            result = drain(self._run(order))
            return result.output.strip() if result.outcome == "ok" else f"{result.output} {result.text}".strip()

    def _notes(self, lacks: str) -> list[str]:
        kernel = Path("/proc/sys/kernel/osrelease").read_text(encoding="utf-8").strip()
        is_here = self.ask("info", "--format", "{{.KernelVersion}}").stdout.strip() == kernel
        return [*([] if is_here else [_OTHER_MACHINE]), *([_LACKS.format(lacks)] if lacks else [])]

    def _clean(self) -> None:
        """Remove containers whose studio process has ended: their watcher may have been killed by the code."""
        listed = self.ask(
            "ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.Names}}}} {{{{.Label "{LABEL}"}}}}'
        )
        for line in listed.stdout.splitlines():
            name, _, owner = line.partition(" ")
            pid, _, when = owner.partition("-")
            if not (pid.isdigit() and when and began(int(pid)) == when):
                self.ask("rm", "--force", name)


_WORKS = (
    "each sees the chat's workspace and its image only, reaches no network unless the team allows it, and ends with "
    "all that it started."
)
_TRIAL = """
import importlib.util
open("works", "w").write("works")
lacks = [name for name in ("numpy", "pandas", "matplotlib", "duckdb", "fpdf") if importlib.util.find_spec(name) is None]
print(open("works").read() + (" without " + ", ".join(lacks) if lacks else ""))
"""
_LACKS = (
    "The image's Python lacks {}, which agents and tools count on. Build one that has them with 'docker build -t "
    f"studio-sandbox {Path(__file__).parent}', and set STUDIO_DOCKER_IMAGE to studio-sandbox."
)
_OTHER_MACHINE = (
    "The engine runs in a machine of its own, so processor time is limited for each process only, and too many "
    "processes make the start of another fail without ending the run."
)


NOBODY = 65_534
N_OURS = 3
"""Processes of a container that are not the code's."""
_PROBE_EVERY_S = 0.5

_GUARDED = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL -1) & exec 3<&-; exec "$@" < /run/stdin 2>&1'
"""Ends the container when the client's input closes, which it does when this process ends in any way."""

Ask = Callable[..., subprocess.CompletedProcess[str]]
"""Asks the engine something, with the client's arguments."""


class DockerProcess(Job):
    """One command in a container."""

    def __init__(self, name: str, client: Sequence[str], image: str, order: Order, ask: Ask) -> None:
        """Begin container `name` of `image` with the `client`'s command line, which names all but its input."""
        super().__init__()
        self._name, self._ask = name, ask
        self._folders = order.folders.writable
        if os.geteuid() == 0:  # code runs as nobody
            make_owner(self._folders, NOBODY)
        input_file = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="studio-run-"))) / "stdin"
        input_file.write_bytes(order.stdin.encode(errors="replace"))
        input_file.chmod(0o444)
        try:
            argv = [*client, mount(input_file, "/run/stdin"), image, "sh", "-c", _GUARDED, "sh", *order.command]
            with contextlib.ExitStack() as theirs:
                self.output, output = self._pipe(theirs)
                alive, self._alive = os.pipe2(os.O_CLOEXEC)
                theirs.callback(os.close, alive)
                self._open.callback(os.close, self._alive)
                self._client = launch(argv, groups=[], stdin=alive, output=output)
            self.exited = self._pidfd(self._client.pid)
        except OSError:
            self.close()
            raise
        self.meters: list[UsageMeter] = [_Meter(name, order.limits, self._client, ask)]
        self.disk = DiskMeter(self._folders, order.limits, self._client.pid)

    def end(self) -> int | None:
        code = self._client.poll()
        self.is_refused = code == 125  # the engine made no container
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self._ask("rm", "--force", "--volumes", self._name)
        if code is None:
            self._client.kill()
        self._client.wait()
        self.disk.was_too_deep = take_back(self._folders)
        return code


class _Meter:
    """Asks the engine, once the run is over, whether its memory limit was reached; adds up processor time and processes
    where the container's are processes of this machine."""

    every_s = 0.1

    def __init__(self, name: str, limits: Limits, client: subprocess.Popen[bytes], ask: Ask) -> None:
        self._name, self._client, self._ask = name, client, ask
        self._limits = replace(limits, n_processes=limits.n_processes + N_OURS)
        self._tree: TreeMeter | None = None
        self._counted_in: Path | None = None
        self._probe_at = 0.0

    def limit_reached(self) -> RunOutcome | None:
        code = self._client.poll()
        if code is not None:
            return "memory" if code not in (0, 125) and self._state().get("OOMKilled") else None
        if self._tree is None and time.monotonic() > self._probe_at:
            first = int(self._state().get("Pid") or 0)
            self._probe_at = time.monotonic() + _PROBE_EVERY_S
            if first and _is_in_container(first):
                self._tree, self._counted_in = TreeMeter(first, self._limits, {"memory"}), _memory_group(first)
        if self._counted_in is not None and count(self._counted_in, "oom_kill"):
            return "memory"
        return self._tree.limit_reached() if self._tree else None

    def _state(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
            state = json.loads(self._ask("inspect", "--format", "{{json .State}}", self._name).stdout)
            return state if isinstance(state, dict) else {}
        return {}


def _is_in_container(pid: int) -> bool:
    """Whether that is a container's process on this machine, and not a number of the engine's own machine."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    return False


def _memory_group(pid: int) -> Path | None:
    """Return the file in which the kernel counts what it killed for the container's memory; None where it cannot be
    seen."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            root = Path("/sys/fs/cgroup")
            if "memory" in controllers.split(","):
                file = root / "memory" / path.lstrip("/") / "memory.oom_control"
            elif not controllers:
                file = root / path.lstrip("/") / "memory.events"
            else:
                continue
            if file.exists():
                return file
    return None


def mount(source: Path, target: str, *, is_writable: bool = False) -> str:
    quoted = (
        f'"source={source}"'.replace("\\", "\\\\") if "," in str(source) or '"' in str(source) else f"source={source}"
    )
    return f"--mount=type=bind,{quoted},target={target}" + ("" if is_writable else ",readonly")
