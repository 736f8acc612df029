"""Runs one chat's code: in its workspace, within its limits, with its Python; finds and installs missing packages.

The engine runs blocks of code with it, the tools run scripts of ours. Code enters through standard input and is written
inside the sandbox, so that no link which code made can redirect a write of this process.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Generator, Set
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agents.cancellation import Notice, in_thread
from agents.pip_settings import certificates, for_install
from agents.plain_text import valid
from agents.sandbox import code_block
from agents.sandbox.code_block import PYTHON, SAVED, SHELL, name_in, within, wrong_file_name
from agents.sandbox.package_index import look_up
from agents.sandbox.python_env import PythonEnvironment
from agents.sandbox.values import (
    MIB,
    NO_OUTPUT,
    SETTING_UP,
    CodeResult,
    Limits,
    MissingPackage,
    Order,
    RunFolders,
    RunOutcome,
    RunResult,
    Sandbox,
)
from agents.specs.team_parts import SandboxSpec

MAX_TEXT_CHARS = 20_000
"""Of a run's output that the team reads; models pay for each. The middle is left out."""
INSTALL_TIMEOUT_S, ASK_TIMEOUT_S = 600.0, 30.0
CODE_PREFIX = ".code-"
"""What the names of blocks without a name begin with while they run; never a file of the chat."""
INSTALLER = Path(__file__).with_name("package_installer.py")

_LOADER = r"""
file=$1 fonts=$2; shift 2
case $file in */*) mkdir -p -- "$(dirname -- "$file")" || exit 1;; esac
[ -d "$file" ] || rm -f -- "$file" || exit 1
cat > "$file" || exit 1
[ $# = 0 ] && exit 0
scratch=${TMPDIR:-/tmp}/matplotlib
[ -d "$fonts" ] && [ ! -e "$scratch" ] && cp -r "$fonts" "$scratch" 2>/dev/null
[ "$1" = shell ] && { shift; set -- "$(command -v bash || command -v sh)" "$@"; }
exec env MPLBACKEND=Agg MPLCONFIGDIR="$scratch" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_RETRIES=0 \
  PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore "$@" < /dev/null
"""
"""Keeps standard input as the file, then becomes what runs it. What has that name goes first: through a link to
/dev/null, which an earlier block may have laid, nothing would run and seem to have. matplotlib wants a writable folder,
and takes seconds to look for fonts where it finds none."""


