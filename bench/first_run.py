"""What the teams of the lesson do with the local model alone: `python -m bench.first_run --runs 20 --only coder`.

No key, no network once the model is on this machine, and a scripted person who approves whatever is asked. Prints how
many runs were right, how long they took, and why the others were not. Seconds mean something on an idle machine only.
"""

import argparse
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from agents.errors import ConflictError
from agents.settings import Settings
from agents.studio import Studio
from bench.lesson import GOALS, Ended, Goal, Run
from bench.measuring import median
from bench.report import Section, machine, table, verdict

PATIENCE_S = 900.0
"""A chat is stopped then."""


@dataclass
class Results:
    """Of the runs of one team."""

    seconds: list[float] = field(default_factory=list)
    """Of those that were right."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why the others were not."""

    @property
    def n_runs(self) -> int:
        return len(self.seconds) + self.reasons.total()


def main() -> None:
    """Runs what was asked for, and says what was met."""
    parser = argparse.ArgumentParser(description="What the lesson's teams do with the local model alone.")
    parser.add_argument("--runs", type=int, default=20, help="of each team (default: 20)")
    parser.add_argument("--only", choices=[goal.name for goal in GOALS], action="append", help="this team")
    parser.add_argument("--model", default="", help="the local model by its name (default: what suits this machine)")
    parser.add_argument("--transcript", action="store_true", help="print what everybody says")
    parser.add_argument("--patience", type=float, default=PATIENCE_S, help="seconds after which a chat is stopped")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="first-run-") as folder:
        home = Path(folder)
        settings = Settings(home, f"sqlite:///{home / 'studio.db'}", local_model=chosen.model or "auto")
        with Studio.open(settings) as studio:
            print(f"{machine()} Model: {studio.local_models.weights().name}.", flush=True)
            for _ in studio.local_models.wait(studio.local_models.weights()):
                pass
            goals = [goal for goal in GOALS if not chosen.only or goal.name in chosen.only]
            sections = [_section(studio, goal, chosen) for goal in goals]
            print(table(sections))
            print(f"\n{verdict(sections)}")


def _section(studio: Studio, goal: Goal, chosen: argparse.Namespace) -> Section:
    results = Results()
    for number in range(chosen.runs):
        run = goal.run(number)
        began = monotonic()
        ended = _played(studio, run, patience_s=chosen.patience, shows=chosen.transcript)
        seconds, why = monotonic() - began, run.why_not(ended)
        print(f"{goal.title} {number + 1}: {why or 'right'}, {seconds:.0f} s", flush=True)
        if why:
            results.reasons[why] += 1
        else:
            results.seconds.append(seconds)
    return _figures(goal, results)


def _played(studio: Studio, run: Run, *, patience_s: float, shows: bool) -> Ended:
    """Play the run to its end."""
    chats = studio.as_("Bench").chats
    chat = chats.start(run.spec, run.task, files=run.files, run_here=True)
    watch = threading.Timer(patience_s, _stop, [studio, chat])
    watch.start()
    try:
        for message in chats.play(chat, run.answers()):
            if shows:
                print(f"--- {message.agent}:\n{message.content}\n", flush=True)
    finally:
        watch.cancel()
    end = chats.state(chat).ended
    assert end is not None
    events = [recorded.event for recorded in chats.log(chat)]
    return Ended(studio.settings, chat, events, end.text, end.reason)


def _stop(studio: Studio, chat: str) -> None:
    with suppress(ConflictError):  # it has ended by itself meanwhile
        studio.as_("Bench").chats.stop(chat)


def _figures(goal: Goal, results: Results) -> Section:
    section = Section(goal.title)
    n_right, n_runs = len(results.seconds), results.n_runs
    share = 100 * n_right / n_runs
    section.add(
        "right", f"{n_right} of {n_runs} ({share:.0f} %)", goal=f"{goal.percent} %", is_met=share >= goal.percent
    )
    if results.seconds:
        slowest = max(results.seconds)
        value = f"{median(results.seconds):.0f} / {slowest:.0f} s"
        goal_s = f"{goal.seconds} s" if goal.seconds else ""
        is_met = slowest <= goal.seconds if goal.seconds else None
        section.add("seconds of these, median / most", value, goal=goal_s, is_met=is_met)
    for why, n_times in results.reasons.most_common():
        section.add(f"not right {n_times} times", why)
    return section


if __name__ == "__main__":
    main()
