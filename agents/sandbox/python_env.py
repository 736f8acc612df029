"""The Python that code runs with: an environment of its own, built once from a pinned list and then only read.

It lies under STUDIO_HOME/sandbox, or is named by STUDIO_SANDBOX_PYTHON. Several processes may build it at once: one
does, the others wait; what a killed one left half-built is built anew.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from functools import cache
from pathlib import Path

from agents.pip_settings import pip_environment

PACKAGES = Path(__file__).with_name("python_packages.txt")
"""What is in it, one `name==version` a line."""

VARIABLE = "STUDIO_SANDBOX_PYTHON"
"""Names the folder of an environment that is there already, as `python -m venv` makes them."""

LOOK_EVERY_S = 0.25


class PythonEnvironment:
    """The environment of one studio. Its state is on disk, so every process sees the same; safe to use from many
    threads."""

    def __init__(self, home: Path, environ: Mapping[str, str] = os.environ, packages: Path = PACKAGES):
        named = environ.get(VARIABLE, "").strip()
        self._packages = packages
        self.is_named = bool(named)
        """Whether STUDIO_SANDBOX_PYTHON names it; then it is never built."""
        self.folder = Path(named).expanduser().absolute() if named else home / "sandbox" / f"python-{_key(packages)}"
        """Where it is, or will be."""

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def is_ready(self) -> bool:
        if self.is_named:
            return self.python.exists()
        return self._beside(".ready").exists() and self.python.exists()

    @property
    def state(self) -> str:
        """ "ready", "building", "missing", or "failed: why"."""
        if self.is_ready:
            return "ready"
        if self.is_named:
            return f"failed: {VARIABLE} names {self.folder}, where no bin/python is"
        if self._is_locked():
            return "building"
        failed = _read(self._beside(".failed"))
        return f"failed: {failed}" if failed else "missing"

    @property
    def progress(self) -> str:
        """What is being done while it is built, in words."""
        return _read(self._beside(".progress"))

    def build(self) -> Generator[str, None, str]:
        """Build it unless it is there: yield what is being done, and "" at least every quarter of a second; return
        "", or why it could not be built. Only one process builds, the others wait for it here."""
        if self.is_named or self.is_ready:
            return "" if self.is_ready else self.state.removeprefix("failed: ")
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                while not _is_taken(lock):
                    yield ""
                    time.sleep(LOOK_EVERY_S)
                if self._beside(".ready").exists():  # another process built it meanwhile
                    return ""
                why = yield from self._build(lock)
                self._beside(".progress").unlink(missing_ok=True)
                if why:
                    self._beside(".failed").write_text(why, encoding="utf-8")
                return why
            finally:
                os.close(lock)
        except OSError as error:
            return f"{error.strerror or error} ({error.filename or self.folder})"

    def _build(self, lock: int) -> Generator[str, None, str]:
        for left in (".ready", ".failed"):
            self._beside(left).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        python, wheels = str(self.python), ("--only-binary", ":all:")
        steps = [
            ("Making an environment", [sys.executable, "-I", "-m", "venv", str(self.folder)]),
            ("Installing its packages", [python, *_PIP, "install", *wheels, "-r", str(self._packages)]),
            ("Looking for fonts", [python, "-I", "-c", _FONTS]),
        ]
        environ = {**pip_environment(), "MPLCONFIGDIR": str(self.folder / "matplotlib")}
        for text, command in steps:
            yield self._report(text)
            why = yield from self._step(command, environ, lock)
            if why:
                return f"{text} failed: {why}"
        self._beside(".ready").write_text(self._packages.read_text(encoding="utf-8"), encoding="utf-8")
        yield self._report("Done")
        return ""

    def _step(self, command: list[str], environ: dict[str, str], lock: int) -> Generator[str, None, str]:
        """Run one command to its end. It inherits the lock, so that nobody else builds when this process is killed."""
        log = self._beside(".log")
        with log.open("w", encoding="utf-8") as out:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=self.folder.parent,
                pass_fds=(lock,),
                umask=0o022,
            )
        try:
            shown = ""
            while (code := _ended(child)) is None:
                newest = _pip_says(_read(log))
                if newest and newest != shown:
                    shown = newest
                    yield self._report(newest)
                else:
                    yield ""
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        lines = [line for line in _read(log).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        return "" if code == 0 else " ".join(errors[-2:])[-400:] or f"exit code {code}"

    def _report(self, text: str) -> str:
        self._beside(".progress").write_text(text, encoding="utf-8")
        return text

    def _beside(self, suffix: str) -> Path:
        return self.folder.with_name(self.folder.name + suffix)

    def _is_locked(self) -> bool:
        try:
            lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _is_taken(lock, fcntl.LOCK_SH)
        finally:
            os.close(lock)


def _is_taken(lock: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock when it is free; say whether it was. Closing the file gives it back."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def pinned() -> dict[str, str]:
    """Distribution name, lower-case -> version: what the environment holds."""
    lines = (line.partition("#")[0].strip() for line in PACKAGES.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("==") for line in lines if line)
    return {name.strip().lower(): version.strip() for name, _, version in pairs}


@cache
def _key(packages: Path) -> str:
    """Short name of the list for this interpreter: another list, or another Python, is another environment."""
    said = f"{sys.version}\n{sys.base_prefix}\n{packages.read_text(encoding='utf-8')}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


_FONTS = "import contextlib\nwith contextlib.suppress(ModuleNotFoundError): import matplotlib.font_manager"
_PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "--no-input")


def _ended(child: subprocess.Popen[bytes]) -> int | None:
    try:
        return child.wait(LOOK_EVERY_S)
    except subprocess.TimeoutExpired:
        return None


def _pip_says(log: str) -> str:
    """Return the newest step in pip's log, in a few words."""
    for line in reversed(log.splitlines()):
        words = line.split()
        if line.startswith(("Collecting ", "Downloading ")) and len(words) > 1:
            return f"Fetching {re.split(r'[=<>~!-]', words[1])[0]}"
        if line.startswith("Installing collected packages"):
            return "Installing what was fetched"
    return ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
