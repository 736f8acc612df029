"""Every response says what a browser may do with it, and pages of other sites can neither send nor connect."""

import logging

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from agents.web.browser_security import BAD_ORIGIN, BrowserSecurity, inline_scripts

HOST = "testserver"
FOREIGN = ["http://evil.example", "null", "http://testserver.evil.example", "http://testserver:81", "http://", "x"]


def client_of(**options) -> TestClient:
    async def page(_):
        return PlainTextResponse("ok")

    async def file(_):
        return PlainTextResponse("ok", headers={"Content-Security-Policy": "sandbox", "Referrer-Policy": "no-referrer"})

    async def socket(opened):
        await opened.accept()
        await opened.send_text("hello")
        await opened.close()

    routes = [
        Route("/", page, methods=["GET", "PUT", "POST", "DELETE"]), Route("/file", file),
        Route("/studio/_stcore/metrics", page), WebSocketRoute("/studio/_stcore/stream", socket),
        WebSocketRoute("/studio/live", socket),
    ]  # fmt: skip
    return TestClient(Starlette(routes=routes, middleware=[Middleware(BrowserSecurity, **options)]))


@pytest.fixture
def client() -> TestClient:
    return client_of()


class TestHeaders:
    @pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/gone"), ("PUT", "/"), ("DELETE", "/gone")])
    def test_every_response_has_them(self, client, method, path):
        headers = client.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == "'self'"
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in policy["script-src"]
        assert policy["img-src"] == "'self' data: blob:"
        assert f"wss://{HOST}" in policy["connect-src"]

    def test_those_that_a_response_has_stay(self, client):
        headers = client.get("/file").headers
        assert headers["content-security-policy"] == "sandbox; frame-ancestors 'self'"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"

    def test_sites_that_were_named_may_frame_it(self):
        headers = client_of(embedded_in=["https://a.example", "https://*.b.example"]).get("/").headers
        assert headers["content-security-policy"].endswith(
            "frame-ancestors 'self' https://a.example https://*.b.example"
        )
        assert "x-frame-options" not in headers

    def test_a_pages_own_inline_script_is_known_by_its_digest(self):
        assert inline_scripts('<script>a = 1</script><script src="x"></script>') == ["a = 1"]
        headers = client_of(inline_scripts=["a = 1"]).get("/").headers
        assert "'sha256-tbwf/ZCRL7GL7259gJCRksemSSiWMgFW1n+68QTGVEo='" in headers["content-security-policy"]

    @pytest.mark.parametrize("host", ["x; script-src *", "a b", "x'", ""])
    def test_a_hostile_host_is_no_part_of_the_policy(self, client, host):
        policy = client.get("/", headers={"Host": host}).headers["content-security-policy"]
        assert "connect-src 'self';" in policy


class TestOtherSites:
    @pytest.mark.parametrize("origin", FOREIGN)
    @pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
    def test_they_send_nothing(self, client, method, origin):
        answer = client.request(method, "/", headers={"Origin": origin})
        assert answer.status_code == 403
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("origin", FOREIGN)
    def test_they_open_no_socket_of_streamlits(self, client, origin):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            client.websocket_connect("/studio/_stcore/stream", headers={"Origin": origin}),
        ):
            pass
        assert closed.value.code == BAD_ORIGIN

    @pytest.mark.parametrize("headers", [{}, {"Origin": f"http://{HOST}"}, {"Origin": f"https://{HOST}"}])
    def test_the_studios_own_pages_and_programs_do(self, client, headers):
        assert client.put("/", headers=headers).status_code == 200
        with client.websocket_connect("/studio/_stcore/stream", headers=headers) as socket:
            assert socket.receive_text() == "hello"

    def test_a_named_origin_does(self):
        client = client_of(allowed_origins=["https://Studio.example/"])
        assert client.put("/", headers={"Origin": "https://studio.example"}).status_code == 200

    @pytest.mark.parametrize(
        ("host", "is_known"),
        [
            ("127.0.0.1:8501", True), ("localhost:8501", True), ("[::1]:8501", True), ("studio.example", True),
            ("rebound.example:8501", False), ("127.0.0.1.evil.example", False), ("studio.example.evil.example", False),
        ],
    )  # fmt: skip
    def test_a_name_that_somebody_made_lead_here_is_not_the_studios(self, host, is_known):
        client = client_of(known_hosts={"studio.example"})
        answer = client.put("/", headers={"Host": host, "Origin": f"http://{host}"})
        assert answer.status_code == (200 if is_known else 403)
        assert client_of().put("/", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200

    def test_the_live_feed_decides_by_itself(self, client):
        with client.websocket_connect("/studio/live", headers={"Origin": FOREIGN[0]}) as socket:
            assert socket.receive_text() == "hello"

    def test_what_was_refused_is_logged_once_an_origin_with_what_to_do(self, client, caplog):
        for number in range(50):
            client.put("/", headers={"Origin": f"http://evil-{number % 2}.example"})
        assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
        assert "server.corsAllowedOrigins" in caplog.text


def test_streamlits_metrics_are_closed(client):
    assert client.get("/studio/_stcore/metrics").status_code == 404
