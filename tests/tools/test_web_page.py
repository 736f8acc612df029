"""`http_get`: which hosts it asks, which addresses it never does, and what it makes of answers, hostile ones too."""

import datetime
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agents.cancellation import drain
from agents.specs import SandboxSpec
from agents.tools import ToolContext, ToolRegistry, ToolResult
from agents.tools.builtin import web_page as web
from agents.workspaces import Workspace
from tests.support.waiting import allowed_s

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A web server on a port of its own; what it answers is said path by path."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    heads: list[str] = field(default_factory=list)
    """The Host header of each request."""

    def gives(self, path: str, body: bytes | str, kind: str = "text/plain", status: int = 200, **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body

        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(content)))
            for name, value in {"Content-Type": kind, **headers}.items():
                if value:
                    handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(content)

        self.answers[path] = answer

    def moves(self, path: str, to: str) -> None:
        self.gives(path, "", status=302, Location=to)

    def url(self, path: str, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}{path}"


def serving(site: Site, tls: ssl.SSLContext | None = None) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.heads.append(self.headers["Host"])
            site.answers.get(self.path, lambda handler: handler.send_error(404))(self)

        def log_message(self, *args: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    return server


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    server = serving(site)
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(workspace: Workspace) -> Callable[..., ToolResult]:
    """Asks an address for a team that allows `hosts`."""

    def ask(url: str, *hosts: str) -> ToolResult:
        context = ToolContext(workspace, None, SandboxSpec(allowed_hosts=list(hosts)))
        return drain(ToolRegistry().for_chat(context).call("http_get", {"url": url}))

    return ask


Get = Callable[..., ToolResult]


class TestWhoIsAsked:
    def test_a_host_that_is_written_out_is_asked(self, site: Site, get: Get):
        site.gives("/a?b=c d", "hello")
        site.gives("/a%20b?c=%C3%BC", "hello")
        result = get(site.url("/a b?c=ü"), "localhost")
        assert (result.outcome, site.asked) == ("ok", ["/a%20b?c=%C3%BC"])
        assert result.text.endswith("(200, text/plain)\n\nhello")

    @pytest.mark.parametrize("hosts", [(), ("example.com",), ("*.localhost",), ("localhost.*",)])
    def test_a_host_that_no_pattern_fits_is_not_asked(self, site: Site, get: Get, hosts: tuple[str, ...]):
        result = get(site.url("/"), *hosts)
        assert (result.outcome, site.asked) == ("error", [])
        assert result.text.startswith("http_get failed: 'localhost' is not a host that this team may ask.")

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0"])
    def test_a_pattern_never_leads_into_this_network(self, site: Site, get: Get, host: str):
        result = get(site.url("/", host), "*")
        assert (result.outcome, site.asked) == ("error", [])
        assert "an address inside this network, which is not asked" in result.text

    @pytest.mark.parametrize(
        "ip",
        [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
            "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
            "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "ff02::1",
        ],
    )  # fmt: skip
    def test_inner_addresses_are_known_in_every_dress(self, ip: str):
        assert not web._is_public(ip)

    @pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
    def test_addresses_out_in_the_world_are_public(self, ip: str):
        assert web._is_public(ip)

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd", "ftp://localhost/x", "gopher://localhost", "//localhost/", "localhost", "", "http://",
            "http:///x", "http://localhost:99999/", "http://localhost:x/", "http://[::1", "javascript:alert(1)",
            "data:text/plain,x", "http://a..b/", "http://localhost/" + "x" * 3_000, "http://\0/",
        ],
    )  # fmt: skip
    def test_what_is_no_web_address_is_refused_in_words(self, get: Get, url: str):
        result = get(url, "*", "localhost")
        assert result.outcome == "error"
        assert result.text.startswith("http_get failed: ")
        assert "Traceback" not in result.text

    def test_an_address_with_a_password_is_not_asked(self, site: Site, get: Get):
        result = get(f"http://me:secret@localhost:{site.port}/", "localhost")
        assert (result.outcome, site.asked) == ("error", [])
        assert "secret" not in result.text

    def test_a_host_before_an_at_sign_counts_for_nothing(self, site: Site, get: Get):
        result = get(f"http://example.com@localhost:{site.port}/", "example.com")
        assert (result.outcome, site.asked) == ("error", [])

    def test_lines_smuggled_into_an_address_reach_no_server(self, site: Site, get: Get):
        get(site.url("/x\r\nX-Evil: 1\r\n\r\n"), "localhost")
        assert all("\r" not in path and "\n" not in path for path in site.asked)
        assert all(head == f"localhost:{site.port}" for head in site.heads)