class CodeRunner:
    """Runs the code of one chat. Safe to use from several threads, though a chat runs one block at a time."""

    def __init__(
        self, sandbox: Sandbox, run_folders: RunFolders, spec: SandboxSpec, python: PythonEnvironment | None = None
    ):
        self.sandbox = sandbox
        """Its `name` says where code runs; "host" is without isolation."""
        self.run_folders, self.spec, self._python = run_folders, spec, python

    @property
    def is_isolated(self) -> bool:
        """False when code runs on the machine itself: then a person must see every block first."""
        return self.sandbox.name != "host"

    def why_not(self, language: str) -> str:
        """ "" when a block of that language can run here, or be saved; else a sentence for the agent."""
        if language.lower() not in (*PYTHON, *SHELL, *SAVED):
            return (
                f"Code in {language[:40]!r} is not run here. Write Python (```python) or shell (```sh)."
                if language
                else "The code block names no language, so it was not run. Begin it with ```python or ```sh."
            )
        probe = self.sandbox.probe()
        return "" if probe.is_working else f"Code cannot run here. {probe.text}"

    def run(self, language: str, code: str) -> Generator[str, None, CodeResult]:
        """Run the block. Yield its output as it comes, and "" at least every 0.25 s.

        Closing it ends everything that it started. A block whose first line names a file is kept under that name.
        """
        began = time.monotonic()
        language, why = language.lower(), self.why_not(language)
        name = within(name_in(code))
        why = why or (wrong_file_name(name) if name else "")
        if why:
            return _refused("unavailable" if self.why_not(language) else "failed", why)
        if language in PYTHON:
            yield from self._built_for(code_block.imports(code))
        result = yield from self._run(language, code, name)
        shown = result.output
        if language in SAVED and result.outcome == "ok":
            shown = f"Saved as {name or _nameless(code, SAVED[language], '')}; such code is kept and not run."
        note = self._why_bare(shown) if result.outcome == "failed" else ""
        return replace(_code_result(shown, result, note), duration_s=time.monotonic() - began)

    def missing(self, language: str, code: str) -> Generator[str, None, list[MissingPackage]]:
        """Return the packages that the block imports, or install with pip, and its Python lacks: each once, in their
        order. Yields "" while it finds out.

        Asks the sandbox's Python and the package index; [] when nothing is missing or nothing can run here."""
        if self.why_not(language) or language.lower() in SAVED:
            return []
        wanted = code_block.wanted(language.lower(), code, self.run_folders.files)
        unsure = code_block.unpinned(wanted) if self._has_python() else wanted
        lacking = yield from self._lacking(unsure)
        return (yield from in_thread(lambda: [_looked_up(want) for want in lacking])) if lacking else []

    def install(self, package: str, version: str) -> Generator[str, None, CodeResult]:
        """Install `package` (at `version`, the newest when "") with all that it needs into this chat's packages.

        Runs pip in the sandbox with the network and without the workspace; a wheel where there is one, else built from
        source. Yields what pip says."""
        began = time.monotonic()
        why = self.why_not("python") or code_block.wrong_package(package, version)
        if not why and self.run_folders.packages is None:
            why = "This chat has no folder for packages, so none can be installed."
        if why or self.run_folders.packages is None:
            return _refused("unavailable" if self.why_not("python") else "failed", why)
        yield from self._built_for(code_block.provided_modules())
        self.run_folders.packages.mkdir(parents=True, exist_ok=True)
        target = str(self.run_folders.packages) if self.sandbox.name == "host" else "/packages"
        environ = for_install()
        order = {
            "environ": environ,
            "certificates": certificates(),
            "may_build": not any("@" in value for value in environ.values()),
            "package": f"{package}=={version}" if version else package,
            "target": target,
        }  # fmt: skip
        with tempfile.TemporaryDirectory() as nothing:
            install = Order(
                ["python", "-I", "-c", INSTALLER.read_text(encoding="utf-8")],
                RunFolders(Path(nothing), self.run_folders.packages, may_install=True),
                replace(self._limits(INSTALL_TIMEOUT_S), memory_bytes=2_048 * MIB, workspace_bytes=2_048 * MIB),
                network="all",
                stdin=json.dumps(order),
            )
            result = yield from self.sandbox.run(install)
        lines = [line for line in result.output.splitlines() if line.strip()]
        if result.outcome == "ok":
            text = f"Installed for this chat: {lines[-1] if lines else package}"
        else:
            text = f"{package} could not be installed. {' '.join([*lines[-4:], result.text]).strip()}"
        return CodeResult(result.outcome, result.exit_code, valid(text)[:4_000], time.monotonic() - began)

    def python(
        self, script: str, *, stdin: str = "", timeout_s: float | None = None
    ) -> Generator[str, None, RunResult]:
        """Run a script of ours in the workspace with `stdin`, without network and without what code put into the
        workspace on its path; as `run`. The sandbox's Python is built first when it is not there."""
        if why := self.why_not("python"):
            return RunResult("unavailable", None, "", why)
        yield from self._built_for(code_block.provided_modules())
        limits = self._limits(timeout_s or self.spec.timeout_s)
        order = Order(["python", "-I", "-c", script], self.run_folders, limits, stdin=stdin)
        return (yield from self.sandbox.run(order))

    def _run(self, language: str, code: str, name: str) -> Generator[str, None, RunResult]:
        self._sweep()
        if language in SAVED:
            file, command = name or _nameless(code, SAVED[language], ""), []
        elif language in PYTHON:
            file = name or _nameless(code, "py")
            command = ["python", file]
        else:
            file = name or _nameless(code, "sh")
            command = ["shell", file]
        try:
            order = Order(
                ["sh", "-c", _LOADER, "sh", file, self._fonts(), *command],
                self.run_folders,
                self._limits(self.spec.timeout_s),
                self.spec.network,
                stdin=code if code.endswith("\n") else code + "\n",
            )
            return (yield from self.sandbox.run(order))
        finally:
            if not name:
                self._sweep()

    def _fonts(self) -> str:
        return str(self._python.folder / "matplotlib") if self._python is not None and self._has_python() else ""

    def _sweep(self) -> None:
        """Take away blocks without a name, an earlier process's too; the links themselves, never what they lead to."""
        for file in self.run_folders.files.glob(f"{CODE_PREFIX}*"):
            if file.is_symlink() or not file.is_dir():
                file.unlink(missing_ok=True)

    def _limits(self, wall_s: float) -> Limits:
        return Limits(wall_s=wall_s, cpu_s=2 * wall_s, memory_bytes=self.spec.memory_mb * MIB)

    def _has_python(self) -> bool:
        """Whether the sandbox's own environment is what code runs with, now or once it is built."""
        return (
            self._python is not None and self.sandbox.name != "docker" and not self._python.state.startswith("failed")
        )

    def _built_for(self, modules: Set[str]) -> Generator[str, None, None]:
        """Build the environment when one of `modules` is in it and it is not there yet; say so while it does."""
        if self._python is None or self._python.is_ready or not self._has_python():
            return
        if modules & code_block.provided_modules():
            notice = Notice("")
            for text in self._python.build():
                notice = Notice(f"{SETTING_UP}{text[:1].lower()}{text[1:]}") if text else notice
                yield notice
            yield Notice("")

    def _why_bare(self, output: str) -> str:
        """Return why the sandbox's own packages are missing, when the code failed for lack of one."""
        if self._python is None or self.sandbox.name == "docker" or self._python.is_ready:
            return ""
        if "ModuleNotFoundError" not in output:
            return ""
        return (
            f"Only Python's own library can be used: the sandbox's packages are not installed ({self._python.state})."
        )

    def _lacking(self, wants: list[MissingPackage]) -> Generator[str, None, list[MissingPackage]]:
        """Those that the sandbox's Python finds neither as module nor as package; none when it cannot be asked."""
        if not wants:
            return []
        asked = json.dumps([[want.module, want.package] for want in wants])
        limits = self._limits(ASK_TIMEOUT_S)
        order = Order(["python", "-c", _FIND_LACKING], self.run_folders, limits, stdin=asked)
        result = yield from _without_output(self.sandbox.run(order))
        if result.outcome != "ok":
            return []
        lacking = {int(line) for line in result.output.split() if line.isdigit()}
        return [want for position, want in enumerate(wants) if position in lacking]


