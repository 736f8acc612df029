"""What a chat's log says of its files: those there are, and their versions."""

from datetime import UTC, datetime

from agents.chats import FileChange, FilesChanged, Person, Recorded
from agents.workspaces.file_history import file_rows

ADA = Person(name="Ada")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def log(*changes: FileChange) -> list[Recorded]:
    """One event for each change, the first of them Ada's."""
    events = [
        FilesChanged(turn=n, agent="Coder" if n else "", changes=[change], by=None if n else ADA)
        for n, change in enumerate(changes)
    ]
    return [Recorded(chat="c", seq=n, at=AT, event=event) for n, event in enumerate(events, 1)]


def change(path: str, what: str, content: str = "") -> FileChange:
    return FileChange.model_validate({"path": path, "change": what, "size": len(content), "sha256": content})


class TestFiles:
    def test_are_those_there_are_with_who_made_each_version(self):
        found = file_rows(log(change("b", "added", "1"), change("a", "added", "2"), change("b", "changed", "34")))
        assert [(row.path, row.size, row.sha256) for row in found] == [("a", 1, "2"), ("b", 2, "34")]
        assert [(version.by, version.agent) for version in found[1].versions] == [("Ada", ""), ("", "Coder")]

    def test_that_are_gone_are_not_listed(self):
        assert file_rows(log(change("a", "added", "1"), change("a", "removed"))) == []

    def test_that_come_again_have_the_versions_since(self):
        (row,) = file_rows(log(change("a", "added", "1"), change("a", "removed"), change("a", "added", "2")))
        assert [version.change.sha256 for version in row.versions] == ["2"]
