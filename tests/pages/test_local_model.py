"""The local model's fetch, as AppTest sees it on Home, Connections and a chat that waits."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from agents.models.weights import SMALL, LocalModels, Progress
from agents.specs import ConnectionSpec
from agents.studio import Studio
from tests.support.app_pages import open_screen, words


@pytest.fixture
def folder(studio: Studio):
    """The studio's folder of models, without the one that agents use."""
    folder = studio.local_models.folder
    folder.file(SMALL).unlink()
    return folder


@pytest.fixture
def fetching(folder) -> Iterator[None]:
    """Some process has fetched a third of it."""
    with folder.locked(SMALL):
        folder.report(SMALL, Progress(SMALL.n_bytes // 3, SMALL.n_bytes, 4_000_000.0, "fetching"))
        yield


def bars(page: AppTest) -> list[str]:
    return [bar.proto.text for bar in page.get("progress")]


def kind(page: AppTest, key: str) -> str:
    return str(page.button(key=key).proto.type)


class TestHome:
    def test_how_far_it_is_stands_there_with_what_remains(self, studio, fetching):
        page = open_screen("home")
        assert "The model for agents is being fetched" in words(page)
        assert bars(page) == ["Qwen2.5-Coder 0.5B: 163.8 MB of 491.4 MB · 4 MB a second · about 1 minute left"]
        assert not page.exception

    def test_until_it_is_here_the_rehearsal_is_the_main_button_and_then_start(self, studio, fetching):
        keys = [f"home:gallery:coder-and-executor:{name}" for name in ("play", "start")]
        assert [kind(open_screen("home"), key) for key in keys] == ["primary", "secondary"]
        studio.local_models.folder.file(SMALL).touch()
        with studio.local_models.folder.file(SMALL).open("wb") as file:
            file.truncate(SMALL.n_bytes)
        page = open_screen("home")
        assert [kind(page, key) for key in keys] == ["tertiary", "primary"]
        assert bars(page) == []

    def test_a_failure_is_said_with_its_cures_and_can_be_tried_again(self, studio, folder, monkeypatch):
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.report(SMALL, Progress(0, SMALL.n_bytes, error="The local model could not be fetched: no network."))
        begun = []
        monkeypatch.setattr(LocalModels, "begin_fetch", lambda self, weights: begun.append(weights))
        page = open_screen("home")
        assert "could not be fetched: no network" in words(page)
        page.button(key="model_banner:begin").click().run()
        assert begun == [SMALL]

    def test_who_has_a_model_of_their_own_sees_nothing_of_it(self, studio, fetching):
        studio.local.connections.save(ConnectionSpec(name="mine", base_url="http://localhost:1/v1", model="m"))
        studio.local.connections.set_default("mine")
        page = open_screen("home")
        assert bars(page) == []
        assert kind(page, "home:gallery:coder-and-executor:start") == "primary"


class TestElsewhere:
    def test_connections_lists_the_models_and_how_far_the_fetch_is(self, studio, fetching):
        page = open_screen("connections")
        assert "qwen2.5-coder-1.5b-instruct** · 1.1 GB · Apache-2.0 · not fetched" in words(page)
        assert "491.4 MB · Apache-2.0 · 33% fetched · used" in words(page)
        assert len(bars(page)) == 1

    def test_a_chat_that_needs_it_waits_with_the_bar(self, studio, fetching):
        team = studio.local.teams.from_gallery("coder-and-executor")
        chat = studio.local.chats.start(team, "Write a file")
        page = open_screen("chat", chat=chat)
        assert len(bars(page)) == 1
        assert studio.local.chats.state(chat).status == "running"
        assert not page.exception

    def test_the_dialog_says_that_a_chat_will_wait(self, studio, fetching):
        page = open_screen("home")
        page.button(key="home:gallery:coder-and-executor:start").click().run()
        assert "it waits until the model is here" in words(page)
