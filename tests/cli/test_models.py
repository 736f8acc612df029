"""`models`: what is on this machine, fetched or added."""

from pathlib import Path

import pytest

from agents.models.weights import LARGE, SMALL, WeightsFolder
from tests.support.command_line import CommandLine
from tests.support.package_index import forget
from tests.support.weights_sources import CONTENT, HUB, sources, weights


@pytest.fixture
def folder(agents: CommandLine, tmp_path: Path) -> WeightsFolder:
    agents.environ["STUDIO_MODELS"] = str(tmp_path / "models")
    return WeightsFolder(tmp_path / "models")


class TestList:
    def test_each_model_is_a_line_with_size_licence_and_state(self, agents: CommandLine, folder: WeightsFolder):
        done = agents("models")
        large, small = done.out.splitlines()
        assert large.split()[:4] == [LARGE.name, "1.1", "GB", "Apache-2.0"]
        assert "not fetched; short programs" in large
        assert "not fetched, used" in small

    def test_each_is_a_json_line(self, agents: CommandLine, folder: WeightsFolder):
        rows = agents("models", "--json").events
        assert [(row["name"], row["sha256"], row["is_here"]) for row in rows] == [
            (LARGE.name, LARGE.sha256, False), (SMALL.name, SMALL.sha256, False)
        ]  # fmt: skip


class TestGet:
    def test_it_is_fetched_and_said(self, agents: CommandLine, folder: WeightsFolder, monkeypatch):
        monkeypatch.setattr("agents.models.weights.folder.CATALOGUE", (weights(),))
        with sources() as server:
            done = agents("models", "get", "a-model", environ={**agents.environ, "HF_ENDPOINT": server.url})
        assert (done.code, done.err.splitlines()[-1]) == (0, "a-model is here.")
        assert folder.file(weights()).read_bytes() == CONTENT
        assert "a-model" in agents("models").out

    def test_a_failure_is_one_line_and_1(self, agents: CommandLine, folder: WeightsFolder, monkeypatch):
        monkeypatch.setattr("agents.models.weights.folder.CATALOGUE", (weights(sources=(HUB,)),))
        with sources() as server:
            server.status = 500
            done = agents("models", "get", "a-model", environ={**agents.environ, "HF_ENDPOINT": server.url})
        forget()
        assert done.code == 1
        assert done.err.splitlines()[-1].startswith("studio: The local model could not be fetched (the model hub")

    def test_an_unknown_name_says_which_there_are(self, agents: CommandLine, folder: WeightsFolder):
        done = agents("models", "get", "gpt-9")
        assert done.code == 2
        assert f"There are: {LARGE.name}, {SMALL.name}" in done.err

    def test_without_a_name_it_says_what_to_type(self, agents: CommandLine, folder: WeightsFolder):
        assert (agents("models", "get").code, agents("models", "add").code) == (2, 2)


class TestAdd:
    def test_a_file_becomes_a_model(self, agents: CommandLine, folder: WeightsFolder, tmp_path: Path):
        (tmp_path / "mine.gguf").write_bytes(CONTENT)
        done = agents("models", "add", str(tmp_path / "mine.gguf"))
        assert (done.code, done.out) == (0, "mine is here (300 kB).\n")
        assert "mine " in agents("models").out

    @pytest.mark.parametrize(("content", "code"), [(b"no model", 1), (None, 2)])
    def test_what_is_none_is_refused(
        self, agents: CommandLine, folder: WeightsFolder, tmp_path: Path, content: bytes | None, code: int
    ):
        if content is not None:
            (tmp_path / "mine.gguf").write_bytes(content)
        done = agents("models", "add", str(tmp_path / "mine.gguf"))
        assert done.code == code
        assert "Nothing was added" in done.err
