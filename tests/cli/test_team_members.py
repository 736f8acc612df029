"""Members that are teams, on the command line: what is printed of them, and answering what they ask."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, at
from tests.support.scripted_server import ScriptedServer

OFFICE = """
name: Office
agents:
  - {name: owner, role: human}
  - name: Desk
    role: team
    display_name: Front desk
    team:
      name: Clerks
      agents:
        - {name: Boss, role: human, human_input_mode: NEVER}
        - {name: Clerk, prompt: Help., step_mode: %s}
      limits: {max_rounds: 2, when_reached: end}
selection: {method: round_robin}
termination: {after_last: true}
"""


@pytest.fixture
def office(tmp_path: Path):
    def write(*, step_mode: bool = False) -> str:
        file = tmp_path / "office.yaml"
        file.write_text(OFFICE % str(step_mode).lower())
        return str(file)

    return write


class TestRun:
    def test_prints_the_result_of_a_team_and_that_it_was_at_work(
        self, agents: CommandLine, server: ScriptedServer, office
    ):
        server.script(["It is done."])
        done = agents("run", office(), "--task", "Help me", *at(server))
        assert (done.code, done.err) == (0, "")
        said = [line for line in done.out.splitlines()[1:] if line]
        assert said[0] == "owner: Help me"
        assert said[1] == "[Front desk began, in a chat of its own]"
        assert said[2].startswith("[Front desk is done: ")
        assert said[3:] == ["Front desk: It is done.", "— Ended: Front desk was the last to speak."]

    def test_says_which_chat_waits_and_an_answer_there_goes_on_at_the_top(
        self, agents: CommandLine, server: ScriptedServer, office
    ):
        server.script(["It is done."])
        first = agents("run", office(step_mode=True), "--task", "Help me", *at(server))
        assert first.code == 3
        assert f"in the chat {first.chat}-1" in first.err
        assert f"python -m agents answer {first.chat}-1 --approve" in first.out
        assert agents("resume", first.chat).code == 3
        second = agents("answer", f"{first.chat}-1", "--approve")
        assert second.code == 0, second.err
        assert "Front desk: It is done." in second.out
        assert "— Ended: Front desk was the last to speak." in second.out

    def test_lists_the_whole_chat_alone(self, agents: CommandLine, server: ScriptedServer, office):
        done = agents("run", office(), "--task", "Help me", *at(server))
        listed = agents("chats").out.splitlines()
        assert [line.split()[0] for line in listed] == [done.chat]
