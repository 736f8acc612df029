"""What code leaves to break those who look after it: files with holes, which say to be larger than the disk and take no
room, as their versions would; folders in each other without end."""

import os
from pathlib import Path

import pytest

from agents.chats import FileChange
from agents.workspaces import Workspace, workspace

LIMIT = 1_000_000


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(workspace, "MAX_ALL_BYTES", LIMIT)
    made = Workspace(tmp_path, "c1")
    made.run_folders()
    return made


def lay(chat: Workspace, name: str, size: int) -> None:
    with (chat.files / name).open("wb") as file:
        file.write(name.encode())
        file.truncate(size)


def kept_bytes(chat: Workspace) -> int:
    return sum(file.stat().st_size for file in (chat.files.parent / "versions").iterdir())


class TestFilesWithHoles:
    def test_have_versions_up_to_what_all_files_may_have_and_are_all_listed(self, chat: Workspace):
        for number in range(20):
            lay(chat, f"{number:02}.bin", 300_000)
        changes = chat.changes({})
        assert [(change.size, bool(change.sha256)) for change in changes] == [(300_000, n < 3) for n in range(20)]
        assert kept_bytes(chat) <= LIMIT

    def test_look_by_look_fill_no_disk_and_take_no_version_from_others(
        self, chat: Workspace, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(workspace, "SETTLED_NS", -1_000_000_000)
        known: dict[str, FileChange] = {}
        lay(chat, "z.csv", 1_000)
        for number in range(9, 0, -1):
            lay(chat, f"{number}.bin", 400_000)
            known |= {change.path: change for change in chat.changes(known)}
        assert known["z.csv"].sha256
        assert sum(bool(change.sha256) for change in known.values()) == 3  # and the first
        assert kept_bytes(chat) <= LIMIT


def test_folders_in_each_other_without_end_are_deleted_with_their_chat(chat: Workspace):
    inner = os.open(chat.files, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=inner)
        outer, inner = inner, os.open("d", os.O_RDONLY, dir_fd=inner)
        os.close(outer)
    os.close(inner)
    chat.delete()
    assert not chat.files.parent.exists()
