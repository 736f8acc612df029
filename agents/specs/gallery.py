"""The gallery: ready teams to start from, one YAML file each in the folder of the same name.

They are ordinary team files, read by the same `load_team` as everybody's. Called by `agents.studio`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.specs.team import TeamSpec, load_team

FOLDER = Path(__file__).with_name("gallery")

ORDER = ("product-team", "coder-and-executor", "data-analysts", "support-desk", "writer-and-critic")
"""As people see them; files that are not named here follow by name."""


@dataclass(frozen=True)
class GalleryTeam:
    """A ready team."""

    name: str
    """What the command line calls it: the file's name without its ending."""
    spec: TeamSpec


def gallery() -> list[GalleryTeam]:
    """All ready teams in the order to show them; read from disk once a process. The list is the caller's own."""
    return list(_all())


@cache
def _all() -> tuple[GalleryTeam, ...]:
    names = sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: (_rank(name), name))
    return tuple(GalleryTeam(name, _load(name)) for name in names)


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _load(name: str) -> TeamSpec:
    return load_team((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"The gallery team {name!r}")
