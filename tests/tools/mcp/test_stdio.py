"""Servers that are programs: started clean, called, hung, dead and ended, with real processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from agents.cancellation import drain
from agents.tools.mcp import McpError, Sessions
from agents.tools.mcp.session import SlowError
from tests.support.mcp_servers import SUPPORT, plain, served, text
from tests.support.studio_process import is_alive
from tests.support.waiting import WITHIN_S, allowed_s, wait_until

ROOT = Path(__file__).parents[3]


def environment(sessions: Sessions, server, **where) -> dict[str, Any]:
    return dict(json.loads(text(drain(sessions.call(server, "environment", {}, **where)))))


class TestCalling:
    def test_its_tools_are_listed_and_called(self, sessions):
        assert {"add", "fail", "picture"} <= {tool.name for tool in sessions.tools(served()).tools}
        assert text(drain(sessions.call(served(), "add", {"a": 2, "b": 3}))) == "5"

    def test_one_run_serves_many_calls_at_once(self, sessions, tmp_path):
        server = plain(tmp_path)
        drain(sessions.call(server, "count", {}))
        counts: list[int] = []
        threads = [
            threading.Thread(target=lambda: counts.append(int(text(drain(sessions.call(server, "count", {}))))))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(counts) == list(range(2, 10))

    def test_calls_that_come_while_it_starts_share_the_start(self, sessions, tmp_path):
        server = plain(tmp_path)
        pids: list[int] = []
        threads = [threading.Thread(target=lambda: pids.append(environment(sessions, server)["pid"])) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pids) == 4
        assert len(set(pids)) == 1

    def test_a_failure_that_it_tells_is_its_result(self, sessions):
        result = drain(sessions.call(served(), "fail", {"why": "no such row"}))
        assert result.is_error
        assert "no such row" in text(result)

    def test_what_is_printed_between_messages_is_passed_over(self, sessions, tmp_path):
        server = plain(tmp_path, says={"noisy": True, "tools": [{"name": "x", "inputSchema": {"type": "object"}}]})
        assert [tool.name for tool in sessions.tools(server).tools] == ["x"]
        assert text(drain(sessions.call(server, "x", {}))) == "called"


class TestWhereItRuns:
    def test_it_gets_a_clean_environment_and_its_own_variables(self, sessions, tmp_path, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-studio")
        found: dict[str, str] = environment(sessions, plain(tmp_path, env={"MY_TOKEN": "abc"}))["env"]
        assert found["MY_TOKEN"] == "abc"
        assert found["PATH"] == os.environ["PATH"]
        assert "sk-of-the-studio" not in str(found)
        assert not [name for name in found if name.startswith(("STUDIO_", "PYTEST"))]

    def test_a_shared_one_has_a_folder_of_its_own_and_is_one_for_all_chats(self, sessions, tmp_path):
        (one, two) = (
            environment(sessions, plain(tmp_path), chat=chat, folder=tmp_path / chat) for chat in ("c1", "c2")
        )
        assert one["pid"] == two["pid"]
        assert one["folder"] == str(tmp_path / "home" / "mcp" / "plain")

    def test_one_for_each_chat_is_told_the_folder_of_its_files_and_never_started_there(self, sessions, tmp_path):
        server = plain(tmp_path, "{workspace}/x", scope="chat")
        found = [
            environment(sessions, server, chat=chat, folder=tmp_path / chat / "files") for chat in ("c1", "c2", "c1")
        ]
        assert found[0]["pid"] == found[2]["pid"] != found[1]["pid"]
        assert {each["folder"] for each in found} == {str(tmp_path / "home" / "mcp" / "plain")}
        assert [each["args"] for each in found[:2]] == [[str(tmp_path / chat / "files/x")] for chat in ("c1", "c2")]

    def test_a_changed_one_is_started_anew_and_the_former_ends(self, sessions, tmp_path):
        before = int(environment(sessions, plain(tmp_path, version="1"))["pid"])
        assert int(environment(sessions, plain(tmp_path, version="2"))["pid"]) != before
        wait_until(lambda: not is_alive(before))


class TestFailing:
    def test_one_that_cannot_be_started_says_why(self, sessions, tmp_path):
        server = plain(tmp_path)
        for command, why in [("no-such-program", "No such file"), ("/etc/passwd", "Permission denied")]:
            bad = type(server)(server.spec.model_copy(update={"command": command}), server.secrets, command)
            with pytest.raises(McpError) as error:
                sessions.tools(bad)
            assert why in str(error.value)

    def test_one_that_dies_in_mid_call_is_an_error_and_starts_again_at_the_next(self, sessions, tmp_path):
        with pytest.raises(McpError) as error:
            drain(sessions.call(plain(tmp_path), "die", {}))
        assert str(error.value) == (
            'It ended with code 3. It last printed "disk full". Whether the call had its effect is not known.'
        )
        assert text(drain(sessions.call(plain(tmp_path), "count", {}))) == "1"

    def test_one_that_is_killed_in_mid_call_is_an_error_and_starts_again_at_the_next(self, sessions, tmp_path):
        file, errors = tmp_path / "pid", []

        def call() -> None:
            try:
                drain(sessions.call(plain(tmp_path, timeout_s=60), "slow", {"path": str(file), "seconds": 60}))
            except McpError as error:
                errors.append(str(error))

        thread = threading.Thread(target=call)
        thread.start()
        wait_until(lambda: file.exists() and file.read_text() != "")
        os.kill(int(file.read_text()), signal.SIGKILL)
        thread.join(WITHIN_S)
        assert len(errors) == 1
        assert "Whether the call had its effect is not known." in errors[0]
        assert text(drain(sessions.call(plain(tmp_path, timeout_s=60), "count", {}))) == "1"

    def test_one_that_dies_between_calls_is_started_again_unnoticed(self, sessions, tmp_path):
        pid = int(environment(sessions, plain(tmp_path))["pid"])
        assert sessions.n_running == 1
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: sessions.n_running == 0)
        assert text(drain(sessions.call(plain(tmp_path), "count", {}))) == "1"

    def test_a_slow_call_is_given_up_and_the_next_one_does_not_wait_for_it(self, sessions, tmp_path):
        file = tmp_path / "pid"
        server = plain(tmp_path, timeout_s=3)
        text(drain(sessions.call(server, "count", {})))
        start = time.monotonic()
        with pytest.raises(SlowError) as error:
            drain(sessions.call(server, "slow", {"path": str(file), "seconds": 60}))
        assert time.monotonic() - start < allowed_s(4)
        assert str(error.value).startswith("It gave no answer within 3 s.")
        pid = int(file.read_text())
        assert text(drain(sessions.call(server, "count", {}))) == "1"
        wait_until(lambda: not is_alive(pid))

    def test_one_that_never_answers_is_given_up(self, tmp_path):
        sessions = Sessions(tmp_path / "home", start_s=0.5)
        with pytest.raises(SlowError) as error:
            sessions.tools(plain(tmp_path, says={"mute": True}))
        assert "did not answer within 0.5 s of its start" in str(error.value)
        sessions.close()

    def test_a_message_without_end_ends_it_and_not_us(self, sessions, tmp_path):
        with pytest.raises(McpError) as error:
            drain(sessions.call(plain(tmp_path, says={"endless": True}), "x", {}))
        assert "more than 16 MiB" in str(error.value)


class TestACallThatIsGivenUp:
    def test_is_over_at_once_and_so_is_a_server_that_does_not_listen(self, sessions, tmp_path):
        file = tmp_path / "pid"
        call = sessions.call(plain(tmp_path, timeout_s=60), "slow", {"path": str(file), "seconds": 60})
        while not (file.exists() and file.read_text()):
            assert next(call) == ""
        start = time.monotonic()
        call.close()
        assert time.monotonic() - start < allowed_s(0.2)
        wait_until(lambda: not is_alive(int(file.read_text())), within_s=allowed_s(2))
        assert text(drain(sessions.call(plain(tmp_path, timeout_s=60), "count", {}))) == "1"

    def test_is_told_to_the_server_and_leaves_the_calls_of_others_alone(self, sessions, tmp_path):
        calls = {name: sessions.call(served(), "wait", {"folder": str(tmp_path), "name": name}) for name in ("a", "b")}
        while not all((tmp_path / f"{name}-begun").exists() for name in calls):
            assert [next(call) for call in calls.values()] == ["", ""]
        calls["a"].close()
        wait_until(lambda: (tmp_path / "a-cancelled").exists())
        (tmp_path / "b-may-end").touch()
        assert text(drain(calls["b"])) == "waited"
        assert not (tmp_path / "b-cancelled").exists()

    def test_while_its_server_starts_is_over_at_once(self, sessions, tmp_path):
        call = sessions.call(plain(tmp_path, says={"mute": True}), "x", {})
        assert next(call) == ""
        start = time.monotonic()
        call.close()
        assert time.monotonic() - start < allowed_s(0.2)


class TestEnding:
    def test_closing_cancels_calls_and_leaves_nothing_running(self, tmp_path):
        sessions, file, errors = Sessions(tmp_path / "home"), tmp_path / "pid", []

        def call() -> None:
            try:
                drain(sessions.call(plain(tmp_path, timeout_s=60), "slow", {"path": str(file), "seconds": 60}))
            except McpError as error:
                errors.append(str(error))

        thread = threading.Thread(target=call)
        thread.start()
        wait_until(lambda: file.exists() and file.read_text() != "")
        start = time.monotonic()
        sessions.close()
        thread.join(WITHIN_S)
        assert time.monotonic() - start < allowed_s(5)
        assert len(errors) == 1
        assert not is_alive(int(file.read_text()))
        with pytest.raises(McpError, match="studio is ending"):
            drain(sessions.call(plain(tmp_path), "count", {}))

    def test_one_that_nobody_calls_ends_by_itself(self, tmp_path):
        sessions = Sessions(tmp_path / "home", idle_s=0.2)
        pid = int(environment(sessions, plain(tmp_path))["pid"])
        wait_until(lambda: not is_alive(pid))
        assert text(drain(sessions.call(plain(tmp_path), "count", {}))) == "1"
        sessions.close()

    @pytest.mark.parametrize("says", [{}, {"deaf": True}])
    def test_killing_the_studio_ends_it_even_when_it_will_not_go(self, tmp_path, says):
        server = plain(tmp_path, says=says)
        script = (
            "import os, sys\n"
            "from pathlib import Path\n"
            "from agents.specs.mcp_server import McpSecrets, McpServerSpec\n"
            "from agents.cancellation import drain\n"
            "from agents.tools.mcp import Server, Sessions\n"
            f"spec = McpServerSpec(name='x', command={server.spec.command!r}, args={server.spec.args!r})\n"
            "drain(Sessions(Path(sys.argv[1])).call(Server(spec, McpSecrets(), '1'), 'x', {}))\n"
            "print('called', flush=True)\n"
            "sys.stdin.read()\n"
        )
        studio = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "home")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert studio.stdout is not None
        assert studio.stdout.readline() == b"called\n"
        pids = running(server.spec.args[-1])
        assert len(pids) == 2  # the keeper and the program
        studio.kill()
        studio.communicate()
        wait_until(lambda: running(server.spec.args[-1]) == [])


def running(argument: str) -> list[int]:
    """Process ids of those started with that last argument."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and (folder / "cmdline").read_bytes().split(b"\0")[-2:-1] == [argument.encode()]:
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return [pid for pid in found if is_alive(pid)]


def test_the_keeper_stands_alone():
    """It runs with nothing but the standard library, isolated, so that it starts at once."""
    keeper = ROOT / "agents/sandbox/process_guard.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(keeper), "0", "1", "", "sh", "-c", "echo $((40 + 2)); exit 7"],
        stdin=subprocess.PIPE if sys.stdin is None else None,
        stdout=subprocess.PIPE,
        check=False,
        cwd=SUPPORT,
    )
    assert (done.stdout, done.returncode) == (b"42\n", 7)
