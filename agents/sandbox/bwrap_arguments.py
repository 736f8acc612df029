"""What code sees in bubblewrap, as bubblewrap's arguments: a system built from nothing, a Python, and its limits.

A virtual environment holds links to a base interpreter, which may be anywhere, in a home folder too: only the folders
that these links lead through are shown, each at its own path, never a folder that holds somebody's other files.
"""

import math
import os
import resource
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.sandbox.seccomp import syscall_filter
from agents.sandbox.values import MIB, Limits, Order

SYSTEM = (Path("/usr"), Path("/bin"), Path("/sbin"), Path("/lib"), Path("/lib64"))
"""What every sandbox shows."""


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
        hop = Path(os.path.normpath(hop.parent / hop.readlink()))  # follows no further link in its path


def _may_be_shown(prefix: Path) -> bool:
    """Not the root, nor a home folder or one above it."""
    real = prefix.resolve()
    return len(real.parts) > 1 and not Path.home().resolve().is_relative_to(real)


_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts", "mime.types")
_ETC_OF_NETWORK = (
    *("resolv.conf", "hosts", "nsswitch.conf", "services", "protocols", "gai.conf", "ssl/openssl.cnf"),
    *("ssl/certs", "pki/tls/certs", "pki/ca-trust", "ca-certificates", "crypto-policies"),
)

_FIRST_UID, _N_UIDS = 1_900_000_000, 90_000_000
"""Numbers that neither systemd nor Debian gives to anybody."""
_OWN_UID = 1000
"""An ordinary user's number inside."""
_N_OPEN_FILES = 1024
_BACKSTOP = 4
"""How many times a run's limit its user may have in processes and reserve in memory: what counts the run ends it first
and says so."""
_SHM_BYTES, _MOST_TMP_BYTES = 64 * MIB, 256 * MIB

_FONTS = "/tmp/matplotlib"
"""matplotlib's list of fonts. To make it takes seconds, so the environment brings one."""

PassContent = Callable[[bytes], int]
"""Hands content to bubblewrap: a descriptor that it inherits."""


