"""Rules decide by what would happen, not by which of its names an agent chose."""

import pytest

from agents.sandbox.code_block import PYTHON, SAVED, SHELL
from agents.specs import ActionRequest, Rule, evaluate
from agents.specs.approval_rules import LANGUAGES


class TestOtherNames:
    @pytest.mark.parametrize("written", ["sh", "bash", "shell", "Bash", "sh*"])
    @pytest.mark.parametrize("language", ["sh", "bash", "shell", "SH"])
    def test_of_the_shell_lead_past_no_refusal(self, written: str, language: str):
        rules = [Rule(kind="code_block", language=written, action="refuse"), Rule(action="approve")]
        assert evaluate(rules, ActionRequest("code_block", "dev", language=language)).action == "refuse"
        assert evaluate(rules, ActionRequest("code_block", "dev", language="python3")).action == "approve"

    @pytest.mark.parametrize("package", ["left-pad", "left_pad", "Left.Pad", "LEFT__pad"])
    def test_of_a_package_lead_past_no_refusal(self, package: str):
        rules = [Rule(kind="package", package="left_pad", action="refuse"), Rule(action="approve")]
        assert evaluate(rules, ActionRequest("package", "dev", package=package)).action == "refuse"
        assert evaluate(rules, ActionRequest("package", "dev", package="leftpad")).action == "approve"

    def test_are_those_that_the_sandbox_takes_for_one_language(self):
        assert sorted(map(sorted, LANGUAGES)) == sorted(map(sorted, (PYTHON, SHELL, ("javascript", "js"))))
        assert SAVED["javascript"] == SAVED["js"]
