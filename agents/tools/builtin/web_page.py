"""`http_get`: the text at an address, where the team's list of hosts has the host.

A name is resolved once, what it resolves to is checked, and the connection goes to exactly that: a name that points
into this machine's own network is refused, also when a redirect leads there. Pages are hostile, and a parser written in
C reads them: in a process of its own, without an environment, which is ended when a page takes too long.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from email.message import Message
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from agents.errors import UsageError
from agents.plain_text import quotable
from agents.specs import SandboxSpec
from agents.tools.context import ToolContext
from agents.tools.function import idempotent
from agents.version import DISTRIBUTION

TIMEOUT_S = 20.0
"""For everything: redirects, headers and content."""
MAX_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
MAX_URL_CHARS = 2_000
_TEXT_TYPES = ("json", "xml", "javascript", "yaml", "csv", "x-ndjson", "toml", "sql")


@idempotent
def http_get(url: str, context: ToolContext) -> str:
    """Fetch the text at an http or https address. Only hosts that the team allows can be asked; web pages come as
    plain text, without their markup."""
    deadline = time.monotonic() + TIMEOUT_S
    for _ in range(MAX_REDIRECTS + 1):
        address = _address(url, context.sandbox)
        answer = _fetch(address, deadline)
        if answer.location is None:
            return answer.text_for_model(url)
        url = urljoin(url, answer.location)
    raise UsageError(f"{address.host} redirects more than {MAX_REDIRECTS} times. Nothing was read.")


@dataclass(frozen=True)
class _Address:
    """Whom to ask for what; checked."""

    scheme: str
    host: str
    port: int
    path: str
    ips: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    status: int
    reason: str
    headers: Message
    content: bytes
    location: str | None

    def text_for_model(self, url: str) -> str:
        """What the model reads; UsageError for a failure and for what is no text."""
        kind = self.headers.get_content_type() if self.headers["Content-Type"] else "text/plain"
        is_text = kind.startswith("text/") or kind.endswith(("+json", "+xml")) or kind.endswith(_TEXT_TYPES)
        if not is_text or self.headers.get("Content-Encoding", "identity") != "identity":
            raise UsageError(f"What is at {quotable(url.strip())} is {kind[:80]}; http_get reads text only.")
        text = _decoded(self.content, self.headers.get_content_charset())
        if kind == "text/html":
            text = text_of(text)
        if self.status >= 400:
            said = f" It says: {text.strip()[:500]}" if text.strip() else ""
            raise UsageError(f"{quotable(url.strip())} answered {self.status} {self.reason[:80]}.{said}")
        is_cut = len(self.content) > MAX_BYTES
        note = f"\n[... it is longer than {MAX_BYTES:,} bytes; the rest was not read]" if is_cut else ""
        return f"{quotable(url.strip())} ({self.status}, {kind})\n\n{text}{note}"


def _address(url: str, spec: SandboxSpec) -> _Address:
    """The address with what its host resolves to; UsageError, before anything is sent, when it may not be asked."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:  # UnicodeError too
        raise UsageError(f"{quotable(url.strip())} is not an address: {error}.") from error
    if parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL_CHARS:
        raise UsageError(
            f"{quotable(url.strip())} is not an address that http_get reads; it takes http://... or https://..."
        )
    if "@" in parts.netloc:
        raise UsageError("An address with a user name or password in it is not fetched.")
    if not any(fnmatchcase(host, pattern.lower()) for pattern in spec.allowed_hosts):
        allowed = ", ".join(spec.allowed_hosts[:20]) or "none"
        raise UsageError(f"{host!r} is not a host that this team may ask. Allowed: {allowed}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"The host {host!r} cannot be found: {error}.") from error
    ips = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    is_named = host in (pattern.lower() for pattern in spec.allowed_hosts) and not set(host) & set("*?[")
    if not is_named and (inner := [ip for ip in ips if not _is_public(ip)]):
        raise UsageError(
            f"{host!r} leads to {inner[0]}, an address inside this network, which is not asked. Someone who edits the "
            "team can allow it by writing exactly this host into its sandbox's allowed hosts."
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='/%:@!$&*+,;=~-._?()')}" if parts.query else ""
    )
    return _Address(parts.scheme, host, port, path, ips)


def _is_public(text: str) -> bool:
    """Whether the address is out in the world, also when it is another one wrapped in IPv6."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not _is_public(str(inner)):
            return False
        if inner is None and any(ip in network for network in _NOT_PUBLIC):
            return False
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_PUBLIC = [ipaddress.ip_network(text) for text in ("::/32", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10")]
"""Old notations of version 4, translators of one network, and networks of one site: Python 3.11 calls them global."""


def _fetch(address: _Address, deadline: float) -> _Answer:
    """The answer to one request; UsageError when there is none in time."""
    with contextlib.ExitStack() as stack:
        try:
            sock = stack.enter_context(_connected(address, deadline))
            used = [sock]
            # Bytes that come one by one never time out.
            over = threading.Timer(deadline - time.monotonic(), lambda: _shut(used[-1]))
            stack.callback(over.cancel)
            over.start()
            if address.scheme == "https":
                tls = ssl.create_default_context()
                wrapped = tls.wrap_socket(sock, server_hostname=address.host, do_handshake_on_connect=False)
                used.append(stack.enter_context(wrapped))
                wrapped.do_handshake()
            kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
            connection = kind(address.host, address.port)
            connection.sock = used[-1]
            headers = {"Accept": "text/*, application/json, */*;q=0.1", "Accept-Encoding": "identity"}
            connection.request("GET", address.path, headers={**headers, "User-Agent": DISTRIBUTION})
            response = stack.enter_context(connection.getresponse())
            is_moved = response.status in (301, 302, 303, 307, 308)
            location = response.headers["Location"] if is_moved else None
            content = b"" if location else response.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= deadline:
                raise UsageError(f"{address.host} did not answer completely within {TIMEOUT_S:g} s.") from error
            raise UsageError(f"{address.host} cannot be read: {str(error)[:300] or type(error).__name__}.") from error
        if time.monotonic() >= deadline:
            raise UsageError(f"{address.host} did not answer completely within {TIMEOUT_S:g} s.")
        return _Answer(response.status, response.reason, response.headers, content, location)


def _connected(address: _Address, deadline: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one."""
    failure: OSError = TimeoutError("it did not answer")
    for ip in address.ips:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        try:
            return socket.create_connection((ip, address.port), timeout=min(left_s, TIMEOUT_S / 2))
        except OSError as error:
            failure = error
    raise failure


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was over just now
        sock.shutdown(socket.SHUT_RDWR)


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content[:MAX_BYTES].decode(charset or "utf-8", "replace")
    except LookupError:
        return content[:MAX_BYTES].decode("utf-8", "replace")


SCRIPT = Path(__file__).with_name("scripts") / "html_text.py"
PARSE_TIMEOUT_S = 10.0
"""The process allows itself two seconds of processor time."""


def text_of(page: str) -> str:
    """Return the text of the HTML `page`, without what browsers do not show; UsageError when it cannot be read."""
    command = [sys.executable, "-P", str(SCRIPT)]  # not -I: the packages may be installed for this user alone
    try:
        done = subprocess.run(
            command,
            input=page.encode("utf-8", "replace"),
            capture_output=True,
            timeout=PARSE_TIMEOUT_S,
            env={},
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError("The page's HTML is too large or too deeply nested to be read as text.") from error
    return done.stdout.decode()
