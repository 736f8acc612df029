"""The studio that the pages show, and no waiting for what people cannot do twice in a moment."""

from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest
from streamlit.components.v2 import manifest_scanner

from agents.studio import Studio
from tests.support.app_pages import shown


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """What Streamlit finds in the installed packages; each run of an AppTest would look through all of them again."""
    find = cache(manifest_scanner.scan_component_manifests)
    with patch.object(manifest_scanner, "scan_component_manifests", find):
        yield


@pytest.fixture
def studio(studio: Studio) -> Iterator[Studio]:
    """The same studio, as the one that the pages show."""
    with shown(studio):
        yield studio
