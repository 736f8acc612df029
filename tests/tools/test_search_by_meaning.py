"""`search_files` with an embedding model: passages are found by words and by meaning, each text is sent once, each call
is counted; where the model gives no vectors, the words count alone."""

from pathlib import Path
from typing import Any

import pytest

from agents.cancellation import drain
from agents.models import ModelClient
from agents.specs import ConnectionSpec, SandboxSpec
from agents.tools import ToolContext, ToolRegistry, ToolResult, vectors
from agents.tools.vectors import TEXTS_PER_CALL
from agents.workspaces import Workspace
from tests.support.model_calls import KEY, NoModel, book
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S
from tests.tools.test_search import places

MEANINGS = [("car", "vehicle", "engine"), ("money", "invoice", "pay"), ("dog", "puppy")]
"""Words that mean the same; each is a dimension."""


class EmbeddingServer:
    """What the scripted server's embedding models make of texts."""

    def __init__(self, server: ScriptedServer):
        server.embeddings = self.answer
        self.texts: list[str] = []
        self.sizes: list[int] = []
        self.fault: tuple[int, Any] | None = None

    def answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        texts = body["input"]
        self.texts += texts
        self.sizes.append(len(texts))
        if self.fault:
            return self.fault
        data = [{"index": n, "embedding": vector(text)} for n, text in enumerate(texts)]
        n_tokens = sum(len(text.split()) for text in texts)
        return 200, {"data": data[::-1], "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens}}


def vector(text: str) -> list[float]:
    words = text.lower().split()
    return [*(float(sum(word in words for word in same)) for same in MEANINGS), 0.01]


@pytest.fixture
def embeddings(server: ScriptedServer) -> EmbeddingServer:
    return EmbeddingServer(server)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, "c1")


class Search:
    """Calls the tool for an agent of the connection."""

    def __init__(self, workspace: Workspace, base_url: str):
        self.workspace, self.model = workspace, "scripted-embeddings"
        self.base_url = base_url

    def __call__(self, query: str, **more: Any) -> ToolResult:
        spec = ConnectionSpec(
            name="scripted", base_url=self.base_url, embedding_model=self.model, max_retries=0, timeout_s=WITHIN_S
        )
        client = ModelClient(book(spec, key=KEY), environ={}, embedded=NoModel())
        context = ToolContext(
            self.workspace, None, SandboxSpec(), embeddings_of=lambda agent: client.embeddings("scripted", agent)
        )
        tools = ToolRegistry().for_chat(context)
        try:
            return drain(tools.call("search_files", {"query": query, **more}, "Bob"), lambda piece: None)
        finally:
            client.close()


@pytest.fixture
def search(workspace: Workspace, server: ScriptedServer, embeddings: EmbeddingServer) -> Search:
    workspace.write("a.txt", b"The vehicle stands in the yard.\n")
    workspace.write("b.txt", b"Please pay the invoice soon.\n")
    workspace.write("c.txt", b"A puppy plays.\n")
    return Search(workspace, server.base_url)


