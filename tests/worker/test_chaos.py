"""The chaos and the crash matrix of `bench/chaos.py`, as short as they still tell something."""

from pathlib import Path

import pytest

from bench.chaos import Plan, chaos
from bench.chaos_machine import MACHINES
from bench.report import table

pytestmark = [pytest.mark.processes, pytest.mark.long]


def missed(plan: Plan, folder: Path) -> list[str]:
    """What must be 0 and is not; the figures are printed."""
    section = chaos(plan, folder)
    print(table([section]))
    return [f"{figure.what}: {figure.value}" for figure in section.figures if figure.goal == "0" and not figure.is_met]


@pytest.mark.parametrize("database", MACHINES)
class TestChaos:
    def test_nothing_is_lost_doubled_or_run_twice_whatever_goes_wrong(self, database: str, tmp_path: Path) -> None:
        assert missed(Plan(database, seconds=20, n_chats=8), tmp_path) == []

    def test_chats_cut_at_random_moments_of_their_work_lose_and_repeat_nothing(
        self, database: str, tmp_path: Path
    ) -> None:
        assert missed(Plan(database, seconds=30, n_chats=6, n_cuts=10), tmp_path) == []
