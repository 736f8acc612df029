"""A tool that is under way when its leg is cut: the leg is over at once, whatever the tool does, and the log says no
more than it knows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.chats import ChatContinued, Person, fold
from agents.chats.decisions import stopped
from agents.engine import Streamed, leg_events
from agents.tools import ChatTools, ToolRegistry
from tests.support.legs import Log, begin, extended, kinds, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import calling, pair_with_tools, requests, returned
from tests.support.waiting import allowed_s

PLUGIN = '''
import threading
from pathlib import Path

FOLDER = Path({folder!r})

def send_mail(to: str) -> str:
    """Send a mail, when it may."""
    (FOLDER / "begun").touch()
    while not (FOLDER / "may-end").exists():
        threading.Event().wait(0.01)
    return f"sent to {{to}}"
'''


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[ChatTools]:
    """A toolbox whose mail is not sent before the test ends."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "slow.py").write_text(PLUGIN.format(folder=str(tmp_path)))
    yield ToolRegistry(plugins).for_chat(None)
    (tmp_path / "may-end").touch()


@contextmanager
def under_way(log: Log, model: Any, tools: ChatTools, begun: Path) -> Iterator[tuple[Any, Log]]:
    """(the leg, its log) while its call is under way; the leg is closed afterwards."""
    leg = leg_events(fold(log), model, tools)
    for item in leg:
        if isinstance(item, Streamed):
            assert item.text == ""
            if begun.exists():
                break
            continue
        log = extended(log, *(item if isinstance(item, tuple) else (item,)))
    yield leg, log
    leg.close()


class TestALegWhoseToolIsUnderWay:
    def test_lets_its_reader_look_up_and_is_over_at_once(
        self, model: Any, slow: ChatTools, server: ScriptedServer, tmp_path: Path
    ) -> None:
        server.script([calling(("send_mail", {"to": "bob"}))])
        log = begin(pair_with_tools(policies=[{"action": "approve"}]))
        with under_way(log, model, slow, tmp_path / "begun") as (leg, _):
            start = time.monotonic()
            assert [next(leg).text for _ in range(3)] == [""] * 3
            assert time.monotonic() - start < allowed_s(3)
            start = time.monotonic()
            leg.close()
            assert time.monotonic() - start < allowed_s(0.2)

    def test_and_that_is_stopped_leaves_a_beginning_and_no_end_in_the_log(
        self, model: Any, slow: ChatTools, server: ScriptedServer, tmp_path: Path
    ) -> None:
        server.script([calling(("send_mail", {"to": "bob"}))])
        log = begin(pair_with_tools(policies=[{"action": "approve"}]))
        with under_way(log, model, slow, tmp_path / "begun") as (leg, log):
            leg.close()
        log = extended(log, *stopped(fold(log), Person()))
        assert kinds(log)[-2:] == ["ToolStarted", "ChatEnded"]
        assert returned(log) == []
        log = play(extended(log, ChatContinued(by=Person())), model, nobody, tools=slow)
        assert requests(log)[-1].payload["is_cut"]
        assert "nobody knows whether it had its effect" in requests(log)[-1].question
