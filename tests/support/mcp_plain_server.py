"""A server of the bare protocol that says what it is told to: argument 1 is a JSON file {"tools": [...], "call": ...}.

Its own tools are `TOOLS`, listed or not; "call" is the result of every other. "mute" answers nothing, "endless" writes
a line without end, "deaf" ignores that its input ended and every request to go, "noisy" prints what is no message.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

SAYS = cast(dict[str, Any], json.loads(Path(sys.argv[1]).read_text()))


def count() -> int:
    """How often this very run of the server was asked."""
    global n_counted
    n_counted += 1
    return n_counted


def environment() -> dict[str, Any]:
    return {"pid": os.getpid(), "folder": os.getcwd(), "args": sys.argv[2:], "env": dict(os.environ)}


def slow(path: str, seconds: float) -> str:
    """Writes its process id to a file and takes its time."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)
    return "done"


def die() -> None:
    print("disk full", file=sys.stderr, flush=True)
    os._exit(3)


n_counted = 0
TOOLS: dict[str, Callable[..., Any]] = {"count": count, "environment": environment, "slow": slow, "die": die}


def answer(request: dict[str, Any]) -> dict[str, Any] | None:
    match request.get("method"):
        case "initialize":
            version = request["params"]["protocolVersion"]
            about = {"name": "plain", "version": "1"}
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
        case "tools/list":
            return {"tools": SAYS.get("tools", [])}
        case "tools/call" if request["params"]["name"] in TOOLS:
            said = TOOLS[request["params"]["name"]](**request["params"]["arguments"])
            return {"content": [{"type": "text", "text": json.dumps(said)}]}
        case "tools/call":
            called = {"content": [{"type": "text", "text": "called"}]}
            return cast(dict[str, Any], SAYS.get("call", called))
    return None


def send(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def main() -> None:
    if SAYS.get("noisy"):
        print("Welcome!\n{}\n[1]\nnull", flush=True)
    if SAYS.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request or SAYS.get("mute"):
            continue
        if request["method"] == "tools/call" and SAYS.get("endless"):
            while True:
                sys.stdout.write("x" * 1_000_000)
        result = answer(request)
        if result is None:
            send({"id": request["id"], "error": {"code": -32601, "message": "Method not found"}})
        else:
            send({"id": request["id"], "result": result})
    while SAYS.get("deaf"):
        time.sleep(60)


main()
