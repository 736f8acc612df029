"""Without a sandbox nothing runs, and everybody is told why."""

from pathlib import Path

from agents.sandbox.selection import Off
from agents.sandbox.values import Order, RunFolders
from tests.support.sandbox import ended


class TestOff:
    def test_nothing_runs_and_the_result_says_how_to_get_a_sandbox(self, tmp_path: Path):
        result = ended(Off().run(Order(["touch", str(tmp_path / "made")], RunFolders(tmp_path))))
        assert (result.outcome, result.exit_code, result.output) == ("unavailable", None, "")
        assert result.text.startswith("The code was not run. ")
        assert "apt-get install bubblewrap" in result.text
        assert list(tmp_path.iterdir()) == []

    def test_it_never_says_that_it_works_and_repeats_why_it_was_chosen(self):
        probe = Off("STUDIO_SANDBOX is off.").probe()
        assert not probe.is_working
        assert probe.text == "STUDIO_SANDBOX is off."
