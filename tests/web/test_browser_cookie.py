"""Each browser gets a secret id with its first page, and keeps it."""

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from agents.web.browser_cookie import COOKIE, BrowserCookie, browser_of


@pytest.fixture
def client():
    routes = [Route("/", lambda _: HTMLResponse("<p>")), Route("/healthz", lambda _: JSONResponse({}))]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(BrowserCookie)]))


def test_the_first_page_sets_it_out_of_scripts_reach(client):
    said = client.get("/").headers["set-cookie"]
    assert re.fullmatch(COOKIE + r"=[\w-]{24}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", said)


def test_a_browser_that_has_one_keeps_it(client):
    client.get("/")
    assert "set-cookie" not in client.get("/").headers


def test_two_browsers_have_two(client):
    ids = {client.get("/", headers={"cookie": ""}).headers["set-cookie"].split(";")[0] for _ in range(2)}
    assert len(ids) == 2


def test_over_https_it_goes_over_https_alone(client):
    assert client.get("https://testserver/").headers["set-cookie"].endswith("; Secure")


def test_what_is_no_page_sets_none(client):
    assert "set-cookie" not in client.get("/healthz").headers


@pytest.mark.parametrize(
    ("cookies", "found"),
    [("", ""), ("a=b", ""), (f"a=b; {COOKIE}=x1", "x1"), (f"{COOKIE}={'x' * 99}", "x" * 64), ("=;;;\xff", "")],
)
def test_it_is_read_from_any_header(cookies, found):
    assert browser_of(cookies) == found
