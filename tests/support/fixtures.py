"""Fixtures that every test may ask for by name."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from agents.sandbox.python_env import VARIABLE, PythonEnvironment
from agents.store import open_store
from agents.studio import Studio
from tests.support.postgres import PostgresServer
from tests.support.sandbox import shared_python
from tests.support.scripted_server import ScriptedServer
from tests.support.studio import OUTSIDE, opened
from tests.support.webhook import Webhook

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyautogen 0.9.0's own at import, about pydantic and jsonschema; not ours to fix
    import autogen  # noqa: F401


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's tests of a page leave it as `__main__`, and a process that a later test spawns would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def compiled_sql() -> Iterator[None]:
    """SQL compiled once for the SQLite files of all tests: each has an engine, and engines compile for themselves."""
    first = sa.create_engine("sqlite://", query_cache_size=5_000)
    first.connect().close()

    def share(engine: sa.Engine) -> None:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache

    with patch.object(type(first.dialect), "engine_created", share):
        yield
    first.dispose()


@pytest.fixture(scope="session")
def postgres_server():
    """One PostgreSQL for the session; started only when a test needs it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with our tables and the queue's and nothing in them, to be copied: making them takes longer."""
    home = tmp_path_factory.mktemp("home")
    with opened(home) as studio:
        studio.prepare()
    return home / "studio.db"


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with our tables and nothing in them, to be copied."""
    url = postgres_server.new_database()
    open_store(url, tmp_path_factory.mktemp("home"), environ={}).close()
    return url


@pytest.fixture(scope="session")
def sandbox_python():
    """The sandbox's Python, built once for all tests in the folder of the tests' own; processes that tests start from
    then on find it."""
    python = shared_python()
    for _ in python.build():
        continue
    assert python.state == "ready"
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(python.folder)
    yield PythonEnvironment(python.folder)
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before


@pytest.fixture
def empty_sqlite_url(home: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite:///{home / 'studio.db'}"


@pytest.fixture
def sqlite_url(empty_sqlite_url: str, home: Path, migrated_sqlite_file: Path) -> str:
    """A new database file with nothing in its tables."""
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(migrated_sqlite_file, home)
    return empty_sqlite_url


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, migrated_postgres_url: str):
    """A new PostgreSQL database with nothing in its tables, dropped after the test."""
    url = postgres_server.new_database(like=migrated_postgres_url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer):
    """A new PostgreSQL database without any table, dropped after the test."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest) -> str:
    """A new database of each kind in turn, with nothing in it."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db_url(request: pytest.FixtureRequest) -> str:
    """A new database of each kind in turn, without any table."""
    return str(request.getfixturevalue("empty_sqlite_url" if request.param == "sqlite" else "empty_postgres_url"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The studio's folder; made by whoever opens the store, or with its database."""
    return tmp_path / "home"


@pytest.fixture
def store(db_url: str, home: Path):
    """A store on a new database of each kind in turn, without settings from the environment."""
    opened = open_store(db_url, home, environ={})
    yield opened
    opened.close()


@pytest.fixture
def studio_url(sqlite_url: str) -> str:
    """The database of `studio`: a new SQLite file, unless a module says another."""
    return sqlite_url


@pytest.fixture
def studio(home: Path, studio_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The studio in `home`, without workers and without settings from the environment."""
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    with opened(home, db_url=studio_url) as studio:
        yield studio


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A model server with scripted replies."""
    with ScriptedServer() as listening:
        yield listening


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A service that takes notifications."""
    with Webhook() as listening:
        yield listening
