"""Python of the plugins folder decides who speaks next and when a chat is over; a failure waits for a person."""

from pathlib import Path
from typing import Any

import pytest

from agents.chats import ChatContinued, DecisionRequested, Person, SpeakerSelected, fold
from agents.chats.requests import FunctionFailureRequest
from agents.specs import load_team
from agents.specs.team_warnings import unknown_functions
from agents.text.states import waiting_line
from agents.tools import ToolRegistry
from agents.tools.chat_function import ChatFunction
from tests.support.deciders import decided, deciders
from tests.support.legs import begin, extended, facts, four, kinds, last, messages, nobody, play, replies
from tests.support.scripted_server import ScriptedServer


@pytest.fixture
def functions(tmp_path: Path) -> ToolRegistry:
    return deciders(tmp_path / "plugins")


def speakers(log: Any) -> list[tuple[str, str]]:
    return [(event.agent, event.method) for event in facts(log) if isinstance(event, SpeakerSelected)]


def failure(log: Any) -> FunctionFailureRequest:
    request = fold(log).request
    assert request is not None
    assert isinstance(request.asked, FunctionFailureRequest)
    return request.asked


class TestASpeakerSelection:
    def test_chooses_in_place_of_a_model(self, functions: Any, model: Any, server: ScriptedServer) -> None:
        log = play(begin(decided("backwards")), model, nobody, functions=functions)
        assert speakers(log) == [(name, "function") for name in ("QA", "Dev", "PM", "user")]
        assert not any(record.is_selection for record in server.records)

    def test_may_leave_it_to_a_method(self, functions: Any, model: Any, server: ScriptedServer) -> None:
        log = play(begin(decided("by_method", max_rounds=6)), model, replies, functions=functions)
        assert [method for _, method in speakers(log)] == ["manual", "random", "auto", "round_robin", "manual"]

    def test_that_names_a_method_once_does_not_change_the_teams_own(
        self, functions: Any, model: Any, server: ScriptedServer
    ) -> None:
        log = play(begin(decided("dev_once", method="round_robin")), model, nobody, functions=functions)
        assert speakers(log)[0] == ("Dev", "function")
        assert {method for _, method in speakers(log)[1:]} == {"auto"}

    def test_that_chooses_nobody_ends_the_chat(self, functions: Any, model: Any) -> None:
        log = play(begin(decided("nobody")), model, nobody, functions=functions)
        assert (last(log).reason, last(log).text) == ("no_speaker", "The function nobody chose nobody.")

    def test_is_held_to_who_may_speak_after_whom(self, functions: Any, model: Any) -> None:
        spec = decided("backwards").model_dump()
        spec["selection"]["transitions"] = {"user": ["PM", "Dev"], "PM": ["user"], "Dev": ["user"], "QA": ["user"]}
        log = play(begin(type(decided()).model_validate(spec)), model, nobody, functions=functions)
        assert failure(log).error == (
            "it returned 'QA'; expected one of PM, Dev, auto, round_robin, random, manual, or None"
        )

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("stranger", "it returned 'Nobody'; expected one of user, PM, Dev, QA, auto"),
            ("number", "it returned 7; expected"),
            ("broken_speaker", "KeyError: 'no "),
            ("exits", "SystemExit"),
            ("meddles", "FrozenInstanceError"),
            ("gone", "it is not in the plugins folder"),
            ("after_three", "it is not in the plugins folder"),
        ],
    )
    def test_that_fails_waits_for_a_person_who_may_go_on_without_it(
        self, name: str, text: str, functions: Any, model: Any, server: ScriptedServer
    ) -> None:
        log = play(begin(decided(name, max_rounds=3, method="round_robin")), model, nobody, functions=functions)
        assert text in failure(log).error
        request = fold(log).request
        assert request is not None
        assert request.options == ["retry", "skip", "end"]
        assert waiting_line(request, {}).startswith(f"Paused: The function {name} could not choose who speaks next: ")

        def skips(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "skip"}

        log = play(log, model, skips, functions=functions)
        assert speakers(log) == [("PM", "round_robin"), ("Dev", "round_robin")]
        assert kinds(log).count("DecisionRequested") == 2

    def test_that_fails_is_tried_again_and_may_be_mended_meanwhile(
        self, functions: Any, model: Any, tmp_path: Path
    ) -> None:
        file = tmp_path / "plugins" / "deciders.py"
        answers = iter(["retry", "mend"])

        def retries(request: DecisionRequested) -> dict[str, Any] | None:
            if next(answers, None) == "mend":
                file.write_text(file.read_text().replace('raise KeyError("no \\x1b[31mkey")', 'return "QA"'))
            return {"verdict": "retry"}

        log = play(begin(decided("broken_speaker", max_rounds=2)), model, retries, functions=functions)
        assert (kinds(log).count("DecisionRequested"), speakers(log)) == (2, [("QA", "function")])

    def test_that_hangs_waits_for_a_person(self, model: Any) -> None:
        import threading

        released = threading.Event()

        def hangs(chat: Any) -> None:
            released.wait()

        function = ChatFunction(hangs, "selection", "own.py", timeout_s=0.2)

        class Hanging:
            def decide(self, name: str, purpose: str, chat: Any) -> Any:
                return function.call(chat)

        try:
            log = play(begin(decided("hangs")), model, nobody, functions=Hanging())
            assert failure(log).error == "it gave no answer within 0.2 s"
        finally:
            released.set()


