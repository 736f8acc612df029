"""What a turn of a studio chat takes over a turn of bare AutoGen: one chat at a time, both sides in alternation."""

from pathlib import Path

from bench.measuring import median
from bench.report import Section
from bench.side import Side
from tests.support.scripted_server import ScriptedProcess

MOST = {("cpu", "round_robin", 0): 1.0, ("cpu", "round_robin", 50): 1.0, ("wall", "round_robin", 50): 1.02}
"""The goals: what is measured, the method of selection, the model's delay in ms -> the largest ratio."""
N_TURNS = 12


def turns(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """Wall time and CPU of a turn on both sides, without and with a model's delay."""
    section = Section("A turn of a studio chat over one of bare GroupChatManager, the same four agents (medians)")
    with Side("studio", server.base_url, folder / "studio") as studio, Side("bare", server.base_url, folder) as bare:
        for latency_ms, n_pairs in ((0, 3 if is_quick else 9), (50, 3 if is_quick else 11)):
            for method in ("round_robin", "auto"):
                server.control(latency_ms=latency_ms, clear=True)
                for side in (studio, bare):
                    side.play(method, 4)  # connections are open, files are read
                pairs = [(studio.play(method, N_TURNS), bare.play(method, N_TURNS)) for _ in range(n_pairs)]
                for what in ("wall", "cpu"):
                    values = [(getattr(ours, f"{what}_ms"), getattr(its, f"{what}_ms")) for ours, its in pairs]
                    ours, its = (median(side) for side in zip(*values, strict=True))
                    ratio = median([one / other for one, other in values])
                    most = MOST.get((what, method, latency_ms))
                    section.add(
                        f"{what}, {method.replace('_', ' ')}, {latency_ms} ms",
                        f"{ratio:.3f}  ({ours:.2f} over {its:.2f} ms)",
                        goal=f"{most:.2f} at most" if most else "",
                        is_met=ratio <= most if most else None,
                    )
    section.note = f"{N_TURNS} turns a chat; bare AutoGen's making of its agents is not counted, the studio's is."
    return section