class TestAPassage:
    def test_is_found_by_its_meaning_where_no_word_matches(self, search: Search) -> None:
        result = search("car")
        assert places(result)[0] == "a.txt:1"
        assert "The best 3 of 3 passages in 3 files, by words and by meaning (scripted-embeddings):" in result.text
        assert "The vehicle stands in the yard." in result.text

    def test_that_matches_in_both_ways_comes_first(self, search: Search, workspace: Workspace) -> None:
        workspace.write("d.txt", b"Some of it may rust, car or not.\n")
        workspace.write("e.txt", b"may may may may\n")
        assert places(search("car may rust"))[0] == "d.txt:1"
        assert places(search("invoice", n_results=1)) == ["b.txt:1"]

    def test_is_sent_once_and_each_call_is_counted(
        self, search: Search, workspace: Workspace, embeddings: EmbeddingServer
    ) -> None:
        first = search("car")
        assert len(embeddings.texts) == 4
        (call,) = first.calls
        assert (call.purpose, call.agent, call.connection, call.model, call.outcome) == (
            "embed", "Bob", "scripted", "scripted-embeddings", "ok",
        )  # fmt: skip
        assert call.usage is not None
        assert call.usage.total == sum(len(text.split()) for text in embeddings.texts)
        assert call.price.source == "local"
        embeddings.texts.clear()
        assert search("car").calls == ()
        search("dog")
        workspace.write("b.txt", b"Now it is another text.\n")
        search("dog")
        assert embeddings.texts == ["dog", "Now it is another text."]

    def test_is_sent_anew_to_another_model(self, search: Search, embeddings: EmbeddingServer) -> None:
        search("car")
        embeddings.texts.clear()
        search.model = "another"
        search("car")
        assert len(embeddings.texts) == 4

    def test_is_sent_with_others_in_one_call(
        self, search: Search, workspace: Workspace, embeddings: EmbeddingServer
    ) -> None:
        for n in range(130):
            workspace.write(f"many/{n}.txt", f"number {n}".encode())
        result = search("car")
        assert embeddings.sizes == [TEXTS_PER_CALL, TEXTS_PER_CALL, 134 - 2 * TEXTS_PER_CALL]
        assert len(result.calls) == 3

    def test_of_too_many_has_its_turn_in_a_later_search(
        self, search: Search, embeddings: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vectors, "MAX_NEW", 2)
        assert "1 passage searched by words alone" in search("dog").text
        assert "searched by words alone" not in (result := search("dog")).text
        assert places(result)[0] == "c.txt:1"


class TestAModelThatGivesNoVectors:
    @pytest.mark.parametrize(
        "fault",
        [
            (404, {"error": {"message": "no such model"}}),
            (401, {"error": {"message": "wrong key"}}),
            (503, "<html>away</html>"),
            (200, "<html>hello</html>"),
            (200, {"error": {"message": "not today"}}),
            (200, []),
            (200, {"data": None}),
            (200, {"data": []}),
            (200, {"data": [{"index": 0, "embedding": [1.0]}]}),
            (200, {"data": [{"index": n, "embedding": "AAAA"} for n in range(4)]}),
            (200, {"data": [{"index": n, "embedding": [float("nan")]} for n in range(4)]}),
            (200, {"data": [{"index": n, "embedding": ["x"]} for n in range(4)]}),
            (200, {"data": [{"index": n, "embedding": [1.0] * (n + 1)} for n in range(4)]}),
        ],
    )
    def test_leaves_the_words_and_is_said(self, fault: Any, search: Search, embeddings: EmbeddingServer) -> None:
        embeddings.fault = fault
        result = search("invoice")
        assert places(result)[0] == "b.txt:1"
        assert "Searched by words alone, because scripted-embeddings could not compare by meaning: " in result.text
        assert KEY not in result.text
        (call,) = result.calls
        assert (call.purpose, call.outcome != "ok", bool(call.error)) == ("embed", True, True)

    def test_is_asked_again_at_the_next_search(self, search: Search, embeddings: EmbeddingServer) -> None:
        embeddings.fault = (500, {"error": {"message": "broken"}})
        assert "alone" in search("car").text
        embeddings.fault = None
        assert places(search("car"))[0] == "a.txt:1"


class TestKeptVectors:
    def test_that_are_damaged_are_asked_for_again(self, search: Search, workspace: Workspace) -> None:
        search("car")
        workspace.vectors.write_bytes(b"no database" * 100)
        assert places(search("car"))[0] == "a.txt:1"
        assert len(search("dog").calls) == 1

    def test_go_with_the_chats_files(self, search: Search, workspace: Workspace) -> None:
        search("car")
        assert workspace.vectors.exists()
        workspace.delete()
        assert not workspace.vectors.exists()


class TestNoEmbeddingModel:
    def test_means_the_words_alone_without_a_word(self, search: Search, embeddings: EmbeddingServer) -> None:
        search.model = ""
        assert search("invoice").text.startswith("1 passage of 3 files matches:")
        assert search("invoice").calls == ()
        assert embeddings.texts == []
