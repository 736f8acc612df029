"""Opens a studio in a test's own folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.settings import Settings
from agents.specs.providers import PROVIDER_VARIABLES
from agents.studio import Studio

OUTSIDE = (*PROVIDER_VARIABLES, "STUDIO_SECRET_KEY")
"""What the environment could say, and the tests must not hear."""


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[Studio]:
    """The studio in `home`, without worker processes, on a SQLite file there unless `settings` say another `db_url`."""
    given = {"db_url": f"sqlite:///{home / 'studio.db'}", "workers": 0, **settings}
    studio = Studio.open(Settings(home=home, **given))
    try:
        yield studio
    finally:
        studio.close()
