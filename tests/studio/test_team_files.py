"""The files that a saved team keeps: each chat that starts with it begins with copies of them; what is in them is kept
once, and goes when no team has it."""

import io
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from agents.chats import FilesChanged, MessagePosted, Person, ToolReturned
from agents.errors import NotFoundError, UsageError
from agents.permissions import RefusedError
from agents.specs import AgentSpec, TeamSpec
from agents.store import TeamRow
from agents.store import teams as stored_teams
from agents.studio import Studio
from agents.worker.periodic_tasks import KEPT_DAYS, forget_files
from agents.workspaces import team_files
from agents.workspaces import workspace as workspaces
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

ADA, BEN = Person(name="Ada"), Person(name="Ben")
POLICIES = b"# Refunds\n\nA broken kettle is refunded within 30 days.\n"


@pytest.fixture
def row(studio: Studio, scripted) -> TeamRow:
    """A saved team whose clerk may search files, unasked."""
    boss = AgentSpec(name="Boss", role="human", human_input_mode="NEVER")
    clerk = AgentSpec(name="Clerk", prompt="Help.", tools=["search_files", "read_file"])
    team = TeamSpec.model_validate(
        {"name": "Desk", "agents": [boss, clerk], "connection": "scripted", "policies": [{"action": "approve"}]}
    )
    return studio.as_(ADA).teams.save(team)


def start(studio: Studio, row: TeamRow, **more) -> str:
    return studio.as_(BEN).chats.start(row.spec, "Look.", team_id=row.team_id, revision=row.revision, **more)


def names(studio: Studio, row: TeamRow) -> list[str]:
    return [file.name for file in studio.local.teams.files(row.team_id)]


def contents(studio: Studio) -> int:
    folder = studio.settings.home / "team_files"
    return len(list(folder.iterdir())) if folder.exists() else 0


def read(studio: Studio, chat: str) -> dict[str, bytes]:
    files = studio.settings.home / "workspaces" / chat / "files"
    return {path.name: path.read_bytes() for path in files.iterdir()} if files.exists() else {}


