"""A real PostgreSQL of the test session's own, from the machine's installed programs, gone when the session ends."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.waiting import WITHIN_S


class PostgresServer:
    """One server on a Unix socket in a temporary folder. Nothing is flushed to disk: it lives as long as the tests."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="studio-pg-", dir=_quickest_folder()))
        self._programs = _programs()
        self._as_postgres = _as_postgres()
        if self._as_postgres:
            shutil.chown(self._folder, "postgres", "postgres")
        self._n_databases = 0
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._run(
            "initdb", "--pgdata", str(self._folder / "data"), "--username", "postgres", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip
        self._launch()

    def restart(self) -> None:
        """Ends every connection and the server, then starts it on the same databases."""
        with self.stopped():
            pass

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The server has ended, and every connection with it; then it starts on the same databases."""
        self._end()
        try:
            yield
        finally:
            self._launch()

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "32MB",
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            # pdeathsig: the server also ends when the tests are killed
            self._child = subprocess.Popen(
                ["setpriv", *self._as_postgres, "--pdeathsig", "INT", str(self._programs / "postgres"),
                 "-D", str(self._folder / "data"), *arguments],
                stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        self._wait_until_it_answers()

    def new_database(self, like: str = "") -> str:
        """The URL of a new database: empty, or a copy of the one at the URL `like`, which nobody may be using."""
        self._n_databases += 1
        name = f"test_{self._n_databases}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_name_in(like) if like else 'template0'} STRATEGY file_copy")
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def drop_database(self, url: str) -> None:
        """Forgets the database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE {_name_in(url)} WITH (FORCE)")

    def stop(self) -> None:
        self._end()
        shutil.rmtree(self._folder)

    def _end(self) -> None:
        if self._child is not None:
            self._child.send_signal(2)  # SIGINT: end the connections and stop
            self._child.wait(timeout=WITHIN_S)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            ["setpriv", *self._as_postgres, str(self._programs / program), *arguments],
            capture_output=True, text=True, cwd="/", check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} failed: {done.stderr}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _wait_until_it_answers(self) -> None:
        assert self._child is not None
        address = str(self._folder / ".s.PGSQL.5432")
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline and self._child.poll() is None:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(address) == 0:
                    try:
                        self._execute("SELECT 1")
                        return
                    except psycopg.OperationalError as error:
                        if "starting up" not in str(error):
                            raise
            time.sleep(0.02)
        raise AssertionError("PostgreSQL did not start: " + (self._folder / "log").read_text())


def _quickest_folder() -> str:
    """In memory where there is room: a new database is a thousand files. Short, as socket addresses must be."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000 else "/tmp"


def _name_in(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _programs() -> Path:
    """The newest installed version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    assert on_path, "These tests need PostgreSQL's server programs; install them (apt-get install postgresql)."
    return Path(on_path).parent


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the user its package made."""
    return ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
