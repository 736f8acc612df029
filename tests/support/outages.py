"""The ways in which a database stops doing what it is asked, and what each page and each command then says.

Run as a file, this is a process with a small disk of its own: `python -m tests.support.outages full FOLDER`.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from agents.cli.arguments import parser
from agents.errors import OutageError
from agents.store import database
from agents.studio import Studio
from pages import MAIN
from tests.support.app_pages import open_screen, played, shown, words
from tests.support.command_line import ROOT, CommandLine
from tests.support.studio import opened

TECHNICAL = re.compile(r"Traceback|sqlite3|psycopg|OperationalError|DatabaseError|Errno|is locked|malformed|defect")
"""What nobody is to read."""
SAID = re.compile(r"not saved|may not be saved|was not changed|changed nothing|Nothing is lost|Nothing was changed")
"""What became of the work."""


@contextmanager
def locked(file: Path, *, also_reading: bool = True) -> Iterator[None]:
    """Another program keeps the file for itself; without `also_reading` it only writes."""
    with patch.object(database, "BUSY_TIMEOUT_S", 0.05), closing(sqlite3.connect(file, isolation_level=None)) as other:
        if also_reading:
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def damaged(file: Path) -> Iterator[None]:
    """The pages that hold the chats are overwritten."""
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = reader.execute("PRAGMA page_size").fetchone()
        roots = reader.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name IN ('chats', 'events', 'requests')")
        pages = [page for (page,) in roots if page]
    before = file.read_bytes()
    with file.open("r+b") as content:
        for page in pages:
            content.seek((page - 1) * size)
            content.write(b"\xa5" * size)
    yield
    file.write_bytes(before)


@contextmanager
def newer(file: Path) -> Iterator[None]:
    """A newer version of the studio has changed the tables."""

    def change(*statements: str) -> None:
        with closing(sqlite3.connect(file)) as writer:
            for statement in statements:
                writer.execute(statement)
            writer.commit()

    with closing(sqlite3.connect(file)) as reader:
        (version,) = reader.execute("SELECT version_num FROM studio_version").fetchone()
    change("UPDATE studio_version SET version_num = '9999'", "ALTER TABLE chats RENAME COLUMN title TO headline")
    yield
    change(f"UPDATE studio_version SET version_num = '{version}'", "ALTER TABLE chats RENAME COLUMN headline TO title")


Outage = Callable[[], AbstractContextManager[None]]
"""Begins one, and ends it."""

OF_A_FILE: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "locked": locked,
    "damaged": damaged,
    "newer": newer,
}
"""Kind -> what begins it on a SQLite file, and ends it."""


def screens(studio: Studio) -> list[tuple[str, dict[str, str]]]:
    """(name, its address's parameters) of every page, alone and with what it can have open, on a studio that has it."""
    chat = played(studio, "Ask me", question="Which colour?")
    ended = played(studio, "End", end="It is done.")
    opens = {
        "chat": [{"chat": chat}, {"chat": ended}],
        "inbox": [{"chat": chat, "request": "2-human_turn-1"}],
        "teams": [{"team": "gallery:product-team"}],
        "timeline": [{"chat": ended}],
        "costs": [{"chat": ended}],
        "audit": [{"chat": chat}],
    }
    names = sorted(file.stem for file in MAIN.parent.glob("*.py") if file.stem not in ("__init__", MAIN.stem))
    return [(name, query) for name in names for query in [{}, *opens.get(name, [])]]


def wrong_pages(studio: Studio, during: Outage, *, is_read: bool = False) -> list[str]:
    """Open every page `during` an outage; what is wrong with what they say. `is_read`: only writing fails, so they show
    what they always do."""
    wrong = []
    all_screens = screens(studio)
    healthy = {name: AppTest.from_file(str(MAIN), default_timeout=60).run() for name, _ in all_screens}
    with during():
        for name, query in all_screens:
            page = open_screen(name, healthy[name], **query)
            text = "\n".join(told := outages_on(page))
            if page.exception:
                wrong.append(f"{name} {query}: {[box.value for box in page.exception]}")
            elif TECHNICAL.search(text) or (text and not SAID.search(text)):
                wrong.append(f"{name} {query} says: {text}")
            elif not is_read and not text and name in ("home", "chat", "inbox"):
                wrong.append(f"{name} {query} says nothing: {words(page)}")
            elif len(told) > 1:
                wrong.append(f"{name} {query} says it {len(told)} times: {text}")
    for name, query in all_screens:
        page = open_screen(name, healthy[name], **query)
        if page.exception or outages_on(page):
            wrong.append(f"{name} {query} did not come back: {outages_on(page)}")
    return wrong


def outages_on(page: AppTest) -> list[str]:
    """The errors that the page shows, but for what it shows of a studio that runs no code."""
    return [str(box.value) for box in page.error if "STUDIO" not in str(box.value)]


def verbs(chat: str, team: str) -> dict[str, list[str]]:
    """Command -> what it is called with; of every command that there is."""
    given = {
        "answer": [chat, "--skip", "--detach"],
        "audit": [],
        "chats": [],
        "check": [team],
        "completion": ["bash"],
        "doctor": [],
        "export": [chat],
        "files": [chat],
        "import": [team],
        "models": [],
        "pause": [chat],
        "rehearse": [chat],
        "requests": [],
        "resume": [chat],
        "run": [team, "--task", "Hello"],
        "say": [chat, "--text", "Hello"],
        "show": [chat],
        "stop": [chat],
        "teams": [],
    }
    of_processes = {"serve", "worker"}
    there = {name for action in parser()._actions if isinstance(action.choices, dict) for name in action.choices}
    assert there == {*given, *of_processes}, "say here how the new command is called"
    return given


def wrong_commands(commands: CommandLine, chat: str, team: str, during: Outage) -> list[str]:
    """Run every command `during` an outage; what is wrong with what they print."""
    wrong, n_failed = list[str](), 0
    commands.environ["STUDIO_LOCAL_MODEL"] = "off"
    with during():
        for verb, arguments in verbs(chat, team).items():
            done = commands(verb, *arguments)
            n_failed += done.code == 1
            if done.code == 0 and not done.err:
                continue
            is_one_line = done.err.count("\n") == 1 and done.err.startswith("studio: ")
            is_told = is_one_line and bool(SAID.search(done.err))
            if verb == "doctor":
                is_told = "FAILED" in done.out and not done.err
            if done.code != 1 or not is_told or TECHNICAL.search(done.err):
                wrong.append(f"{verb}: {done.code} {done.out[-400:]} {done.err}")
    return wrong if n_failed > 5 else [*wrong, f"only {n_failed} commands failed"]


def on_a_small_disk(kind: str, folder: Path) -> list[str]:
    """What is wrong on pages and of commands in a process whose `folder` is a disk of its own, which is then full or
    read-only."""

    @contextmanager
    def full() -> Iterator[None]:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file:
            for n_bytes in (65_536, 4_096, 1):
                try:
                    while file.write(b"x" * n_bytes):
                        continue
                except OSError:
                    continue
        yield
        filler.unlink()

    @contextmanager
    def read_only() -> Iterator[None]:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)

    begin = {"full": full, "read_only": read_only}[kind]
    home, team = folder / "home", folder / "pair.yaml"
    team.write_text("name: Pair\nagents:\n  - {name: User, role: human}\n  - {name: Writer, prompt: Write.}\n")
    with opened(home, sandbox="off") as studio, shown(studio):
        chat = played(studio, "Hello", question="What now?")
        during = let_go(studio, begin)
        wrong = wrong_pages(studio, during, is_read=kind == "full")
        with during():
            for act in (
                lambda: studio.local.chats.rename(chat, "Other"),
                lambda: studio.as_("Ann").files.attach(chat, [("a.txt", b"x" * 100_000)]),
                lambda: studio.as_("Ann").chats.start(studio.local.teams.from_gallery("product-team"), "Hello"),
            ):
                wrong += _wrong_act(act)
    return wrong + wrong_commands(CommandLine(home), chat, str(team), begin)


def let_go(studio: Studio, begin: Outage) -> Outage:
    """The same outage, begun and ended while `studio` holds no connection."""

    @contextmanager
    def during() -> Iterator[None]:
        studio.store.db.dispose()
        with begin():
            yield
            studio.store.db.dispose()

    return during


def _wrong_act(act: Callable[[], object]) -> list[str]:
    try:
        act()
    except OutageError as outage:
        return [] if not TECHNICAL.search(str(outage)) else [str(outage)]
    return [f"{act} was done on a disk that takes nothing"]


def small_disk(kind: str, place: Path) -> list[str]:
    """`on_a_small_disk` in a process of its own; root of its own namespace, whoever runs the tests."""
    place.mkdir()
    mount = f'mount -t tmpfs -o size=24m tmpfs "$1" && exec "{sys.executable}" -m tests.support.outages {kind} "$1"'
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", *user, "--mount", "sh", "-ec", mount, "sh", str(place)],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3_000:]
    wrong: list[str] = json.loads(done.stdout.splitlines()[-1])
    return wrong


if __name__ == "__main__":
    print(json.dumps(on_a_small_disk(sys.argv[1], Path(sys.argv[2]))))
