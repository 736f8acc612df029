"""A way to PostgreSQL that can be cut at the worst moment: after the server did what it was told, before it says so."""

import contextlib
import select
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any, Self


class CutLine:
    """Stands between a client and the server of `url`; `url` of its own is what the client should use."""

    def __init__(self, url: str):
        self._server = f"{url.partition('host=')[2]}/.s.PGSQL.5432"
        self._folder = tempfile.TemporaryDirectory(prefix="studio-cut-", dir="/tmp")
        self.url = f"{url.partition('host=')[0]}host={self._folder.name}"
        self.n_cut = 0
        self._cut_at: bytes | None = None
        self._seen = b""
        self._listening = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> Self:
        self._listening.bind(str(Path(self._folder.name) / ".s.PGSQL.5432"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._listening.close()
        self._folder.cleanup()

    def cut_after_commit_of(self, text: str) -> None:
        """The next commit of a transaction that sent `text` is carried out, and its answer never arrives."""
        self._cut_at = text.encode()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._carry, args=[client, server], daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        has_text = is_cutting = False
        with client, server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    try:
                        piece = source.recv(65536)
                    except OSError:
                        return
                    if not piece:
                        return
                    if source is server:
                        if is_cutting:
                            self.n_cut += 1
                            return
                        client.sendall(piece)
                        continue
                    has_text = has_text or (self._cut_at is not None and self._cut_at in piece)
                    if has_text and b"COMMIT" in piece:
                        is_cutting, self._cut_at = True, None
                    server.sendall(piece)
