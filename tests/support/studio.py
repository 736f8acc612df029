"""Opens a studio in a test's own folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.models.weights import SMALL, WeightsFolder
from agents.settings import Settings
from agents.specs.providers import PROVIDER_VARIABLES
from agents.studio import Studio

OUTSIDE = (*PROVIDER_VARIABLES, "STUDIO_SECRET_KEY")
"""What the environment could say, and the tests must not hear."""

LOCAL_MODEL = SMALL.name
"""The model of tests that need a real one and do not look at how good it is."""


def bring_weights(home: Path) -> Path:
    """The folder of models of a studio that has the tests' model, as far as its size tells."""
    folder = WeightsFolder(home / "models")
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.file(SMALL).open("wb") as file:
        file.truncate(SMALL.n_bytes)
    return folder.path


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[Studio]:
    """The studio in `home`, without worker processes, on a SQLite file there unless `settings` say another `db_url`.
    Its local model is here, whatever this machine has; no test calls it."""
    bring_weights(home)
    given: dict[str, Any] = {
        "db_url": f"sqlite:///{home / 'studio.db'}",
        "workers": 0,
        "local_model": LOCAL_MODEL,
        "models": home / "models",
    }
    given |= settings
    studio = Studio.open(Settings(home=home, **given))
    try:
        yield studio
    finally:
        studio.close()
