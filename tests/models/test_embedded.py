"""The embedded model, which is real here: it writes, survives its own death, and dies with its parent."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agents.chats import ContextTrimmed
from agents.models import EmbeddedServer, ModelClient, check_connection
from agents.models.connections import RunningModel
from agents.specs import load_team
from tests.support.legs import last, long, nobody, play
from tests.support.model_calls import drained, local_models
from tests.support.studio import LOCAL_MODEL
from tests.support.waiting import wait_until

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
BRIEFLY = {"max_tokens": 1024, "stop": ["."]}
"""Keeps half of what it can read for the reply, which then is short: reading 1,000 tokens takes seconds."""
ROOT = Path(__file__).resolve().parents[2]


TWO = """
name: Two
connection: embedded
agents:
  - {name: Ada, prompt: Answer in a word., parameters: {max_tokens: 8}}
  - {name: Ben, prompt: Answer in a word., parameters: {max_tokens: 8}}
limits: {max_rounds: 62, max_repeats: null, when_reached: end}
"""


def asks(text: str) -> list[dict]:
    return [SYSTEM, {"role": "user", "name": "Ada", "content": text}]


def is_listening(base_url: str) -> bool:
    parts = urlsplit(base_url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


class TestWriting:
    def test_it_writes_without_key_or_network(self, embedded_client: ModelClient):
        pieces, result = drained(
            embedded_client.call(
                "default", "", asks("How many days are in a week?"), {"max_tokens": 40, "temperature": 0}
            )
        )
        assert result.outcome == "ok", result.error
        assert len(pieces) > 1
        assert "seven" in result.reply.lower() or "7" in result.reply
        assert (result.connection, result.price.source, result.price.cost_usd) == ("embedded", "local", 0.0)
        assert result.usage is not None
        assert 0 < result.usage.output <= 40

    def test_it_answers_to_two_messages_of_its_own(self, embedded_client: ModelClient):
        own = [{"role": "assistant", "content": "Hello."}, {"role": "assistant", "content": "Hello again."}]
        messages = [{"role": "user", "content": "Say hello."}, *own]
        assert drained(embedded_client.call("embedded", "", messages, {"max_tokens": 4}))[1].outcome == "ok"

    def test_a_call_that_it_must_make_is_one_of_what_is_offered_and_nothing_else(self, embedded_client: ModelClient):
        word = {"type": "object", "properties": {"word": {"type": "string", "maxLength": 9}}, "required": ["word"]}
        parameters = {
            "tools": [
                {"type": "function", "function": {"name": name, "description": name, "parameters": word}}
                for name in ("look_up", "translate")
            ],
            "tool_choice": "required",
            "temperature": 1.5,
            "max_tokens": 60,
        }
        for seed in range(5):
            said = asks("Write a poem about the sea. Call no tool.")
            result = drained(embedded_client.call("embedded", "", said, {**parameters, "seed": seed}))[1]
            assert result.outcome == "ok", result.error
            calls: list[Any] = result.tool_calls
            [call] = [call["function"] for call in calls]
            assert call["name"] in ("look_up", "translate")
            assert set(json.loads(call["arguments"])) == {"word"}
            assert not result.reply

    def test_a_call_that_it_must_make_where_nothing_is_offered_is_a_reply(self, embedded_client: ModelClient):
        parameters = {"tool_choice": "required", "max_tokens": 4}
        assert drained(embedded_client.call("embedded", "", asks("Say hello."), parameters))[1].outcome == "ok"

    def test_a_prompt_longer_than_it_can_read_is_refused_with_how_much_it_can(self, embedded_client: ModelClient):
        result = drained(embedded_client.call("embedded", "", asks("word " * 5000), BRIEFLY))[1]
        assert (result.outcome, result.context_window) == ("too_long", 2_048)

    def test_a_chat_longer_than_it_can_read_goes_on(self, embedded_client: ModelClient):
        team = load_team(TWO)
        line = "We should go to the market and buy apples, pears and bread before noon. "
        log = play(long(team, 60, line * 3), embedded_client, nobody)
        assert last(log).reason == "max_rounds"
        trims = [recorded.event for recorded in log if isinstance(recorded.event, ContextTrimmed)]
        assert trims[0].n_messages > 10

    def test_members_whose_prompts_begin_alike_read_only_what_is_new(self, embedded_client: ModelClient):
        alike = "This team builds a small task manager in Python. Work in small steps and keep files short. " * 12
        task = "It adds, lists and completes tasks, and keeps them in a file of its own. " * 8
        said: list[dict] = [{"role": "user", "name": "Ada", "content": task}]
        n_read = []
        for member in "ABAB":
            messages = [{"role": "system", "content": f"{alike}You are {member}."}, *said]
            call = drained(embedded_client.call("default", "", messages, {"max_tokens": 4}, agent=member))[1]
            assert call.usage is not None, call.error
            n_read.append(call.usage.input_uncached)
            said += [{"role": "user", "name": member, "content": "I have written one more file."}]
        assert n_read[0] > 300
        assert max(n_read[2:]) < 60, "the task was read again"

    def test_the_test_button_says_that_it_answers(self, embedded_client: ModelClient):
        report = check_connection("embedded", embedded_client)
        assert report.is_ok, report.text
        assert report.models == [LOCAL_MODEL]


class TestLiving:
    def test_it_is_started_again_when_it_was_killed(self, embedded_client: ModelClient):
        server = embedded_client.embedded
        assert isinstance(server, EmbeddedServer)
        before = server.ensure()
        assert server.ensure() == before
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: server.pid is None)
        result = drained(embedded_client.call("embedded", "", asks("Say hello."), {"max_tokens": 8}))[1]
        assert result.outcome == "ok", result.error
        assert server.ensure().api_key != before.api_key

    def test_a_reply_cut_by_its_death_is_a_dropped_call(self, embedded_client: ModelClient):
        server = embedded_client.embedded
        assert isinstance(server, EmbeddedServer)
        call = embedded_client.call("embedded", "", asks("Tell a long story."), {"max_tokens": 500})
        next(call)
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        result = drained(call)[1]
        assert result.outcome == "dropped"
        assert "Press Retry" in result.error

    def test_many_first_calls_start_one_server(self):
        server = EmbeddedServer(local_models())
        found: list[RunningModel] = []
        threads = [threading.Thread(target=lambda: found.append(server.ensure())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(found) == 8
        assert len(set(found)) == 1
        server.close()  # after the threads that asked for it are gone: it has lived on
        assert not is_listening(found[0].base_url)

    def test_it_outlives_the_thread_that_asked_for_it(self, embedded_client: ModelClient):
        server = embedded_client.embedded
        found: list[RunningModel] = []
        thread = threading.Thread(target=lambda: found.append(server.ensure()))
        thread.start()
        thread.join(60)
        result = drained(embedded_client.call("embedded", "", asks("Say hello."), {"max_tokens": 8}))[1]
        assert result.outcome == "ok", result.error
        assert server.ensure() == found[0]

    def test_killing_its_parent_ends_it(self):
        code = (
            "import json, threading; from agents.models import EmbeddedServer;"
            "from tests.support.model_calls import local_models; server = EmbeddedServer(local_models());"
            "found = server.ensure(); print(json.dumps([found.base_url, found.api_key, server.pid]), flush=True);"
            "threading.Event().wait()"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
            assert parent.stdout
            base_url, key, pid = json.loads(parent.stdout.readline())
            assert is_listening(base_url)
            command = Path(f"/proc/{pid}/cmdline").read_text()
            assert "embedded_server" in command
            assert key not in command + Path(f"/proc/{pid}/environ").read_text()
            parent.kill()
        wait_until(lambda: not is_listening(base_url))
