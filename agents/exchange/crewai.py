"""Crews of CrewAI: agents.yaml and tasks.yaml, alone, or pasted one after the other.

A crew works on its tasks one after another, each by its agent. Called by `agents.exchange.formats`.
"""

import re
from typing import Any

from agents.errors import SpecError
from agents.exchange.values import Note, ProposedTeam, Reading
from agents.plain_text import one_line, shorten, valid
from agents.specs import team_from_dict
from agents.specs.placeholders import placeholders
from agents.specs.team_validation import free_name

_AGENT, _TASK = {"role", "goal", "backstory"}, {"description", "expected_output"}
_READ = {
    *_AGENT,
    *_TASK,
    "agent",
    "name",
    "tools",
    "llm",
    "verbose",
    "context",
    "output_file",
    "human_input",
    "markdown",
}
MAX_MEMBERS = 49
TASK = "Work on your tasks, one after another."
"""What each does stands in its prompt."""
Fields = dict[str, Any]


def is_crew(value: Any) -> bool:
    """Whether what was read has agents or tasks of CrewAI."""
    return isinstance(value, dict) and bool(_parts(value, _AGENT) or _parts(value, _TASK))


def read_crew(value: Fields, subject: str) -> Reading:
    """Return the crew as a team; SpecError says what is missing where there are tasks alone."""
    agents, tasks = _parts(value, _AGENT), _parts(value, _TASK)
    if not agents:
        text = "It is a tasks.yaml of CrewAI, and its agents are in agents.yaml. Paste both, one after the other."
        raise SpecError(subject, [("", text)])
    if len(agents) + len(tasks) > MAX_MEMBERS:
        raise SpecError(subject, [("", f"It has {len(agents) + len(tasks)} agents and tasks; at most {MAX_MEMBERS}.")])
    crew = _Crew(agents, tasks)
    fields = crew.fields()
    return Reading("files of CrewAI", (ProposedTeam(team_from_dict(fields, subject), tuple(crew.notes)),))


def _parts(value: Fields, marks: set[str]) -> dict[str, Fields]:
    """Return the mappings in `value`, or under its "agents" or "tasks", that have one of these fields."""
    inner = value.get("agents" if marks is _AGENT else "tasks")
    for place in (value, inner if isinstance(inner, dict) else {}):
        found = {
            str(name): each for name, each in place.items() if isinstance(each, dict) and marks & {*map(str, each)}
        }
        if found:
            return found
    return {}


class _Crew:
    """Puts a crew together."""

    def __init__(self, agents: dict[str, Fields], tasks: dict[str, Fields]):
        self._agents, self._tasks = agents, tasks
        self.notes: list[Note] = []
        self._names: dict[str, str] = {}

    def fields(self) -> Fields:
        """Return the fields of the team: a person who gives the task, and the agents in the order of their tasks."""
        order = [str(task.get("agent", "")) for task in self._tasks.values()]
        wanted = [name for name in dict.fromkeys(order) if name in self._agents]
        names = [*wanted, *(name for name in self._agents if name not in wanted)]
        members: list[Fields] = [{"name": "You", "role": "human", "description": "Gives the task."}]
        for name in names:
            members.append(self._member(name, [each["name"] for each in members]))
        self._left(names, wanted, order)
        texts = " ".join(text for each in members for text in (each.get("prompt", ""),))
        variables = {name: "" for name in sorted(placeholders(texts)) if name.isidentifier()}
        if variables:
            self.notes.append(Note("", f"Fill the placeholders {', '.join(variables)} when you start a chat."))
        return {
            "name": shorten(f"Crew of {', '.join(_shown(each) for each in members[1:])}", 80),
            "agents": members,
            "initiator": "You",
            "selection": {"method": "round_robin"},
            "termination": {"phrases": [], "after_last": True},
            "limits": {"max_rounds": None, "when_reached": "end"},
            "variables": variables,
            "example_tasks": [TASK] if self._tasks else [],
        }

    def _member(self, name: str, taken: list[str]) -> Fields:
        agent = self._agents[name]
        called = self._names[name] = free_name(name, taken)
        role, goal, story = (_text(agent.get(field)) for field in ("role", "goal", "backstory"))
        lines = [f"You are {role}. {story}".strip(), f"Your goal: {goal}" if goal else ""]
        mine = [(title, task) for title, task in self._tasks.items() if str(task.get("agent", "")) == name]
        for number, (title, task) in enumerate(mine, start=1):
            head = f"Your task{f' {number}' if len(mine) > 1 else ''}: {_text(task.get('description'))}"
            lines.append(f"{head}\nExpected result: {_text(task.get('expected_output'))}")
            self._lost(f"task {title}", task)
        self._lost(f"agent {name}", agent)
        fields: Fields = {"name": called, "description": shorten(goal, 300), "prompt": "\n\n".join(filter(None, lines))}
        if role:
            fields["display_name"] = shorten(one_line(re.sub(r"\{\w+\}", "", role)), 80)
        if any(task.get("human_input") is True for _, task in mine):
            fields["step_mode"] = True
        return fields

    def _lost(self, place: str, part: Fields) -> None:
        """Name what a part has and a team has not."""
        tools = part.get("tools")
        if isinstance(tools, list) and tools:
            names = ", ".join(one_line(str(tool), 40) for tool in tools[:10])
            self.notes.append(Note(place, f"Its tools are not carried: {names}. Give it tools of the studio."))
        if part.get("llm"):
            text = f"It asks for the model {one_line(str(part['llm']), 60)}; the team uses your default connection."
            self.notes.append(Note(place, text))
        if part.get("output_file"):
            self.notes.append(Note(place, "Its output file is not written; the tool “write_file” writes files."))
        if part.get("context"):
            self.notes.append(Note(place, "All members read the whole chat; which tasks it reads is not limited."))
        lost = [one_line(str(name), 40) for name in part if str(name) not in _READ]
        if lost:
            self.notes.append(Note(place, f"Not carried: {', '.join(lost[:10])}."))

    def _left(self, names: list[str], wanted: list[str], order: list[str]) -> None:
        unknown = sorted({one_line(name, 40) for name in order if name not in self._agents})
        if unknown:
            said = ", ".join(name or "nobody" for name in unknown[:5])
            self.notes.append(Note("", f"Tasks of agents that are not here are left out: {said}."))
        if not self._tasks:
            self.notes.append(Note("", "The tasks are not here (tasks.yaml); each agent speaks once, in turn."))
        elif len(wanted) < len(names):
            idle = ", ".join(name for name in names if name not in wanted)
            self.notes.append(
                Note("", f"No task is given to {one_line(idle, 200)}; each speaks once, after the others.")
            )
        elif len(order) > len(wanted):
            self.notes.append(Note("", "An agent with several tasks does them in one turn."))


def _shown(member: Fields) -> str:
    return str(member.get("display_name") or member["name"])


def _text(value: Any) -> str:
    return valid(str(value)).strip() if isinstance(value, str | int | float) else ""
