"""A reverse proxy as people put before the studio: HTTPS on a name of its own, and one path is all it forwards."""

import asyncio
import base64
import contextlib
import datetime
import hashlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.waiting import WITHIN_S

PIECE_BYTES = 65_536
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nNot here."


class TlsProxy:
    """Forwards what is below `path` to a port of this machine, unchanged; all else is not found, and noted."""

    def __init__(self, port: int, path: str, folder: Path):
        self._port, self._path = port, path
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate, key, self.key_sha256 = _certificate(folder)
        self._context.load_cert_chain(certificate, key)
        self._clients: set[asyncio.Task[None]] = set()
        self.url = ""
        self.missed: list[str] = []
        """Paths that were asked for and not forwarded."""

    async def serve(self, is_up: threading.Event, told: asyncio.Event) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}"
        is_up.set()
        await told.wait()
        server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._forward(reader, writer)
        finally:
            writer.close()
            self._clients.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one request; a connection carries no second one, unless it became a socket."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ", 2)[1].partition("?")[0]
        if path != self._path and not path.startswith(f"{self._path}/"):
            self.missed.append(path)
            writer.write(NOT_FOUND)
            await writer.drain()
            return
        if "upgrade: websocket" not in head.lower():
            lines = [line for line in head.split("\r\n") if line and not line.lower().startswith("connection:")]
            head = "\r\n".join([*lines, "Connection: close", "X-Forwarded-Proto: https", "", ""])
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            inner_writer.write(head.encode("latin-1"))
            sending = asyncio.create_task(_pump(reader, inner_writer))
            try:
                await _pump(inner_reader, writer)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        finally:
            inner_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()


@contextlib.contextmanager
def tls_proxy(port: int, path: str, folder: Path) -> Iterator[TlsProxy]:
    """A proxy before the server at `port`, from here to the end of the block."""
    proxy, is_up, told = TlsProxy(port, path, folder), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await proxy.serve(is_up, told)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="tls-proxy")
    thread.start()
    try:
        assert is_up.wait(WITHIN_S)
        yield proxy
    finally:
        loops[0].call_soon_threadsafe(told.set)
        thread.join(WITHIN_S)
        assert not thread.is_alive()


def _certificate(folder: Path) -> tuple[Path, Path, str]:
    """Make a certificate that nobody signed but itself; return its file, its key's, and by what a browser is told to
    trust it: the SHA-256 of its public key in base 64."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxy")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
    signed = builder.not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    certificate, key_file = folder / "proxy.pem", folder / "proxy.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return certificate, key_file, base64.b64encode(hashlib.sha256(public).digest()).decode()
