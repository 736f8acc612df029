"""Servers as they are saved, the connections to them, and a chat's place."""

from pathlib import Path

import pytest

from agents.tools.context import ToolContext
from agents.tools.mcp import Sessions
from tests.support.mcp_servers import context_of


@pytest.fixture
def sessions(tmp_path: Path):
    opened = Sessions(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    return context_of(tmp_path, "chat-1")
