"""The Python that code runs with: an environment of its own, built once from a pinned list and then only read.

It lies under STUDIO_HOME/sandbox, or is named by STUDIO_SANDBOX_PYTHON. Several processes may build it at once: one
does, the others wait. Its packages are fetched first, some at a time, and kept until it is built: when the building
process is killed, the next one goes on with those that are not here yet.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Generator, Mapping
from functools import cache
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from agents.pip_settings import pip_environment

PACKAGES = Path(__file__).with_name("python_packages.txt")
"""What is in it, one `name==version` a line."""

VARIABLE = "STUDIO_SANDBOX_PYTHON"
"""Names the folder of an environment that is there already, as `python -m venv` makes them."""

LOOK_EVERY_S = 0.25
AT_ONCE = 3
"""Packages fetched by one pip: what is lost when it is killed."""
AGAIN_S = 300.0
"""After a failure, such as a machine without a network, it is not wanted again sooner."""


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

    def want(self) -> None:
        """Have a worker build it soon (`agents.worker.sandbox_python`), unless it is there or failed just now. OSError
        when that cannot be written down."""
        if self.is_named or self.is_ready or self._has_just_failed():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._beside(".wanted").touch()

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be built: somebody will need it, or a process that built it was killed."""
        return self._beside(".wanted").exists() and not self.is_ready

    def _has_just_failed(self) -> bool:
        try:
            return time.time() - self._beside(".failed").stat().st_mtime < AGAIN_S
        except OSError:
            return False

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
                self._beside(".wanted").touch()
                why = yield from self._build(lock)
                self._beside(".progress").unlink(missing_ok=True)
                if why:
                    self._beside(".failed").write_text(why, encoding="utf-8")
                self._beside(".wanted").unlink(missing_ok=True)
                return why
            finally:
                os.close(lock)
        except OSError as error:
            return f"{error.strerror or error} ({error.filename or self.folder})"

    def _build(self, lock: int) -> Generator[str, None, str]:
        for left in (".ready", ".failed"):
            self._beside(left).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        python, wheels, wanted = str(self.python), self._beside(".wheels"), _lines(self._packages)
        environ = {**pip_environment(), "MPLCONFIGDIR": str(self.folder / "matplotlib")}
        made = [sys.executable, "-I", "-m", "venv", str(self.folder)]
        if why := (yield from self._named_step("Making an environment", made, environ, lock)):
            return why
        if why := (yield from self._fetch(wheels, wanted, environ, lock)):
            return why
        from_here = ("--no-index", "--find-links", str(wheels), "--no-deps")
        steps = [("Looking for fonts", [python, "-I", "-c", _FONTS])]
        if wanted:
            installed = [python, *_PIP, "install", *from_here, "-r", str(self._packages)]
            steps.insert(0, (f"Installing its {len(wanted)} packages", installed))
        for text, command in steps:
            if why := (yield from self._named_step(text, command, environ, lock)):
                return why
        self._beside(".ready").write_text(self._packages.read_text(encoding="utf-8"), encoding="utf-8")
        shutil.rmtree(wheels, ignore_errors=True)
        yield self._report("Done")
        return ""

    def _fetch(self, wheels: Path, wanted: list[str], environ: dict[str, str], lock: int) -> Generator[str, None, str]:
        """Fetch what is not here yet; return "", or why it could not be fetched."""
        wheels.mkdir(exist_ok=True)
        missing = _missing(wheels, wanted)
        while missing:
            text = f"Fetching its packages: {len(missing)} of {len(wanted)} to go"
            how = ("--only-binary", ":all:", "--no-deps", "--dest", str(wheels))
            command = [str(self.python), *_PIP, "download", *how, *missing[:AT_ONCE]]
            if why := (yield from self._named_step(text, command, environ, lock)):
                return why
            before, missing = missing, _missing(wheels, wanted)
            if len(missing) == len(before):
                return f"Fetching its packages failed: {missing[0]} is not there afterwards"
        return ""

    def _named_step(
        self, text: str, command: list[str], environ: dict[str, str], lock: int
    ) -> Generator[str, None, str]:
        yield self._report(text)
        why = yield from self._step(command, environ, lock)
        return f"{text.partition(':')[0]} failed: {why}" if why else ""

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
            while (code := _ended(child)) is None:
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
    pairs = (line.partition("==") for line in _lines(PACKAGES))
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


def _missing(wheels: Path, wanted: list[str]) -> list[str]:
    """Return those of the wanted packages that are not here whole: what was being written when its process was killed
    is removed."""
    here: set[tuple[str, Version]] = set()
    for file in wheels.glob("*.whl"):
        if not zipfile.is_zipfile(file):  # its directory stands at its end
            file.unlink(missing_ok=True)
            continue
        with contextlib.suppress(InvalidWheelFilename):
            name, version, _, _ = parse_wheel_filename(file.name)
            here.add((name, version))
    return [line for line in wanted if _name_and_version(line) not in here]


def _name_and_version(line: str) -> tuple[str, Version]:
    name, _, version = line.partition("==")
    return canonicalize_name(name.strip()), Version(version.strip())


def _lines(packages: Path) -> list[str]:
    """The packages of a list, as pip takes them."""
    lines = (line.partition("#")[0].strip() for line in packages.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
