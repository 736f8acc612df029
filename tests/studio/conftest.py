"""A studio of its own for each test, on a real SQLite file, and a real server of scripted replies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.settings import Settings
from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer

OUTSIDE = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "STUDIO_SECRET_KEY")


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    opened = Studio.open(Settings(home=home, db_url=f"sqlite:///{home / 'studio.db'}"))
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as listening:
        yield listening


@pytest.fixture
def scripted(studio: Studio, server: ScriptedServer) -> ConnectionSpec:
    """The scripted server as a saved connection."""
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1", max_retries=0)
    studio.save_connection(spec)
    return spec
