"""What code and tools of a team may reach and use: network, time, memory.

Values only. The studio's own limits are upper bounds; see `agents.sandbox`.
"""

from typing import Literal

from pydantic import Field, field_validator

from agents.specs.validation import Spec

Network = Literal["none", "all"]


class SandboxSpec(Spec):
    """The room in which a team's code runs."""

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
                raise ValueError(f"Found {host!r}; write a host's name alone, such as 'api.example.com'.")
        return hosts
