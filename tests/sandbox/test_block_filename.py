"""Under which name a block of code is kept, and which names are none."""

import pytest

from agents.sandbox.code_block import name_in, within, wrong_file_name


class TestNames:
    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("# filename: app.py\nprint(1)", "app.py"),
            ("# Filename:  src/app.py  \nprint(1)", "src/app.py"),
            ("# file name: 'app.py'", "app.py"),
            ("# app.py\nprint(1)", "app.py"),
            ("<!-- filename: page.html -->\n<b>", "page.html"),
            ("// filename: app.js", "app.js"),
            ("/* filename: a.css */", "a.css"),
            ("\ufeff# filename: app.py", "app.py"),
        ],
    )
    def test_the_first_line_names_the_file(self, code: str, name: str):
        assert name_in(code) == name

    @pytest.mark.parametrize(
        "code",
        [
            "# Compute the numbers.",
            "# e.g. this",
            "# version 1.2",
            "print(1)\n# filename: app.py",
            "#!/usr/bin/env python",
            "",
        ],
    )
    def test_an_ordinary_comment_is_no_name(self, code: str):
        assert name_in(code) == ""

    @pytest.mark.parametrize("name", ["../x.py", "a/../../x.py", "/etc/passwd", "..", "a\\b.py"])
    def test_a_name_that_leads_out_is_refused(self, name: str):
        assert "leads out of the workspace" in wrong_file_name(name)

    @pytest.mark.parametrize(
        "name", ["-rf", "a/-x.py", "a\x00b.py", "a\x1b[2Jb.py", "x" * 201, "a/", ".", "\u202egnp.py"]
    )
    def test_a_name_that_is_no_plain_one_is_refused(self, name: str):
        assert "cannot be used" in wrong_file_name(name)

    def test_the_full_path_in_the_sandbox_is_the_name_within_it(self):
        assert within("/workspace/app.py") == "app.py"
        assert wrong_file_name(within("./a/b.py")) == ""