class TestATermination:
    def test_ends_the_chat_and_says_why(self, functions: Any, model: Any, server: ScriptedServer) -> None:
        log = play(begin(decided("", "after_three")), model, nobody, functions=functions)
        assert (last(log).reason, last(log).text) == ("function", "Three are enough.")
        assert len(messages(log)) == 3

    def test_that_says_yes_is_named(self, functions: Any, model: Any) -> None:
        log = play(begin(decided("", "at_once")), model, nobody, functions=functions)
        assert (last(log).text, len(messages(log))) == ("The function at_once ended the chat.", 2)

    def test_does_not_end_a_continued_chat_by_what_was_before(self, functions: Any, model: Any) -> None:
        log = play(begin(decided("", "after_three", max_rounds=9)), model, nobody, functions=functions)
        log = play(extended(log, ChatContinued(by=Person())), model, nobody, functions=functions)
        assert (last(log).reason, len(messages(log))) == ("function", 6)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("broken_end", "RuntimeError: it is late"),
            ("list_end", "it returned ['yes']; expected True, False or a text that says why"),
            ("gone", "it is not in the plugins folder"),
        ],
    )
    def test_that_fails_waits_for_a_person(self, name: str, text: str, functions: Any, model: Any) -> None:
        log = play(begin(decided("", name, max_rounds=3)), model, nobody, functions=functions)
        assert (failure(log).error, failure(log).purpose) == (text, "termination")
        request = fold(log).request
        assert request is not None
        assert "could not say whether the chat is over" in request.question

        def skips(request: DecisionRequested) -> dict[str, Any]:
            return {"verdict": "skip"}

        log = play(log, model, skips, functions=functions)
        assert (last(log).reason, len(messages(log))) == ("max_rounds", 3)


class TestALegCutAfterEveryEvent:
    @pytest.mark.parametrize("selection", ["backwards", "dev_once", "broken_speaker", ""])
    @pytest.mark.parametrize("termination", ["after_three", "broken_end", ""])
    def test_makes_the_same_chat(
        self, selection: str, termination: str, functions: Any, model: Any, server: ScriptedServer
    ) -> None:
        def decides(request: DecisionRequested) -> dict[str, Any] | None:
            return {"verdict": "skip"} if request.of == "function_failure" else replies(request)

        spec = decided(selection, termination, max_rounds=6)
        whole = play(begin(spec), model, decides, functions=functions)
        asked = [record.messages for record in server.records]
        server.records.clear()
        cut = play(begin(spec), model, decides, functions=functions, cut_after_each_event=True)
        assert facts(cut) == facts(whole)
        assert [record.messages for record in server.records] == asked
        assert last(whole).kind == "ChatEnded"


class TestThePluginsFolder:
    def test_tells_functions_that_decide_from_tools(self, functions: ToolRegistry) -> None:
        assert "plain" in functions.tools()
        assert "backwards" not in functions.tools()
        found = {name: function.decides for name, function in functions.functions().items()}
        assert (found["backwards"], found["after_three"]) == ("selection", "termination")
        assert functions.functions()["after_three"].description == "When three messages are new."
        assert not functions.broken()

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("async def f(chat): return None", "f is async or a generator"),
            ("def f(): return None", "f must take one argument, the chat, and nothing else."),
            ("def f(chat, more): return None", "f must take one argument"),
        ],
    )
    def test_says_what_keeps_a_function_from_deciding(self, code: str, text: str, tmp_path: Path) -> None:
        head = "from agents.tools import speaker_selection\n@speaker_selection\n"
        (tmp_path / "own.py").write_text(f"{head}{code}\n")
        (broken,) = ToolRegistry(tmp_path).broken()
        assert text in broken.text


class TestTeams:
    def test_that_name_a_function_which_is_not_there_are_told(self) -> None:
        team = decided("gone", "backwards")
        known = {"backwards": "selection", "after_three": "termination"}
        found = {weak.path: weak.text for weak in unknown_functions(team, known)}
        assert found["selection.function"].startswith(
            "There is no function named 'gone' for this; there are: backwards."
        )
        assert found["termination.function"].startswith("There is no function named 'backwards' for this;")
        assert unknown_functions(four("{method: auto}"), {}) == []

    def test_of_two_may_have_them_too(self, functions: Any, model: Any) -> None:
        members = "[{name: A, prompt: You talk.}, {name: B, prompt: You talk.}]"
        team = load_team(f"name: T\nagents: {members}\ntermination: {{function: after_three}}")
        log = play(begin(team), model, nobody, functions=functions)
        assert last(log).text == "Three are enough."
