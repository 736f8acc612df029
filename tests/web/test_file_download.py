"""Files are served to who holds a token of their chat, and nothing that is served runs in our origin."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from agents.chats import FilesChanged
from agents.specs import AgentSpec, TeamSpec
from agents.web import feed_access as feed_door
from agents.web.feed_access import LIFETIME_S, STEP_S, sign
from agents.web.file_download import PLOTLY, FileRoute, plotly_script
from agents.web.websocket_feed import Feed
from agents.workspaces import Workspace
from agents.workspaces.team_files import TeamFiles
from tests.support.chat_with_files import CHART, PDF, png
from tests.support.live_feed import ADA, start_chat

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
CONTENTS = {
    "chart.png": png(), "report.pdf": PDF, "chart.html": CHART.encode(), "logo.svg": SVG, "data.csv": b"a,b\n",
    "fake.png": b"<script>alert(1)</script>", "evil.pdf": b"<html><script>alert(1)</script>",
}  # fmt: skip


class Files:
    """A chat with files, and a client that asks for them."""

    def __init__(self, store, home: Path):
        self.store, self.feed = store, Feed(store, home)
        self.chat = start_chat(store)
        workspace = Workspace(home, self.chat)
        changes = [workspace.save(name, content) for name, content in CONTENTS.items()]
        self.sha256 = {change.path: change.sha256 for change in changes}
        fence = store.chats.begin_leg(self.chat, "w")
        store.chats.append(self.chat, FilesChanged(turn=0, changes=changes, by=ADA), fence=fence)
        route = FileRoute(store, home, self.feed.access)
        routes = [Route(f"/files/{PLOTLY}", plotly_script), Route("/files/{sha256}", route.serve)]
        self.client = TestClient(Starlette(routes=routes))
        self.token = self.feed.sign(self.chat, ADA)

    def get(self, name: str, **query: str):
        query = {"name": name, "token": self.token, **query}
        return self.client.get(f"/files/{self.sha256[name]}", params=query)


def spec(name: str) -> TeamSpec:
    return TeamSpec(name=name, agents=[AgentSpec(name="You", role="human"), AgentSpec(name="Dev")])


@pytest.fixture
def files(store, home) -> Files:
    return Files(store, home)


class TestWhoIsServed:
    @pytest.mark.parametrize("token", ["", "x", "a.b", "\x00", "x" * 5_000])
    def test_nobody_without_a_token_of_ours(self, files, token):
        assert files.get("data.csv", token=token).status_code == 403
        assert [refusal.act for refusal in files.store.refusals.rows()] == ["open a file"]

    def test_nobody_with_a_token_that_is_over(self, files, home):
        old = sign((home / "feed.key").read_bytes(), files.chat, ADA, now_s=1_000_000 * STEP_S)
        assert LIFETIME_S < 1_000_000
        assert files.get("data.csv", token=old).status_code == 403

    def test_nobody_with_a_token_of_another_chat(self, files):
        other = start_chat(files.store, "c2")
        answer = files.get("data.csv", token=files.feed.sign(other, ADA))
        assert answer.status_code == 404
        assert b"a,b" not in answer.content

    def test_nobody_who_may_no_longer_look(self, files, home):
        assert files.get("data.csv").status_code == 200
        (home / "access.toml").write_text('view = ["bob@example.com"]\n')
        assert files.get("data.csv").status_code == 403

    def test_a_team_s_file_to_a_token_of_that_team_alone(self, files, home):
        team, other = (files.store.teams.save(spec(name), by=ADA).team_id for name in ("One", "Two"))
        kept = TeamFiles(home).keep([("terms.md", b"Pay within 30 days.")])
        files.store.teams.add_files(team, kept, by=ADA)

        def status(of: str) -> int:
            query = {"name": "terms.md", "token": files.feed.sign(of, ADA), "keep": ""}
            return int(files.client.get(f"/files/{kept[0].sha256}", params=query).status_code)

        assert [status(of) for of in (f"team:{team}", f"team:{other}", team, files.chat)] == [200, 404, 404, 404]
        files.store.teams.delete(team)
        assert status(f"team:{team}") == 404

    def test_nobody_once_the_chat_is_deleted(self, files):
        files.store.chats.delete(files.chat)
        assert files.get("data.csv").status_code == 404

    @pytest.mark.parametrize("sha256", ["0" * 64, "..%2f..%2ffeed.key", "new-1", "%00"])
    def test_what_is_not_kept_is_not_there(self, files, sha256):
        answer = files.client.get(f"/files/{sha256}", params={"token": files.token, "name": "a"})
        assert answer.status_code == 404

    def test_a_flood_of_forged_tokens_is_kept_once(self, files, monkeypatch):
        monkeypatch.setattr(feed_door, "EVERY_S", 3600)
        for _ in range(20):
            files.get("data.csv", token="forged")
        assert len(files.store.refusals.rows()) == 1


class TestWhatIsServed:
    @pytest.mark.parametrize(
        ("name", "kind", "shown"),
        [
            ("chart.png", "image/png", "inline"),
            ("report.pdf", "application/pdf", "inline"),
            ("logo.svg", "image/svg+xml", "attachment"),
            ("data.csv", "application/octet-stream", "attachment"),
            ("chart.html", "application/octet-stream", "attachment"),
            ("fake.png", "application/octet-stream", "attachment"),
            ("evil.pdf", "application/octet-stream", "attachment"),
        ],
    )
    def test_only_what_is_an_image_or_a_pdf_is_shown(self, files, name, kind, shown):
        answer = files.get(name)
        assert answer.content == CONTENTS[name]
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert answer.headers["content-disposition"].startswith(shown)
        assert files.get(name, keep="").headers["content-disposition"].startswith("attachment")

    @pytest.mark.parametrize("name", CONTENTS)
    @pytest.mark.parametrize("how", [{}, {"as": "chart"}])
    def test_nothing_runs_where_we_are(self, files, name, how):
        headers = files.get(name, **how).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy

    @pytest.mark.parametrize("name", ['a"; filename="b.exe', "a\r\nSet-Cookie: x=1", "../../a.csv", "\u202egpj.csv"])
    def test_a_hostile_name_stays_a_name(self, files, name):
        answer = files.client.get(f"/files/{files.sha256['data.csv']}", params={"token": files.token, "name": name})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "/" not in answer.headers["content-disposition"]
        assert len(re.findall(r";\s*filename\*?=", answer.headers["content-disposition"])) == 1

    def test_all_files_come_as_one_zip(self, files):
        answer = files.client.get("/files/all.zip", params={"token": files.token})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS
        assert files.client.get("/files/all.zip", params={"token": "x"}).status_code == 403


class TestCharts:
    def framed(self, files) -> str:
        page: str = files.get("chart.html", **{"as": "chart"}).text
        source = page.partition('src="')[2].partition('"')[0].replace("&amp;", "&")
        assert not source.startswith(("/", "http"))  # beside the page, wherever a proxy has put it
        return f"/files/{source}"

    def test_a_chart_is_drawn_from_its_data_in_a_frame_without_origin_or_network(self, files):
        answer = files.client.get(self.framed(files))
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
        assert "sandbox allow-scripts" in policy
        assert "allow-same-origin" not in policy
        assert "connect-src" not in policy  # default-src 'none' holds for it
        assert f'<script src="{PLOTLY}"></script>' in answer.text
        assert "cdn.plot.ly" not in answer.text
        assert answer.text.count("<script") == answer.text.count("</script>") == 3
        assert "\\u003cscript>Sales" in answer.text
        assert files.client.get(f"/files/{PLOTLY}").headers["content-type"].startswith("text/javascript")

    def test_what_the_frame_can_read_of_its_own_address_opens_nothing_else(self, files):
        token = self.framed(files).partition("token=")[2].partition("&")[0]
        assert files.get("data.csv", token=token).status_code == 403
        assert files.get("chart.html", token=token).status_code == 403
        assert files.get("chart.html", token=token, **{"as": "chart"}).status_code == 403
        assert files.client.get("/files/all.zip", params={"token": token}).status_code == 403
        assert files.get("data.csv", **{"as": "frame"}).headers["content-disposition"].startswith("attachment")
