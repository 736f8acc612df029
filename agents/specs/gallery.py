"""The gallery: ready teams to start from, one YAML file each in the folder of the same name.

They are ordinary team files, read by the same `load_team` as everybody's; a team may have a rehearsal, under its own
name in `rehearsals`, and rehearsals may attach what is in `files`. Called by `agents.studio` and `agents.models`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from agents.specs.rehearsal import Rehearsal, load_rehearsal
from agents.specs.team import TeamSpec, load_team

FOLDER = Path(__file__).with_name("gallery")
REHEARSALS, FILES = FOLDER / "rehearsals", FOLDER / "files"

ORDER = (
    "product-team", "coder-and-executor", "data-analysts", "support-desk", "writer-and-critic", "code-review",
    "research", "incident-analysis", "contract-review", "meeting-notes", "translation", "test-case-writer",
    "interview-practice", "debate", "onboarding-tutor",
)  # fmt: skip
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
    others = sorted({path.stem for path in FOLDER.glob("*.yaml")} - {*ORDER})
    texts = {name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in (*ORDER, *others)}
    return tuple(GalleryTeam(name, load_team(text, f"The ready team {name!r}")) for name, text in texts.items())


def gallery_file(name: str) -> bytes:
    """The content of a file that rehearsals attach; LookupError when the gallery has none of that name. Code among them
    is kept with ".txt" behind its name, so that no tool takes it for the studio's own."""
    found = {path.name.replace(".py.txt", ".py"): path for path in FILES.iterdir()}.get(name)
    if found is None:
        raise LookupError(f"the gallery has no file {name!r}")
    return found.read_bytes()


@cache
def rehearsals() -> Mapping[str, Rehearsal]:
    """The gallery's rehearsals by their name, which is that of their team; read once a process."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in sorted(REHEARSALS.glob("*.yaml"))}
    return MappingProxyType({name: load_rehearsal(text, f"The rehearsal {name!r}") for name, text in files.items()})
