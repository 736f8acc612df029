"""A server that answers one byte at a time, for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

EVERY_S = 0.05


@contextmanager
def dripping(beginning: bytes, drop: bytes = b" ") -> Iterator[int]:
    """The port of a server that answers every request with `beginning` and then with one `drop` after the other."""
    stopping = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # whoever asked went away
            connection.recv(65_536)
            connection.sendall(beginning)
            while not stopping.wait(EVERY_S):
                connection.sendall(drop)

    def serve() -> None:
        with suppress(OSError):  # closed below
            while True:
                threading.Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        stopping.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
