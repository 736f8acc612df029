"""The studio that the pages show, and no waiting for what people cannot do twice in a moment."""

from collections.abc import Iterator
from functools import cache
from unittest.mock import MagicMock, patch

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from agents.studio import Studio
from tests.support.app_pages import shown


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """What each run of an AppTest would make anew: what Streamlit finds in the installed packages, the pages compiled,
    and the double of its server."""
    scripts = ScriptCache()
    with (
        patch.object(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)),
        patch.object(app_test, "ScriptCache", lambda: scripts),
        patch.object(local_script_runner, "ScriptCache", lambda: scripts),
        patch.object(app_test, "MagicMock", cache(MagicMock)),
    ):
        yield


@pytest.fixture
def studio(studio: Studio) -> Iterator[Studio]:
    """The same studio, as the one that the pages show."""
    with shown(studio):
        yield studio
