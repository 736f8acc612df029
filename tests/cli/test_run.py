"""Running, answering and going on from the command line: what is printed, what is kept, and the exit codes."""

import json
import signal
import subprocess
import sys

import pytest

from tests.support.command_line import ROOT, WITHIN_S, CommandLine, at, heeds_ctrl_c
from tests.support.scripted_server import ScriptedServer


class TestRun:
    def test_a_chat_that_ends_is_printed_as_a_transcript_and_exits_with_0(
        self, agents: CommandLine, server: ScriptedServer
    ):
        server.script(["A bell.", "Better: add a bird.", "A bell with a bird.", "Good. APPROVED"])
        done = agents("run", "writer-and-critic", "--task", "Write about bells", *at(server))
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines()[0] == f"Writer and critic · chat {done.chat}"
        said = [line for line in done.out.splitlines()[1:] if line]
        assert said == [
            "Critic: Write about bells",
            "Writer: A bell.",
            "Critic: Better: add a bird.",
            "Writer: A bell with a bird.",
            "Critic: Good. APPROVED",
            "— Ended: Critic said APPROVED.",
        ]

    def test_json_is_one_event_a_line_and_nothing_else(self, agents: CommandLine, server: ScriptedServer):
        done = agents("run", "writer-and-critic", "--task", "Write", "--json", *at(server))
        assert done.code == 0
        events = done.events
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert {event["chat"] for event in events} == {done.chat}
        assert all({"chat", "seq", "at", "kind"} <= event.keys() for event in events)
        messages = [event for event in events if event["kind"] == "MessagePosted"]
        assert [message["agent"] for message in messages] == ["Critic", "Writer"] * 4
        assert all(message["content"] for message in messages)
        assert events[-1]["kind"] == "ChatEnded"
        assert agents("show", done.chat, "--json").events == events

    def test_a_chat_that_waits_exits_with_3_and_an_answer_goes_on_without_flags(
        self, agents: CommandLine, server: ScriptedServer, pair: str
    ):
        first = agents("run", pair, "--task", "Write", *at(server))
        assert first.code == 3
        assert f'python -m agents answer {first.chat} --text "..."' in first.out
        assert "Waiting for you, as Sie" in first.out
        server.script(["As you like. TERMINATE"])
        second = agents("answer", first.chat, "--text", "Shorter: für Ärzte", "--json")
        assert second.code == 3  # the person may still go on after the word
        said = [event["content"] for event in second.events if event["kind"] == "MessagePosted"]
        assert said == ["Shorter: für Ärzte", "As you like. TERMINATE"]
        assert f"answer {first.chat} --skip" in second.err
        ended = agents("answer", first.chat, "--end")
        assert ended.code == 0
        assert "ended the chat." in ended.out
        late = agents("answer", first.chat, "--text", "Too late")
        assert (late.code, late.out) == (1, "")
        assert "asks nothing now" in late.err

    def test_a_model_that_fails_exits_with_1_and_the_cure_and_another_model_goes_on(
        self, agents: CommandLine, server: ScriptedServer
    ):
        failed = agents("run", "writer-and-critic", "--task", "Write", *at(server, "fault-401"))
        assert failed.code == 1
        assert f"python -m agents answer {failed.chat} --retry" in failed.out
        assert agents("answer", failed.chat, "--retry").code == 1
        unknown = agents("answer", failed.chat, "--change-model", "gone/x")
        assert (unknown.code, unknown.err.count("\n")) == (2, 1)
        name = next(line for line in unknown.err.split() if line.startswith("127.0.0.1"))
        changed = agents("answer", failed.chat, "--change-model", f"{name.strip('.,')}/scripted-1")
        assert changed.code == 1  # the other agent's model still fails
        assert "Critic got no answer from the model." in changed.out
        shown = agents("show", failed.chat, "--json").events
        assert [event["agent"] for event in shown if event["kind"] == "MessagePosted"][:2] == ["Critic", "Writer"]

    def test_a_server_that_is_not_there_is_named_with_the_usual_causes(self, agents: CommandLine):
        done = agents("run", "writer-and-critic", "--task", "x", "--base-url", "http://127.0.0.1:1/v1", "--model", "m")
        assert done.code == 1
        assert "127.0.0.1:1" in done.out

    def test_the_key_travels_by_its_variables_name_only(self, agents: CommandLine, server: ScriptedServer):
        flags = [*at(server), "--api-key-env", "MY_KEY"]
        done = agents("run", "writer-and-critic", "--task", "x", "--json", *flags, environ={"MY_KEY": "sk-secret-123"})
        assert done.code == 0
        seen = {record.n for record in server.records}
        assert seen
        assert "sk-secret-123" not in done.out + done.err

    def test_placeholders_are_set_by_name(self, agents: CommandLine, server: ScriptedServer, tmp_path):
        file = tmp_path / "team.json"
        bells = {"name": "Bells", "prompt": "Write about {topic}."}
        team = {"name": "T", "agents": [bells, {"name": "B", "prompt": "x"}], "variables": {"topic": "cats"}}
        file.write_text(json.dumps({**team, "initiator": "B", "limits": {"max_rounds": 2, "when_reached": "end"}}))
        done = agents("run", str(file), "--task", "Go", "--set", "topic=rain", *at(server))
        assert done.code == 0
        assert "Write about rain." in json.dumps(server.records[0].messages)

    def test_every_character_is_printed_whatever_the_locale(self, agents: CommandLine, server: ScriptedServer, pair):
        server.script(["\x1b[2JÄ → 🎉\x07"])
        ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        done = agents.process("run", pair, "--task", "Schöne Grüße 🎉", *at(server), environ=ascii_only)
        assert done.code == 3
        assert "Sie: Schöne Grüße 🎉" in done.out
        assert "Writer: \\x1b[2JÄ → 🎉\\x07" in done.out
        assert "Pärchen" in agents.process("chats", environ=ascii_only).out

    def test_a_run_loads_no_queue(self, agents: CommandLine, server: ScriptedServer):
        code = (
            "import sys\nfrom agents.__main__ import main\n"
            "code = main(sys.argv[1:])\nsys.exit(code or ('dbos' in sys.modules and 9))"
        )
        arguments = ["run", "writer-and-critic", "--task", "x", *at(server)]
        done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, env=agents.environ, timeout=WITHIN_S)
        assert done.returncode == 0