def uid_for(folder: Path) -> int | None:
    """Return the user as whom root runs the code of `folder`: always the same, and hardly ever another folder's. None
    when this machine's root may use no such number."""
    wanted = _FIRST_UID + zlib.crc32(os.fsencode(folder.resolve())) % _N_UIDS
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    if any(first <= wanted < first + length for first, _, length in ranges):
        return wanted
    first, _, length = max(ranges, key=lambda found: found[2])
    return first + length - 1 - zlib.crc32(os.fsencode(folder.resolve())) % (length // 2) if length > 1_000 else None


def argv(
    order: Order,
    *,
    python: Interpreter | None,
    uid: int | None,
    status: int,
    pass_content: PassContent,
) -> list[str]:
    """bubblewrap's whole command line. `uid` is whom root runs the code as, None when this is not root."""
    words = ["nice", "-n", "5", "bwrap", "--json-status-fd", str(status), "--die-with-parent", "--new-session"]
    words += ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    words += ["--unshare-net"] if order.network == "none" else []
    if uid is None:
        words += ["--unshare-user", "--uid", str(_OWN_UID), "--gid", str(_OWN_UID)]
        words += ["--disable-userns"] if "--disable-userns" in _options() else []
    else:
        words += ["--cap-drop", "ALL"]  # what is added is for taking the other user and is lost with it
        words += [
            word for name in ("SETUID", "SETGID", "SETPCAP", "DAC_READ_SEARCH") for word in ("--cap-add", f"CAP_{name}")
        ]
    words += _system(order, _OWN_UID if uid is None else uid, pass_content) + _python(python)
    words += ["--bind", str(order.folders.files), "/workspace"]
    packages = order.folders.packages
    if packages is not None and packages.is_dir():
        words += ["--bind" if order.folders.may_install else "--ro-bind", str(packages), "/packages"]
    words += ["--remount-ro", "/", "--chdir", "/workspace", "--clearenv"]
    words += [word for pair in environment(python).items() for word in ("--setenv", *pair)]
    if program := syscall_filter():
        words += ["--seccomp", str(pass_content(program))]
    words.append("--")
    if uid is not None:
        words += ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        words += ["--inh-caps=-all", "--bounding-set=-all", "--"]
    return [*words, *_limited(order.limits), *order.command]


def _limited(limits: Limits) -> list[str]:
    """Return what goes before the command to limit each of its processes."""
    options = [f"--{name}={value}:{value}" for name, (_, value) in process_limits(limits).items()]
    n_user = _at_most(resource.RLIMIT_NPROC, _BACKSTOP * limits.n_processes)
    return ["prlimit", *options, f"--nproc={n_user}:{n_user}", "--"]


def process_limits(limits: Limits) -> dict[str, tuple[int, int]]:
    """Return what the kernel allows each process: names of prlimit's options with the limit's number and value, which
    is never above what this process may have."""
    wanted = {
        "cpu": (resource.RLIMIT_CPU, math.ceil(limits.cpu_s) + 1),
        "fsize": (resource.RLIMIT_FSIZE, limits.file_bytes),
        "data": (resource.RLIMIT_DATA, _BACKSTOP * limits.memory_bytes),  # reserved, which is more than used
        "nofile": (resource.RLIMIT_NOFILE, _N_OPEN_FILES),
        "core": (resource.RLIMIT_CORE, 0),
    }
    return {name: (number, _at_most(number, value)) for name, (number, value) in wanted.items()}


def _at_most(number: int, value: int) -> int:
    most = resource.getrlimit(number)[1]
    return value if most == resource.RLIM_INFINITY else min(value, most)


def _system(order: Order, uid: int, pass_content: PassContent) -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for folder in (*SYSTEM, Path("/lib32"), Path("/libx32")):
        if folder.is_symlink():
            words += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir() and folder != Path("/usr"):
            words += ["--ro-bind", str(folder), str(folder)]
    words += ["--perms", "0755", "--dir", "/etc"]
    for name in (*_ETC, *(_ETC_OF_NETWORK if order.network == "all" else ())):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    users = f"user:x:{uid}:{uid}:user:/tmp:/bin/sh\n".encode()
    words += ["--perms", "0444", "--file", str(pass_content(users)), "/etc/passwd"]
    words += ["--perms", "0444", "--file", str(pass_content(f"user:x:{uid}:\n".encode())), "/etc/group"]
    words += ["--proc", "/proc", "--dev", "/dev", *_scratch("/dev/shm", _SHM_BYTES), "--remount-ro", "/dev"]
    words += _scratch("/tmp", min(_MOST_TMP_BYTES, order.limits.memory_bytes // 2))
    return [*words, "--symlink", "/tmp", "/var/tmp"]


def _scratch(path: str, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


def _python(python: Interpreter | None) -> list[str]:
    if python is None:
        return []
    words: list[str] = []
    for folder in python.folders:
        words += [*_parents(folder), "--ro-bind", str(folder), str(folder)]
    links = Path("/run/bin/python")
    words += [*_parents(links), "--symlink", str(python.executable), str(links), "--perms", "1777", "--dir", _FONTS]
    for file in sorted(python.executable.parents[1].glob("matplotlib/*.json")):
        words += ["--ro-bind", str(file), f"{_FONTS}/{file.name}"]
    return words


def _parents(path: Path) -> list[str]:
    """Folders above `path` that everybody may pass through; bubblewrap makes its own for their maker only."""
    above = [parent for parent in reversed(path.parents) if len(parent.parts) > 1]
    return [word for parent in above for word in ("--perms", "0755", "--dir", str(parent))]


def environment(python: Interpreter | None, *, home: str = "/tmp", packages: str = "/packages") -> dict[str, str]:
    """Return all variables that code sees."""
    is_environment = python is not None and (python.executable.parents[1] / "pyvenv.cfg").exists()
    first = [str(python.executable.parent)] if python is not None and is_environment else []
    return {
        "PATH": ":".join([*first, "/run/bin", "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": packages,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": _FONTS,
    }


@cache
def _options() -> str:
    """Return the help of this machine's bubblewrap: older ones lack options."""
    if shutil.which("bwrap") is None:
        return ""
    return subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False, env={}).stdout
