"""`teams export`: a team as YAML, JSON or a Python script, printed or in a file."""

from pathlib import Path

from agents.specs import load_team
from agents.specs.gallery import gallery
from tests.support.command_line import CommandLine

READY = gallery()[0]


class TestExport:
    def test_prints_a_script_that_compiles(self, agents: CommandLine) -> None:
        done = agents("teams", "export", READY.name, "--as", "python")
        assert done.code == 0, done.err
        compile(done.out, "team.py", "exec")
        assert "groupchat = autogen.GroupChat(" in done.out

    def test_prints_yaml_that_is_the_same_team(self, agents: CommandLine) -> None:
        for form in ([], ["--as", "json"]):
            assert load_team(agents("teams", "export", READY.name, *form).out) == READY.spec

    def test_writes_a_file_and_never_over_one(self, agents: CommandLine, pair: str, tmp_path: Path) -> None:
        file = tmp_path / "team.py"
        (told,) = agents("teams", "export", pair, "--as", "python", "-o", str(file), "--json").events
        assert (told["as"], told["file"], told["size"]) == ("python", str(file), file.stat().st_size)
        compile(file.read_text(encoding="utf-8"), "team.py", "exec")
        again = agents("teams", "export", pair, "-o", str(file))
        assert again.code == 2
        assert "is there already and was not overwritten" in again.err

    def test_says_what_is_missing_or_not_known(self, agents: CommandLine) -> None:
        assert "teams export TEAM" in agents("teams", "export").err
        assert "There is no team 'Nobody'" in agents("teams", "export", "Nobody").err
        assert "add -o FILE" in agents("teams", "export", READY.name, "--json").err
