"""Model servers that run on this machine, found at the ports that they usually have.

Asks this machine only, for what it lists, and waits a moment at most. Called by the studio where somebody looks for a
model: never while chats run.
"""

import http.client
import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from agents.models.deadline import within
from agents.models.names import chat_models
from agents.specs.providers import LOCAL_SERVERS, Provider

HOST = "127.0.0.1"
WAIT_S = 0.7
"""For a connection, and for each piece of an answer."""
ANSWER_S = 2.0
"""For the whole of it."""
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
    try:
        with closing(http.client.HTTPConnection(HOST, port, timeout=WAIT_S)) as connection:
            connection.connect()
            opened: socket.socket = connection.sock
            try:
                body = within(ANSWER_S, lambda: _answer(connection))
            finally:
                with suppress(OSError):  # it is closed already
                    opened.shutdown(socket.SHUT_RDWR)  # ends the thread that still reads
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.get("object") != "list":
        return None
    listed = body.get("data")
    entries = listed if isinstance(listed, list) else []
    return [str(item["id"]) for item in entries if isinstance(item, dict) and item.get("id")]


def _answer(connection: http.client.HTTPConnection) -> Any:
    connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
    with connection.getresponse() as answer:
        return json.loads(answer.read(MAX_BYTES)) if answer.status == 200 else None
