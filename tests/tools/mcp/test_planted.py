"""Programs that look first where they are started, as npx and `python -m` do: agents' code has laid nothing there."""

import sys
from pathlib import Path

import pytest

from agents.specs.mcp_server import McpSecrets, McpServerSpec
from agents.tools.mcp import McpError, Server, Sessions

PLANTED = "import pathlib; pathlib.Path(__file__).with_name('ran').touch()"


def test_what_code_laid_into_a_chats_files_is_never_taken_for_its_server(sessions: Sessions, tmp_path: Path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "the_server.py").write_text(PLANTED)
    spec = McpServerSpec(name="own", command=sys.executable, args=["-m", "the_server", "{workspace}"], scope="chat")
    with pytest.raises(McpError, match="No module named"):
        list(sessions.call(Server(spec, McpSecrets(), "1"), "x", {}, chat="c1", folder=files))
    assert not (files / "ran").exists()
