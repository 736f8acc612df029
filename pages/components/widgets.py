"""What widgets of several screens need: components that run in the browser, and one effect for one press.

Streamlit takes a component's script as one text. `script_of` makes it from modules that import each other, so that
each can be tested alone. All files are read once per process.
"""

import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

STYLE = Path(__file__).with_name("widgets.css")
"""Of components of one element."""
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


def browser_part(name: str, *, script: Path, html: Path | str = "", css: Path = STYLE) -> Any:
    """Return what mounts the component of that name; `html` is a file, or a text as short as one element."""
    written = _read(html) if isinstance(html, Path) else html
    return st.components.v2.component(name, html=written or None, css=_read(css), js=script_of(script))


@cache
def script_of(entry: Path) -> str:
    """Return the module `entry` and all that it imports as one module, each before those that import it.

    Modules import by name from their own folder, on one line, and export declarations; only `entry` has a default.
    """
    written: dict[Path, str] = {}
    _add(entry, written)
    return "\n".join(written.values())


def _add(module: Path, written: dict[Path, str]) -> None:
    text = _read(module)
    for name in _IMPORT.findall(text):
        imported = module.with_name(name)
        if imported not in written:
            _add(imported, written)
    written[module] = _EXPORT.sub("", _IMPORT.sub("", text))


@cache
def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def once(key: str) -> str:
    """The id for the action `key` (such as "start" or a request's id): the same at every rerun until `done(key)`."""
    return str(st.session_state.setdefault(f"once:{key}", uuid.uuid4().hex))


def done(key: str) -> None:
    """The action happened; the next press of it is a new one."""
    st.session_state.pop(f"once:{key}", None)
