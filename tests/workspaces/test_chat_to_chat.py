"""Files that go from one chat to another: whole, by their versions, and never through a link."""

import io
from pathlib import Path

from agents.chats import FileChange
from agents.workspaces import Workspace


def saved(home: Path, name: str, content: bytes) -> FileChange:
    return Workspace(home, "from").save(name, io.BytesIO(content))


class TestGiving:
    def test_copies_the_files_into_the_other_chat_with_their_versions(self, home: Path) -> None:
        given = saved(home, "a.md", b"Given.")
        (came,) = Workspace(home, "from").give("to", [given])
        other = Workspace(home, "to")
        assert (came.path, came.change, came.sha256) == ("a.md", "added", given.sha256)
        assert other.read("a.md") == b"Given."
        version = other.version(given.sha256)
        assert version is not None
        assert version.read_bytes() == b"Given."
        assert other.changes({came.path: came}) == []

    def test_leaves_the_own_file_alone_when_the_copy_is_changed(self, home: Path) -> None:
        given = saved(home, "a.md", b"Given.")
        own, other = Workspace(home, "from"), Workspace(home, "to")
        own.give("to", [given])
        (other.files / "a.md").write_bytes(b"Changed.")
        assert own.read("a.md") == b"Given."

    def test_leaves_out_what_has_no_version(self, home: Path) -> None:
        large = FileChange(path="large.bin", change="added", size=10**12)
        assert Workspace(home, "from").give("to", [large]) == []


class TestTaking:
    def test_makes_folders_and_takes_the_place_of_an_older_file(self, home: Path) -> None:
        own, other = Workspace(home, "to"), Workspace(home, "from")
        other.write("deep/down/a.md", b"New.")
        own.write("deep/down/a.md", b"Old.")
        made = other.changes({})
        own.take("from", made)
        assert own.read("deep/down/a.md") == b"New."

    def test_writes_through_no_link_that_code_has_laid(self, home: Path, tmp_path: Path) -> None:
        own, other = Workspace(home, "to"), Workspace(home, "from")
        outside = tmp_path / "outside"
        outside.mkdir()
        own.write("keep.md", b"Kept.")
        (own.files / "deep").symlink_to(outside)
        (own.files / "a.md").symlink_to(outside / "a.md")
        other.write("deep/b.md", b"B.")
        other.write("a.md", b"A.")
        own.take("from", other.changes({}))
        assert list(outside.iterdir()) == []
        assert own.read("keep.md") == b"Kept."
