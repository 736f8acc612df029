"""Model servers that run on this machine, found at the ports that they usually have.

Asks this machine only, for what it lists, and waits a moment at most. Called by the studio where somebody looks for a
model: never while chats run.
"""

import http.client
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from agents.models.names import chat_models
from agents.specs.providers import LOCAL_SERVERS, Provider

HOST = "127.0.0.1"
WAIT_S = 0.7
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class LocalServer:
    """One that answers."""

    provider: Provider
    base_url: str
    models: list[str]
    """What it lists, those that chat only; [] when it has none yet."""


def find_local_servers(ports: Mapping[int, Provider] = LOCAL_SERVERS) -> list[LocalServer]:
    """Return the servers that answer at these ports of this machine, in their order."""
    with ThreadPoolExecutor(max_workers=len(ports) or 1) as asking:
        listed = [*asking.map(_listed, ports)]
    return [
        LocalServer(provider, f"http://localhost:{port}/v1", chat_models(models))
        for (port, provider), models in zip(ports.items(), listed, strict=True)
        if models is not None
    ]


def _listed(port: int) -> list[str] | None:
    """Return the models that a server at this port lists; None when there is none, or something else."""
    connection = http.client.HTTPConnection(HOST, port, timeout=WAIT_S)
    try:
        connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = json.loads(answer.read(MAX_BYTES)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    finally:
        connection.close()
    if not isinstance(body, dict) or body.get("object") != "list":
        return None
    listed = body.get("data")
    entries = listed if isinstance(listed, list) else []
    return [str(item["id"]) for item in entries if isinstance(item, dict) and item.get("id")]
