"""Build the wheel: everything under one package, `groupchat_studio`, so that it takes no other project's import name.

In the checkout the packages are called `agents` and `pages`, and `agents` is also what another project installs. What
goes into the wheel is a copy in which every import, docstring and comment names them as they are called there.
Called by hatchling.
"""

import ast
import io
import re
import shutil
import tempfile
import tokenize
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "groupchat_studio"
NAMES = {"agents": PACKAGE, "pages": f"{PACKAGE}.pages"}
"""Package in the checkout -> package in the wheel."""
APP = "streamlit_app"
"""Folder of app.py and its .streamlit in the wheel: a folder of its own, for Streamlit puts it on the import path."""
PROSE = re.compile(r"(?<=`)(from |import |)(agents|pages)(?=\.[a-z_]| import )")
"""How docstrings and comments name a module."""
TYPED = "python -m agents"
"""What people type in the checkout where they type `groupchat-studio` after an installation."""


class WheelBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the copy to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the copy; it lives until the wheel is written."""
        if version == "editable":
            raise RuntimeError("The studio cannot be installed as editable. In the checkout start it with `make run`.")
        self._folder = Path(tempfile.mkdtemp(prefix="groupchat-studio-"))
        copy_package(Path(self.root), self._folder / PACKAGE)
        build_data["force_include"][str(self._folder / PACKAGE)] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copy."""
        shutil.rmtree(self._folder)


def copy_package(checkout: Path, target: Path) -> None:
    """Write the wheel's package into `target`, which does not exist yet."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(checkout / "agents", target, ignore=ignored)
    shutil.copytree(checkout / "pages", target / "pages", ignore=ignored)
    (target / APP).mkdir()
    shutil.copy(checkout / "app.py", target / APP)
    shutil.copytree(checkout / ".streamlit", target / APP / ".streamlit", ignore=shutil.ignore_patterns("secrets.toml"))
    for file in target.rglob("*.py"):
        file.write_text(renamed(file.read_text(encoding="utf-8")), encoding="utf-8")


def renamed(source: str) -> str:
    """Return a module's source with `agents` and `pages` as the wheel calls them: in imports, docstrings and comments.

    Variables of these names stay. ValueError for `import agents.x` whose name is used afterwards: it would be renamed
    nowhere else."""
    lines = source.splitlines(keepends=True)
    roots = _roots(ast.parse(source))
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        line, column = token.start
        if token.type == tokenize.NAME and (line, column) in roots:
            lines[line - 1] = lines[line - 1][:column] + NAMES[token.string] + lines[line - 1][token.end[1] :]
        elif token.type in (tokenize.COMMENT, tokenize.STRING):
            _replace(lines, token, PROSE.sub(lambda found: found[1] + NAMES[found[2]], token.string))
    return "".join(lines)


def _replace(lines: list[str], token: tokenize.TokenInfo, text: str) -> None:
    """Put `text` where the token is; its number of lines stays."""
    text = text.replace(TYPED, "groupchat-studio")
    (first, start), (last, end) = token.start, token.end
    whole = lines[first - 1][:start] + text + lines[last - 1][end:]
    lines[first - 1 : last] = whole.splitlines(keepends=True)


def _roots(tree: ast.Module) -> set[tuple[int, int]]:
    """Return (line, column) of each `agents` and `pages` with which the name of an imported module begins."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    bound = {alias.name.partition(".")[0] for node in imports for alias in node.names if not alias.asname}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if wrong := bound & used & NAMES.keys():
        raise ValueError(f"Write `from x import y` instead of `import {wrong.pop()}`, so that it can be renamed.")
    found = {(alias.lineno, alias.col_offset) for node in imports for alias in node.names if _is_ours(alias.name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module or ""):
            found.add((node.lineno, node.col_offset + len("from ")))
    return found


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in NAMES
