"""Streamlit's page has room for the menu from the first; every other response is as it was."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agents.web.page_style import STYLE, PageStyle

PAGE = f"<!DOCTYPE html><html><head><title>é</title></head><body>{'x' * 2_000}</body></html>"
OTHER = PAGE.replace("x", "y")
HTML = {"accept": "text/html,*/*"}


@pytest.fixture
def client() -> TestClient:
    async def page(_):
        return HTMLResponse(PAGE, headers={"etag": '"1"', "last-modified": "Mon, 30 Nov 2026 05:44:27 GMT"})

    async def in_parts(_):
        length = str(len(PAGE.encode()))
        return StreamingResponse([PAGE[:50], PAGE[50:]], media_type="text/html", headers={"content-length": length})

    async def other(_):
        return HTMLResponse(OTHER, headers={"etag": '"2"'})

    async def text(_):
        return PlainTextResponse(PAGE)

    routes = [Route("/", page), Route("/parts", in_parts), Route("/other", other), Route("/text", text)]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(PageStyle, page=PAGE), Middleware(GZipMiddleware)])
    )


class TestThePage:
    @pytest.mark.parametrize("path", ["/", "/parts"])
    def test_has_the_style_in_its_head(self, client: TestClient, path: str):
        answer = client.get(path, headers=HTML)
        assert answer.text == PAGE.replace("</head>", f"{STYLE}</head>")
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert "etag" not in answer.headers

    def test_is_sent_anew_to_a_browser_that_has_one_without_it(self, client: TestClient):
        assert client.get("/", headers={**HTML, "if-none-match": '"1"'}).status_code == 200


class TestOtherResponses:
    @pytest.mark.parametrize(("path", "text"), [("/other", OTHER), ("/text", PAGE)])
    def test_stay_as_they_are(self, client: TestClient, path: str, text: str):
        answer = client.get(path, headers=HTML)
        assert answer.text == text
        assert (answer.headers.get("etag") == '"2"') is (path == "/other")

    def test_whoever_wants_no_page_gets_what_there_was(self, client: TestClient):
        assert client.get("/", headers={"accept": "*/*"}).text == PAGE
