"""A worker fetches the local model by itself, and a chat that needs it waits for it through a restart."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.models import ModelClient
from agents.models.connections import RunningModel
from agents.models.weights import LocalModels
from agents.worker import local_model
from agents.worker.local_model import keep_weights
from tests.support.model_calls import PROMPT, NoModel, book, drained
from tests.support.waiting import wait_until
from tests.support.weights_sources import HUB, Sources, sources, weights


class Fetched(NoModel):
    """A local model whose server is installed, and whose file may have to be fetched."""

    def __init__(self, models: LocalModels):
        self.models = models

    def is_installed(self) -> bool:
        return True

    def wait(self, model: str):
        return self.models.wait(self.models.weights(model))

    def ensure(self, model: str = "") -> RunningModel:
        return RunningModel("http://127.0.0.1:1/v1", "key", model)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sources]:
    monkeypatch.setattr("agents.models.weights.folder.CATALOGUE", (weights(sources=(HUB,)),))
    monkeypatch.setattr(local_model, "AFTER_S", 0.0)
    monkeypatch.setattr(local_model, "AGAIN_S", 0.02)
    with sources() as server:
        yield server


def models_at(path: Path, hub: Sources, name: str = "a-model") -> LocalModels:
    return LocalModels(path, name, environ={"HF_ENDPOINT": hub.url}, pauses_s=())


class TestWorker:
    def test_the_default_model_is_fetched_in_the_background(self, hub: Sources, tmp_path: Path):
        models, stopping = models_at(tmp_path, hub), threading.Event()
        keep_weights(models, lambda: True, stopping)
        wait_until(lambda: models.folder.has(models.weights()))
        stopping.set()

    def test_not_while_another_connection_is_the_default_and_then_at_once(self, hub: Sources, tmp_path: Path):
        models, stopping = models_at(tmp_path, hub), threading.Event()
        looks: list[bool] = []

        def is_wanted() -> bool:
            looks.append(len(looks) >= 3)
            return looks[-1]

        keep_weights(models, is_wanted, stopping)
        wait_until(lambda: len(looks) == 3)
        assert hub.asked == []
        wait_until(lambda: models.folder.has(models.weights()))
        stopping.set()

    def test_a_failure_is_tried_again(self, hub: Sources, tmp_path: Path):
        hub.status = 500
        models, stopping = models_at(tmp_path, hub), threading.Event()
        keep_weights(models, lambda: True, stopping)
        wait_until(lambda: bool(models.progress(models.weights()).error))
        hub.status = 200
        wait_until(lambda: models.folder.has(models.weights()))
        stopping.set()

    def test_one_that_is_switched_off_is_not(self, hub: Sources, tmp_path: Path):
        keep_weights(models_at(tmp_path, hub, "off"), lambda: True, threading.Event())
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "local-model"])
        assert hub.asked == []


class TestCall:
    def test_a_call_waits_until_the_file_is_here_and_a_closed_one_lets_the_fetch_go_on(
        self, hub: Sources, tmp_path: Path
    ):
        held = threading.Event()
        hub.before_body = lambda: held.wait(60)
        models = models_at(tmp_path, hub)
        client = ModelClient(book(), environ={}, embedded=Fetched(models))
        call = client.call("embedded", "", PROMPT, {})
        assert [next(call) for _ in range(3)] == ["", "", ""]
        call.close()  # as a worker does that ends; the next one calls anew
        again = client.call("embedded", "", PROMPT, {})
        assert next(again) == ""
        held.set()
        result = drained(again)[1]
        assert models.folder.has(models.weights())
        assert result.outcome == "refused"
        assert result.duration_s < 10, "the time of waiting for the file is not the call's"
        assert len(hub.asked) == 1
        client.close()

    def test_one_that_cannot_be_had_is_a_failed_call_that_says_what_to_do(self, hub: Sources, tmp_path: Path):
        hub.status = 500
        client = ModelClient(book(), environ={}, embedded=Fetched(models_at(tmp_path, hub)))
        result = drained(client.call("embedded", "", PROMPT, {}))[1]
        assert result.outcome == "not_configured"
        assert "models add a-model.gguf" in result.error
        client.close()
