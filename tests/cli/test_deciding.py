"""Deciding from the command line: what is asked is printed with the command that answers it, and that command works."""

import json
import shlex
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import WITHIN_S, CommandLine, Done, at, team
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

PLUGIN = '''
from pathlib import Path

def pay(to: str, amount: float) -> str:
    """Pay someone."""
    with open(Path(__file__).parent.parent / "paid.txt", "a", encoding="utf-8") as file:
        file.write(f"{to} {amount:g}\\n")
    return f"paid {amount:g} to {to}"
'''


def call(n: int = 0, **arguments: Any) -> dict[str, Any]:
    function = {"name": "pay", "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"id": f"call_{n}", "type": "function", "function": function}


def paying(*calls: dict[str, Any]) -> Reply:
    return Reply(text=None, tool_calls=list(calls), finish_reason="tool_calls")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The studio's folder, with a tool that leaves a trace."""
    folder = tmp_path / "home"
    (folder / "plugins").mkdir(parents=True)
    (folder / "plugins" / "shop.py").write_text(PLUGIN)
    return folder


@pytest.fixture
def payers(tmp_path: Path) -> str:
    """A team file: a boss who gives the task, and a clerk who pays."""
    return team(tmp_path, "payers", agents=[{"name": "Boss", "role": "executor"}, {"name": "Clerk", "tools": ["pay"]}])


def paid(home: Path) -> list[str]:
    file = home / "paid.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def commands(done: Done) -> list[list[str]]:
    """What the text says to type behind `python -m agents`, as a shell would read it."""
    lines = [line.strip() for line in (done.out + done.err).splitlines()]
    typed = [shlex.split(line, comments=True) for line in lines if line.startswith("python -m agents")]
    return [words[3:] for words in typed]


class TestAToolCall:
    @pytest.fixture
    def asked(self, agents: CommandLine, server: ScriptedServer, payers: str, home: Path) -> Done:
        server.script([paying(call(to="Zoë", amount=12)), "Done. TERMINATE"])
        done = agents("run", payers, "--task", "Pay Zoë", *at(server))
        assert done.code == 3, done.err
        assert paid(home) == []
        return done

    def test_it_is_printed_with_its_arguments_and_a_command_for_each_answer(self, asked: Done):
        assert '[Clerk wants to call pay(to="Zoë", amount=12)]' in asked.out
        assert "Clerk calls pay:" in asked.out
        assert 'to = "Zoë"' in asked.out
        assert "amount = 12" in asked.out
        options = [words[2] for words in commands(asked)]
        assert options == ["--approve", "--edit", "--reject", "--text", "--skip", "--end"]
        assert all(words[-2] == "--request" for words in commands(asked))

    def test_approving_runs_it_once(self, agents: CommandLine, asked: Done, home: Path):
        approve = next(words for words in commands(asked) if "--approve" in words)
        done = agents(*approve, "--as", "Ann")
        assert done.code == 0, done.err
        assert paid(home) == ["Zoë 12"]
        assert "[Ann approved pay, called by Clerk]" in done.out
        assert "[pay · done after" in done.out
        assert "paid 12 to Zoë]" in done.out
        late = agents(*approve)
        assert (late.code, late.err.count("\n")) == (1, 1)
        assert "Ann has already answered this (approve)" in late.err
        assert paid(home) == ["Zoë 12"]

    def test_an_edit_from_a_file_runs_the_edited_call(
        self, agents: CommandLine, asked: Done, home: Path, server: ScriptedServer, tmp_path: Path
    ):
        (tmp_path / "edit.json").write_text('{"to": "Zoë", "amount": 7}', encoding="utf-8")
        done = agents("answer", asked.chat, "--edit", str(tmp_path / "edit.json"), "--as", "Ann")
        assert done.code == 0, done.err
        assert paid(home) == ["Zoë 7"]
        assert "Ann changed and approved pay" in done.out
        assert '[Clerk calls pay(to="Zoë", amount=7)]' in done.out
        assert "Do not repeat the call as it was" in json.dumps(server.records[-1].messages)

    def test_arguments_are_changed_one_by_one_by_their_names(self, agents: CommandLine, asked: Done, home: Path):
        done = agents("answer", asked.chat, "--value", "amount=7", "--value", "to=Ann=Zoë")
        assert (done.code, paid(home)) == (0, ["Ann=Zoë 7"])

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            (["--value", "amount"], "is not FIELD=VALUE"),
            (["--value", "amount=7", "--approve"], "not allowed with"),
        ],
    )
    def test_a_value_has_a_name_and_no_other_answer_beside_it(
        self, agents: CommandLine, asked: Done, home: Path, typed: list[str], said: str
    ):
        done = agents("answer", asked.chat, *typed)
        assert (done.code, done.err.count("\n"), paid(home)) == (2, 1, [])
        assert said in done.err

    def test_an_edit_comes_from_standard_input_too(self, agents: CommandLine, asked: Done, home: Path):
        edit = b'{"to": "Bob", "amount": 1}'
        assert agents("answer", asked.chat, "--edit", "-", given=edit).code == 0
        assert paid(home) == ["Bob 1"]

    @pytest.mark.parametrize(
        ("given", "said"),
        [(b"{", "no JSON"), (b"[1]", "no object"), (b"\xff", "not UTF-8"), (b"[" * 100_000, "no JSON")],
    )
    def test_an_edit_that_cannot_be_meant_changes_nothing(
        self, agents: CommandLine, asked: Done, home: Path, given: bytes, said: str
    ):
        done = agents("answer", asked.chat, "--edit", "-", given=given)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert said in done.err
        assert paid(home) == []
        assert len(agents("requests", "--json").events) == 1

    def test_a_rejected_call_never_runs_and_the_agent_reads_why(
        self, agents: CommandLine, asked: Done, home: Path, server: ScriptedServer
    ):
        done = agents("answer", asked.chat, "--reject", "Too much.", "--as", "Ann")
        assert done.code == 0, done.err
        assert "[Ann rejected pay, called by Clerk: Too much.]" in done.out
        assert "Too much." in json.dumps(server.records[-1].messages)
        assert paid(home) == []

    def test_json_beside_an_answer_has_the_decision_with_who(self, agents: CommandLine, asked: Done):
        done = agents("answer", asked.chat, "--skip", "--as", "Ann", "--json")
        made = next(event for event in done.events if event["kind"] == "DecisionMade")
        assert (made["verdict"], made["by"]) == ("skip", {"name": "Ann", "is_verified": False})

    def test_for_the_chat_approves_the_next_one_without_asking(
        self, agents: CommandLine, asked: Done, home: Path, server: ScriptedServer
    ):
        server.script([paying(call(to="Bob", amount=5)), "Done. TERMINATE"])
        done = agents("answer", asked.chat, "--approve", "--for-chat")
        assert done.code == 0, done.err
        assert paid(home) == ["Zoë 12", "Bob 5"]
        assert "for the rest of this chat (rule " in done.out

    def test_for_the_chat_goes_with_approval_only(self, agents: CommandLine, asked: Done):
        done = agents("answer", asked.chat, "--skip", "--for-chat")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "--for-chat belongs to --approve" in done.err

    def test_an_answer_that_was_not_offered_is_bad_usage(self, agents: CommandLine, asked: Done):
        done = agents("answer", asked.chat, "--raise", "20")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "choose one of approve, edit" in done.err

    def test_show_tells_what_happened_and_what_is_asked(self, agents: CommandLine, asked: Done):
        before = agents("show", asked.chat)
        assert commands(before) == commands(asked)
        agents("answer", asked.chat, "--reject", "Too much.", "--as", "Ann")
        after = agents("show", asked.chat)
        assert "[Clerk wants to call pay" in after.out
        assert "[Ann rejected pay, called by Clerk: Too much.]" in after.out
        assert "[pay · rejected, not run · Clerk reads:" in after.out
        assert commands(after) == []