_FIND_LACKING = """
import sys
sys.path.pop(0)
import contextlib, importlib.metadata, importlib.util, json
for position, (module, package) in enumerate(json.load(sys.stdin)):
    found = False
    with contextlib.suppress(ImportError, ValueError):
        found = bool(module) and importlib.util.find_spec(module) is not None
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        found = found or bool(importlib.metadata.version(package))
    if not found:
        print(position)
"""


def _without_output(running: Generator[str, None, RunResult]) -> Generator[str, None, RunResult]:
    """`running`, with none of its output."""
    with closing(running):
        while True:
            try:
                next(running)
            except StopIteration as ended:
                result: RunResult = ended.value
                return result
            yield ""


def _looked_up(want: MissingPackage) -> MissingPackage:
    newest, doubts = look_up(want.package)
    return replace(want, version=want.version or newest, doubts=doubts)


def _nameless(code: str, ending: str, prefix: str = CODE_PREFIX) -> str:
    return f"{prefix or 'code-'}{hashlib.sha256(code.encode(errors='replace')).hexdigest()[:8]}.{ending}"


def _refused(outcome: RunOutcome, why: str) -> CodeResult:
    return CodeResult(outcome, None, f"exitcode: 1 (execution failed)\nCode output: {why}", 0.0)


def _code_result(output: str, result: RunResult, note: str) -> CodeResult:
    code = result.exit_code if result.exit_code is not None else (124 if result.outcome == "timeout" else 1)
    words = "execution succeeded" if result.outcome == "ok" else "execution failed"
    parts = [_shortened(valid(output)), result.text, note]
    shown = "\n".join(part.rstrip("\n") for part in parts if part.strip())
    return CodeResult(
        result.outcome, result.exit_code, f"exitcode: {code} ({words})\n{NO_OUTPUT}{shown}", result.duration_s
    )


def _shortened(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    half = MAX_TEXT_CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"
