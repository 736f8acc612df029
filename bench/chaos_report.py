"""What is left after the chaos: the logs, the effects and the ledger, against what was seen and counted meanwhile."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from agents.chats import ChatEnded, MessagePosted, ModelCalled, Recorded
from agents.studio import Studio
from bench import chaos_team
from bench.chaos_machine import TakeOvers
from bench.measuring import percentile
from bench.report import Section

BUSY_LOAD = 10.0
QUIET_LIMIT_S, BUSY_LIMIT_S = 1.0, 5.0
"""Within which the chats of a killed worker go on: on a quiet machine, and above that load."""


@dataclass
class Facts:
    """What was done, and what was seen meanwhile."""

    chats: dict[int, str] = field(default_factory=dict)
    """Number of the task -> chat."""
    acts: list[tuple[str, str]] = field(default_factory=list)
    """(chat, client id) of everything that people did and that was confirmed to them."""
    done: Counter[str] = field(default_factory=Counter)
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Chat -> what its events were when they were first read."""
    gone_on_s: list[float] = field(default_factory=list)
    """From a worker's death until another had the chat, where another worker was there."""
    restarted_s: list[float] = field(default_factory=list)
    """The same where the last worker was killed, so that one had to start."""
    cut_after: Counter[str] = field(default_factory=Counter)
    """The last event of each chat that a killed worker had, by its kind."""


def sign_of(recorded: Recorded) -> str:
    """What tells an event from any other: where it stands, and what it says."""
    return f"{recorded.seq} {hashlib.sha256(recorded.event.model_dump_json().encode()).hexdigest()}"


def tell(
    section: Section,
    studio: Studio,
    facts: Facts,
    take_overs: TakeOvers,
    *,
    n_left: int,
    settled_s: float,
    load: float,
) -> None:
    """Add what became of the chats."""
    store, names = studio.store, [chat for chat in facts.chats.values() if chat]
    logs = {chat: store.chats.log(chat) for chat in names}
    ran = chaos_team.effects(studio.settings.home, names)
    counts, n_undecided = Counter[str](), 0
    for log in logs.values():
        started, extra = chaos_team.starts(log)
        counts, n_undecided = counts + started, n_undecided + extra
    n_defects = sum(
        isinstance(each.event, ChatEnded) and each.event.reason == "defect" for log in logs.values() for each in log
    )

    def none(what: str, n: int) -> None:
        section.add(what, str(n), goal="0", is_met=n == 0)

    section.add("done", ", ".join(f"{n} {what}" for what, n in sorted(facts.done.items())))
    cut = ", ".join(f"{n} {kind}" for kind, n in facts.cut_after.most_common())
    section.add(f"{facts.cut_after.total()} chats cut by kill -9 after", cut)
    section.add("chats, events, effects", f"{len(names)}, {sum(map(len, logs.values()))}, {sum(ran.values())}")
    none(
        "events lost, changed or reordered",
        sum(log_signs(logs[chat])[: len(facts.seen.get(chat, []))] != facts.seen.get(chat, []) for chat in names),
    )
    none(
        "chats with gaps, doubled turns, or lists that differ",
        sum(not is_whole(log) or bool(store.chats.verify(chat)) for chat, log in logs.items()),
    )
    none(
        "acts of people that were confirmed and lost",
        sum(not store.chats.act(chat, client_id) for chat, client_id in facts.acts),
    )
    none("effects that no start in a log explains", sum(max(0, n - counts[name]) for name, n in ran.items()))
    none("starts that nobody decided", n_undecided)
    none("chats ended by a defect", n_defects)
    running = studio.local.chats.counts()
    none("chats that did not end afterwards", running["running"] + running["waiting"] + n_left)
    section.add("chats ended after the chaos within", f"{settled_s:.0f} s")
    none("take-overs of living workers", len(take_overs.of_living))
    section.add("take-overs in all, of frozen workers", f"{take_overs.n_seen}, {len(take_overs.of_frozen)}")
    limit_s = BUSY_LIMIT_S if load > BUSY_LOAD else QUIET_LIMIT_S
    if facts.gone_on_s:
        p95 = percentile(facts.gone_on_s, 95)
        shown = f"p50 {percentile(facts.gone_on_s, 50):.2f} s, p95 {p95:.2f} s, most {max(facts.gone_on_s):.2f} s"
        section.add(
            f"a killed worker's {len(facts.gone_on_s)} chats go on",
            shown,
            goal=f"p95 {limit_s:g} s",
            is_met=p95 <= limit_s,
        )
    if facts.restarted_s:
        shown = f"p50 {percentile(facts.restarted_s, 50):.2f} s, p95 {percentile(facts.restarted_s, 95):.2f} s"
        section.add(f"the same of {len(facts.restarted_s)} where a worker had to start first", shown)


def log_signs(log: list[Recorded]) -> list[str]:
    return [sign_of(recorded) for recorded in log]


def is_whole(log: list[Recorded]) -> bool:
    """Whether every event and every turn stands there once, in order."""
    turns = [each.event.turn for each in log if isinstance(each.event, MessagePosted)]
    return [each.seq for each in log] == list(range(1, len(log) + 1)) and turns == list(range(len(turns)))


def tell_of_calls(section: Section, studio: Studio, facts: Facts, n_requests: Counter[int]) -> None:
    """Compare the ledger with what the server counted, chat by chat, tries of a call included.

    `n_requests`: by the number of the chat's task."""
    n_known = n_unknown = n_unsent = 0
    missing: dict[str, int] = {}
    for number, chat in facts.chats.items():
        calls = (
            [each.event for each in studio.store.chats.log(chat) if isinstance(each.event, ModelCalled)] if chat else []
        )
        known = sum(n_tries(call) for call in calls if call.outcome != "unknown")
        unknown = sum(n_tries(call) for call in calls if call.outcome == "unknown")
        n_known, n_unknown = n_known + known, n_unknown + unknown
        if (n := n_requests[number] - known - unknown) > 0:
            missing[chat or f"no chat is known of task {number}"] = n
        n_unsent += max(0, known + unknown - n_requests[number])
    section.add("requests that the server counted", str(sum(n_requests.values())))
    section.add("of calls in the ledger; of calls cut there, outcome unknown", f"{n_known}; {n_unknown}")
    shown = ", ".join([str(sum(missing.values())), *(f"{n} of {chat}" for chat, n in missing.items())])
    section.add("requests that are not in the ledger", shown, goal="0", is_met=not missing)
    section.add("cut before they reached the server", str(n_unsent))


def n_tries(call: ModelCalled) -> int:
    """Requests that were made for it."""
    notes = call.usage_raw.get("studio")
    tries = notes.get("tries", 1) if isinstance(notes, dict) else 1
    return tries if isinstance(tries, int) else 1
