"""An MCP server whose tools agents may call: how it is started or reached, and for whom. Holds names of secrets only.

Values only. Values of its environment variables and headers are the store's secrets; `agents.tools.mcp` calls it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from agents.specs.validation import Spec, checked_url, quoted, read_spec

SERVER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")

WORKSPACE = "{workspace}"
"""In an argument of a server for each chat: the folder of the chat's files."""

ServerKind = Literal["stdio", "http"]
ServerScope = Literal["shared", "chat"]


def _checked(pattern: str, what: str, names: list[str]) -> list[str]:
    if any(not re.fullmatch(pattern, name) for name in names):  # unnamed: what is no name may be a value
        raise ValueError(f"One of the {what} has no usable name; write NAME=value, one a line.")
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError(f"One of the {what} is given twice.")
    return names


Variables = Annotated[list[str], AfterValidator(partial(_checked, r"[A-Za-z_][A-Za-z0-9_]*", "environment variables"))]
Headers = Annotated[list[str], AfterValidator(partial(_checked, r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "headers"))]


class McpServerSpec(Spec):
    """How an MCP server is started or reached."""

    name: str
    """The tools are called `name__tool`."""
    kind: ServerKind = "stdio"
    """stdio: a program that is started here. http: an address (Streamable HTTP)."""
    command: str = Field("", max_length=1_000)
    """The program, without a shell; stdio only."""
    args: list[str] = Field([], max_length=100)
    url: str = Field("", max_length=2_000)
    """http only."""
    env: Variables = Field([], max_length=100)
    """Names of the environment variables that the program gets besides PATH, HOME and the like."""
    headers: Headers = Field([], max_length=50)
    """Names of the headers that are sent with every request."""
    scope: ServerScope = "shared"
    """shared: one for all chats of a worker. chat: each chat has its own, which may be told the folder of its files."""
    timeout_s: float = Field(60, gt=0, le=3_600)
    """Longest wait for the result of a call."""
    trusts_hints: bool = False
    """Whether to believe the server when it says that a tool only reads, or may be called twice."""
    enabled: bool = True

    @field_validator("name")
    @classmethod
    def _name_is_usable(cls, name: str) -> str:
        if not SERVER_NAME.fullmatch(name):
            raise ValueError(f"Found {quoted(name)}; use up to 24 of a-z, 0-9 and '-', such as 'files'.")
        return name

    @field_validator("url")
    @classmethod
    def _url_is_http(cls, url: str) -> str:
        return checked_url(
            url, example="http://localhost:8000/mcp", secrets="send it as a header", query="A key goes in a header"
        )

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if any("\0" in text for text in (self.command, *self.args)):
            raise ValueError("A command holds no NUL character.")
        if self.kind == "stdio" and not self.command.strip():
            raise ValueError("Give the command that starts the server, such as 'npx'.")
        if self.kind == "http" and not self.url:
            raise ValueError("Give the address of the server, such as 'http://localhost:8000/mcp'.")
        return self


def mcp_server(fields: Mapping[str, Any]) -> McpServerSpec:
    """The server of those fields; SpecError names each that cannot be used."""
    return read_spec(McpServerSpec, dict(fields), "The MCP server")


class McpTool(Spec):
    """A tool as it was listed, made fit for models."""

    name: str
    """The server's own name of it."""
    description: str = ""
    arguments: dict[str, Any] = {}
    """JSON schema of an object."""
    is_idempotent: bool = False
    """What the server says; counts only where its hints are trusted."""


@dataclass(frozen=True)
class McpSecrets:
    """What is never listed, logged or shown."""

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class McpServerRow:
    """A saved server, without its secrets."""

    spec: McpServerSpec
    version: str
    """Another one after each change."""
    tools: list[McpTool]
    """What it listed when it was last asked, or before it failed to answer."""
    listed_at: datetime | None
    """When it was last asked; None: never since it was changed."""
    error: str
    """Why it did not answer then, or which of its tools are left out; "" when all is well."""
