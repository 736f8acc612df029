"""A service that takes notices: a real HTTP server, to which apprise posts JSON."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.waiting import WITHIN_S


class Webhook:
    """Listens from `__enter__` to `__exit__`; what came is in `bodies`. `status` is what it answers from now on."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self._changed = threading.Condition()
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with webhook._changed:
                    if webhook.status == 200:
                        webhook.bodies.append(body)
                    webhook._changed.notify_all()
                self.send_response(webhook.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], name="webhook", daemon=True)

    def __enter__(self) -> "Webhook":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(WITHIN_S)

    @property
    def url(self) -> str:
        """Its address, with secrets in every place that can hold one."""
        return f"json://bob:hunter22@127.0.0.1:{self._server.server_port}/hooks/T0KEN-4711?+X-Key=k3y-0815"

    @property
    def closed_url(self) -> str:
        """The same where nobody listens."""
        return self.url.replace(f":{self._server.server_port}", ":9")

    @property
    def subjects(self) -> list[str]:
        return [body["title"] for body in self.bodies]

    def wait_for(self, n: int, timeout_s: float = WITHIN_S) -> list[dict[str, Any]]:
        """The bodies, once `n` have come; AssertionError when they do not."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.bodies) >= n, timeout_s), self.bodies
        return self.bodies


SECRETS = ("hunter22", "T0KEN-4711", "4711", "k3y-0815", "0815")
