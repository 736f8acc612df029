"""What a test needs besides this process, found out from the fixtures that it uses and from its own code.

`browser`: a real browser. `processes`: a program besides this one, such as PostgreSQL, a worker or a sandbox. The rest
is what `make check` runs, but for what is `long`: marked so by hand, or a test of hypothesis. A test that starts a
program and is not known to is marked by hand, `pytest.mark.processes`: without the mark it fails in `make check`.
"""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

MARKERS = {
    "browser": "needs a real browser",
    "processes": "needs a program besides this one",
    "long": "takes ten seconds or more, or tries hundreds of inputs",
}
FOLDERS = ("tests/journeys", "tests/sandbox")
"""All tests in them need a program."""
FIXTURES = {"postgres_url", "empty_postgres_url", "sandbox_python", "sandbox", "workers", "embedded_client", "sessions"}
CODE = re.compile(
    r"\bsubprocess\.|\bPopen\(|\bProcesses\(|\bScriptedProcess\(|\bEmbeddedServer\(|\bstudio_running\("
    r"|\bagents\.(start|process)\(|\bplain\(|\bserved\(|\bHost\(|\bBubblewrap\(|\bChat\(tmp_path|\bsupervise\("
)
"""Words of tests and fixtures that start a program."""
HARMLESS = ("uname", "file", "chmod", "rm", "setpriv", "docker")
"""Small programs of the system that are asked in passing, such as whether there is a sandbox."""


def needs(item: pytest.Item) -> set[str]:
    """Return the names of the markers that fit."""
    assert isinstance(item, pytest.Function)
    found = {"browser"} if "browser" in item.fixturenames else set()
    params = getattr(item, "callspec", None)
    if (
        item.nodeid.startswith(tuple(f"{folder}/" for folder in FOLDERS))
        or FIXTURES & set(item.fixturenames)
        or (params and "postgresql" in params.params.values())
        or any(_starts_a_program(function) for function in _functions(item))
    ):
        found.add("processes")
    if getattr(item.obj, "is_hypothesis_test", False):  # asked of the test: AG2 Classic's tests run without hypothesis
        found.add("long")
    return found


@cache
def _starts_a_program(function: Callable[..., Any]) -> bool:
    return bool(_has_words(function.__module__) and CODE.search(inspect.getsource(function)))


@cache
def _has_words(module: str) -> bool:
    """Whether it is worth to look for the code of a function there, which takes long."""
    return bool(CODE.search(inspect.getsource(sys.modules[module])))


def _functions(item: pytest.Function) -> Iterator[Callable[..., Any]]:
    """The test and the fixtures that it uses."""
    yield item.function
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            if definition.func.__module__.startswith("tests."):
                yield definition.func


@contextmanager
def no_program(item: pytest.Item) -> Iterator[None]:
    """Fail when a program is started meanwhile."""
    begin = subprocess.Popen.__init__

    def refuse(self: Any, args: Any, *more: Any, **fields: Any) -> None:
        program = str(args[0] if isinstance(args, list | tuple) else args)
        assert program.startswith(HARMLESS), f"{item.nodeid} starts {args}: mark it with pytest.mark.processes"
        begin(self, args, *more, **fields)

    with patch.object(subprocess.Popen, "__init__", refuse):
        yield
