"""The lesson's systems from beginning to end on the command line: rehearsed words, and code that really runs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.sandbox.python_env import PythonEnvironment
from agents.specs import dump_rehearsal
from agents.specs.gallery import rehearsals
from tests.support.rehearsals import ENDED, FAILED, WAITS, Played, approves

FIBONACCI = "0\n1\n1\n2\n3\n5\n8\n13\n21\n34\n"


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return Played(tmp_path / "home")


def outcomes(played: Played) -> list[str]:
    return [event["outcome"] for event in played.of("CodeReturned")]


def assert_rehearsed(played: Played) -> None:
    """Every model call is marked, and cost nothing; the log has no gap."""
    calls = played.of("ModelCalled")
    assert calls
    assert {(call["price"]["source"], call["price"]["cost_usd"]) for call in calls} == {("rehearsed", 0.0)}
    assert [event["seq"] for event in played.events] == list(range(1, len(played.events) + 1))


class TestCoderAndExecutor:
    def test_the_numbers_are_in_the_file_after_one_mistake_was_mended(self, played: Played):
        assert played.run("coder-and-executor", "--rehearsed") == ENDED
        assert_rehearsed(played)
        assert outcomes(played) == ["failed", "ok"]
        assert "TypeError" in played.said()[2][1]
        assert (played.files / "fibonacci.txt").read_text() == FIBONACCI
        assert played.events[-1]["text"] == "Programmer said TERMINATE."

    def test_its_files_are_copied_out(self, played: Played, tmp_path: Path):
        played.run("coder-and-executor", "--rehearsed")
        n_before = len(played.events)
        assert played("files", played.chat, "--to", str(tmp_path / "out")) == ENDED
        listed = {row["path"]: row["copied_to"] for row in played.events[n_before:]}
        assert set(listed) == {"fibonacci.py", "fibonacci.txt"}
        assert Path(listed["fibonacci.txt"]).read_text() == FIBONACCI

    def test_without_a_sandbox_nothing_runs_that_is_said_and_the_chat_goes_on(self, tmp_path: Path):
        played = Played(tmp_path / "home", STUDIO_SANDBOX="off")
        assert played.run("coder-and-executor", "--rehearsed") == ENDED
        assert outcomes(played) == ["unavailable"]
        why = played.said()[2][1]
        assert "STUDIO_SANDBOX" in why
        assert "did not run here" in played.said()[3][1]
        assert not (played.files / "fibonacci.txt").exists()

    def test_a_script_of_ones_own_is_played(self, played: Played, tmp_path: Path):
        file = tmp_path / "script.yaml"
        script = rehearsals()["coder-and-executor"]
        file.write_text(dump_rehearsal(script.model_copy(update={"name": "Mine"})), encoding="utf-8")
        assert played.run("coder-and-executor", "--rehearsed", str(file)) == ENDED
        assert_rehearsed(played)
        assert {call["model"] for call in played.of("ModelCalled")} == {"Mine"}
        assert played.of("ModelCalled")[0]["connection"].startswith("rehearsed-mine-")


class TestProductTeam:
    @pytest.fixture(scope="class")
    @staticmethod
    def built(tmp_path_factory: pytest.TempPathFactory) -> Played:
        played = Played(tmp_path_factory.mktemp("product") / "home")
        assert played.run("product-team", "--rehearsed", answer=approves()) == ENDED
        return played

    def test_qa_finds_the_bug_the_developer_mends_it_and_the_tests_pass(self, built: Played):
        assert_rehearsed(built)
        speakers = [agent for agent, _ in built.said()[1:]]
        assert speakers == [step.agent for step in rehearsals()["product-team"].steps[:-1]]
        assert outcomes(built) == ["ok", "ok", "failed", "ok", "ok"]
        reports = [text for agent, text in built.said() if agent == "Executor"]
        assert "7 tests, 1 failed" in reports[1]
        assert "7 tests, 0 failed" in reports[2]

    def test_the_application_that_is_left_keeps_its_tasks(self, built: Played):
        run: Any = {"cwd": built.files, "capture_output": True, "text": True, "timeout": 60}
        subprocess.run([sys.executable, "task_manager.py", "add", "Ship", "it"], **run)
        listed = subprocess.run([sys.executable, "task_manager.py", "list"], **run).stdout
        assert listed.splitlines() == ["1 [x] Write the specification", "3 [ ] Test it again", "4 [ ] Ship it"]

    def test_code_is_asked_about_before_any_of_it_runs(self, built: Played):
        asked = [event for event in built.of("DecisionRequested") if event["of"] == "code_block" and not event["rule"]]
        assert [event["payload"]["language"] for event in asked[:2]] == ["python", "sh"]
        assert all(event["seq"] < built.of("CodeStarted")[0]["seq"] for event in asked[:2])

    def test_rejected_code_does_not_run_and_the_script_does_not_pretend(self, played: Played):
        def answer(request: dict[str, Any]) -> list[str]:
            return ["--reject", "Not on this machine"] if request["of"] == "code_block" else ["--end"]

        code = played.run("product-team", "--rehearsed", answer=answer)
        assert code == FAILED, "what the script would say next is not true, so a person is asked"
        assert "Not on this machine" in played.said()[3][1]
        assert not (played.files / "task_manager.py").exists()
        assert "was read before, and it was not" in played.requests[0]["question"]


class TestDataAnalysts:
    @pytest.fixture(scope="class")
    @staticmethod
    def analysed(sandbox_python: PythonEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Played:
        assert sandbox_python.is_ready
        played = Played(tmp_path_factory.mktemp("analysts") / "home")
        assert played.run("data-analysts", "--rehearsed", answer=approves()) == ENDED
        return played

    def test_the_attached_table_is_asked_with_sql(self, analysed: Played):
        assert_rehearsed(analysed)
        results = [event for event in analysed.of("ToolReturned") if event["tool"] == "sql"]
        assert [result["outcome"] for result in results] == ["ok", "ok"]
        assert "-13.5" in results[0]["text"]
        assert "132140" in results[0]["text"].replace(",", "")

    def test_the_chart_is_an_image_of_the_figures(self, analysed: Played):
        assert outcomes(analysed) == ["ok"]
        image = (analysed.files / "revenue_by_shop.png").read_bytes()
        assert image.startswith(b"\x89PNG")
        assert len(image) > 20_000

    def test_the_report_is_a_pdf_with_the_chart_in_it(self, analysed: Played):
        report = (analysed.files / "report.pdf").read_bytes()
        assert report.startswith(b"%PDF-")
        assert b"/Subtype /Image" in report
        assert analysed.said()[-1][0] == "Report_Writer"

    def test_nobody_was_asked_but_the_person_whose_turn_it_was(self, analysed: Played):
        asked = [event for event in analysed.of("DecisionRequested") if not event["rule"]]
        assert [event["of"] for event in asked] == ["human_turn"]


class TestSupportDesk:
    def test_a_bill_goes_to_billing_and_an_error_to_technical_support(self, played: Played):
        customer = [step.says for step in rehearsals()["support-desk"].steps if step.agent == "Customer"]
        assert played.run("support-desk", "--rehearsed", answer=approves(customer[0])) == ENDED
        assert_rehearsed(played)
        speakers = [agent for agent, _ in played.said()]
        assert speakers == ["Customer", "Triage", "Billing", "Customer", "Triage", "Technical_Support"]
        chosen = {event["agent"]: event["method"] for event in played.of("SpeakerSelected")}
        assert chosen["Technical_Support"] == "named", "Triage named it, so no model is asked"
        assert chosen["Triage"] == "only_choice"

    def test_what_the_person_might_say_is_told_on_the_command_line(self, played: Played):
        assert played.run("support-desk", "--rehearsed") == WAITS
        assert f"python -m agents answer {played.chat} --text 'It is customer@example.com" in played.told


class TestWriterAndCritic:
    def test_the_second_draft_is_approved(self, played: Played):
        assert played.run("writer-and-critic", "--rehearsed") == ENDED
        assert_rehearsed(played)
        assert played.events[-1]["text"] == "Critic said APPROVED."
