"""The scripts of the pages: modules that are tested in node, and that Streamlit gets as one module."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agents.specs import TeamSpec
from agents.text.members import cast, initials
from pages.components.shortcuts import INBOX
from pages.components.widgets import script_of
from tests.support.studio_process import ROOT

pytestmark = pytest.mark.processes

TESTS = Path(__file__).with_name("browser")
MODULES = sorted((ROOT / "pages").rglob("*.mjs"))
MOUNTED = [module for module in MODULES if "export default" in module.read_text(encoding="utf-8")]


def node(*arguments: str, stdin: str = "") -> str:
    """Run node; fail when there is none: `make system` installs it."""
    program = shutil.which("node")
    assert program, "node is not installed; run `make system`"
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_modules_do_what_their_tests_say():
    node("--test", *map(str, sorted(TESTS.glob("*.test.mjs"))))


@pytest.mark.parametrize("module", MOUNTED, ids=lambda module: module.name)
class TestOneModule:
    def test_is_valid_and_imports_nothing(self, module: Path):
        script = script_of(module)
        assert not re.search(r"^import ", script, re.MULTILINE)
        assert len(re.findall(r"^export default ", script, re.MULTILINE)) == 1
        node("--input-type=module", "--check", stdin=script)

    def test_has_each_module_once(self, module: Path):
        declared = re.findall(r"^(?:class|function|const) (\w+)", script_of(module), re.MULTILINE)
        assert len(declared) == len(set(declared))


def test_the_transcript_formats_nothing():
    """Numbers, money, sizes and plurals come finished from the server; only the time of day is the browser's."""
    for module in (ROOT / "pages" / "components" / "transcript").glob("*.mjs"):
        if module.name != "time.mjs":
            text = module.read_text(encoding="utf-8")
            assert not re.search(r"toFixed|toLocale|Intl\.|=== 1 \?", text), module.name


def test_the_sheet_names_the_keys_that_the_inbox_listens_to():
    script = (ROOT / "pages" / "components" / "inbox" / "keys.mjs").read_text(encoding="utf-8")
    listens = set(re.findall(r"\b([a-z]): \(\) =>", script)) | set(re.findall(r'event\.key === "(\w+)"', script))
    assert {key.replace("Esc", "Escape") for shortcut in INBOX for key in shortcut.keys} == listens


class TestTheCast:
    @pytest.mark.parametrize(
        ("label", "letters"), [("Product Manager", "PM"), ("coder_2", "C2"), ("Coder", "CO"), ("É", "É"), ("--", "?")]
    )
    def test_who_has_no_emoji_has_two_letters(self, label: str, letters: str):
        assert initials(label) == letters

    def test_faces_are_finished(self):
        team = TeamSpec.model_validate(
            {
                "name": "T",
                "agents": [{"name": "a", "role": "assistant", "emoji": "🙋"}, {"name": "Big_Boss", "role": "human"}],
            }
        )
        faces = cast(team)
        assert (faces["a"]["face"], faces["a"]["is_emoji"]) == ("🙋", True)
        assert (faces["Big_Boss"]["face"], faces["Big_Boss"]["is_emoji"]) == ("BB", False)
