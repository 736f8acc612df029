"""The kernel tells of writes into a folder, and of nothing else."""

from agents.store.file_writes import FileWrites


def test_a_write_is_told_once(tmp_path):
    file = tmp_path / "studio.db-wal"
    file.write_text("before")
    writes = FileWrites(tmp_path)
    assert not writes.wait(0.05)
    with file.open("a") as opened:
        opened.write("commit")
    assert writes.wait(10)
    assert not writes.wait(0)
    file.read_text()
    assert not writes.wait(0.05)
    writes.close()
    writes.close()
