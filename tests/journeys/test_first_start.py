"""The first start on a machine without a key and without the model: it is fetched while people look around.

The hub is one on this machine. It has the real small file, of which all but the end is here already, as after a cut.
"""

import mmap
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agents.cancellation import drain
from agents.models.weights import SMALL, WeightsFolder
from tests.support.model_calls import local_models
from tests.support.screens import Screens
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until
from tests.support.weights_sources import Sources, sources

N_MISSING = 40_000_000
ANSWER_S = 240


@pytest.fixture(scope="module")
def real_file() -> Path:
    """The model of this machine's tests, fetched once for all of them."""
    models = local_models()
    return drain(models.wait(models.weights()))


@pytest.fixture(scope="module")
def gate() -> threading.Event:
    """The hub sends nothing before it is set."""
    return threading.Event()


@pytest.fixture(scope="module")
def hub(real_file: Path, gate: threading.Event) -> Iterator[Sources]:
    with (
        real_file.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        sources(content) as server,
    ):
        server.before_body = lambda: gate.wait(300)
        yield server
        gate.set()


@pytest.fixture(scope="module")
def studio(hub: Sources, real_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio that has never run, on a machine where a fetch was cut."""
    folder = WeightsFolder(tmp_path_factory.mktemp("models"))
    part = folder.part(SMALL)
    shutil.copyfile(real_file, part)
    with part.open("r+b") as file:
        file.truncate(SMALL.n_bytes - N_MISSING)
    more = {"STUDIO_MODELS": str(folder.path), "HF_ENDPOINT": hub.url}
    with studio_running(tmp_path_factory.mktemp("first"), **more) as process:
        yield process


def bar(page: Page):
    return page.get_by_test_id("stProgress").first


def test_two_clicks_start_a_chat_that_waits_for_the_model_through_a_restart_and_then_speaks(
    open_screen: Screens, studio: StudioProcess, hub: Sources, gate: threading.Event
):
    screen = open_screen("/")
    expect(screen.page.get_by_text("The model for agents is being fetched")).to_be_visible()
    expect(bar(screen.page)).to_contain_text("451.4 MB of 491.4 MB")
    card = screen.keyed("home:gallery:coder-and-executor")
    expect(screen.button("Play the rehearsal", card)).to_have_attribute("data-testid", "stBaseButton-primary")
    screen.press("Start", card)
    dialog = screen.page.get_by_role("dialog")
    expect(dialog.get_by_text("it waits until the model is here")).to_be_visible()
    screen.press("Start", dialog)
    screen.page.wait_for_url("**/chat?chat=*")
    expect(bar(screen.page)).to_contain_text("451.4 MB of 491.4 MB")
    expect(screen.line).to_have_text("Waiting for the local model, which is being fetched…")
    chat = screen.chat
    wait_until(lambda: bool(hub.asked))

    studio.kill(with_workers=True)
    studio.start()
    screen.open_chat(chat)
    expect(bar(screen.page)).to_contain_text("451.4 MB of 491.4 MB")
    with studio.data() as data:
        assert data.local.chats.state(chat).status == "running"
    wait_until(lambda: len(hub.asked) > 1)
    gate.set()
    expect(bar(screen.page)).to_have_count(0, timeout=ANSWER_S * 1_000)
    assert {wanted for _, wanted in hub.asked} == {f"bytes={SMALL.n_bytes - N_MISSING}-"}, hub.asked

    draft = screen.log.locator(".message.draft .content")
    expect(draft.or_(screen.messages.nth(1)).first).not_to_be_empty(timeout=ANSWER_S * 1_000)
    with studio.data() as data:
        data.local.chats.stop(chat)
    screen.expect_no_traceback()
