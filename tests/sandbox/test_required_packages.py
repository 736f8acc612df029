"""Which packages a block wants: imports, and what it tells pip."""

from pathlib import Path

import pytest

from agents.sandbox.code_block import imports, provided_modules, unpinned, wanted, wrong_package


def names(code: str, folder: Path, language: str = "python") -> list[str]:
    return [want.package for want in wanted(language, code, folder)]


class TestImports:
    def test_pythons_own_library_is_not_wanted(self):
        assert imports("import os, json.decoder\nfrom pathlib import Path\nimport __future__") == set()

    def test_modules_are_found_wherever_they_are_imported(self):
        code = "import requests.adapters as r\ndef f():\n    from yaml import load\nif 1:\n    import cv2\n"
        assert imports(code) == {"requests", "yaml", "cv2"}

    def test_what_may_be_absent_is_not_wanted(self):
        assert imports("try:\n    import ujson as json\nexcept ImportError:\n    import simplejson as json\n") == {
            "simplejson"
        }

    def test_relative_imports_and_code_that_does_not_parse_do_no_harm(self):
        assert imports("from . import x\nfrom .y import z") == set()
        assert imports("import requests\nthis is not python\n") == {"requests"}
        assert imports("\x00" * 10) == set()
        assert imports("(" * 5_000) == set()

    def test_a_module_of_the_workspace_is_not_wanted(self, tmp_path: Path):
        (tmp_path / "task_manager.py").touch()
        (tmp_path / "shop").mkdir()
        assert names("import task_manager, shop.cart, flask", tmp_path) == ["flask"]

    def test_a_module_leads_to_the_package_that_holds_it(self, tmp_path: Path):
        assert names("import yaml, cv2, sklearn, PIL, bs4", tmp_path) == [
            "pillow",
            "beautifulsoup4",
            "opencv-python-headless",
            "scikit-learn",
            "PyYAML",
        ]

    def test_the_environments_own_are_not_asked_for(self, tmp_path: Path):
        wants = wanted("python", "import numpy, pandas, fpdf, PIL, markdown_it, mpl_toolkits.mplot3d, flask", tmp_path)
        assert [want.package for want in unpinned(wants)] == ["flask"]
        assert {"numpy", "fpdf", "dateutil", "PIL"} <= provided_modules()


class TestPipInstall:
    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("pip install flask", [("flask", "")]),
            ("pip3 install -q 'flask[async]>=2' rich==13.0.0", [("flask", ""), ("rich", "13.0.0")]),
            ("python -m pip install --upgrade flask && echo done", [("flask", "")]),
            ("cd x; pip install -r requirements.txt -i https://evil.example flask", [("flask", "")]),
            ("pip install https://evil.example/x.whl ./here git+https://x.example/y", []),
            ("echo 'pip install flask'", []),
            ("apt-get install flask", []),
            ("pip install 'unclosed", []),
            ("pip install \\\n  flask", [("flask", "")]),
            ("# pip install flask", []),
        ],
    )
    def test_the_packages_of_a_shell_line(self, line: str, found: list[tuple[str, str]], tmp_path: Path):
        wants = wanted("sh", line, tmp_path)
        assert [(want.package, want.version) for want in wants] == found
        assert not any(want.module for want in wants)

    def test_a_notebooks_line_counts_in_python(self, tmp_path: Path):
        assert names("!pip install flask\n%pip install rich\nimport flask", tmp_path) == ["flask", "rich"]

    @pytest.mark.parametrize("name", ["--index-url", "a b", "../x", "https://x.example", "", "x;y", "a" * 200])
    def test_what_is_no_name_is_never_given_to_pip(self, name: str):
        assert "is not a package's name" in wrong_package(name, "")

    def test_what_is_no_version_is_never_given_to_pip(self):
        assert wrong_package("flask", "1.0 --pre")
        assert wrong_package("flask", "1.0.post1") == ""
