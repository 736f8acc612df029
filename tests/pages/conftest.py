"""The studio that the pages show, and no waiting for what people cannot do twice in a moment."""

from collections.abc import Iterator

import pytest

from agents.studio import Studio
from tests.support.app_pages import shown


@pytest.fixture
def studio(studio: Studio) -> Iterator[Studio]:
    """The same studio, as the one that the pages show."""
    with shown(studio):
        yield studio
