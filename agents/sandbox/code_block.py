"""What a block of code says about itself: its file name, the modules it imports, the packages it installs with pip.

Pure functions over code and the names in a workspace. Nothing is imported or run, and no index is asked.
"""

import ast
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name as canonical

from agents.sandbox.python_env import pinned
from agents.sandbox.values import MissingPackage

PYTHON = ("python", "py", "python3")
SHELL = ("sh", "bash", "shell")
SAVED = {"html": "html", "css": "css", "javascript": "js", "js": "js"}
"""Languages whose blocks are kept as files and not run, as AutoGen does; and what their files end with."""

_COMMENTS = (("#", ""), ("//", ""), ("/*", "*/"), ("<!--", "-->"))
"""What a comment begins and ends with."""
_NAMED = re.compile(r"file\s?name\s*:\s*(.+)", re.IGNORECASE)
_LOOKS_LIKE_ONE = re.compile(
    r"[\w-][\w./-]*\.(py|sh|bash|txt|md|json|jsonl|csv|tsv|html|css|js|ya?ml|toml|ini|cfg|sql|xml)"
)
MAX_NAME_CHARS = 200


def name_in(code: str) -> str:
    """Return the name that the code's first line gives it ("# filename: x.py", "# x.py"); "" when it gives none.

    AutoGen takes any first comment for a name; here one without "filename:" must look like a name."""
    first = code.lstrip("\ufeff").partition("\n")[0].strip()
    for begin, end in _COMMENTS:
        inner = first[len(begin) : len(first) - len(end)].strip()
        if inner and first.startswith(begin) and first.endswith(end):
            text = inner.strip("`'\"")
            if named := _NAMED.fullmatch(text):
                return named.group(1).strip().strip("`'\"")
            return text if _LOOKS_LIKE_ONE.fullmatch(text) else ""
    return ""


def wrong_file_name(name: str) -> str:
    """Return why a block may not be kept under this name, for the agent; "" when it may."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return f"The file name {name[:200]!r} leads out of the workspace. Nothing ran. Name a file within it."
    is_plain = name.isprintable() and not any(part.startswith("-") for part in path.parts)
    if not is_plain or not path.name or len(name) > MAX_NAME_CHARS or name.endswith("/"):
        return f"The file name {name[:200]!r} cannot be used. Nothing ran. Choose a plain one such as 'main.py'."
    return ""


def within(name: str) -> str:
    """Return the name relative to the workspace: agents may write its full path as they see it, /workspace/x.py."""
    return name.removeprefix("/workspace/").removeprefix("./")


PACKAGE_OF = {
    "Crypto": "pycryptodome", "OpenSSL": "pyOpenSSL", "PIL": "pillow", "attr": "attrs", "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless", "dateutil": "python-dateutil", "docx": "python-docx", "dotenv": "python-dotenv",
    "faiss": "faiss-cpu", "fitz": "PyMuPDF", "fpdf": "fpdf2", "git": "GitPython", "github": "PyGithub",
    "googleapiclient": "google-api-python-client", "jose": "python-jose", "jwt": "PyJWT", "kafka": "kafka-python",
    "ldap": "python-ldap", "magic": "python-magic", "markdown_it": "markdown-it-py", "mpl_toolkits": "matplotlib",
    "mysql": "mysql-connector-python", "MySQLdb": "mysqlclient", "nacl": "PyNaCl", "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary", "pylab": "matplotlib", "serial": "pyserial", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "slugify": "python-slugify", "telegram": "python-telegram-bot",
    "umap": "umap-learn", "usb": "pyusb", "websocket": "websocket-client", "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip
"""Module -> the package that holds it, where the names differ."""

TAKES_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-t", "--target", "-i", "--index-url", "--extra-index-url", "-f",
    "--find-links", "-e", "--editable", "--prefix", "--root", "--only-binary", "--no-binary", "--trusted-host",
    "--proxy", "--python",
}  # fmt: skip
"""Options of `pip install` whose next word is theirs."""

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
"""A package's name, as the index allows it."""
VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,48}")
MAX_FILES_LOOKED_AT = 5_000


