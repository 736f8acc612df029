"""What code in a sandbox cannot use up, tried from within: in root's sandbox and in an ordinary user's."""

import pytest

from agents.sandbox.values import MIB, RunFolders, Sandbox
from tests.support.escape_attempts import Attempts, OfAnybody, OfRoot
from tests.support.sandbox import long_number, pids_of


class Exhausting(Attempts):
    def test_a_fork_bomb_ends_and_leaves_nothing(self, sandbox: Sandbox, run_folders: RunFolders):
        marker = long_number()
        bomb = f"import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n# {marker}"
        result = self.run(sandbox, bomb, run_folders, n_processes=64, wall_s=8)
        assert result.outcome in ("processes", "timeout")
        assert not pids_of(marker)

    def test_a_memory_bomb_over_many_processes_ends(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import time
for _ in range(20):
    if os.fork() == 0:
        kept = bytearray(os.urandom(1024)) * (20 * 1024)
        time.sleep(60)
time.sleep(60)
"""
        assert self.run(sandbox, code, run_folders, memory_bytes=128 * MIB).outcome == "memory"

    def test_shared_memory_counts_as_memory(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
import mmap, time
shared = mmap.mmap(-1, 400 * 1024 * 1024)
for place in range(0, len(shared), 4096):
    shared[place] = 1
time.sleep(60)
"""
        assert self.run(sandbox, code, run_folders, memory_bytes=128 * MIB).outcome == "memory"

    @pytest.mark.parametrize(
        "filling",
        [
            "for n in range(500):\n    open(f'f{n}', 'wb').write(bytes(1024 * 1024))",
            "for n in range(1_200):\n    open(f'f{n}', 'wb').close()",
            "for n in range(1_200):\n    os.symlink('x' * 200, f'f{n}')",
            "kept = []\nfor n in range(500):\n    kept.append(open('f', 'wb', 0)); os.unlink('f')\n"
            "    kept[-1].write(bytes(1024 * 1024))",
            "import mmap\nkept = []\nfor n in range(20):\n    file = open('f', 'w+b'); file.truncate(2 ** 20)\n"
            "    kept.append(mmap.mmap(file.fileno(), 0)); kept[-1][:] = bytes(2 ** 20); file.close(); os.unlink('f')",
            "os.mkdir('d'); os.chmod('d', 0o300)\nfor n in range(20):\n    open(f'd/f{n}', 'wb').write(bytes(2 ** 20))",
            "for n in range(100):\n    os.mkdir('d'); os.chdir('d'); open('f', 'wb').write(bytes(1024 * 1024))",
        ],
        ids=["files", "empty files", "links", "deleted files", "mapped files", "a closed folder", "deep folders"],
    )
    def test_filling_the_disk_ends_the_run(self, sandbox: Sandbox, run_folders: RunFolders, filling: str):
        result = self.run(sandbox, filling + "\nimport time\ntime.sleep(60)", run_folders, workspace_bytes=4 * MIB)
        assert result.outcome == "disk", result

    def test_scratch_space_is_small_and_gone_afterwards(self, sandbox: Sandbox, run_folders: RunFolders):
        code = """
def fill(path):
    with open(path, "wb", 0) as file:
        for _ in range(1024):
            if file.write(bytes(1024 * 1024)) < 1024 * 1024:
                raise OSError(28, "full")
attempt("/tmp", lambda: fill("/tmp/big"))
attempt("/dev/shm", lambda: fill("/dev/shm/big"))
"""
        assert set(self.refused(sandbox, code, run_folders)) == {"/tmp", "/dev/shm"}
        assert self.run(sandbox, "print(os.listdir('/tmp'), os.listdir('/dev/shm'))", run_folders).output == (
            "['matplotlib'] []\n"
        )

    def test_an_output_flood_ends_the_run(self, sandbox: Sandbox, run_folders: RunFolders):
        result = self.run(sandbox, "while True: print('x' * 10_000_000)", run_folders, output_chars=1_000_000)
        assert (result.outcome, len(result.output)) == ("output", 1_000_000)

    def test_a_daemon_ends_with_the_run(self, sandbox: Sandbox, run_folders: RunFolders):
        marker = long_number()
        code = f"""
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        os.execvp("sleep", ["sleep", "{marker}"])
    os._exit(0)
os.wait()
"""
        assert self.run(sandbox, code, run_folders).outcome == "ok"
        assert not pids_of(marker)


class TestExhaustingBubblewrap(OfRoot, Exhausting):
    pass


class TestExhaustingBubblewrapOfAnOrdinaryUser(OfAnybody, Exhausting):
    pass
