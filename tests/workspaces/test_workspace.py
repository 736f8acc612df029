"""A chat's files: what is taken, what is noticed, what is kept, and what hostile code cannot make of them."""

import io
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.chats import FileChange
from agents.errors import NotFoundError, UsageError
from agents.workspaces import Workspace, folders, versions
from agents.workspaces import workspace as workspaces
from tests.support.chat_with_files import HOSTILE, update


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home", "c1")


@pytest.fixture
def files(workspace: Workspace) -> Path:
    return workspace.run_folders().files


def names(changes: list[FileChange]) -> list[tuple[str, str]]:
    return [(change.path, change.change) for change in changes]


class TestAttaching:
    def test_a_file_is_taken_as_it_is(self, workspace, files):
        taken = workspace.save("data.csv", io.BytesIO(b"a,b\n"))
        assert (taken.path, taken.change, taken.size) == ("data.csv", "added", 4)
        assert (files / "data.csv").read_bytes() == workspace.version(taken.sha256).read_bytes() == b"a,b\n"

    def test_a_second_file_of_a_name_replaces_nothing(self, workspace, files):
        for content in (b"1", b"2", b"3"):
            workspace.save("data.csv", content)
        found = {file.name: file.read_bytes() for file in files.iterdir()}
        assert found == {"data.csv": b"1", "data-2.csv": b"2", "data-3.csv": b"3"}

    def test_what_lies_in_the_way_of_a_name_is_neither_followed_nor_replaced(self, workspace, files, tmp_path):
        (tmp_path / "secret").write_text("mine")
        (files / "a.txt").symlink_to(tmp_path / "secret")
        (files / "a-2.txt").symlink_to(tmp_path / "nowhere")
        assert workspace.save("a.txt", b"theirs").path == "a-3.txt"
        assert (tmp_path / "secret").read_text() == "mine"
        assert not (tmp_path / "nowhere").exists()

    @pytest.mark.parametrize(("limit", "value"), [("MAX_FILE_BYTES", 9), ("MAX_ALL_BYTES", 9), ("MAX_FILES", 0)])
    def test_what_is_too_much_is_not_taken_at_all(self, workspace, files, monkeypatch, limit, value):
        monkeypatch.setattr(workspaces, limit, value)
        with pytest.raises(UsageError, match=r"'data\.csv' was not attached"):
            workspace.save("data.csv", b"0123456789")
        assert list(files.iterdir()) == []
        assert not any((files.parent / "versions").glob("*"))

    def test_what_is_taken_back_goes_unless_somebody_changed_it(self, workspace, files):
        untouched, changed = workspace.save("a.txt", b"a"), workspace.save("b.txt", b"b")
        (files / "b.txt").write_text("mine")
        workspace.discard(untouched)
        workspace.discard(changed)
        assert {file.name: file.read_text() for file in files.iterdir()} == {"b.txt": "mine"}

    def test_many_at_once_get_a_name_each(self, workspace, files):
        threads = [threading.Thread(target=workspace.save, args=("a.txt", bytes([n]))) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(file.read_bytes()[0] for file in files.iterdir()) == list(range(12))

    def test_the_folders_are_for_their_owner_only(self, workspace, files):
        workspace.save("a.txt", b"x")
        chat = files.parent
        assert {path.stat().st_mode & 0o777 for path in (chat, chat.parent, chat / "versions")} == {0o700}


class TestNoticing:
    def test_files_that_come_change_and_go_are_told_by_path_and_once(self, workspace, files):
        known: dict[str, FileChange] = {}
        (files / "sub").mkdir()
        (files / "sub/b.txt").write_text("b")
        (files / "a.txt").write_text("a")
        assert names(update(workspace, known)) == [("a.txt", "added"), ("sub/b.txt", "added")]
        (files / "a.txt").write_text("A")
        (files / "sub/b.txt").unlink()
        changes = update(workspace, known)
        assert names(changes) == [("a.txt", "changed"), ("sub/b.txt", "removed")]
        assert workspace.version(changes[0].sha256).read_text() == "A"
        del known["sub/b.txt"]
        assert update(workspace, known) == []

    def test_every_version_stays_readable(self, workspace, files):
        known: dict[str, FileChange] = {}
        digests = []
        for text in ("one", "two", "one again"):
            (files / "a.txt").write_text(text)
            digests += [change.sha256 for change in update(workspace, known)]
        assert [workspace.version(sha256).read_text() for sha256 in digests] == ["one", "two", "one again"]

    def test_a_change_that_hides_its_time_and_size_is_noticed(self, workspace, files, monkeypatch):
        monkeypatch.setattr(workspaces, "SETTLED_NS", 0)
        known: dict[str, FileChange] = {}
        (files / "a.txt").write_text("one")
        update(workspace, known)
        before = (files / "a.txt").stat()
        (files / "a.txt").write_text("two")
        os.utime(files / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
        assert names(update(workspace, known)) == [("a.txt", "changed")]

    def test_what_did_not_change_is_not_read_again(self, workspace, files, monkeypatch):
        monkeypatch.setattr(workspaces, "SETTLED_NS", 0)
        known: dict[str, FileChange] = {}
        (files / "a.txt").write_text("one")
        update(workspace, known)
        monkeypatch.setattr(workspaces, "open_file", lambda *_: pytest.fail("it was read"))
        assert update(workspace, known) == []
        assert Workspace(workspace.files.parents[2], "c1").changes(known) == []

    def test_links_pipes_and_caches_are_passed_over(self, workspace, files, tmp_path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/secret").write_text("mine")
        (files / "link").symlink_to(tmp_path / "outside/secret")
        (files / "folder").symlink_to(tmp_path / "outside")
        os.mkfifo(files / "pipe")
        for name in ("__pycache__", ".cache", "node_modules"):
            (files / name).mkdir()
            (files / name / "a.txt").write_text("x")
        assert workspace.changes({}) == []

    def test_a_file_that_becomes_a_link_is_gone(self, workspace, files, tmp_path):
        known: dict[str, FileChange] = {}
        (files / "a.txt").write_text("a")
        update(workspace, known)
        (files / "a.txt").unlink()
        (files / "a.txt").symlink_to("/etc/passwd")
        assert names(workspace.changes(known)) == [("a.txt", "removed")]

    def test_names_that_are_no_plain_text_are_shown_harmlessly(self, workspace, files):
        (files / HOSTILE).write_text("x")
        (Path(os.fsdecode(os.fsencode(files) + b"/\xff\x1b[31m\n.txt"))).write_text("y")
        known: dict[str, FileChange] = {}
        paths = [change.path for change in update(workspace, known)]
        assert paths == [HOSTILE.replace("\u202e", "\\u202e"), "\\udcff\\x1b[31m\\n.txt"]
        assert update(workspace, known) == []

    def test_more_files_than_are_listed_hide_none_that_is_known(self, workspace, files, monkeypatch):
        (files / "z.txt").write_text("z")
        known: dict[str, FileChange] = {}
        update(workspace, known)
        monkeypatch.setattr(workspaces, "MAX_FILES", 3)
        for number in range(9):
            (files / f"a{number}.txt").write_text("a")
        (files / "z.txt").write_text("Z")
        assert names(workspace.changes(known)) == [("a0.txt", "added"), ("a1.txt", "added"), ("z.txt", "changed")]

    def test_a_flood_of_names_is_looked_at_in_part(self, workspace, files, monkeypatch):
        monkeypatch.setattr(folders, "MAX_SCANNED", 10)
        for number in range(50):
            (files / f"{number:02}").write_text("x")
        assert len(workspace.changes({})) == 10

    def test_a_file_too_large_to_be_kept_is_still_told(self, workspace, files, monkeypatch):
        monkeypatch.setattr(workspaces, "MAX_VERSION_BYTES", 5)
        (files / "big.bin").write_bytes(b"0123456789")
        (change,) = workspace.changes({})
        assert (change.path, change.size, change.sha256) == ("big.bin", 10, "")

    def test_old_versions_give_way_and_those_of_files_stay(self, workspace, files, monkeypatch):
        monkeypatch.setattr(versions, "MAX_ALL_BYTES", 25)
        known: dict[str, FileChange] = {}
        digests = []
        for number in range(4):
            (files / "a.txt").write_text(str(number) * 10)
            digests += [change.sha256 for change in update(workspace, known)]
        assert [workspace.version(sha256) is not None for sha256 in digests] == [False, False, True, True]

    def test_a_version_that_a_file_has_stays_however_old_it_is(self, workspace, files, monkeypatch):
        monkeypatch.setattr(versions, "MAX_ALL_BYTES", 25)
        monkeypatch.setattr(workspaces, "SETTLED_NS", 0)
        (files / "kept.txt").write_text("k" * 10)
        known: dict[str, FileChange] = {}
        (kept,) = update(workspace, known)
        for number in range(4):
            (files / "a.txt").write_text(str(number) * 10)
            update(workspace, known)
            assert workspace.version(kept.sha256) is not None

    def test_a_closed_folder_and_file_of_code_are_passed_over_and_deleted_all_the_same(self, workspace, files):
        (files / "closed").mkdir()
        (files / "closed/a.txt").write_text("x")
        (files / "closed").chmod(0)
        assert workspace.changes({}) == [] or os.geteuid() == 0
        workspace.delete()
        assert not files.parent.exists()


class TestTools:
    def test_what_is_written_is_read_again(self, workspace):
        workspace.write("out/report.txt", b"done")
        assert workspace.read("/workspace/out/report.txt") == workspace.read("./out//report.txt") == b"done"
        assert workspace.listed() == [("out/report.txt", 4)]

    @pytest.mark.parametrize(
        "path",
        ["../x", "a/../../x", "/etc/passwd", "", ".", "/workspace/", "a/", "a\0b", "a\nb", "\u202egnp", "x" * 300,
         "/workspace/../x", "a/" * 30 + "b"],
    )  # fmt: skip
    @pytest.mark.parametrize("act", [lambda w, path: w.read(path), lambda w, path: w.write(path, b"x")])
    def test_no_path_leads_out(self, workspace, files, path, act: Callable[[Workspace, str], object]):
        with pytest.raises(UsageError):
            act(workspace, path)
        assert list(files.rglob("*")) == []

    @pytest.mark.parametrize("path", ["link", "folder/secret", "pipe", "folder"])
    def test_links_and_pipes_are_neither_read_nor_written(self, workspace, files, tmp_path, path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/secret").write_text("mine")
        (files / "link").symlink_to(tmp_path / "outside/secret")
        (files / "folder").symlink_to(tmp_path / "outside")
        os.mkfifo(files / "pipe")
        with pytest.raises(UsageError, match="There is no file"):
            workspace.read(path)
        with pytest.raises(UsageError, match="cannot be written"):
            workspace.write(path, b"theirs")
        assert (tmp_path / "outside/secret").read_text() == "mine"

    def test_a_write_over_a_hard_link_changes_no_other_name(self, workspace, files, tmp_path):
        (tmp_path / "mine").write_text("mine")
        os.link(tmp_path / "mine", files / "a.txt")
        workspace.write("a.txt", b"theirs")
        assert (tmp_path / "mine").read_text() == "mine"

    def test_no_more_is_written_than_a_chat_may_have(self, workspace, files, monkeypatch):
        monkeypatch.setattr(workspaces, "MAX_ALL_BYTES", 9)
        monkeypatch.setattr(workspaces, "MAX_FILES", 1)
        workspace.write("a.txt", b"one")
        workspace.write("a.txt", b"again")
        for path, content in (("b.txt", b"x"), ("a.txt", b"0123456789")):
            with pytest.raises(UsageError, match="the workspace is full"):
                workspace.write(path, content)
        assert workspace.listed() == [("a.txt", 5)]

    def test_a_file_over_the_limit_is_not_read(self, workspace, files, monkeypatch):
        (files / "a.txt").write_text("0123456789")
        monkeypatch.setattr(workspaces, "MAX_FILE_BYTES", 5)
        with pytest.raises(UsageError, match="has more than"):
            workspace.read("a.txt")
        with pytest.raises(UsageError, match="has more than"):
            workspace.write("b.txt", b"0123456789")


class TestZip:
    def test_it_holds_the_files_under_names_that_stay_inside(self, workspace, files):
        (files / "..\\..\\evil.txt").write_text("e")
        (files / "sub").mkdir()
        (files / "sub/a.txt").write_text("a")
        with workspace.zip_of(workspace.changes({})) as packed, zipfile.ZipFile(packed) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == [".._.._evil.txt", "sub/a.txt"]
            assert archive.read("sub/a.txt") == b"a"


class TestChats:
    @pytest.mark.parametrize("chat", ["../x", "", "a/b", ".", "x" * 65, "a\nb", "-x"])
    def test_a_chat_that_cannot_be_has_no_folder(self, tmp_path, chat):
        with pytest.raises(NotFoundError):
            Workspace(tmp_path, chat)

    @pytest.mark.parametrize("sha256", ["", "../files/a", "x" * 64, "A" * 64])
    def test_a_version_is_named_by_its_digest_alone(self, workspace, files, sha256):
        assert workspace.version(sha256) is None
