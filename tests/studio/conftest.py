"""The scripted server as a saved connection."""

import pytest

from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def scripted(studio: Studio, server: ScriptedServer) -> ConnectionSpec:
    """The scripted server as a saved connection."""
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1", max_retries=0)
    studio.local.connections.save(spec)
    return spec