class TestKeeping:
    def test_a_file_has_a_name_a_size_and_who_added_it_when(self, studio, row):
        before = datetime.now(UTC) - timedelta(seconds=1)
        (file,) = studio.as_(BEN).teams.add_files(row.team_id, [("terms.md", io.BytesIO(POLICIES))])
        assert (file.name, file.size, file.by) == ("terms.md", len(POLICIES), BEN)
        assert before < file.added_at <= datetime.now(UTC)
        assert studio.local.teams.file(row.team_id, "terms.md").read_bytes() == POLICIES
        assert studio.local.teams.preview(row.team_id, "terms.md").text == POLICIES.decode().strip()

    def test_what_is_in_it_is_kept_once_for_all_teams(self, studio, row):
        other = studio.as_(ADA).teams.save(row.spec.model_copy(update={"name": "Other"}))
        for team in (row, other):
            studio.as_(ADA).teams.add_files(team.team_id, [("a.md", POLICIES), ("b.md", POLICIES)])
        assert (names(studio, row), names(studio, other), contents(studio)) == (["a.md", "b.md"], ["a.md", "b.md"], 1)

    def test_the_same_press_again_changes_nothing(self, studio, row):
        (first,) = studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        assert studio.as_(BEN).teams.add_files(row.team_id, [("a.md", b"x")]) == [first]

    def test_another_file_of_a_name_that_is_there_is_refused_and_nothing_is_lost(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        with pytest.raises(UsageError, match=r"another file 'a\.md' already\. Remove that first"):
            studio.as_(ADA).teams.add_files(row.team_id, [("b.md", b"y"), ("a.md", b"z")])
        assert names(studio, row) == ["a.md"]
        assert studio.local.teams.file(row.team_id, "a.md").read_bytes() == b"x"

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("../../etc/passwd", "passwd"), ("C:\\docs\\a.md", "a.md"), ("\u202egnp.sj\x1b", "gnp.sj"), ("..", "file")],
    )
    def test_a_hostile_name_leads_nowhere_and_hides_nothing(self, studio, row, given, kept):
        studio.as_(ADA).teams.add_files(row.team_id, [(given, b"x")])
        assert names(studio, row) == [kept]
        assert list(read(studio, start(studio, row))) == [kept]

    def test_a_deleted_team_and_one_that_is_not_there_take_none(self, studio, row):
        studio.as_(ADA).teams.delete(row.team_id)
        for team_id in (row.team_id, "nobody"):
            with pytest.raises(NotFoundError):
                studio.as_(ADA).teams.add_files(team_id, [("a.md", b"x")])

    def test_what_is_no_longer_on_the_disk_is_said_and_can_be_added_again(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        studio.local.teams.file(row.team_id, "a.md").unlink()
        with pytest.raises(NotFoundError, match=r"'a\.md' is not in the studio's folder any more"):
            start(studio, row)
        assert studio.local.chats.rows() == []
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        assert read(studio, start(studio, row)) == {"a.md": b"x"}


class TestLimits:
    def test_none_and_too_many_at_once_are_refused_in_words(self, studio, row):
        for n_files, said in ((0, "There is no file to add"), (21, "21 files are too many at once")):
            with pytest.raises(UsageError, match=said):
                studio.as_(ADA).teams.add_files(row.team_id, [(f"{n}.md", b"x") for n in range(n_files)])

    def test_one_that_is_too_large_adds_nothing(self, studio, row, monkeypatch):
        monkeypatch.setattr(team_files, "MAX_FILE_BYTES", 5)
        with pytest.raises(UsageError, match=r"'b\.md' has more than"):
            studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x"), ("b.md", b"0123456789")])
        assert names(studio, row) == []

    def test_all_together_have_a_limit_in_number_and_in_size(self, studio, row, monkeypatch):
        add = studio.as_(ADA).teams.add_files
        add(row.team_id, [("a.md", b"x")])
        monkeypatch.setattr(stored_teams, "MAX_FILES", 2)
        with pytest.raises(UsageError, match=r"keeps at most 2 files; these would be 3\. Nothing was added"):
            add(row.team_id, [("b.md", b"x"), ("c.md", b"x")])
        monkeypatch.setattr(stored_teams, "MAX_FILES_MB", 0)
        with pytest.raises(UsageError, match=r"may have 0 MB together\. Nothing was added"):
            add(row.team_id, [("b.md", b"x")])
        assert names(studio, row) == ["a.md"]

    def test_a_team_and_a_person_together_have_the_chats(self, studio, row, monkeypatch):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"0123456789")])
        monkeypatch.setattr(workspaces, "MAX_ALL_BYTES", 15)
        with pytest.raises(UsageError, match=r"'a\.md' was not attached: all files of a chat together"):
            start(studio, row, files=[("b.md", b"0123456789")])
        assert (studio.local.chats.rows(), list((studio.settings.home / "workspaces").iterdir())) == ([], [])

    def test_twenty_files_of_a_person_go_with_those_of_the_team(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        assert len(read(studio, start(studio, row, files=[(f"{n}.md", b"y") for n in range(20)]))) == 21


class TestStarting:
    def test_agents_are_told_of_the_teams_files_behind_the_persons(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("terms.md", POLICIES)])
        chat = start(studio, row, files=[("data.csv", b"a,b\n1,2\n")])
        log = [recorded.event for recorded in studio.local.chats.log(chat)]
        task = next(event for event in log if isinstance(event, MessagePosted))
        assert task.content == (
            "Look.\n\nAttached files, in the workspace (the folder where code runs):\n"
            "- data.csv (CSV table, 8 bytes): 1 row; columns: a, b\n- terms.md (Markdown, 55 bytes): 3 lines"
        )
        changed = [event for event in log if isinstance(event, FilesChanged)]
        assert [([file.path for file in event.changes], event.is_of_team, event.by) for event in changed] == [
            (["data.csv"], False, BEN),
            (["terms.md"], True, BEN),
        ]
        of_team = {file.path: file.newest.is_of_team for file in studio.local.files.rows(chat)}
        assert of_team == {"data.csv": False, "terms.md": True}
        assert studio.store.chats.verify(chat) == []

    def test_a_file_of_the_person_takes_the_place_of_the_teams(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("terms.md", POLICIES), ("b.md", b"y")])
        chat = start(studio, row, files=[("docs/terms.md", b"mine")])
        assert read(studio, chat) == {"terms.md": b"mine", "b.md": b"y"}

    def test_a_team_that_was_changed_since_it_was_saved_brings_them_too(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        changed = row.spec.model_copy(update={"description": "Changed."})
        chat = studio.as_(ADA).chats.start(changed, "Look.", team_id=row.team_id)
        assert list(read(studio, chat)) == ["a.md"]
        started = studio.local.chats.get(chat)
        assert (started.team_id, started.revision) == (row.team_id, None)

    def test_a_chat_keeps_what_it_began_with(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        chat = start(studio, row)
        studio.as_(ADA).teams.remove_files(row.team_id, ["a.md"])
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"another"), ("b.md", b"y")])
        studio.as_(ADA).teams.delete(row.team_id)
        forget_files(studio.store, studio.settings.home, now=datetime.now(UTC) + timedelta(days=KEPT_DAYS + 1))
        assert read(studio, chat) == {"a.md": b"x"}
        (kept,) = studio.local.files.rows(chat)
        assert studio.local.files.version(chat, kept.sha256).read_bytes() == b"x"

    def test_without_a_saved_team_there_are_none(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        assert read(studio, studio.as_(ADA).chats.start(row.spec, "Look.")) == {}

    def test_an_agent_finds_them_by_search_files(self, studio, row, server: ScriptedServer):
        studio.as_(ADA).teams.add_files(row.team_id, [("terms.md", POLICIES)])
        function = {"name": "search_files", "arguments": json.dumps({"query": "kettle refund"})}
        call = {"id": "1", "type": "function", "function": function}
        server.script([Reply(text=None, tool_calls=[call], finish_reason="tool_calls"), "Within 30 days. TERMINATE"])
        chat = start(studio, row, run_here=True)
        assert studio.local.chats.run_here(chat, lambda *piece: None, threading.Event()) == "ended"
        log = [recorded.event for recorded in studio.local.chats.log(chat)]
        (found,) = [event.text for event in log if isinstance(event, ToolReturned)]
        assert "terms.md:1" in found
        assert "A broken kettle is refunded within 30 days." in found
        assert "- terms.md (Markdown, 55 bytes): 3 lines" in json.dumps(server.records[0].messages)


class TestRemoving:
    def test_all_of_them_are_removed_or_none(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x"), ("b.md", b"y")])
        with pytest.raises(NotFoundError, match=r"no file 'c\.md'\. Nothing was removed"):
            studio.as_(ADA).teams.remove_files(row.team_id, ["a.md", "c.md"])
        assert names(studio, row) == ["a.md", "b.md"]
        studio.as_(ADA).teams.remove_files(row.team_id, ["a.md", "b.md"])
        assert names(studio, row) == []
        with pytest.raises(NotFoundError):
            studio.local.teams.file(row.team_id, "a.md")

    def test_what_no_team_has_any_more_leaves_the_disk_and_no_sooner(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x"), ("b.md", b"y")])
        studio.as_(ADA).teams.remove_files(row.team_id, ["a.md"])
        forget_files(studio.store, studio.settings.home)  # somebody may be adding the same at this moment
        assert contents(studio) == 2
        forget_files(studio.store, studio.settings.home, now=datetime.now(UTC) + timedelta(hours=2))
        assert contents(studio) == 1
        assert studio.local.teams.file(row.team_id, "b.md").read_bytes() == b"y"

    def test_a_team_that_comes_back_has_them_again_until_they_are_forgotten(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        home, now = studio.settings.home, datetime.now(UTC)
        studio.as_(ADA).teams.delete(row.team_id)
        assert names(studio, row) == []
        forget_files(studio.store, home, now=now + timedelta(days=KEPT_DAYS - 1))
        studio.as_(ADA).teams.restore(row.team_id)
        assert names(studio, row) == ["a.md"]
        studio.as_(ADA).teams.delete(row.team_id)
        forget_files(studio.store, home, now=now + timedelta(days=KEPT_DAYS + 1))
        studio.as_(ADA).teams.restore(row.team_id)
        assert (names(studio, row), contents(studio)) == ([], 0)


class TestRights:
    def test_who_may_look_sees_all_and_changes_nothing_and_who_may_not_sees_nothing(self, studio, row):
        studio.as_(ADA).teams.add_files(row.team_id, [("a.md", b"x")])
        (studio.settings.home / "access.toml").write_text('run = ["rita@example.com"]\nview = ["vera@example.com"]\n')
        rita, vera, eve = (Person(name=f"{name}@example.com", is_verified=True) for name in ("rita", "vera", "eve"))
        for person in (rita, vera):
            assert [file.name for file in studio.as_(person).teams.files(row.team_id)] == ["a.md"]
            assert studio.as_(person).teams.preview(row.team_id, "a.md").text == "x"
            for change in (
                lambda me: me.teams.add_files(row.team_id, [("b.md", b"x")]),
                lambda me: me.teams.remove_files(row.team_id, ["a.md"]),
            ):
                with pytest.raises(RefusedError):
                    change(studio.as_(person))
        for look in (
            lambda me: me.teams.files(row.team_id),
            lambda me: me.teams.file(row.team_id, "a.md"),
            lambda me: me.teams.preview(row.team_id, "a.md"),
        ):
            with pytest.raises(RefusedError):
                look(studio.as_(eve))
        assert {refusal.act for refusal in studio.local.requests.refusals()} == {
            "add files to a team", "remove files of a team",
        }  # fmt: skip
        chat = studio.as_(rita).chats.start(row.spec, "Look.", team_id=row.team_id, revision=row.revision)
        assert read(studio, chat) == {"a.md": b"x"}
