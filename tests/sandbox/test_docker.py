"""The container sandbox: what the engine is asked for, and what is said where none answers."""

from pathlib import Path

import pytest

from agents.sandbox.docker import Docker
from agents.sandbox.values import MIB, Limits, Order, RunFolders, Sandbox
from tests.sandbox.contract import SandboxContract


@pytest.fixture
def run_folders(tmp_path: Path) -> RunFolders:
    for name in ("files", "packages"):
        (tmp_path / name).mkdir()
    return RunFolders(tmp_path / "files", tmp_path / "packages")


def asked_for(run_folders: RunFolders, **more) -> list[str]:
    limits = Limits(memory_bytes=64 * MIB, n_processes=10, cpu_s=7.4, file_bytes=MIB)
    return Docker({}).argv("name", Order(["true"], run_folders, limits, more.get("network", "none")))


class TestWhatTheEngineIsAskedFor:
    @pytest.mark.parametrize(
        "option",
        [
            "--network=none",
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            "--pull=never",
            "--ipc=none",
            f"--memory={64 * MIB}",
            f"--memory-swap={64 * MIB}",
            "--pids-limit=42",
            "--ulimit=cpu=7",
            f"--ulimit=fsize={MIB}",
        ],
    )
    def test_each_wall_and_limit_is_an_option(self, run_folders: RunFolders, option: str):
        assert option in asked_for(run_folders)

    def test_nobody_is_root(self, run_folders: RunFolders):
        (user,) = [word for word in asked_for(run_folders) if word.startswith("--user=")]
        assert not user.startswith("--user=0")

    def test_only_the_workspace_is_writable_but_in_an_install(self, run_folders: RunFolders):
        files = f"--mount=type=bind,source={run_folders.files},target=/workspace"
        packages = f"--mount=type=bind,source={run_folders.packages},target=/packages"
        assert {files, f"{packages},readonly"} <= set(asked_for(run_folders))
        assert packages in asked_for(RunFolders(run_folders.files, run_folders.packages, may_install=True))
        assert len([word for word in asked_for(run_folders) if "--mount" in word or "--volume" in word]) == 2

    def test_the_network_is_there_only_when_it_is_allowed(self, run_folders: RunFolders):
        assert "--network=bridge" in asked_for(run_folders, network="all")

    def test_none_of_our_environment_goes_in(self, run_folders: RunFolders):
        given = [word for word in asked_for(run_folders) if word.startswith("--env")]
        assert given == [
            "--env=PYTHONPATH=/packages",
            "--env=HOME=/tmp",
            "--env=LANG=C.UTF-8",
            "--env=PYTHONUNBUFFERED=1",
        ]


class TestWithoutAnEngine:
    def test_a_client_without_an_engine_is_said(self, tmp_path: Path, run_folders: RunFolders):
        (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "docker").chmod(0o755)
        docker = Docker({"DOCKER_HOST": f"unix://{tmp_path}/none.sock", "PATH": f"{tmp_path}:/usr/bin:/bin"})
        probe = docker.probe()
        assert not probe.is_working
        assert "docker" in probe.text
        running = docker.run(Order(["true"], run_folders))
        with pytest.raises(StopIteration) as ended:
            next(running)
        assert ended.value.value.outcome == "unavailable"
        assert probe.text in ended.value.value.text


if Docker().probe().is_working:

    class TestWithAnEngine(SandboxContract):
        """Only where one answers: what every sandbox promises."""

        @pytest.fixture(scope="class")
        @classmethod
        def sandbox(cls) -> Sandbox:
            return Docker()
