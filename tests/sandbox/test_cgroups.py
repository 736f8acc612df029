"""Control groups: found where they are, read and written as the kernel has them, version 1 and 2.

What version 2 says is read from files that look like the kernel's; a machine has one version at a time.
"""

import os
import subprocess
from pathlib import Path

import pytest

from agents.sandbox.cgroups import Cgroup, Cgroups, Controller, _mounted


class TestGroupsOfThisMachine:
    def test_what_joins_a_group_is_counted_and_ends_with_it(self):
        groups = Cgroups()
        if not groups.controllers:  # nothing to be used: also an answer, and `Bubblewrap` says so
            assert groups.new().folders == {}
            return
        group = groups.new()
        group.limit(memory_bytes=64 * 1024 * 1024, n_processes=10)
        join = "for entry; do echo 0 > $entry || exit 1; done; echo in; exec sleep 600"
        entries = [str(entry) for entry in group.entries]
        with subprocess.Popen(["sh", "-c", join, "join", *entries], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"in\n"
            assert process.pid in group.pids()
            assert not group.has_hit_memory()
            assert not group.has_hit_processes()
            assert group.cpu_s() >= 0
            group.end()
            assert process.wait() == -9
        assert not [folder for folder in group.folders.values() if folder.exists()]

    def test_groups_of_living_makers_are_left_alone(self):
        groups = Cgroups()
        group = groups.new()
        try:
            groups.clean()
            assert all(folder.is_dir() for folder in group.folders.values())
        finally:
            group.end()

    def test_making_and_ending_groups_leaves_nothing(self):
        groups = Cgroups()
        made = [groups.new() for _ in range(5)]
        names = [folder for group in made for folder in group.folders.values()]
        assert len(set(names)) == len(made) * len({os.fspath(path) for path in made[0].folders.values()})
        for group in made:
            group.end()
        assert not [folder for folder in names if folder.exists()]


class TestVersionTwo:
    @pytest.fixture
    def group(self, tmp_path: Path) -> Cgroup:
        for name in ("memory.swap.max", "memory.oom.group"):
            (tmp_path / name).touch()
        folders: dict[Controller, Path] = {"memory": tmp_path, "pids": tmp_path, "cpu": tmp_path}
        return Cgroup(folders, 2)

    def test_one_folder_is_joined_by_process(self, group: Cgroup, tmp_path: Path):
        assert group.entries == [tmp_path / "cgroup.procs"]

    def test_limits_are_written_and_memory_ends_all_processes_at_once(self, group: Cgroup, tmp_path: Path):
        group.limit(memory_bytes=1_000_000, n_processes=7)
        names = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max")
        assert [(tmp_path / name).read_text() for name in names] == ["1000000", "0", "1", "7"]

    def test_what_has_struck_is_read(self, group: Cgroup, tmp_path: Path):
        (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\noom_group_kill 0\n")
        (tmp_path / "pids.events").write_text("max 0\n")
        (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n")
        assert (group.has_hit_memory(), group.has_hit_processes(), group.cpu_s()) == (False, False, 2.5)
        (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n")
        (tmp_path / "pids.events").write_text("max 4\n")
        assert (group.has_hit_memory(), group.has_hit_processes()) == (True, True)


class TestWhereAGroupLies:
    ROWS = (
        "31 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate",
        "36 25 0:31 /docker/abc /sys/fs/cgroup/memory ro master:17 - cgroup cgroup rw,memory",
    )

    def test_it_is_the_mount_with_the_path_below_it(self):
        rows = [row.split() for row in self.ROWS]
        assert _mounted(rows, "cgroup2", "", "/user.slice/x") == Path("/sys/fs/cgroup/user.slice/x")

    def test_a_mount_of_a_part_shows_what_is_below_that_part(self):
        rows = [row.split() for row in self.ROWS]
        assert _mounted(rows, "cgroup", "memory", "/docker/abc/y") == Path("/sys/fs/cgroup/memory/y")
        assert _mounted(rows, "cgroup", "memory", "/docker/abc") == Path("/sys/fs/cgroup/memory")
        assert _mounted(rows, "cgroup", "pids", "/docker/abc") is None
