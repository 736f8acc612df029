"""The gallery: ready teams to start from, one YAML file each in the folder of the same name.

They are ordinary team files, read by the same `load_team` as everybody's; a team may have a rehearsal, under its own
name in `rehearsals`, and rehearsals may attach what is in `files`. Called by `agents.studio` and `agents.models`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.specs.rehearsal import Rehearsal, load_rehearsal
from agents.specs.team import TeamSpec, load_team

FOLDER = Path(__file__).with_name("gallery")
REHEARSALS, FILES = FOLDER / "rehearsals", FOLDER / "files"

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


def rehearsals() -> dict[str, Rehearsal]:
    """The gallery's rehearsals by their name, which is that of their team; read once a process."""
    return dict(_rehearsals())


def gallery_file(name: str) -> bytes:
    """The content of a file that rehearsals attach; LookupError when the gallery has none of that name."""
    found = {path.name: path for path in FILES.iterdir()}.get(name)
    if found is None:
        raise LookupError(f"the gallery has no file {name!r}")
    return found.read_bytes()


@cache
def _rehearsals() -> tuple[tuple[str, Rehearsal], ...]:
    return tuple((path.stem, _rehearsal(path)) for path in sorted(REHEARSALS.glob("*.yaml")))


def _rehearsal(path: Path) -> Rehearsal:
    return load_rehearsal(path.read_text(encoding="utf-8"), f"The rehearsal {path.stem!r}")
