"""What the package index says, read from a real server; and which names are nearly those of popular packages."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.sandbox import package_index as index
from tests.support import package_index
from tests.support.package_index import LATELY, PackageIndex, file, uploaded

PAGES: dict[str, Any] = {
    "steady": {
        "files": [
            file("steady-1.0-py3-none-any.whl"),
            file("steady-1.10-py3-none-any.whl"),
            file("steady-1.9.tar.gz"),
            file("steady-2.0rc1-py3-none-any.whl"),
            file("steady-3.0-py3-none-any.whl", yanked="broken"),
            file("steady-4.0-py3-none-any.whl", **{"requires-python": ">=99"}),
            file("not a file name"),
        ]
    },
    "fresh": {"files": [file("fresh-0.1-py3-none-any.whl", **{"upload-time": LATELY})]},
    "of-yesterday": {"files": [file("of_yesterday-0.1-py3-none-any.whl", **uploaded(hours=30))]},
    "of-today": {"files": [file("of_today-0.1-py3-none-any.whl", **uploaded(hours=2))]},
    "source": {"files": [file("source-1.0.tar.gz")]},
    "elsewhere": {"files": [file("elsewhere-1.0-py3-none-any.whl", **{"requires-python": "<3"})]},
    "left": {"project-status": {"status": "quarantined"}, "files": [file("left-1.0-py3-none-any.whl")]},
    "plain": '<a href="x" data-requires-python="&gt;=3.8">plain-1.5-py3-none-any.whl</a>',
}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with package_index.served(monkeypatch, PAGES) as server:
        yield server


class TestLookingUp:
    def test_the_newest_version_that_fits_is_found(self, served: PackageIndex):
        assert index.look_up("Steady") == ("1.10", [])

    def test_an_index_that_speaks_html_is_understood(self, served: PackageIndex):
        assert index.look_up("plain") == ("1.5", [])

    @pytest.mark.parametrize(
        ("name", "doubt"),
        [
            ("nothing-of-the-kind", "There is no package of this name"),
            ("fresh", "uploaded 3 days ago"),
            ("of-yesterday", "uploaded 1 day ago"),
            ("of-today", "uploaded less than a day ago"),
            ("source", "its own code runs in the sandbox"),
            ("elsewhere", "fits this Python"),
            ("left", "quarantined"),
            ("reqeusts", "'requests'"),
        ],
    )
    def test_what_speaks_against_a_package_is_said(self, served: PackageIndex, name: str, doubt: str):
        assert doubt in " ".join(index.look_up(name)[1])

    def test_it_is_asked_once_and_remembered(self, served: PackageIndex):
        index.look_up("steady")
        index.look_up("STEADY")
        assert served.asked == ["steady"]

    def test_an_index_that_is_down_is_said_and_not_remembered(self, served: PackageIndex):
        served.status = 503
        version, doubts = index.look_up("steady")
        assert version == ""
        assert doubts == ["The package index cannot be reached from here (HTTP 503), so an install will fail as well."]
        served.status = 200
        assert index.look_up("steady") == ("1.10", [])

    def test_offline_is_said_without_the_address(self, served: PackageIndex):
        served.go_offline()
        (doubt,) = index.look_up("steady")[1]
        assert "cannot be reached" in doubt
        assert "127.0.0.1" not in doubt

    @pytest.mark.parametrize("name", ["../../admin", "x y", "a/b", "http://x.example"])
    def test_what_is_no_name_is_not_asked_for(self, served: PackageIndex, name: str):
        assert index.look_up(name)[0] == ""
        assert served.asked == []


class TestLookAlikes:
    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("reqeusts", "requests"),
            ("numppy", "numpy"),
            ("pandsa", "pandas"),
            ("python-requests", "requests"),
            ("beautifulsoup", "beautifulsoup4"),
            ("scikitlearn", "scikit-learn"),
            ("matplotlb", "matplotlib"),
        ],
    )
    def test_a_name_one_slip_away_is_flagged(self, name: str, meant: str):
        assert index.look_alike(name) == meant

    @pytest.mark.parametrize("name", ["requests", "Requests", "scikit_learn", "left-pad", "zebra", "rich", "ty"])
    def test_a_popular_name_and_a_name_of_its_own_are_not(self, name: str):
        assert index.look_alike(name) == ""