class TestSeveralCalls:
    def test_each_is_answered_by_its_request(
        self, agents: CommandLine, server: ScriptedServer, payers: str, home: Path
    ):
        server.script([paying(call(0, to="Ann", amount=1), call(1, to="Bob", amount=2)), "Done. TERMINATE"])
        asked = agents("run", payers, "--task", "Pay both", *at(server))
        assert asked.code == 3
        unclear = agents("answer", asked.chat, "--approve")
        assert (unclear.code, unclear.err.count("\n")) == (2, 1)
        assert 'for pay(to="Ann", amount=1)' in unclear.err
        first, second = [event["request"] for event in agents("requests", "--json").events]
        assert f"--request {first}" in unclear.err
        assert f"--request {second}" in unclear.err
        one = agents("answer", asked.chat, "--reject", "no", "--request", first)
        assert one.code == 3
        assert f"--approve --request {second}" in one.out
        assert paid(home) == []
        assert agents("answer", asked.chat, "--approve").code == 0
        assert paid(home) == ["Bob 2"]


class TestOtherKinds:
    def test_a_message_in_step_mode_is_shown_and_edited_as_text(
        self, agents: CommandLine, server: ScriptedServer, tmp_path: Path
    ):
        file = team(
            tmp_path, "steps", agents=[{"name": "Boss", "role": "executor"}, {"name": "Writer"}], step_mode=True
        )
        server.script(["A first\ndraft."])
        asked = agents("run", file, "--task", "Write", *at(server))
        assert asked.code == 3
        assert "Writer wants to say:" in asked.out
        assert "[cut]" not in asked.out
        server.script(["Done. TERMINATE"])
        done = agents("answer", asked.chat, "--edit", "-", given="A better\ndraft: schön.\n".encode())
        assert done.code == 3
        assert "Writer: A better\ndraft: schön.\n" in done.out

    def test_a_limit_is_raised_to_a_number_above_what_is_used(
        self, agents: CommandLine, server: ScriptedServer, tmp_path: Path
    ):
        file = team(tmp_path, "short", agents=[{"name": "A"}, {"name": "B"}], limits={"max_rounds": 2})
        asked = agents("run", file, "--task", "Talk", *at(server))
        assert asked.code == 3
        assert "Used: 2 of 2." in asked.out
        raising = next(words for words in commands(asked) if "--raise" in words)
        low = agents(*raising[:3], "2")
        assert (low.code, low.err.count("\n")) == (2, 1)
        for wrong in ("N", "0", "-3", "inf", "nan"):
            refused = agents("answer", asked.chat, f"--raise={wrong}")
            assert (refused.code, refused.err.count("\n")) == (2, 1), wrong
        server.script(["Good. TERMINATE"])
        assert agents(*raising[:3], "4").code in (0, 3)
        shown = agents("show", asked.chat)
        assert "raised the limit to 4" in shown.out

    def test_who_speaks_next_is_a_command_for_each_name(
        self, agents: CommandLine, server: ScriptedServer, tmp_path: Path
    ):
        members = [{"name": "Boss", "role": "executor"}, {"name": "Q_A"}, {"name": "Dev"}]
        file = team(tmp_path, "manual", agents=members, selection={"method": "manual"})
        asked = agents("run", file, "--task", "Go", *at(server))
        assert asked.code == 3
        chosen = [words for words in commands(asked) if "--choose" in words and "Dev" in words]
        assert len(chosen) == 1
        done = agents(*chosen[0], "--json")
        said = [event["agent"] for event in done.events if event["kind"] == "MessagePosted"]
        assert said == ["Dev"]


