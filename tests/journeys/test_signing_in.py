"""Reviewers who sign in with OpenID Connect: who they are is what the log says, and what they may do is kept to."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import WebSocket, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from agents.chats import DecisionMade, Person
from agents.specs import load_team
from agents.web.feed_access import BAD_TOKEN
from tests.support.accessibility import findings
from tests.support.screens import TELEPHONE, Screen, Screens
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess
from tests.support.waiting import wait_until

RULES = """
view = ["@example.com"]
decide = ["dora@example.com"]
administer = ["ada@example.com"]
"""
AUTH = """
[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "a secret of this test alone, long enough"
client_id = "studio"
client_secret = "none"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
ASKING = load_team("""
name: Asks first
agents:
  - {name: client, role: human}
  - {name: Dev, prompt: You write code., description: Codes.}
initiator: Dev
first_speaker: client
""")
ADA = Person(name="ada@example.com", is_verified=True)


@contextmanager
def provider_running() -> Iterator[str]:
    """The address of an OpenID provider that gives everybody the e-mail they type; a process of its own."""
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        found = (re.search(r"running on (http://127\.0\.0\.1:\d+)", line) for line in process.stderr)
        address = next(match[1] for match in found if match)
        reading = threading.Thread(target=process.stderr.read, daemon=True)  # or its pipe fills and it stands still
        reading.start()
        try:
            yield address
        finally:
            process.terminate()
            process.wait(10)
            reading.join(10)


@pytest.fixture(scope="module")
def studio(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio where people sign in."""
    folder = tmp_path_factory.mktemp("signing-in")
    secrets = folder / "secrets.toml"
    with provider_running() as provider:
        process = StudioProcess(
            folder / "home", folder / "server.log", OPENAI_BASE_URL=model.base_url, OPENAI_API_KEY="sk",
            OPENAI_MODEL="scripted", STREAMLIT_SECRETS_FILES=str(secrets), AUTHLIB_INSECURE_TRANSPORT="1",
        )  # fmt: skip
        secrets.write_text(AUTH.format(url=process.url, provider=provider))
        process.home.mkdir()
        (process.home / "access.toml").write_text(RULES)
        try:
            process.start()
            yield process
        finally:
            process.end()


@pytest.fixture
def waiting(studio: StudioProcess) -> str:
    """A chat that asks the client."""
    with studio.data() as data:
        chat = data.as_(ADA).chats.start(ASKING, "Build it.", client_id=f"c{len(data.local.chats.rows())}")
        wait_until(lambda: data.local.chats.get(chat).status == "waiting", what="the chat waits")
        return chat


def sign_in(screen: Screen, email: str) -> None:
    """From the studio to the provider and back."""
    screen.open()
    screen.press("Sign in")
    screen.page.locator("input[name=sub]").last.fill(email)
    screen.page.get_by_role("button", name="Authorize").click()
    screen.page.wait_for_url(f"{screen.url}/**")
    screen.settle()


def close_code(socket: ClientConnection) -> int | None:
    """The code with which the server closes, within a minute."""
    try:
        while True:
            socket.recv(timeout=60)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


class TestSigningIn:
    def test_nothing_is_shown_before(self, open_screen: Screens, waiting: str):
        screen = open_screen()
        for path in ("/", f"/chat?chat={waiting}", "/settings", "/audit"):
            screen.open(path)
            expect(screen.button("Sign in")).to_be_visible()
            expect(screen.page.get_by_text("Build it.")).to_have_count(0)

    @pytest.mark.parametrize("color_scheme", ["light", "dark"])
    def test_the_way_in_is_easy_to_read_and_to_reach(self, open_screen: Screens, color_scheme: str):
        screen = open_screen("/", color_scheme=color_scheme)
        expect(screen.button("Sign in")).to_be_visible()
        screen.page.wait_for_function("() => window.studioLists")
        assert findings(screen) == []
        screen.page.set_viewport_size(TELEPHONE)
        assert findings(screen) == []

    def test_who_decides_is_the_one_who_signed_in(self, open_screen: Screens, waiting: str, studio: StudioProcess):
        screen = open_screen()
        sign_in(screen, "dora@example.com")
        expect(screen.keyed("frame:person")).to_contain_text("dora@example.com")
        screen.open(f"/chat?chat={waiting}")
        screen.press("End chat")
        with studio.data() as data:
            wait_until(lambda: data.local.chats.get(waiting).status == "ended", what="the decision")
            made = next(entry.event for entry in data.local.chats.log(waiting) if isinstance(entry.event, DecisionMade))
        assert made.by == Person(name="dora@example.com", is_verified=True)

    def test_who_may_only_look_is_refused_and_it_is_kept(
        self, open_screen: Screens, waiting: str, studio: StudioProcess
    ):
        screen = open_screen()
        sign_in(screen, "vera@example.com")
        screen.open(f"/chat?chat={waiting}")
        expect(screen.button("End chat")).to_be_disabled()
        expect(screen.page.get_by_text("You may not decide here. Ask who administers the studio.")).to_be_visible()
        rules = studio.home / "access.toml"
        rules.write_text(RULES.replace('["dora@example.com"]', '["dora@example.com", "vera@example.com"]'))
        screen.open(f"/chat?chat={waiting}")
        rules.write_text(RULES)  # the page is drawn, and knows nothing of it
        screen.press("End chat")
        expect(screen.page.get_by_text("may not decide here. Nothing was changed")).to_be_visible()
        with studio.data() as data:
            assert data.local.chats.get(waiting).status == "waiting"
            (refusal,) = data.local.requests.refusals(waiting)
        assert (refusal.who, refusal.is_verified, refusal.act) == ("vera@example.com", True, "decide: end")
        screen.expect_no_traceback()
        reader = open_screen()
        sign_in(reader, "dora@example.com")
        reader.open(f"/audit?chat={waiting}")
        reader.page.get_by_text("Refused actions").click()
        expect(reader.page.get_by_text("1 refused action.")).to_be_visible()
        reader.settle()
        (row,) = reader.table()
        assert (row["Who"], row["Action"], row["Verified"]) == ("vera@example.com", "decide: end", "true")
        reader.page.get_by_test_id("stDataFrame").click(position={"x": 18, "y": 53})
        expect(reader.keyed("refused_details")).to_contain_text("'vera@example.com' may not decide here.")

    def test_whoever_loses_the_right_to_look_loses_the_open_page_and_its_live_feed(
        self, open_screen: Screens, waiting: str, studio: StudioProcess
    ):
        screen, said = open_screen(), []
        sign_in(screen, "vera@example.com")

        def listen(socket: WebSocket) -> None:
            if "/live" in socket.url:
                socket.on("framesent", lambda frame: said.append(frame))

        screen.page.on("websocket", listen)
        screen.open_chat(waiting)
        expect(screen.messages.last).to_contain_text("Build it.")
        settings = open_screen(storage_state=screen.page.context.storage_state())
        settings.open("/settings")
        expect(settings.page.get_by_text("Any webhook:")).to_be_visible()
        address = f"{studio.url.replace('http', 'ws')}/live"
        with connect(address, additional_headers={"Origin": studio.url}) as copied:
            copied.send(next(frame for frame in said if "after" in frame))  # the transcript's; the tab has a feed too
            assert "Build it." in str(copied.recv(timeout=10))
            rules = studio.home / "access.toml"
            rules.write_text(RULES.replace("@example.com", "@other.example", 1))
            try:
                for each in (screen, settings):
                    expect(each.page.get_by_text("may not look at this studio")).to_be_visible()
                    expect(each.page.get_by_text("Build it.")).to_have_count(0)
                    each.expect_no_traceback()
                assert close_code(copied) == BAD_TOKEN
            finally:
                rules.write_text(RULES)

    def test_a_stranger_may_not_even_look(self, open_screen: Screens, waiting: str):
        screen = open_screen()
        sign_in(screen, "eve@evil.com")
        expect(screen.page.get_by_text("may not look at this studio")).to_be_visible()
        screen.open(f"/chat?chat={waiting}")
        expect(screen.page.get_by_text("Build it.")).to_have_count(0)
        screen.press("Sign out")
        screen.page.get_by_role("button", name="End session").click()
        expect(screen.button("Sign in")).to_be_visible()
