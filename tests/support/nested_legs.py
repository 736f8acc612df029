"""Plays a chat and those of its teams in memory: the engine of each, and between them what the store does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agents.chats import ChatEnded, Event, Person, Recorded, fold
from agents.chats.subchats import ending
from agents.engine import Streamed, Subchat, leg_events
from agents.specs import TeamSpec, load_team
from tests.support.legs import Answer, Log, acts, begin

TOP = "c"
MAX_EVENTS = 2_000

PAIR = """
  name: %s
  agents:
    - {name: chief, role: human, human_input_mode: NEVER}
    - {name: %s, prompt: You write., description: Writes.}
    - {name: %s, prompt: You edit., description: Edits.}
  selection: {method: round_robin}
  limits: {max_rounds: %d, max_repeats: null, when_reached: end}
"""


def pair(name: str, *members: str, max_rounds: int = 4) -> str:
    return (PAIR % (name, *members, max_rounds)).replace("\n", "\n        ")


def nested(*, max_rounds: int = 4, inner_rounds: int = 3, limits: str = "", more: str = "") -> TeamSpec:
    """A person who is never asked, a planner, and a team of two."""
    return load_team(f"""
name: Outer
agents:
  - {{name: user, role: human, human_input_mode: NEVER}}
  - {{name: Planner, prompt: You plan., description: Plans.}}
  - name: Studio
    role: team
    {more}
    team:
        {pair("Inner", "Writer", "Editor", max_rounds=inner_rounds)}
selection: {{method: round_robin}}
limits: {{max_rounds: {max_rounds}, max_repeats: null, when_reached: end{limits}}}
""")


def pipeline(*, gate: bool = False) -> TeamSpec:
    """Three teams, one after another, with carry-over."""
    teams = "".join(
        f"""
  - name: {name}
    role: team
    carryover: true
    step_mode: {str(gate and name == "First").lower()}
    team:
        {pair(f"Team {name}", f"{name}Writer", f"{name}Editor", max_rounds=3)}"""
        for name in ("First", "Second", "Third")
    )
    return load_team(f"""
name: Pipeline
agents:
  - {{name: user, role: human, human_input_mode: NEVER}}{teams}
selection: {{method: round_robin}}
termination: {{after_last: true}}
limits: {{max_repeats: null}}
""")


def deep() -> TeamSpec:
    """A team in a team in a team."""
    return load_team(f"""
name: Top
agents:
  - {{name: user, role: human, human_input_mode: NEVER}}
  - name: Middle
    role: team
    team:
      name: Middle
      agents:
        - {{name: boss, role: human, human_input_mode: NEVER}}
        - name: Bottom
          role: team
          team: {pair("Bottom", "Writer", "Editor", max_rounds=3).replace(chr(10), chr(10) + "    ")}
      limits: {{max_rounds: 2, when_reached: end}}
limits: {{max_rounds: 2, when_reached: end}}
""")


class Tree:
    """The logs of a chat and of all below it."""

    def __init__(self, team: TeamSpec, task: str = "Build it."):
        self.logs: dict[str, Log] = {TOP: begin(team, task)}

    def log(self, chat: str = TOP) -> Log:
        return self.logs[chat]

    def state(self, chat: str = TOP) -> Any:
        return fold(self.logs[chat])

    @property
    def at_work(self) -> str:
        """The chat on which the work goes on."""
        chat = TOP
        while (state := self.state(chat)).subchat is not None and state.status == "running":
            chat = state.subchat.chat
        return chat

    def write(self, chat: str, *events: Event) -> None:
        """Append events, and tell the parent of an end."""
        log = self.logs[chat]
        before = fold(log)
        log += [Recorded(chat, len(log) + n, datetime.now(UTC), event) for n, event in enumerate(events, 1)]
        child = fold(log)
        parent = child.started.parent if child.started else None
        if parent is not None and any(isinstance(event, ChatEnded) for event in events):
            told = ending(self.state(parent.chat), before, child, chat, is_from_above=False)
            self.write(parent.chat, *told)

    def stop(self, chat: str) -> None:
        """End a chat as a person does."""
        self.write(chat, ChatEnded(reason="stopped", text="You stopped the chat.", by=Person()))

    def play(
        self,
        model: Any,
        answer: Answer | Callable[[Any], Any],
        *,
        files: Any = None,
        cut_after_each_event: bool = False,
    ) -> "Tree":
        """Play it until the chat ends, or waits for an answer that `answer` does not give. With `cut_after_each_event`
        every leg, at every level, is thrown away after each of its writes."""
        while True:
            chat = self.at_work
            state = self.state(chat)
            if state.status == "ended":
                return self
            if state.status == "waiting":
                fields = answer(state.request)
                if fields is None:
                    return self
                self.write(chat, *acts(state, state.request, **fields))
                continue
            self._leg(chat, state, model, files(chat) if files else None, is_cut=cut_after_each_event)

    def _leg(self, chat: str, state: Any, model: Any, files: Any, *, is_cut: bool) -> None:
        leg = leg_events(state, model, files=files, chat=chat)
        for item in leg:
            if isinstance(item, Streamed):
                continue
            if isinstance(item, Subchat):
                assert item.started.chat not in self.logs, "a team begins twice"
                self.logs[item.started.chat] = []
                self.write(item.started.chat, *item.events)
                self.write(chat, item.started)
            else:
                self.write(chat, *(item if isinstance(item, tuple) else (item,)))
            assert sum(map(len, self.logs.values())) < MAX_EVENTS, "the chat has no end"
            if is_cut:
                leg.close()