class TestRedirects:
    def test_are_followed_to_allowed_hosts(self, site: Site, get: Get):
        site.moves("/a", "/b")
        site.gives("/b", "there")
        assert get(site.url("/a"), "localhost").text.endswith("there")

    @pytest.mark.parametrize("to", ["http://127.0.0.1:{port}/b", "http://169.254.169.254/latest", "file:///etc/passwd"])
    def test_to_others_are_refused_and_nothing_is_asked_there(self, site: Site, get: Get, to: str):
        site.moves("/a", to.format(port=site.port))
        site.gives("/b", "secret")
        result = get(site.url("/a"), "localhost")
        assert (result.outcome, site.asked) == ("error", ["/a"])

    def test_in_a_circle_end(self, site: Site, get: Get):
        site.moves("/a", "/a")
        result = get(site.url("/a"), "localhost")
        assert "redirects more than 5 times" in result.text
        assert len(site.asked) == 6


class TestAnswers:
    @pytest.mark.processes
    def test_a_web_page_comes_as_text(self, site: Site, get: Get):
        page = """<html><head><title>T</title><style>p{}</style></head><body><h1>Prices</h1>
        <p>One <b>bold</b> word.</p><script>steal()</script><table><tr><td>a<td>1</tr></table></body></html>"""
        site.gives("/", page, "text/html; charset=utf-8")
        text = get(site.url("/"), "localhost").text
        assert "Prices\nOne bold word.\n| a | 1" in text
        assert not any(word in text for word in ("steal", "<", "p{}"))

    def test_json_and_other_charsets_are_text(self, site: Site, get: Get):
        site.gives("/json", '{"a": 1}', "application/problem+json")
        site.gives("/latin", "Köln".encode("latin-1"), "text/plain; charset=latin-1")
        site.gives("/odd", "x", "text/plain; charset=nonsense")
        site.gives("/none", "untyped", "")
        found = [get(site.url(path), "localhost").text for path in ("/json", "/latin", "/odd", "/none")]
        assert [text.split("\n\n")[1] for text in found] == ['{"a": 1}', "Köln", "x", "untyped"]

    def test_what_is_no_text_is_said_to_be_none(self, site: Site, get: Get):
        site.gives("/png", b"\x89PNG", "image/png")
        site.gives("/zip", b"\x1f\x8b", "text/plain", Content_Encoding="gzip")
        for path in ("/png", "/zip"):
            result = get(site.url(path), "localhost")
            assert result.outcome == "error"
            assert "reads text only" in result.text

    def test_a_failure_is_told_with_what_the_server_says(self, site: Site, get: Get):
        site.gives("/", "no such thing", status=410)
        result = get(site.url("/"), "localhost")
        assert result.outcome == "error"
        assert "answered 410 Gone. It says: no such thing" in result.text

    def test_a_long_answer_is_read_up_to_its_limit(self, site: Site, get: Get, workspace: Workspace):
        site.gives("/", b"x" * (web.MAX_BYTES + 10))
        context = ToolContext(workspace, None, SandboxSpec(allowed_hosts=["localhost"]))
        text = web.http_get(site.url("/"), context)
        assert len(text) < web.MAX_BYTES + 300
        assert "the rest was not read" in text[-100:]
        assert "more characters)" in get(site.url("/"), "localhost").text

    def test_one_that_drips_is_given_up_in_time(self, site: Site, get: Get, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(web, "TIMEOUT_S", 0.5)
        is_over = threading.Event()

        def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            while not is_over.wait(0.05):
                try:
                    handler.wfile.write(b"x")
                except OSError:
                    return

        site.answers["/"] = drip
        result = get(site.url("/"), "localhost")
        is_over.set()
        assert "did not answer completely within 0.5 s" in result.text
        assert result.duration_s < allowed_s(5)

    def test_a_server_that_speaks_nonsense_or_is_not_there_is_said_to_be_so(self, get: Get):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]

            def nonsense() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(1_000)
                    connection.sendall(b"SSH-2.0 hello\r\n")

            thread = threading.Thread(target=nonsense)
            thread.start()
            assert "localhost cannot be read" in get(f"http://localhost:{port}/", "localhost").text
            thread.join()
        assert "localhost cannot be read" in get(f"http://localhost:{port}/", "localhost").text


class TestEncryptedSites:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A certificate for localhost that nobody has signed but itself, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        file = tmp_path / "certificate.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def test_are_read_when_their_certificate_is_trusted_and_only_then(
        self, certificate: Path, get: Get, monkeypatch: pytest.MonkeyPatch
    ):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        site = Site()
        server = serving(site, tls)
        site.gives("/", "sealed")
        url = f"https://localhost:{site.port}/"
        assert "certificate verify failed" in get(url, "localhost").text
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert get(url, "localhost").text.endswith("sealed")
        assert site.asked == ["/"]
        server.shutdown()
        server.server_close()