def wanted(language: str, code: str, workspace: Path) -> list[MissingPackage]:
    """Return what the block wants beyond Python's own library and the workspace's modules: each once, in their
    order, with the version that `pip install x==1.2` pins."""
    modules = sorted(imports(code)) if language in PYTHON else []
    local_modules = _modules_in(workspace) if modules else set()
    found = [MissingPackage(name, PACKAGE_OF.get(name, name)) for name in modules if name not in local_modules]
    for want in _pip_installs(code, is_python=language in PYTHON):
        if canonical(want.package) not in {canonical(other.package) for other in found}:
            found.append(want)
    return found


def imports(code: str) -> set[str]:
    """Return the modules (their first names) that Python code imports outright: not Python's own, and none inside a
    `try` that expects them to be absent."""
    lines = (line if not line.lstrip().startswith(("!", "%")) else "" for line in code.splitlines())
    text = "\n".join(lines)
    try:
        names = set(_imported(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two when it is nested without end
        names = set(re.findall(r"^[ \t]*+(?:import|from)[ \t]++([A-Za-z_]\w*)", text, re.MULTILINE))
    return {name for name in names if name not in sys.stdlib_module_names and name.isidentifier()}


def wrong_package(package: str, version: str) -> str:
    """Return why pip is not asked for this; "" when it may be. Addresses and options are no names."""
    if not NAME.fullmatch(package):
        return f"{package[:80]!r} is not a package's name."
    if version and not VERSION.fullmatch(version):
        return f"{version[:80]!r} is not a version."
    return ""


@cache
def provided_modules() -> frozenset[str]:
    """Return the modules of the packages in the sandbox's own environment."""
    modules = {canonical(package): module for module, package in PACKAGE_OF.items()}
    return frozenset(modules.get(canonical(name), name.replace("-", "_")) for name in pinned()) | {
        "mpl_toolkits",
        "pylab",
    }


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Try) and any(map(_expects_absence, node.handlers)):
            for rest in (*node.handlers, *node.orelse, *node.finalbody):
                yield from _imported(rest)
        else:
            yield from _imported(node)


def _expects_absence(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    named = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(named & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _pip_installs(code: str, *, is_python: bool) -> Iterator[MissingPackage]:
    for line in code.replace("\\\n", " ").splitlines():
        text = line.strip()
        if is_python:
            if not text.startswith(("!", "%")):
                continue
            text = text[1:]
        for name, version in _after_install(text):
            yield MissingPackage("", name, version)


def _after_install(line: str) -> Iterator[tuple[str, str]]:
    """(name, version) of each package that a shell line installs with pip."""
    if "install" not in line:
        return
    try:
        reading = shlex.shlex(line, posix=True, punctuation_chars=";&|")
        reading.whitespace_split = True
        words = list(reading)
    except ValueError:
        return
    is_installing, skips = False, False
    for position, word in enumerate(words):
        if set(word) <= set(";&|"):
            is_installing = False
        elif word == "install" and re.fullmatch(r"(.*/)?pip[\d.]*", words[position - 1] if position else ""):
            is_installing, skips = True, False
        elif is_installing and skips:
            skips = False
        elif is_installing and word.startswith("-"):
            skips = word in TAKES_VALUE
        elif is_installing:
            name, _, rest = word.partition("==")
            name = re.split(r"[\[<>=!~;@ ]", name)[0]
            if NAME.fullmatch(name):
                yield name, rest if VERSION.fullmatch(rest) else ""


def _modules_in(workspace: Path) -> set[str]:
    """Names of the modules and folders that lie in the workspace; the first thousands of files are enough."""
    names: set[str] = set()
    n_files = 0
    for _, folders, files in os.walk(workspace):
        names.update(folders)
        names.update(file.removesuffix(".py") for file in files if file.endswith(".py"))
        n_files += len(files) + len(folders)
        if n_files > MAX_FILES_LOOKED_AT:
            break
    return names


def unpinned(wants: Iterable[MissingPackage]) -> list[MissingPackage]:
    """Return those that are not in the sandbox's own environment."""
    return [
        want for want in wants if want.module not in provided_modules() and canonical(want.package) not in _pinned()
    ]


@cache
def _pinned() -> frozenset[str]:
    return frozenset(map(canonical, pinned()))
