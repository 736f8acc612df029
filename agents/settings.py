"""Where the studio keeps its data, its models, and how many workers it starts: what the environment says, checked once.

Values only; nothing is opened or made here. Read by `agents.studio`, `agents.worker`, `agents.cli` and `app.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import environ as process_environ
from pathlib import Path
from typing import Self

from platformdirs import user_cache_path, user_data_path

from agents.errors import StudioError
from agents.version import DISTRIBUTION, IS_INSTALLED

AUTOMATIC = "auto"
MAX_WORKERS = 64
DEFAULT_URL = "http://127.0.0.1:8501"
_SITE = re.compile(r"https?://(\*\.)?[\w-]+(\.[\w-]+)*(:(\d+|\*))?", re.ASCII | re.IGNORECASE)
SANDBOXES = ("auto", "bubblewrap", "docker", "off", "host-without-isolation")
"""Where code may run; auto takes the first of bubblewrap and docker that works, else none. Never the host by itself."""


@dataclass(frozen=True)
class Settings:
    """What every process of one studio must agree on."""

    home: Path
    """Folder of the database, the key file and the chats' workspaces; absolute. STUDIO_HOME."""
    db_url: str
    """SQLAlchemy's URL of the database. STUDIO_DB."""
    workers: int = 1
    """Worker processes that the web process starts as its children; 0: none. STUDIO_WORKERS."""
    url: str = DEFAULT_URL
    """Where people open the studio, for links in notices; no slash at its end. STUDIO_URL."""
    embedded_in: tuple[str, ...] = ()
    """Sites whose pages may show the studio in a frame. STUDIO_EMBEDDED_IN."""
    sandbox: str = "auto"
    """Where code runs, one of SANDBOXES. STUDIO_SANDBOX."""
    models: Path = field(default_factory=lambda: _models({}))
    """Folder of the local models' files, shared by all studios of this user. STUDIO_MODELS."""
    local_model: str = AUTOMATIC
    """The local model by name; "auto": what suits this machine, "off": none. STUDIO_LOCAL_MODEL."""
    home_reason: str = field(default="", compare=False)
    """Why `home` is the folder, as words that stand behind its path."""

    @property
    def plugins(self) -> Path:
        """Folder of the team authors' own tools; need not exist."""
        return self.home / "plugins"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = process_environ) -> Self:
        """What `environ` says, defaults filled in; StudioError names the variable that cannot be used."""
        home, reason = _home(environ)
        return cls(
            home=home,
            home_reason=reason,
            db_url=_db_url(environ, home),
            workers=_workers(environ),
            url=_url(environ),
            embedded_in=_sites(environ),
            sandbox=_sandbox(environ),
            models=_models(environ),
            local_model=environ.get("STUDIO_LOCAL_MODEL", "").strip() or AUTOMATIC,
        )


def _home(environ: Mapping[str, str]) -> tuple[Path, str]:
    """Return the folder, and why it is that one: STUDIO_HOME, else `.studio` in the current folder, else, where the
    wheel is installed, the user's data folder."""
    text = environ.get("STUDIO_HOME", "")
    here = Path(".studio").absolute()
    if not text and IS_INSTALLED and not here.is_dir():
        return user_data_path(DISTRIBUTION, appauthor=False), "your data folder; STUDIO_HOME names another"
    if not text:
        return here, "the folder .studio where you started it; STUDIO_HOME names another"
    return _folder("STUDIO_HOME", text), "named by STUDIO_HOME"


def _models(environ: Mapping[str, str]) -> Path:
    text = environ.get("STUDIO_MODELS", "")
    return _folder("STUDIO_MODELS", text) if text else user_cache_path(DISTRIBUTION, appauthor=False) / "models"


def _folder(variable: str, text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise StudioError(
            f"{variable} is {text!r}, and there is no such user here. Write the folder out, such as "
            "'/home/me/studio', or unset it to use the folder that the studio chooses by itself."
        ) from None


def _db_url(environ: Mapping[str, str], home: Path) -> str:
    url = environ.get("STUDIO_DB", "").strip()
    scheme, separator, rest = url.partition("://")
    if not url:
        return f"sqlite:///{home / 'studio.db'}"
    if separator and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return url
    raise StudioError(
        f"STUDIO_DB starts with {scheme[:40] + separator!r}, which is not a database the studio knows. Set it to "
        "'sqlite:////folder/studio.db' or 'postgresql://user:password@host/name', or unset it to use a file in "
        "STUDIO_HOME."
    )


def _url(environ: Mapping[str, str]) -> str:
    text = environ.get("STUDIO_URL", "").strip() or DEFAULT_URL
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("http", "https") or not rest.strip("/") or any(map(str.isspace, text)):
        raise StudioError(
            f"STUDIO_URL is {text[:80]!r}; expected where people open the studio, such as "
            f"'https://studio.example.com'. Set it to that, or unset it to use {DEFAULT_URL}."
        )
    return text.rstrip("/")


def _sites(environ: Mapping[str, str]) -> tuple[str, ...]:
    sites = tuple(site.rstrip("/") for site in environ.get("STUDIO_EMBEDDED_IN", "").split())
    wrong = next((site for site in sites if not _SITE.fullmatch(site)), None)
    if wrong is not None:
        raise StudioError(
            f"STUDIO_EMBEDDED_IN has {wrong[:80]!r}; expected the sites that may show the studio inside a page of "
            "theirs, such as 'https://intranet.example.com', with spaces between them. Correct it, or unset it: then "
            "no other site may."
        )
    return sites


def _workers(environ: Mapping[str, str]) -> int:
    text = environ.get("STUDIO_WORKERS", "").strip() or "1"
    if not text.isascii() or not text.isdigit() or int(text) > MAX_WORKERS:
        raise StudioError(
            f"STUDIO_WORKERS is {text[:40]!r}; expected a whole number from 0 to {MAX_WORKERS}. "
            "Set it to one, or unset it to start one worker."
        )
    return int(text)


def _sandbox(environ: Mapping[str, str]) -> str:
    text = environ.get("STUDIO_SANDBOX", "").strip() or "auto"
    if text not in SANDBOXES:
        raise StudioError(
            f"STUDIO_SANDBOX is {text[:40]!r}; expected one of {', '.join(SANDBOXES)}. Set it to one, or unset it to "
            "use the sandbox that works here."
        )
    return text
