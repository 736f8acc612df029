"""A real browser, and the studio as its user starts it. What fails leaves pictures and a log in tests/.artifacts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from agents.sandbox.python_env import PythonEnvironment
from tests.support.browser import ARTIFACTS, CHROMIUM, FLAGS
from tests.support.screens import Screens, new_context
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import WITHIN_S

expect.set_options(timeout=WITHIN_S * 1_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; gone when the journeys are over, because its event loop is in other tests' way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def model() -> Iterator[ScriptedServer]:
    """A model server whose replies are known."""
    with ScriptedServer() as listening:
        yield listening


@pytest.fixture(scope="package")
def scripted_studio(
    model: ScriptedServer, sandbox_python: PythonEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StudioProcess]:
    """One studio for all journeys on the scripted model, which is its default connection."""
    address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "scripted"}
    with studio_running(tmp_path_factory.mktemp("scripted"), **address) as process:
        yield process


@pytest.fixture(scope="module")
def studio(scripted_studio: StudioProcess) -> StudioProcess:
    """The studio that the module's screens open; modules that need another say so by a fixture of the same name."""
    return scripted_studio


@pytest.fixture
def open_screen(browser: Browser, studio: StudioProcess, request: pytest.FixtureRequest) -> Iterator[Screens]:
    """Opens the studio in a browser of its own each time; all are closed after the test."""
    yield from closing(Screens(browser, studio.url), studio, request)


@pytest.fixture(scope="module")
def one_browser(browser: Browser) -> Iterator[BrowserContext]:
    """One browser for all tests of a module that need no other."""
    context = new_context(browser)
    yield context
    context.close()


@pytest.fixture
def open_tab(
    browser: Browser, one_browser: BrowserContext, studio: StudioProcess, request: pytest.FixtureRequest
) -> Iterator[Screens]:
    """Opens the studio in a tab of the module's one browser; all are closed after the test."""
    yield from closing(Screens(browser, studio.url, one_browser), studio, request)


def closing(screens: Screens, studio: StudioProcess, request: pytest.FixtureRequest) -> Iterator[Screens]:
    """The screens; after the test they are closed, and pictures of one that failed are kept."""
    yield screens
    if request.node.stash.get(HAS_FAILED, False) or screens.errors():
        folder = ARTIFACTS / re.sub(r"[^\w.-]", "_", request.node.name)
        screens.keep(folder)
        (folder / "server.log").write_bytes(studio.log.read_bytes())
    screens.close()


HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Lets fixtures know, when they end, whether their test failed."""
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
    return report
