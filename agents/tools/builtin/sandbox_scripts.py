"""The scripts that run inside the sandbox, as one text for its Python, with the modules of ours that they import.

The sandbox sees no file of the studio. So the source of those modules is part of the text, behind an importer that
finds it there.
"""

import base64
import json
import zlib
from functools import cache
from pathlib import Path

from agents.tools.builtin import scripts
from agents.workspaces import tables

FOLDER = Path(str(scripts.__file__)).parent
_IMPORTER = """
import base64, importlib.abc, importlib.util, json, sys, zlib

SOURCES = json.loads(zlib.decompress(base64.b64decode("{packed}")))


class Importer(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def is_package(self, name):
        return any(known.startswith(name + ".") for known in SOURCES)

    def find_spec(self, name, path=None, target=None):
        if name in SOURCES or self.is_package(name):
            return importlib.util.spec_from_loader(name, self, is_package=self.is_package(name))

    def get_source(self, name):
        return SOURCES.get(name, "")


sys.meta_path.insert(0, Importer())
"""


@cache
def script_text(script: str) -> str:
    """Return what to give `python -c` to run that script."""
    return f"{importer()}\n{FOLDER.joinpath(script + '.py').read_text(encoding='utf-8')}"


@cache
def importer() -> str:
    """Return the text that makes the modules importable."""
    sources = {
        f"{package.__name__}.{file.stem}": file.read_text(encoding="utf-8")
        for package in (scripts, tables)
        for file in sorted(Path(str(package.__file__)).parent.glob("*.py"))
        if file.stem != "__init__"
    }
    packed = base64.b64encode(zlib.compress(json.dumps(sources).encode(), 9)).decode()
    return _IMPORTER.format(packed=packed)
