"""Make the requirements files from pyproject.toml, which is the one list: `make requirements`.

Each dependency is installed where it is missing, and pinned to the version that this environment then has. With the
name of an extra or a group as its argument it makes nothing and prints what that lists, for pip.
"""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
HEAD = "# Made by `make requirements` from pyproject.toml, where each line says why it is there.\n"


def project() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def listed(pyproject: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return for each requirements file its first lines and the requirements that it pins."""
    extras = pyproject["project"]["optional-dependencies"]
    return {
        "requirements.txt": (HEAD, pyproject["project"]["dependencies"]),
        "requirements-embedded.txt": (HEAD, extras["embedded"]),
    }


def pinned(text: str) -> str:
    """Return the requirement at the version that is installed here; ValueError when that one does not satisfy it."""
    wanted = Requirement(text)
    if str(wanted.specifier).startswith("=="):
        return text
    installed = version(wanted.name)
    if installed not in wanted.specifier:
        raise ValueError(f"{wanted.name} {installed} is installed, pyproject.toml wants {wanted.specifier}.")
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return f"{wanted.name}{extras}=={installed}"


def main(arguments: list[str]) -> None:
    """Write the files, or print the extras and groups that `arguments` name."""
    pyproject = project()
    extras = pyproject["project"]["optional-dependencies"] | pyproject["dependency-groups"]
    for name in arguments:
        print("\n".join(extras[name]))
    if not arguments:
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *pyproject["project"]["dependencies"]], check=True)
        for name, (head, requirements) in listed(pyproject).items():
            lines = "".join(f"{pinned(each)}\n" for each in requirements)
            (ROOT / name).write_text(head + lines, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
