"""What becomes of the code of a message: each block decided, each run at most once, in order, until one fails."""

from pathlib import Path
from typing import Any

import pytest

from agents.chats import CodeReturned, CodeStarted, DecisionRequested, FilesChanged, Person, fold
from agents.chats.decisions import same_allowed
from agents.errors import UsageError
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.host import Host
from agents.sandbox.selection import Off
from agents.specs import SandboxSpec, load_team
from tests.support.code_legs import LEAVES_A_TRACE, TRACE, Chat, approves, report
from tests.support.legs import acts, begin, extended, facts, kinds, last, messages, nobody, play
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import requests


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


class TestABlockThatIsApproved:
    def test_runs_once_and_the_team_reads_its_output(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        log = chat.play(model, approves)
        assert chat.traces == ["ran"]
        assert report(log) == "exitcode: 0 (execution succeeded)\nCode output: done"
        order = ["DecisionRequested", "DecisionMade", "CodeStarted", "CodeReturned", "FilesChanged", "MessagePosted"]
        assert kinds(log)[6:12] == order

    def test_is_shown_in_full_before_it_runs(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        log = chat.play(model, nobody)
        (request,) = requests(log)
        assert request.payload == {"block": "b0", "language": "python", "code": LEAVES_A_TRACE}
        assert request.options == ["approve", "edit", "reject", "reply", "skip", "end"]
        assert (request.of, request.agent, chat.traces) == ("code_block", "executor", [])

    def test_says_which_files_it_made(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        log = chat.play(model, approves)
        (made,) = [r.event for r in log if isinstance(r.event, FilesChanged)]
        (change,) = made.changes
        assert (made.agent, made.cause, made.by) == ("executor", "b0", None)
        assert (change.path, change.change, change.size) == ("traces.txt", "added", 4)
        assert set(fold(log).files) == {"traces.txt"}

    def test_needs_nobody_where_a_rule_approves_its_language(
        self, chat: Chat, model: Any, server: ScriptedServer
    ) -> None:
        server.script([TRACE])
        rule = {"name": "Python", "kind": "code_block", "language": "python", "action": "approve"}
        log = chat.play(model, nobody, policies=[rule])
        assert chat.traces == ["ran"]
        assert [r.event.rule for r in log if r.event.kind == "DecisionMade"] == ["Python"]

    def test_is_for_a_person_where_it_is_longer_than_the_rule_says(
        self, chat: Chat, model: Any, server: ScriptedServer
    ) -> None:
        server.script([f"```sh\ntrue\n```\n{TRACE}"])
        rule = {"kind": "code_block", "max_chars": 10, "action": "approve"}
        log = chat.play(model, nobody, policies=[rule])
        assert [request.payload["block"] for request in fold(log).requests] == ["b1"]
        assert chat.traces == []

    def test_that_changes_no_file_tells_of_none(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([f"{TRACE}\n```sh\ncat traces.txt\n```\n{TRACE}"])
        log = chat.play(model, approves)
        made = [r.event for r in log if isinstance(r.event, FilesChanged)]
        assert [(each.cause, each.changes[0].change) for each in made] == [("b0", "added"), ("b2", "changed")]


class TestABlockThatIsNot:
    @pytest.mark.parametrize(
        ("answer", "outcome", "words"),
        [
            (
                {"verdict": "reject", "text": "too slow"},
                "rejected",
                "The reviewer rejected it: too slow. Do not",
            ),
            ({"verdict": "reply", "text": "It prints 4."}, "answered", "do not repeat it: It prints 4."),
            ({"verdict": "skip"}, "skipped", "It was skipped."),
        ],
    )
    def test_never_runs_and_the_team_is_told(
        self, chat: Chat, model: Any, server: ScriptedServer, answer: Any, outcome: str, words: str
    ) -> None:
        server.script([TRACE])
        log = chat.play(model, lambda _: answer)
        assert chat.traces == []
        assert report(log).startswith("This code was not run.")
        assert words in report(log)
        assert [r.event.outcome for r in log if isinstance(r.event, CodeReturned)] == [outcome]

    def test_is_refused_by_a_rule_with_its_reason(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\nrm -rf .\n```"])
        rule = {"kind": "code_block", "language": "sh", "action": "refuse", "reason": "no shell here"}
        log = chat.play(model, nobody, policies=[rule])
        assert "rejected it: no shell here." in report(log)

    def test_runs_as_it_was_edited_and_the_team_is_told(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```python\nprint(1 / 0)\n```"])
        log = chat.play(model, lambda _: {"verdict": "edit", "edit": {"code": "print(1 / 2)"}})
        assert "A reviewer changed the code before it ran" in report(log)
        assert "0.5" in report(log)
        assert [r.event.code for r in log if isinstance(r.event, CodeStarted)] == ["print(1 / 2)"]


class TestSeveralBlocks:
    def test_are_asked_about_together_and_run_in_order(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\necho one > a.txt\n```\nthen\n```sh\ncat a.txt\n```"])
        waiting = chat.play(model, nobody)
        assert [request.payload["block"] for request in requests(waiting)] == ["b0", "b1"]
        log = chat.play(model, approves, waiting)
        assert report(log).count("exitcode: 0") == 2
        assert report(log).endswith("Code output: one")

    def test_stop_at_the_first_that_fails(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\nexit 3\n```\n" + TRACE])
        log = chat.play(model, approves)
        assert chat.traces == []
        assert "exitcode: 3 (execution failed)" in report(log)
        assert report(log).endswith("The block after this did not run.")

    def test_stop_at_one_that_nobody_allows(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\necho no\n```\n" + TRACE])

        def answer(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "reject"} if request.payload["language"] == "sh" else {"verdict": "approve"}

        chat.play(model, answer)
        assert chat.traces == []

    @pytest.mark.parametrize("answer", [{"verdict": "skip"}, {"verdict": "reply", "text": "It prints 4."}])
    def test_go_on_after_one_that_was_left_out_or_answered(
        self, chat: Chat, model: Any, server: ScriptedServer, answer: Any
    ) -> None:
        server.script(["```sh\necho no > a.txt\n```\n" + TRACE])
        log = chat.play(model, lambda request: answer if request.payload["language"] == "sh" else approves(request))
        assert (chat.traces, set(fold(log).files)) == (["ran"], {"traces.txt"})

    def test_of_which_there_are_too_many_are_not_all_asked_about(
        self, chat: Chat, model: Any, server: ScriptedServer
    ) -> None:
        server.script(["\n".join(["```sh\ntrue\n```"] * 23)])
        log = chat.play(model, approves)
        assert len(requests(log)) == 20
        assert report(log).endswith("The 3 blocks after this did not run.")


class TestWhichCodeIsHeard:
    def test_is_that_of_the_newest_message_with_any(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        team = load_team(
            "name: Three\n"
            "agents:\n"
            "  - {name: coder, prompt: You write code.}\n"
            "  - {name: critic, prompt: You review.}\n"
            "  - {name: executor, role: executor, auto_reply: Nothing to run.}\n"
            "initiator: executor\n"
            "selection: {method: round_robin}\n"
            "limits: {max_rounds: 7, when_reached: end, max_repeats: null}\n"
        )
        server.script([TRACE, "Looks good.", "No code from me.", "Nor from me."])
        log = play(begin(team), model, approves, code=chat.code, files=chat.files)
        assert chat.traces == ["ran"]
        assert [text for agent, text in messages(log) if agent == "executor"][1:] == [
            "exitcode: 0 (execution succeeded)\nCode output: done",
            "Nothing to run.",
        ]


class TestWhereCodeCannotRun:
    def test_the_chat_goes_on_and_nobody_is_asked(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        off = CodeRunner(Off(), chat.files.run_folders(), SandboxSpec())
        log = chat.play(model, nobody, code=off)
        assert requests(log) == []
        assert last(log).kind == "ChatEnded"
        assert [r.event.outcome for r in log if isinstance(r.event, CodeReturned)] == ["unavailable"]

    def test_an_unknown_language_is_named(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```cobol\nSTOP RUN.\n```"])
        log = chat.play(model, nobody)
        assert "cobol" in report(log)
        assert requests(log) == []

    def test_on_the_machine_itself_a_rule_never_approves(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\necho unsafe\n```"])
        host = CodeRunner(Host(), chat.files.run_folders(), SandboxSpec())
        rule = {"kind": "code_block", "action": "approve"}
        log = chat.play(model, nobody, code=host, policies=[rule])
        (request,) = requests(log)
        assert fold(log).status == "waiting"
        assert request.question == "May this sh run on this machine itself, without a sandbox?"
        with pytest.raises(UsageError, match="block by block"):
            same_allowed(fold(log), request.request, Person())

    def test_on_the_machine_itself_no_approval_counts_that_was_meant_for_the_sandbox(
        self, chat: Chat, model: Any, server: ScriptedServer
    ) -> None:
        server.script([TRACE])
        log = chat.play(model, nobody)
        log = extended(log, *acts(fold(log), requests(log)[0], verdict="approve"))
        host = CodeRunner(Host(), chat.files.run_folders(), SandboxSpec())
        log = chat.play(model, nobody, log, code=host)
        assert [request.payload.get("is_isolated") for request in requests(log)] == [None, False]
        assert (fold(log).status, chat.traces) == ("waiting", [])


class TestARunThatWasCut:
    def test_is_asked_about_and_not_repeated_by_itself(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        log = chat.play(model, lambda r: None if r.payload.get("is_cut") else approves(r), loses=CodeReturned)
        assert fold(log).status == "waiting"
        request = last(log)
        assert request.options == ["retry", "reply", "skip", "end"]
        assert (request.payload["is_cut"], request.payload["attempt"]) == (True, 1)
        assert chat.traces == ["ran"]

    def test_runs_again_when_a_person_says_so(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        chat.play(model, approves, loses=CodeReturned)
        assert chat.traces == ["ran", "ran"]

    def test_is_not_run_again_by_a_rule_that_approves_it(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script([TRACE])
        rule = {"kind": "code_block", "action": "approve"}
        log = chat.play(model, nobody, loses=CodeReturned, policies=[rule])
        assert (fold(log).status, chat.traces) == ("waiting", ["ran"])

    def test_is_shown_and_run_again_as_it_was_edited(self, chat: Chat, model: Any, server: ScriptedServer) -> None:
        server.script(["```sh\necho wanted >> a.txt\n```"])
        edit = {"verdict": "edit", "edit": {"code": "echo edited >> a.txt"}}
        log = chat.play(model, lambda r: approves(r) if r.payload.get("is_cut") else edit, loses=CodeReturned)
        assert [request.payload["code"] for request in requests(log)] == [
            "echo wanted >> a.txt",
            "echo edited >> a.txt",
        ]
        assert chat.files.read("a.txt") == b"edited\nedited\n"
        assert "A reviewer changed the code before it ran" in report(log)

    def test_tells_the_team_that_its_effect_is_unknown_when_nobody_wants_it_again(
        self, chat: Chat, model: Any, server: ScriptedServer
    ) -> None:
        server.script([TRACE])
        answer = {"verdict": "skip"}
        log = chat.play(model, lambda r: answer if r.payload.get("is_cut") else approves(r), loses=CodeReturned)
        assert report(log).startswith("This code was cut off; whether it had its effect is not known.")


class TestALegCutAfterEveryEvent:
    def test_tells_the_same_and_runs_nothing_twice_unasked(
        self, tmp_path: Path, model: Any, server: ScriptedServer
    ) -> None:
        said = [f"{TRACE}\n```sh\ncat traces.txt; exit 1\n```\n{TRACE}"]
        server.script(list(said))
        whole = Chat(tmp_path / "whole").play(model, approves)
        server.script(list(said))
        cut = Chat(tmp_path / "cut")
        pieces = cut.play(model, approves, cut_after_each_event=True)
        assert cut.traces == ["ran"]
        assert messages(pieces) == messages(whole)
        assert [event.outcome for event in facts(pieces) if isinstance(event, CodeReturned)] == ["ok", "failed"]
        assert [made for made in facts(pieces) if isinstance(made, FilesChanged)] == [
            made for made in facts(whole) if isinstance(made, FilesChanged)
        ]