class TestRequests:
    def test_lists_what_waits_across_chats_and_nothing_else(
        self, agents: CommandLine, server: ScriptedServer, payers: str, pair: str, home: Path
    ):
        assert agents("requests").out == ""
        server.script(["Hello."])
        waiting = agents("run", pair, "--task", "Write", *at(server))
        server.script([paying(call(to="Zoë", amount=12))])
        asked = agents("run", payers, "--task", "Pay", *at(server))
        listed = agents("requests", "--json").events
        assert [(event["chat"], event["kind"]) for event in listed] == [
            (waiting.chat, "human_turn"),
            (asked.chat, "tool_call"),
        ]
        assert listed[1]["payload"]["arguments"] == {"to": "Zoë", "amount": 12}
        assert len(listed[1]["digest"]) == 64
        assert "approve" in listed[1]["options"]
        text = agents("requests", "--kind", "tool_call").out
        assert asked.chat in text
        assert "Payers: Pay" in text
        assert waiting.chat not in text
        assert len(agents("requests", "--json", "--limit", "1").events) == 1
        agents("answer", waiting.chat, "--end")
        assert [event["chat"] for event in agents("requests", "--json").events] == [asked.chat]

    def test_an_unknown_kind_is_bad_usage_that_names_them(self, agents: CommandLine):
        done = agents("requests", "--kind", "thing")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "human_turn, tool_call" in done.err


class TestInterrupting:
    def test_what_is_said_is_the_next_turn_and_a_pause_waits_after_the_one_under_way(
        self, agents: CommandLine, server: ScriptedServer
    ):
        has_paused = threading.Event()
        server.script([Reply("A draft of a few words.", waits_for=has_paused)])
        running = agents.start("run", "writer-and-critic", "--task", "x", *at(server))
        server.wait_for(lambda records: records, 60)
        chat = agents("chats", "--json").events[0]["chat"]
        assert agents("pause", chat, "--as", "Ann").code == 0
        said = agents("say", chat, "--text", "Mind the birds", "--as", "Ann")
        has_paused.set()
        assert said.code == 0, said.err
        out, err = running.communicate(timeout=WITHIN_S)
        assert running.returncode == 3, err
        assert "Ann asked for a pause" in out
        assert "--continue" in out
        server.script(["Good. APPROVED"] * 2)
        on = agents("answer", chat, "--continue")
        assert on.code == 0, on.err
        shown = agents("show", chat).out
        assert "[Ann said, for the next turn:" in shown
        assert "Critic: Mind the birds" in shown

    @pytest.mark.parametrize("act", [["pause"], ["say", "--text", "x"]])
    def test_a_chat_that_has_ended_takes_neither(self, agents: CommandLine, server: ScriptedServer, act: list[str]):
        chat = agents("run", "writer-and-critic", "--task", "x", *at(server)).chat
        agents("stop", chat)
        done = agents(act[0], chat, *act[1:])
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
