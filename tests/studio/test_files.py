"""The verbs of files: what a person attaches is kept with the chat and told to its agents, once and whole."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from agents.chats import FilesChanged, Interjected, MessagePosted, Person
from agents.errors import NotFoundError, UsageError
from agents.permissions import RefusedError
from agents.specs import AgentSpec, TeamSpec
from agents.studio import Studio
from agents.worker.periodic_tasks import KEPT_DAYS, forget_files
from agents.workspaces import workspace as workspaces
from tests.support.chat_with_files import ADA, HOSTILE, chat_with_files

TEAM = TeamSpec(name="Pair", agents=[AgentSpec(name="user", role="human"), AgentSpec(name="dev")])


@pytest.fixture
def chat(studio: Studio, scripted) -> str:
    return start(studio, "s1")


def start(studio: Studio, client_id: str, **more) -> str:
    team = TEAM.model_copy(update={"connection": "scripted"})
    return studio.as_(ADA).chats.start(team, "Look at it.", client_id=client_id, **more)


def folders_of(studio: Studio) -> list[str]:
    home = studio.settings.home / "workspaces"
    return sorted(path.name for path in home.iterdir()) if home.exists() else []


class TestStartingWithFiles:
    def test_the_task_ends_with_what_is_there(self, studio, scripted):
        chat = start(studio, "s1", files=[("data.csv", b"a,b\n1,2\n")])
        log = [recorded.event for recorded in studio.local.chats.log(chat)]
        task = next(event for event in log if isinstance(event, MessagePosted))
        assert task.content == (
            "Look at it.\n\nAttached files, in the workspace (the folder where code runs):\n"
            "- data.csv (CSV table, 8 bytes): 1 row; columns: a, b"
        )
        changed = next(event for event in log if isinstance(event, FilesChanged))
        assert ([change.path for change in changed.changes], changed.by) == (["data.csv"], ADA)
        assert studio.local.chats.get(chat).task == "Look at it."
        assert studio.store.chats.verify(chat) == []

    def test_the_same_press_again_keeps_no_second_folder(self, studio, scripted):
        first = start(studio, "s1", files=[("a.txt", b"x")])
        assert start(studio, "s1", files=[("a.txt", b"x")]) == first
        assert folders_of(studio) == [first]

    def test_one_file_that_is_too_large_starts_nothing(self, studio, scripted, monkeypatch):
        monkeypatch.setattr(workspaces, "MAX_FILE_BYTES", 5)
        with pytest.raises(UsageError, match="was not attached"):
            start(studio, "s1", files=[("a.txt", b"x"), ("b.txt", b"0123456789")])
        assert studio.local.chats.rows() == []
        assert folders_of(studio) == []


class TestAttaching:
    def test_the_agents_are_told_with_the_next_turn(self, studio, chat):
        taken = studio.as_(ADA).files.attach(
            chat, [("a.txt", io.BytesIO(b"one\ntwo\n"))], client_id="f1", text="Use this."
        )
        assert [change.path for change in taken] == ["a.txt"]
        said = studio.local.chats.log(chat)[-1].event
        assert isinstance(said, Interjected)
        assert said.text.startswith("Use this.\n\nAttached files")
        assert said.text.endswith("- a.txt (text, 8 bytes): 2 lines")
        assert (
            list(studio.local.chats.state(chat).files)
            == [row.path for row in studio.local.files.rows(chat)]
            == ["a.txt"]
        )

    def test_the_same_press_again_attaches_nothing(self, studio, chat):
        first = studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1")
        head = studio.local.chats.get(chat).head
        assert studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1") == first
        assert studio.local.chats.get(chat).head == head
        assert [file.name for file in (studio.settings.home / "workspaces" / chat / "files").iterdir()] == ["a.txt"]

    def test_all_of_them_are_taken_or_none(self, studio, chat, monkeypatch):
        monkeypatch.setattr(workspaces, "MAX_FILE_BYTES", 5)
        head = studio.local.chats.get(chat).head
        with pytest.raises(UsageError):
            studio.as_(ADA).files.attach(chat, [("a.txt", b"x"), ("b.txt", b"0123456789")], client_id="f1")
        assert studio.local.chats.get(chat).head == head
        assert list((studio.settings.home / "workspaces" / chat / "files").iterdir()) == []

    @pytest.mark.parametrize("n_files", [0, 21])
    def test_none_and_too_many_are_refused_in_words(self, studio, chat, n_files):
        with pytest.raises(UsageError):
            studio.as_(ADA).files.attach(chat, [(f"{n}.txt", b"x") for n in range(n_files)], client_id="f1")

    def test_a_chat_that_has_ended_tells_of_them_when_it_goes_on(self, studio, chat):
        studio.as_(ADA).chats.stop(chat, client_id="stop")
        studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1")
        assert studio.local.chats.get(chat).status == "ended"
        studio.as_(ADA).chats.continue_(chat, text="Go on.", client_id="on")
        message = studio.local.chats.state(chat).messages[-1].content
        assert message.startswith("Go on.\n\nAttached files")
        assert "- a.txt (text, 1 byte)" in message

    def test_files_that_the_agents_know_are_not_told_again(self, studio, scripted):
        chat = start(studio, "s1", files=[("a.txt", b"x")])
        studio.as_(ADA).chats.stop(chat, client_id="stop")
        studio.as_(ADA).chats.continue_(chat, text="Go on.", client_id="on")
        assert studio.local.chats.state(chat).messages[-1].content == "Go on."

    def test_what_cannot_be_told_is_not_attached(self, studio, chat):
        with pytest.raises(UsageError, match="characters"):
            studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1", text="x" * 99_990)
        assert studio.local.files.rows(chat) == []
        assert list((studio.settings.home / "workspaces" / chat / "files").iterdir()) == []

    def test_a_deleted_chat_takes_none(self, studio, chat):
        studio.as_(ADA).chats.delete(chat)
        with pytest.raises(NotFoundError):
            studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1")
        assert folders_of(studio) == []

    def test_who_may_only_look_attaches_nothing_and_sees_all(self, studio, chat):
        studio.as_(ADA).files.attach(chat, [("a.txt", b"x")], client_id="f1")
        (studio.settings.home / "access.toml").write_text('view = ["bob@example.com"]\n')
        bob, eve = (Person(name=f"{name}@example.com", is_verified=True) for name in ("bob", "eve"))
        with pytest.raises(RefusedError):
            studio.as_(bob).files.attach(chat, [("b.txt", b"x")], client_id="f2")
        assert [row.path for row in studio.as_(bob).files.rows(chat)] == ["a.txt"]
        sha256 = studio.local.files.rows(chat)[0].sha256
        for read in (
            lambda seen: seen.files.rows(chat),
            lambda seen: seen.files.get(chat, "a.txt"),
            lambda seen: seen.files.version(chat, sha256),
            lambda seen: seen.files.preview(chat, "a.txt", sha256),
            lambda seen: seen.files.difference(chat, sha256, sha256),
            lambda seen: seen.files.zip(chat),
        ):
            with pytest.raises(RefusedError):
                read(studio.as_(eve))


class TestReading:
    def test_a_file_has_all_its_versions_and_who_made_them(self, studio):
        chat = chat_with_files(studio)
        rows = {row.path: row for row in studio.local.files.rows(chat)}
        assert sorted(rows) == sorted(
            [HOSTILE.replace("\u202e", "\\u202e"), "chart.html", "chart.png", "notes.md", "report.pdf", "sales.csv"]
        )
        attached, changed = rows["sales.csv"].versions
        assert (attached.by, attached.agent, changed.by, changed.agent) == ("Ada", "", "", "executor")
        text, why = studio.local.files.difference(
            chat, *(version.change.sha256 for version in rows["notes.md"].versions)
        )
        assert (text.splitlines()[-2:], why) == (["-Sales rise.", "+Sales rise in May."], "")

    def test_a_version_of_another_chat_is_not_given(self, studio):
        chat_with_files(studio, "c1")
        chat_with_files(studio, "c2")
        only = studio.store.chats.file_log("c1")[0].event
        assert isinstance(only, FilesChanged)
        with pytest.raises(NotFoundError):
            studio.local.files.version("c3", only.changes[0].sha256)
        with pytest.raises(NotFoundError):
            studio.local.files.get("c1", "nothing.csv")

    def test_files_go_with_a_chat_that_was_deleted_long_ago_and_no_sooner(self, studio):
        for chat in ("c1", "c2"):
            chat_with_files(studio, chat)
        studio.local.chats.delete("c1")
        home = studio.settings.home
        forget_files(studio.store, home, now=datetime.now(UTC) + timedelta(days=KEPT_DAYS - 1))
        assert folders_of(studio) == ["c1", "c2"]
        forget_files(studio.store, home, now=datetime.now(UTC) + timedelta(days=KEPT_DAYS + 1))
        assert folders_of(studio) == ["c2"]
