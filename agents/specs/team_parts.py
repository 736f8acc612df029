"""Parts of a team that stand by themselves: its sandbox, what its members read of a long chat, and what a chat leaves.

Values only. `agents.specs.team` puts them together.
"""

from typing import Literal

from pydantic import Field, field_validator

from agents.specs.validation import Spec, quoted

MAX_PROMPT_CHARS = 100_000

Network = Literal["none", "all"]


class SandboxSpec(Spec):
    """What a team's code may reach and use."""

    network: Network = "none"
    """none: code reaches nothing. all: whatever this machine reaches; package installs have their own way."""
    timeout_s: float = Field(60, gt=0, le=3_600)
    """Seconds that one block may take."""
    memory_mb: int = Field(1_024, ge=64, le=65_536)
    """MiB that all processes of one block may use together."""
    allowed_hosts: list[str] = Field([], max_length=200)
    """Hosts that the tool `http_get` may ask, as globs such as `*.example.com`; none when empty."""

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_names(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not host.strip() or "/" in host or ":" in host or any(map(str.isspace, host)):
                raise ValueError(f"Found {quoted(host)}; write a host's name alone, such as 'api.example.com'.")
        return hosts


ToolMemory = Literal["turn", "caller", "everybody"]


class ContextSpec(Spec):
    """What its members' models read of a chat that grows long, and of tools. The task is always read."""

    method: Literal["fit", "last", "summary"] = "fit"
    """fit: everything, and once that does not fit, no longer the oldest messages. last: the last `n_messages`.
    summary: everything, and once that does not fit, a model's summary of the oldest messages."""
    n_messages: int = Field(30, ge=1, le=100_000)
    """Of last."""
    connection: str = ""
    """Connection of the model that writes summaries; the team's when empty."""
    model: str = Field("", max_length=200)
    tools: ToolMemory = "caller"
    """Who reads a turn's tool calls and their results in later turns. turn: nobody. caller: whose calls they were.
    everybody: all members, as in AutoGen."""


SUMMARY_PROMPT = (
    "Summarize the takeaway from the conversation. Do not add any introductory phrases. If the intended request is NOT "
    "properly addressed, please point it out."
)
"""AutoGen's own (CA:57)."""


class SummarySpec(Spec):
    """What a chat leaves as its result."""

    method: Literal["last", "model"] = "last"
    """last: its last message. model: what a model makes of the whole chat (AutoGen's reflection_with_llm)."""
    prompt: str = Field(SUMMARY_PROMPT, min_length=1, max_length=MAX_PROMPT_CHARS)
    """What the model is told behind the chat's messages."""
    connection: str = ""
    """Connection of that call; the team's when empty."""
    model: str = Field("", max_length=200)
