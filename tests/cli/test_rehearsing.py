"""Scripts and files on the command line: what is refused in one line, and a chat that becomes a script."""

from pathlib import Path

import pytest

from agents.models.rehearsed import PACE_VARIABLE
from agents.specs import load_rehearsal
from tests.support.command_line import CommandLine
from tests.support.scripted_server import ScriptedServer

SCRIPT = "name: Mine\ntask: Write.\nsteps:\n  - {agent: Writer, says: A bell.}\n  - {agent: Critic, says: APPROVED}\n"

REFUSED = {
    "a server beside a script": (["writer-and-critic", "--rehearsed", "--base-url", "http://a/v1"], "asks no model"),
    "a script that is not there": (["writer-and-critic", "--rehearsed", "gone.yaml"], "'gone.yaml' cannot be read"),
    "a file that is not there": (["writer-and-critic", "--rehearsed", "--attach", "gone.csv"], "'gone.csv' cannot be"),
    "a script for another team": (["support-desk", "--rehearsed", "{script}"], "'Writer' speak, who is not in"),
    "real time without figures": (
        ["writer-and-critic", "--rehearsed", "{script}", "--real-time"],
        "does not say how long",
    ),
    "real time without a rehearsal": (["writer-and-critic", "--task", "x", "--real-time"], "the pace of a rehearsal"),
    "a script that is none": (["support-desk", "--rehearsed", "{script}.bad"], "steps.1.sings"),
    "a team without a rehearsal": (["{team}", "--rehearsed"], "choose one of code-review"),
}


@pytest.fixture
def script(tmp_path: Path) -> str:
    file = tmp_path / "script.yaml"
    file.write_text(SCRIPT)
    Path(f"{file}.bad").write_text(SCRIPT.replace("says: A bell.", "sings: La"))
    return str(file)


@pytest.fixture
def stage(agents: CommandLine) -> CommandLine:
    """The command line, with lines that come at once."""
    agents.environ[PACE_VARIABLE] = "0"
    return agents


class TestScripts:
    @pytest.mark.parametrize("name", REFUSED)
    def test_what_cannot_be_played_is_refused_with_one_line_and_starts_nothing(
        self, stage: CommandLine, script: str, pair: str, name: str
    ):
        arguments, words = REFUSED[name]
        done = stage("run", *(part.format(script=script, team=pair) for part in arguments))
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
        assert words in done.err
        assert stage("chats").out == ""

    def test_a_rehearsed_chat_says_so_in_its_first_line_and_in_the_list(self, stage: CommandLine):
        done = stage("run", "writer-and-critic", "--rehearsed")
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines()[0].endswith("· rehearsed: no model speaks")
        assert "Rehearsal: A letter about the stairs" in stage("chats").out

    def test_a_chat_of_a_real_model_becomes_a_script_that_plays_the_same(
        self, stage: CommandLine, server: ScriptedServer, tmp_path: Path
    ):
        server.script(["A bell.", "Better: add a bird.", "A bell with a bird.", "Good. APPROVED"])
        at = ["--base-url", server.base_url, "--model", "scripted-1"]
        first = stage("run", "writer-and-critic", "--task", "Write about bells", "--json", *at)
        chat = first.chat
        written = stage("rehearse", chat)
        assert written.code == 0
        script = load_rehearsal(written.out)
        assert script.task == "Write about bells"
        assert script.recording is not None
        assert (script.recording.model, script.recording.how) == ("scripted-1", "")
        file = tmp_path / "bells.yaml"
        file.write_text(written.out)
        server.records.clear()
        again = stage("run", "writer-and-critic", "--rehearsed", str(file), "--json")
        said = [
            [(event["agent"], event["content"]) for event in done.events if event["kind"] == "MessagePosted"]
            for done in (first, again)
        ]
        assert said[0] == said[1]
        assert server.records == [], "no model was asked"

    def test_what_a_model_took_is_in_the_script_and_shown_again_when_it_is_played(
        self, stage: CommandLine, server: ScriptedServer, tmp_path: Path
    ):
        server.script(["A bell.", "Good. APPROVED"])
        at = ["--base-url", server.base_url, "--model", "scripted-1"]
        first = stage("run", "writer-and-critic", "--task", "Write about bells", "--json", *at)
        file = tmp_path / "bells.yaml"
        file.write_text(stage("rehearse", first.chat).out)
        again = stage("run", "writer-and-critic", "--rehearsed", str(file), "--real-time", "--json")
        real, played = ([event for event in done.events if event["kind"] == "ModelCalled"] for done in (first, again))
        assert [call["usage"]["output"] for call in played] == [0, 0]
        figures = [call["recording"] for call in played]
        assert [(took["usage"], took["price"], took["duration_s"]) for took in figures] == [
            (call["usage"], {**call["price"], "as_of": ""}, call["duration_s"]) for call in real
        ]
        assert {took["model"] for took in figures} == {"scripted-1"}
        file.write_text(stage("rehearse", again.chat).out)
        assert load_rehearsal(file.read_text()).recording == load_rehearsal(stage("rehearse", first.chat).out).recording

    def test_the_same_script_is_saved_once(self, stage: CommandLine, script: str):
        runs = [stage("run", "writer-and-critic", "--rehearsed", script, "--json") for _ in range(2)]
        names = {event["connection"] for done in runs for event in done.events if event["kind"] == "ModelCalled"}
        assert len(names) == 1

    def test_a_chat_in_which_nobody_spoke_makes_no_script(self, stage: CommandLine):
        failed = stage("run", "writer-and-critic", "--task", "x", "--base-url", "http://127.0.0.1:1/v1", "--model", "m")
        done = stage("rehearse", failed.chat)
        assert (done.code, done.out) == (2, "")
        assert "nobody has spoken" in done.err


class TestFiles:
    def test_what_is_attached_is_listed_and_copied_out_and_nothing_is_overwritten(
        self, stage: CommandLine, tmp_path: Path
    ):
        table = tmp_path / "table.csv"
        table.write_text("a,b\n1,2\n")
        chat = stage("run", "writer-and-critic", "--rehearsed", "--attach", str(table)).chat.partition(" ")[0]
        assert "table.csv" in stage("files", chat).out
        out = tmp_path / "out"
        assert stage("files", chat, "--to", str(out)).code == 0
        assert (out / "table.csv").read_bytes() == table.read_bytes()
        (out / "table.csv").write_text("mine")
        again = stage("files", chat, "--to", str(out))
        assert (again.code, again.err.count("\n")) == (2, 1)
        assert (out / "table.csv").read_text() == "mine"
