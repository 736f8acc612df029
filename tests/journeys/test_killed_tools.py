"""A tool that is killed while it runs: what it may have done is asked about, and it is never run again by itself."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from agents.chats import DecisionRequested, ToolReturned, ToolStarted
from agents.specs import TeamSpec, team_from_dict
from tests.support.conversations import start
from tests.support.screens import Screens
from tests.support.scripted_replies import Reply, Request
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, descendants, is_alive, studio_running
from tests.support.waiting import wait_until

PLUGIN = '''
from pathlib import Path

from agents.tools import idempotent

HERE = Path(__file__).parent

def wire(to: str) -> str:
    """Sends money, and waits for the receipt."""
    return _sent(to)

@idempotent
def look_up(to: str) -> str:
    """Looks somebody up, and waits for the answer."""
    return _sent(to)

def _sent(to: str) -> str:
    with (HERE / f"{to}.sent").open("a") as file:
        file.write("sent\\n")
    return (HERE / f"{to}.receipt").open().read()
'''


@pytest.fixture(scope="module")
def studio(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio of the module's own, whose agents can send money and look people up."""
    folder = tmp_path_factory.mktemp("killed-tools")
    plugins = folder / "home" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "bank.py").write_text(PLUGIN)
    model.script(orders, model="banker")
    address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "scripted"}
    with studio_running(folder, **address) as process:
        yield process


def orders(request: Request) -> Reply:
    """The banker's model: "wire Ann" is a call of that tool, and it repeats what a tool says."""
    heard = str(request.messages[-1].get("content"))
    if request.messages[-1]["role"] == "tool":
        return Reply(f"The tool says: {heard}")
    order = re.fullmatch(r"(wire|look_up) (\S+)", heard)
    if order is None:
        return Reply("Whom?")
    function = {"name": order[1], "arguments": json.dumps({"to": order[2]})}
    call = {"id": f"call_{request.n}", "type": "function", "function": function}
    return Reply("", tool_calls=[call], finish_reason="tool_calls")


def bank() -> TeamSpec:
    """A person, and a banker whose every call is approved by a rule."""
    banker = {"name": "Banker", "prompt": "You obey.", "model": "banker", "tools": ["wire", "look_up"]}
    agents = [{"name": "You", "role": "human"}, banker]
    return team_from_dict({"name": "Bank", "agents": agents, "policies": [{"name": "All", "action": "approve"}]})


class Tool:
    """The tool of one test: how often it had its effect, and the receipt for which it waits."""

    def __init__(self, studio: StudioProcess, to: str):
        self._sent, self._receipt = (studio.home / "plugins" / f"{to}.{what}" for what in ("sent", "receipt"))
        os.mkfifo(self._receipt)

    @property
    def n_sent(self) -> int:
        return len(self._sent.read_text().splitlines()) if self._sent.exists() else 0

    def answer(self, text: str) -> None:
        """Lets the run that waits go on; returns once it has read that."""
        self._receipt.write_text(text)


def power_cut(studio: StudioProcess) -> None:
    """`kill -9` of every process, and a start."""
    studio.kill(with_workers=True)
    studio.start()


def web_killed(studio: StudioProcess) -> None:
    """`kill -9` of the web process, whose worker leaves then whatever hangs in it, and a start."""
    studio.kill()
    studio.start()


def worker_killed(studio: StudioProcess) -> None:
    """`kill -9` of the workers alone; the studio starts others."""
    workers = descendants(studio.pid)
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in workers), what="the workers are gone")


def events(studio: StudioProcess, chat: str, kind: type[Any]) -> list[Any]:
    with studio.data() as data:
        return [recorded.event for recorded in data.local.chats.log(chat) if isinstance(recorded.event, kind)]


@pytest.mark.parametrize("cut", [power_cut, web_killed, worker_killed], ids=lambda cut: cut.__name__)
class TestAToolKilledWhileItRuns:
    def test_is_asked_about_and_not_run_again(
        self, open_screen: Screens, studio: StudioProcess, cut: Callable[[StudioProcess], None]
    ):
        to = f"Ann-{cut.__name__}"
        tool, screen = Tool(studio, to), open_screen()
        chat = start(studio, bank(), f"wire {to}")
        screen.open_chat(chat)
        wait_until(lambda: tool.n_sent == 1, what="the tool runs")
        cut(studio)
        screen.open_chat(chat)
        card = screen.keyed("chat_asked")
        expect(card).to_contain_text("It may have had an effect: it started once")
        expect(screen.button("Approve", card)).to_have_count(0)
        (asked,) = events(studio, chat, DecisionRequested)[-1:]
        assert (asked.payload["tool"], asked.payload["is_cut"]) == ("wire", True)
        screen.press_more("Answer instead", card)
        card.locator("textarea").fill("The bank has it")
        screen.press("Answer", card)
        expect(screen.messages.last).to_contain_text("The bank has it")
        screen.expect_my_turn()
        assert tool.n_sent == 1
        assert len(events(studio, chat, ToolStarted)) == 1
        assert [returned.outcome for returned in events(studio, chat, ToolReturned)] == ["answered"]
        screen.expect_no_traceback()

    def test_that_may_run_twice_is_run_again_and_nobody_is_asked(
        self, open_screen: Screens, studio: StudioProcess, cut: Callable[[StudioProcess], None]
    ):
        to = f"Bob-{cut.__name__}"
        tool, screen = Tool(studio, to), open_screen()
        chat = start(studio, bank(), f"look_up {to}")
        wait_until(lambda: tool.n_sent == 1, what="the tool runs")
        cut(studio)
        wait_until(lambda: tool.n_sent == 2, what="the tool runs again")
        tool.answer("Bob is here")
        screen.open_chat(chat)
        expect(screen.messages.last).to_contain_text("The tool says: Bob is here")
        screen.expect_my_turn()
        assert tool.n_sent == 2
        assert [asked.of for asked in events(studio, chat, DecisionRequested) if asked.payload.get("is_cut")] == []
        assert [returned.outcome for returned in events(studio, chat, ToolReturned)] == ["ok"]
