"""Packages that code imports and its Python lacks: asked for before the code runs, installed once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.chats import CodeReturned, CodeStarted, DecisionMade, DecisionRequested, fold
from agents.sandbox.code_runner import CodeRunner
from agents.sandbox.host import Host
from agents.sandbox.python_env import PythonEnvironment
from agents.specs import SandboxSpec
from tests.support import package_index
from tests.support.code_legs import LEAVES_A_TRACE, Chat, approves, report
from tests.support.legs import Log, acts, extended, kinds, last, messages, nobody
from tests.support.package_index import LATELY, PackageIndex
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import requests

ANY_CODE = {"kind": "code_block", "action": "approve"}
ANY_PACKAGE = {"name": "Packages", "kind": "package", "action": "approve"}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """An index with two packages that nothing speaks against."""
    with package_index.served(monkeypatch) as served:
        served.add("ledgerline", "1.4")
        served.add("brasswork", "2.0")
        yield served


@pytest.fixture
def chat(tmp_path: Path, sandbox_python: PythonEnvironment) -> Chat:
    return Chat(tmp_path, sandbox_python)


def python(*modules: str) -> str:
    """A block that imports them and leaves a trace."""
    imported = "".join(f"import {module}\nprint('has {module}', {module}.VERSION)\n" for module in modules)
    return f"```python\n{imported}{LEAVES_A_TRACE}\n```"


def packages(log: Log) -> list[DecisionRequested]:
    """The packages that were asked for, of people and of rules."""
    return [request for request in requests(log) if request.of == "package"]


def outcomes(log: Log) -> list[tuple[str, str]]:
    """(block or install, outcome) of all that was to run, in order."""
    return [(r.event.block, r.event.outcome) for r in log if isinstance(r.event, CodeReturned)]


def started(log: Log) -> list[str]:
    return [r.event.block for r in log if isinstance(r.event, CodeStarted)]


def only_of_packages(request: DecisionRequested) -> dict[str, Any] | None:
    """A person who has gone when a package is asked for."""
    return None if request.of == "package" else approves(request)


class TestAPackageThatIsApproved:
    def test_is_named_with_its_version_before_anything_is_installed_or_run(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        log = chat.play(model, only_of_packages)
        (request,) = packages(log)
        assert request.question == "Install ledgerline 1.4 from the package index into this chat's environment?"
        assert request.options == ["approve", "reject", "end"]
        assert request.payload == {
            "block": "b0", "module": "ledgerline", "package": "ledgerline", "version": "1.4", "doubts": [],
        }  # fmt: skip
        assert (fold(log).status, started(log), index.fetched, chat.traces) == ("waiting", [], [], [])

    def test_is_there_when_the_code_runs_and_stays_for_the_chat(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([f"{python('ledgerline')}\n{python('ledgerline')}"])
        log = chat.play(model, approves)
        assert report(log).count("has ledgerline 1.4\ndone") == 2
        assert outcomes(log) == [("b0:ledgerline", "ok"), ("b0", "ok"), ("b1", "ok")]
        assert (len(packages(log)), len(chat.traces)) == (1, 2)
        assert set(index.fetched) == {"ledgerline-1.4-py3-none-any.whl"}
        first = log.index(next(recorded for recorded in log if recorded.event == packages(log)[0]))
        assert kinds(log)[first : first + 6] == [
            "DecisionRequested", "DecisionMade", "CodeStarted", "CodeReturned", "CodeStarted", "CodeReturned",
        ]  # fmt: skip

    def test_is_not_asked_for_again_in_a_later_turn(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")] * 2)
        log = chat.play(model, approves, limits={"max_rounds": 5, "when_reached": "end", "max_repeats": None})
        assert (len(packages(log)), len(chat.traces), started(log).count("b0:ledgerline")) == (1, 2, 1)

    def test_that_pip_is_told_of_is_asked_for_in_the_version_that_is_wanted(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        index.add("ledgerline", "1.3")
        server.script(["```sh\npip install ledgerline==1.3\npython -c 'import ledgerline as l; print(l.VERSION)'\n```"])
        log = chat.play(model, approves)
        assert [(request.payload["module"], request.payload["version"]) for request in packages(log)] == [("", "1.3")]
        assert report(log).endswith("1.3")


class TestAPackageThatIsNotAllowed:
    def test_keeps_the_code_from_running_and_the_team_is_told_why(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([f"{python('ledgerline')}\n{python()}"])

        def answer(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "reject", "text": "use csv"} if request.of == "package" else approves(request)

        log = chat.play(model, answer)
        assert report(log) == (
            "This code was not run: it needs ledgerline. The reviewer rejected installing it: use csv. "
            "Do without it.\n\nThe block after this did not run."
        )
        assert (outcomes(log), chat.traces, index.fetched) == ([("b0", "rejected")], [], [])

    def test_may_end_the_chat(self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex) -> None:
        server.script([python("ledgerline")])
        log = chat.play(model, lambda r: {"verdict": "end"} if r.of == "package" else approves(r))
        assert (last(log).reason, chat.traces, index.fetched) == ("person", [], [])


class TestRules:
    def test_approve_a_package_that_nothing_speaks_against(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        rule = {"name": "Ledgers", "kind": "package", "package": "ledger*", "action": "approve"}
        log = chat.play(model, nobody, policies=[ANY_CODE, rule])
        made = [r.event.rule for r in log if isinstance(r.event, DecisionMade)]
        assert made == ["approve code", "Ledgers"]
        assert chat.traces == ["ran"]

    def test_of_code_say_nothing_about_packages(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        log = chat.play(model, nobody, policies=[ANY_CODE])
        assert (fold(log).status, len(packages(log)), index.fetched) == ("waiting", 1, [])

    def test_refuse_one_with_their_reason(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        rule = {"name": "None", "kind": "package", "action": "refuse", "reason": "what is there is enough"}
        log = chat.play(model, nobody, policies=[ANY_CODE, rule])
        assert "The rule 'None' rejected installing it: what is there is enough. Do without it." in report(log)
        assert (outcomes(log), chat.traces, index.fetched) == ([("b0", "refused")], [], [])


class TestOnTheMachineItself:
    def test_no_rule_approves_an_install(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex, sandbox_python: PythonEnvironment
    ) -> None:
        server.script([python("ledgerline")])
        host = CodeRunner(Host(sandbox_python.folder), chat.files.run_folders(), SandboxSpec(), sandbox_python)
        log = chat.play(model, only_of_packages, code=host, policies=[ANY_PACKAGE])
        assert (fold(log).status, len(packages(log)), index.fetched) == ("waiting", 1, [])

    def test_what_was_approved_for_the_sandbox_is_asked_anew(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex, sandbox_python: PythonEnvironment
    ) -> None:
        server.script([python("ledgerline")])
        log = chat.play(model, only_of_packages)
        log = extended(log, *acts(fold(log), packages(log)[0], verdict="approve"))
        host = CodeRunner(Host(sandbox_python.folder), chat.files.run_folders(), SandboxSpec(), sandbox_python)
        log = chat.play(model, only_of_packages, log, code=host)
        assert [request.payload.get("is_isolated") for request in packages(log)] == [None, False]
        assert (fold(log).status, index.fetched) == ("waiting", [])


class TestADoubtfulPackage:
    @pytest.mark.parametrize(
        ("module", "doubt"),
        [
            ("freshly", "It is new: its first version was uploaded 3 days ago."),
            ("zz_made_up", "There is no package of this name on the index."),
            ("reqeusts", "Its name is nearly that of the popular package"),
        ],
    )
    def test_is_for_a_person_whatever_the_rules_say(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex, module: str, doubt: str
    ) -> None:
        index.add("freshly", upload=LATELY)
        server.script([python(module)])
        log = chat.play(model, nobody, policies=[ANY_CODE, ANY_PACKAGE])
        (request,) = packages(log)
        assert doubt in str(request.payload["doubts"])
        assert (fold(log).status, index.fetched, chat.traces) == ("waiting", [], [])

    def test_is_installed_when_a_person_wants_it_all_the_same(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        index.add("freshly", upload=LATELY)
        server.script([python("freshly")])
        assert "has freshly 1.0" in report(chat.play(model, approves))

    def test_is_one_that_is_built_from_source_and_its_build_sees_nothing_of_the_chat(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        index.add_source("clayfoot")
        chat.files.save("secret.txt", b"mine")
        server.script(["```python\nimport clayfoot, os\nprint(clayfoot.SEEN, os.path.exists('secret.txt'))\n```"])
        log = chat.play(model, approves, policies=[ANY_CODE, ANY_PACKAGE])
        (request,) = packages(log)
        assert "It comes as source only" in str(request.payload["doubts"])
        assert report(log).endswith("Code output: [] True")

    def test_is_one_that_cannot_be_looked_up_and_its_install_fails_in_words(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        index.go_offline()
        server.script([python("ledgerline")])
        log = chat.play(model, approves, policies=[ANY_CODE, ANY_PACKAGE])
        (request,) = packages(log)
        assert request.question.startswith("Install ledgerline from the package index")
        assert "The package index cannot be reached from here" in str(request.payload["doubts"])
        assert report(log).startswith("This code was not run: it needs ledgerline, which could not be installed.")
        assert (outcomes(log), chat.traces) == ([("b0:ledgerline", "failed"), ("b0", "unavailable")], [])


class TestAnInstallThatFails:
    def test_for_a_version_that_there_is_not_keeps_the_code_from_running(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([f"```sh\npip install ledgerline==9.9; touch ran.txt\n```\n{python()}"])
        log = chat.play(model, approves)
        assert "it needs ledgerline, which could not be installed" in report(log)
        assert "9.9" in report(log)
        assert report(log).endswith("The block after this did not run.")
        assert (set(fold(log).files), chat.traces) == (set(), [])

    def test_of_one_that_does_not_help_is_not_asked_for_twice(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        index.add("hollow", module="elsewhere")
        server.script(["```python\nimport hollow\n```"])
        waiting = chat.play(model, only_of_packages)
        index.add("hollow", "2.0", module="elsewhere")
        package_index.forget()
        log = chat.play(model, approves, waiting)
        assert (len(packages(log)), outcomes(log)) == (1, [("b0:hollow", "ok"), ("b0", "failed")])
        assert "No module named 'hollow'" in report(log)


class TestSeveralPackages:
    def test_of_a_block_are_asked_for_together_and_installed_one_after_the_other(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline", "brasswork")])
        waiting = chat.play(model, only_of_packages)
        assert [request.payload["package"] for request in fold(waiting).requests] == ["brasswork", "ledgerline"]
        log = chat.play(model, approves, waiting)
        assert outcomes(log) == [("b0:brasswork", "ok"), ("b0:ledgerline", "ok"), ("b0", "ok")]
        assert "has ledgerline 1.4\nhas brasswork 2.0\ndone" in report(log)

    def test_of_which_one_is_rejected_are_not_installed_and_the_code_does_not_run(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline", "brasswork")])
        log = chat.play(
            model, lambda r: {"verdict": "reject"} if r.payload.get("package") == "ledgerline" else approves(r)
        )
        assert "it needs ledgerline. The reviewer rejected installing it." in report(log)
        assert (outcomes(log), chat.traces, index.fetched) == ([("b0", "rejected")], [], [])


class TestAnEditedBlock:
    def test_is_asked_about_what_it_imports_now(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        edit = {"verdict": "edit", "edit": {"code": "import brasswork\nprint(brasswork.VERSION)"}}
        log = chat.play(model, lambda r: edit if r.of == "code_block" else approves(r))
        assert [request.payload["package"] for request in packages(log)] == ["brasswork"]
        assert report(log).endswith("Code output: 2.0")

    def test_needs_no_package_that_was_edited_out(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        edit = {"verdict": "edit", "edit": {"code": LEAVES_A_TRACE}}
        log = chat.play(model, lambda r: edit)
        assert (packages(log), chat.traces) == ([], ["ran"])


class TestALegThatIsCut:
    def test_in_mid_install_installs_again_and_asks_nobody(
        self, chat: Chat, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        server.script([python("ledgerline")])
        log = chat.play(model, approves, loses=CodeReturned)
        assert started(log) == ["b0:ledgerline", "b0"]
        assert not any(request.payload.get("is_cut") for request in requests(log))
        assert (len(packages(log)), chat.traces) == (1, ["ran"])

    def test_after_every_event_tells_the_same_as_a_whole_one(
        self, tmp_path: Path, sandbox_python: PythonEnvironment, model: Any, server: ScriptedServer, index: PackageIndex
    ) -> None:
        said = [python("ledgerline", "brasswork")]
        server.script(list(said))
        whole = Chat(tmp_path / "whole", sandbox_python).play(model, approves)
        server.script(list(said))
        cut = Chat(tmp_path / "cut", sandbox_python)
        log = cut.play(model, approves, cut_after_each_event=True)
        assert (messages(log), outcomes(log)) == (messages(whole), outcomes(whole))
        assert (len(packages(log)), cut.traces) == (2, ["ran"])
