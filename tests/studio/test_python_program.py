"""The program in the guide to Python runs as it stands there, against a server of scripted replies."""

import re
from pathlib import Path

import pytest

from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "python.md"


@pytest.fixture
def program() -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def environment(home: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `Studio.open()` finds: an empty folder, and the scripted server as the model."""
    for name in ("STUDIO_DB_URL", "STUDIO_SECRET_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STUDIO_HOME", str(home))
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_MODEL", "scripted-1")


@pytest.mark.usefixtures("environment")
class TestTheProgramOfTheGuide:
    def test_plays_a_team_to_its_end_and_answers_what_it_asks(self, program: str, capsys: pytest.CaptureFixture[str]):
        exec(compile(program, str(GUIDE), "exec"), {})
        printed = capsys.readouterr().out
        with Studio.open() as studio:
            (row,) = studio.local.chats.rows()
            messages = studio.local.chats.state(row.chat).messages
            decided = studio.local.requests.recent(chat=row.chat)
        assert row.status == "ended"
        assert [f"{message.agent}: {message.content}" in printed for message in messages] == [True] * len(messages)
        assert len(messages) > 1
        assert decided
        assert {request.who for request in decided} == {"Ann"}
        assert printed.count("? ") == len(decided)

    def test_is_ten_lines(self, program: str):
        assert len([line for line in program.splitlines() if line]) <= 10
