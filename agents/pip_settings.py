"""How pip on this machine reaches its index: what its files and its environment say.

Addresses and proxies may hold passwords, so they go to the index and to pip, never into a text or the log.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DEFAULT_INDEX = "https://pypi.org/simple"
CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

_NEEDED = re.compile(
    r"PIP_\w+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|PATH|HOME|LANG|LC_\w+|TMPDIR|"
    r"XDG_CONFIG_\w+",
    re.IGNORECASE,
)
_PROXY = re.compile(r"(https?|all|no)_proxy", re.IGNORECASE)
_OF_THE_INDEX = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout")


def pip_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what of `environ` pip needs on this machine; no secret of the studio's is among it."""
    chosen = {name: value for name, value in environ.items() if _NEEDED.fullmatch(name)}
    return {**chosen, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}


@cache
def pip_settings() -> Mapping[str, str]:
    """pip's settings from its files and its environment, by name, such as "index-url"; {} where there is no pip."""
    command = [sys.executable, "-I", "-m", "pip", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, env=pip_environment(), timeout=60)
    pairs = (line.partition("=") for line in said.stdout.splitlines())
    return {key.rpartition(".")[2]: value.strip("'\"").replace("\\n", " ") for key, _, value in pairs}


def index_urls(settings: Mapping[str, str]) -> list[str]:
    """Return the indexes that can be asked over the network, the first one first."""
    urls = [settings.get("index-url", DEFAULT_INDEX), *settings.get("extra-index-url", "").split()]
    return [url for url in urls if _is_remote(url)]


def for_install(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what pip inside a sandbox must be told to reach the same index: variables, none of them a path."""
    said = {name: value for name, value in pip_settings().items() if name in _OF_THE_INDEX}
    if extra := said.get("extra-index-url"):
        said["extra-index-url"] = " ".join(url for url in extra.split() if _is_remote(url))
    proxies = {name: value for name, value in environ.items() if _PROXY.fullmatch(name)}
    return {**proxies, **{f"PIP_{name.upper().replace('-', '_')}": value for name, value in said.items() if value}}


def certificates(environ: Mapping[str, str] = os.environ) -> str:
    """Return the certificates that pip here trusts instead of its own, as text; "" when it is told of none."""
    named = [pip_settings().get("cert", ""), *(environ.get(name, "") for name in CERTIFICATES)]
    for file in filter(None, named):
        if Path(file).is_file():
            return Path(file).read_text(encoding="utf-8", errors="replace")
    return ""


def _is_remote(url: str) -> bool:
    return url.startswith(("http://", "https://"))
