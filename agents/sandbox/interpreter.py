"""Finds a Python on this machine, and what a sandbox must show of it so that it runs there.

A virtual environment holds links to a base interpreter, which may be anywhere, in a home folder too: only the folders
that these links lead through are shown, each at its own path, never a folder that holds somebody's other files.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

SYSTEM = (Path("/usr"), Path("/bin"), Path("/sbin"), Path("/lib"), Path("/lib64"))
"""What every sandbox shows anyway."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and what it needs."""

    executable: Path
    folders: list[Path]
    """To be shown read-only at their own paths, besides the system's."""


def interpreter(environment: Path | None) -> Interpreter | None:
    """Return the Python of the environment in that folder; without one, this process's own without its packages, or
    else the system's. None when there is none that may be shown."""
    if environment is not None:
        return _shown(environment / "bin" / "python")
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return _shown(own) or _shown(Path("/usr/bin/python3"))


def _shown(executable: Path) -> Interpreter | None:
    if not executable.exists():
        return None
    folders: list[Path] = []
    hop = executable.absolute()
    while True:
        prefix = hop.parent.parent
        if not any(prefix.is_relative_to(system) for system in SYSTEM) and prefix not in folders:
            if not _may_be_shown(prefix):
                return None
            folders.append(prefix)
        if not hop.is_symlink():
            return Interpreter(executable.absolute(), folders)
        hop = Path(_joined(hop.parent, hop.readlink()))


def _joined(folder: Path, link: Path) -> Path:
    """Return where a link leads, without following further links in its path; `..` is taken by its letters."""
    parts: list[str] = []
    for part in (folder / link).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def _may_be_shown(prefix: Path) -> bool:
    """Not the root, nor a home folder or one above it."""
    real = prefix.resolve()
    return len(real.parts) > 1 and not Path.home().resolve().is_relative_to(real)
