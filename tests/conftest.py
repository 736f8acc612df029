"""How tests are chosen and run. What they may ask for by name is in `tests/support/fixtures.py`."""

import gc
from pathlib import Path

import pytest

from tests.support.needs import FOLDERS, MARKERS, needs, no_program


def pytest_configure(config: pytest.Config) -> None:
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    gc.set_threshold(10_000, 20, 20)  # with its usual ones the garbage collector took a sixth of the time
    if config.getoption("dist", "no") == "no":  # what only hands tests out to others needs nothing of the studio
        config.pluginmanager.import_plugin("tests.support.fixtures")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where tests that start programs are left out, do not read those that all do."""
    is_left_out = _leaves_programs_out(config) and collection_path.as_posix().endswith(FOLDERS)
    return is_left_out or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs more than this process, so that `make check` can leave it out."""
    for item in items:
        for name in needs(item):
            item.add_marker(name)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported: it stays."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Where tests that start programs are left out, let none of the others start one."""
    if not _leaves_programs_out(item.config):
        return (yield)
    with no_program(item):
        return (yield)


def _leaves_programs_out(config: pytest.Config) -> bool:
    return "not processes" in config.getoption("markexpr")
