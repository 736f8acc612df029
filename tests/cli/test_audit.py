"""Accounting from the command line: who decided what, when, and whether that was checked."""

import csv
import io

from tests.support.command_line import CommandLine, at
from tests.support.scripted_server import ScriptedServer


class TestAudit:
    def test_each_decision_is_told_with_who_and_what_is_open_too(
        self, agents: CommandLine, server: ScriptedServer, pair: str
    ):
        assert agents("audit").out == ""
        server.script(["Hello.", "As you like."])
        chat = agents("run", pair, "--task", "Write", *at(server)).chat
        assert agents("answer", chat, "--text", "=1+1", "--as", "Ann").code == 3
        text = agents("audit", "--chat", chat).out.splitlines()
        assert len(text) == 2
        assert text[0].endswith("open")
        assert "reply by Ann (unverified)" in text[1]
        rows = agents("audit", "--json").events
        assert [(row["verdict"], row["who"]) for row in rows] == [("", ""), ("reply", "Ann")]
        exported = agents("audit", "--csv", "--since", "2020-01-01").out
        table = list(csv.DictReader(io.StringIO(exported)))
        assert [row["verdict"] for row in table] == ["", "reply"]
        assert table[1]["answer"] == "'=1+1"  # no spreadsheet runs it
        assert agents("audit", "--since", "2999-01-01").out == ""
        cut = agents("audit", "--limit", "1")
        assert (len(cut.out.splitlines()), cut.err.count("\n")) == (1, 1)

    def test_what_cannot_be_meant_is_one_line(self, agents: CommandLine):
        for arguments in (["--since", "yesterday"], ["--csv", "--json"], ["--chat", "nowhere"]):
            done = agents("audit", *arguments)
            assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