class TestInterruptions:
    def test_ctrl_c_keeps_the_chat_and_says_how_to_go_on(self, agents: CommandLine, server: ScriptedServer):
        server.piece_ms = 100
        running = agents.start("run", "writer-and-critic", "--task", "x", *at(server))
        server.wait_for(lambda records: records and records[-1].n_pieces > 1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=WITHIN_S)
        assert running.returncode == 130
        chat = out.splitlines()[0].rpartition("chat ")[2]
        assert f"python -m agents resume {chat}" in err
        assert "Traceback" not in err
        server.piece_ms = 0
        resumed = agents("resume", chat, "--json")
        assert resumed.code == 0
        shown = agents("show", chat, "--json").events
        assert [event["seq"] for event in shown] == list(range(1, len(shown) + 1))
        assert sum(event["kind"] == "MessagePosted" for event in shown) == 8

    def test_ctrl_c_at_the_very_start_is_no_error(self, agents: CommandLine):
        """The interpreter says which module it loads: the signal comes in the middle of loading."""
        environ = {**agents.environ, "PYTHONVERBOSE": "1"}
        command = [sys.executable, "-m", "agents", "teams"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c
        ) as running:
            assert running.stderr
            loading = next(line for line in running.stderr if "import 'sqlalchemy.util" in line)
            running.send_signal(signal.SIGINT)
            err = loading + running.stderr.read()
        assert (running.returncode, "Traceback" in err) == (130, False)

    def test_a_killed_run_is_gone_on_with_where_it_was(self, agents: CommandLine, server: ScriptedServer):
        running = agents.start("run", "writer-and-critic", "--task", "x", "--json", *at(server, "slow"))
        server.wait_for(lambda records: len(records) > 1 and records[-1].n_pieces > 1)
        running.kill()
        out, _ = running.communicate(timeout=WITHIN_S)
        before = [json.loads(line) for line in out.splitlines()]
        chat = before[0]["chat"]
        server.script(["Good. APPROVED"] * 2)
        resumed = agents("resume", chat, "--json")
        assert resumed.code == 0
        shown = agents("show", chat, "--json").events
        assert [event["seq"] for event in shown] == list(range(1, len(shown) + 1))
        assert shown[: len(before)] == before  # what was logged and not yet printed when it died comes between
        assert shown[-len(resumed.events) :] == resumed.events
        assert shown[-1]["text"] == "Critic said APPROVED."

    def test_a_chat_that_a_living_worker_has_is_followed_and_never_taken(
        self, agents: CommandLine, server: ScriptedServer
    ):
        first = agents.start("run", "writer-and-critic", "--task", "x", "--json", *at(server, "slow"))
        server.wait_for(lambda records: records and records[-1].n_pieces > 1)
        chat = json.loads(agents("chats", "--json").out)["chat"]
        second = agents("resume", chat, "--json")
        out, _ = first.communicate(timeout=WITHIN_S)
        whole = [json.loads(line) for line in out.splitlines()]
        assert (first.returncode, second.code) == (0, 0)
        assert second.events == whole[-len(second.events) :]
        assert len({record.prompt_hash for record in server.records}) == len(server.records) == 7

    def test_an_ended_chat_goes_on_with_what_is_said(self, agents: CommandLine, server: ScriptedServer):
        chat = agents("run", "writer-and-critic", "--task", "x", *at(server)).chat
        resumed = agents("resume", chat, "--text", "Once more", "--json")
        assert resumed.code == 0
        assert [event["kind"] for event in resumed.events[:2]] == ["ChatContinued", "MessagePosted"]
        assert resumed.events[1]["content"] == "Once more"

    def test_a_reader_that_goes_away_is_no_error(self, agents: CommandLine, server: ScriptedServer):
        server.piece_ms = 50
        running = agents.start("run", "writer-and-critic", "--task", "x", "--json", *at(server))
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        err = running.stderr.read()
        running.stderr.close()
        assert running.wait(WITHIN_S) == 141
        assert "Traceback" not in err
        assert "Exception ignored" not in err


@pytest.mark.processes
class TestEmbeddedModel:
    def test_a_real_model_answers_without_key_or_network(self, agents: CommandLine, tmp_path):
        file = tmp_path / "short.yaml"
        file.write_text(
            "name: Short\nagents:\n  - {name: Asker, role: executor}\n"
            "  - {name: Writer, prompt: Answer in one short sentence., parameters: {max_tokens: 12}}\n"
            "limits: {max_rounds: 2, when_reached: end}\n"
        )
        done = agents("run", str(file), "--task", "What is the capital of France?", "--json")
        assert done.code == 0, done.err
        call = next(event for event in done.events if event["kind"] == "ModelCalled")
        assert (call["connection"], call["outcome"], call["price"]["cost_usd"]) == ("embedded", "ok", 0.0)
        assert call["usage"]["output"] > 0
        message = done.events[-2]
        assert (message["kind"], message["agent"]) == ("MessagePosted", "Writer")
        assert message["content"].strip()
