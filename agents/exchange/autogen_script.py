"""Scripts and notebooks for AutoGen 0.2 (pyautogen) and AG2: from Python code to the teams that it describes.

The code is read as a syntax tree and never executed. Called by `agents.exchange.formats`.
"""

import builtins
from dataclasses import replace
from typing import Any

from agents.errors import SpecError
from agents.exchange.autogen_classes import CLASSES, agent_class, is_made
from agents.exchange.autogen_members import TeamNotes, label
from agents.exchange.autogen_teams import Fields, Teams
from agents.exchange.autogen_tools import Definitions, Tools
from agents.exchange.python_source import Source
from agents.exchange.script import Script
from agents.exchange.script_expressions import TooManySteps
from agents.exchange.script_values import Made, Named, listed
from agents.exchange.values import Note, ProposedTeam, Reading
from agents.plain_text import one_line, shorten

MAX_TEAMS = 20
"""Proposed of one script."""
MAX_CHATS = 100
MAX_TASKS = 20
STEPS_A_TEAM = 5_000
NEWER = ("autogen_agentchat", "autogen_core")
"""Packages of AutoGen 0.4."""
PACKAGES = ("autogen", "pyautogen", "ag2")
_STARTS = ("initiate_chat", "a_initiate_chat")
_QUEUES = ("initiate_chats", "a_initiate_chats")
_PATTERN_STARTS = ("initiate_group_chat", "a_initiate_group_chat", "run_group_chat", "a_run_group_chat")
_RUNS = ("run", "a_run")
_LATER = {
    "register_reply": "Replies that it registers (register_reply) are not carried.",
    "register_hook": "Hooks (register_hook) are not carried.",
    "register_model_client": "Its own model client is not carried; add a connection for that model.",
    "add_to_agent": "The capability that is added to an agent is not carried.",
    "generate_reply": "Replies that it asks of an agent directly (generate_reply) are not carried.",
    "a_generate_reply": "Replies that it asks of an agent directly are not carried.",
    "send": "Messages that it sends later (send) are not carried; write them in the chat.",
    "a_send": "Messages that it sends later (send) are not carried; write them in the chat.",
    "build": "Teams that are built while the script runs are not carried.",
    "resume": "Going on with an earlier chat (resume) is not carried.",
}

_READ = (
    *(*_STARTS, *_QUEUES, *_PATTERN_STARTS, *_RUNS, *_LATER),
    *("register_for_llm", "register_for_execution", "register_function", "register_nested_chats"),
    *("update_system_message", "update_tool_signature", "update_function_signature"),
)
"""What is called of agents, or with them, and read or named above."""
_AFTER = ("reset", "clear_history", "last_message", "chat_messages_for_summary", "stop_reply_at_receive")
"""What changes no team; so does what begins with "get" or "print"."""


def is_autogen(script: Script) -> bool:
    """Whether the script uses AutoGen 0.2 or AG2."""
    imported = [value.path for value in script.names.values() if isinstance(value, Named)]
    return any(path.partition(".")[0] in PACKAGES for path in imported) or any(
        made.path.partition(".")[0] in PACKAGES or (made.owner is None and made.name in CLASSES) for made in script.made
    )


def is_newer(script: Script) -> bool:
    """Whether the script is for AutoGen 0.4, which has the names of its classes in common and nothing else."""
    paths = [value.path for value in script.names.values() if isinstance(value, Named)]
    return any(path.partition(".")[0] in NEWER for path in (*paths, *(made.path for made in script.made)))


def starts_chat(script: Script) -> bool:
    """Whether agents begin to talk where the script is followed so far."""
    starts = (*_STARTS, *_QUEUES, *_PATTERN_STARTS, *_RUNS)
    return any(made.name in starts and (made.owner is None or agent_class(made.owner)) for made in script.made)


def read_autogen(script: Script, source: Source, subject: str) -> Reading:
    """Return the teams of a script that was read; SpecError says why it has none."""
    return _Reader(script, source, subject).read()


class _Reader:
    def __init__(self, script: Script, source: Source, subject: str):
        self._script, self._source, self._subject = script, source, subject
        self._tools = Tools()
        self._teams = Teams(script, self._tools, Definitions(source))
        self._notes: list[Note] = list(source.notes)
        self._found: list[ProposedTeam] = []
        self._failed: list[SpecError] = []
        self._n_tried = 0

    def read(self) -> Reading:
        made = list(self._script.made)
        for place in self._script.skipped:
            self._notes.append(Note(place, "This repeats or nests more than is followed, and was not read to its end."))
        for call in made:
            self._tools.take(call)
            if call.name == "register_nested_chats" and isinstance(call.owner, Made):
                self._teams.nested.setdefault(id(call.owner), []).append(call)
            if call.name == "update_system_message" and isinstance(call.owner, Made):
                call.owner.fields["system_message"] = call.value("system_message", 0)
        for call in made:
            self._start(call)
        self._groups_without_a_start(made)
        if not self._found:
            self._agents_without_a_chat(made)
        self._left(made)
        if not self._found:
            skipped = [(note.place, note.text) for note in self._notes[:3]]
            raise self._failed[0] if self._failed else SpecError(self._subject, [("", self._why_none(made)), *skipped])
        kind = "an AutoGen notebook" if self._source.is_notebook else "an AutoGen script"
        return Reading(kind, tuple(self._found), tuple(dict.fromkeys(self._notes)))

    def _start(self, call: Made) -> None:
        """Take a call that starts a chat; others change nothing."""
        if call.name in _STARTS and agent_class(call.owner):
            self._one(call.owner, call.value("recipient", 0), dict(call.kwargs), call)
        elif call.name in _QUEUES:
            owner = call.owner if agent_class(call.owner) else None
            self._several(owner, call.value("chat_queue", 0), call)
        elif call.name in _PATTERN_STARTS and isinstance(pattern := call.value("pattern", 0), Made):
            fields = {**call.kwargs, "messages": call.value("messages", 1)}
            self._propose(lambda notes: self._teams.pattern(pattern, fields, call.place, notes), call.place)
        elif call.name in _RUNS and agent_class(call.owner):
            self._run(call.owner, call)

    def _one(self, sender: Any, recipient: Any, fields: Fields, call: Made) -> None:
        if len(call.args) > 1 and "message" not in fields and isinstance(call.args[-1], str):
            fields["message"] = call.args[-1]
        if is_made(recipient, ("GroupChatManager",)) or (isinstance(recipient, Made) and "Manager" in recipient.name):
            self._propose(lambda notes: self._teams.group(recipient, sender, fields, call.place, notes), call.place)
        elif agent_class(recipient) and recipient is not sender:
            self._propose(lambda notes: self._teams.pair(sender, recipient, fields, call.place, notes), call.place)
        else:
            self._notes.append(Note(call.place, "Whom this chat is with is only known once the script runs; left out."))

    def _several(self, owner: Any, queue: Any, call: Made) -> None:
        chats = [each for each in listed(queue) if isinstance(each, dict)]
        known = [
            each
            for each in chats
            if agent_class(each.get("recipient")) or is_made(each.get("recipient"), ("GroupChatManager",))
        ]
        if not known or len(known) < len(listed(queue)):
            self._notes.append(Note(call.place, "Some of these chats are only known once the script runs; left out."))
        if not known:
            return
        if any("prerequisites" in each for each in known):
            self._notes.append(Note(call.place, "Chats that the script runs at the same time run one after another."))

        def build(notes: TeamNotes) -> Fields:
            fields = self._teams.one_after_another(owner, known, call.place, notes, 0)
            task = self._teams.task(known[0], call.place, notes)
            return {**fields, **({"example_tasks": [task]} if task else {})}

        self._propose(build, call.place)

    def _run(self, agent: Made, call: Made) -> None:
        """Take AG2's `agent.run(...)`: a chat with a person, or with another agent."""
        recipient: Any = call.kwargs.get("recipient")
        fields = {**call.kwargs, "message": call.value("message", -1)}
        if agent_class(recipient):
            self._propose(lambda notes: self._teams.pair(agent, recipient, fields, call.place, notes), call.place)
            return
        mode = "ALWAYS" if call.kwargs.get("user_input") is True else "NEVER"
        person = Made(
            "UserProxyAgent", ["user"], {"human_input_mode": mode, "code_execution_config": False}, call.place
        )
        self._propose(lambda notes: self._teams.pair(person, agent, fields, call.place, notes), call.place)

    def _propose(self, build: Any, place: str) -> None:
        """Put one team together; what no team may have becomes a note."""
        self._n_tried += 1
        if len(self._found) >= MAX_TEAMS or self._n_tried > MAX_CHATS:
            text = f"At most {MAX_CHATS} chats and {MAX_TEAMS} teams are read; those from here on are left out."
            self._notes += [] if any(note.text == text for note in self._notes) else [Note(place, text)]
            return
        notes = TeamNotes()
        self._script.allow(STEPS_A_TEAM)
        try:
            team = self._teams.proposed(build(notes), notes)
        except SpecError as error:
            self._failed.append(error)
            self._notes.append(
                Note(place, f"This team is left out: {one_line(' '.join(text for _, text in error.problems), 300)}")
            )
            return
        except (TooManySteps, RecursionError):
            self._notes.append(Note(place, "This team is left out: it takes too many steps to read."))
            return
        for number, other in enumerate(self._found):
            if _without_tasks(other) == _without_tasks(team):
                self._found[number] = _with_tasks(other, team)
                return
        taken = {each.spec.name for each in self._found}
        if team.spec.name in taken:
            names = (f"{shorten(team.spec.name, 74)} ({number})" for number in range(2, MAX_TEAMS + 2))
            team = replace(team, spec=team.spec.model_copy(update={"name": next(n for n in names if n not in taken)}))
        self._found.append(team)

    def _groups_without_a_start(self, made: list[Made]) -> None:
        for manager in made:
            if is_made(manager, ("GroupChatManager",)) and isinstance(chat := manager.value("groupchat", 0), Made):
                members = [each for each in listed(chat.value("agents", 0)) if agent_class(each)]
                if members and not any(id(each) in self._teams.used for each in members):
                    self._propose(
                        lambda notes, one=manager: self._teams.group(one, None, {}, one.place, notes), manager.place
                    )

    def _agents_without_a_chat(self, made: list[Made]) -> None:
        """Propose the agents of a script that starts no chat: two, or one and a person."""
        agents = [each for each in made if agent_class(each)][:2]
        if not agents or self._failed:
            return
        place = agents[-1].place
        self._notes.append(
            Note(place, "The script starts no chat that can be read; its agents are proposed as a team.")
        )
        if len(agents) == 1:
            person = Made("UserProxyAgent", ["You"], {"code_execution_config": False}, place)
            agents.append(person)
        self._propose(lambda notes: self._teams.pair(agents[1], agents[0], {}, place, notes), place)

    def _left(self, made: list[Made]) -> None:
        """Name the agents that are in no team, and what else the script does with agents."""
        alone = [each for each in made if agent_class(each) and id(each) not in self._teams.used]
        if alone:
            names = list(dict.fromkeys(label(agent) for agent in alone))
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            text = f"In no chat that can be read, and left out: {', '.join(names[:10])}{more}."
            self._notes.append(Note(alone[0].place, text))
        for name, text in _LATER.items():
            calls = [each for each in made if each.name == name and isinstance(each.owner, Made)]
            if calls:
                self._notes.append(Note(calls[0].place, text))
        for call in {each.name: each for each in reversed(made) if _is_unread(each)}.values():
            self._notes.append(Note(call.place, f"What {call.name} does to an agent is not carried."))
        handoffs = [each for each in made if ".handoffs." in each.path]
        if handoffs:
            self._notes.append(
                Note(handoffs[0].place, "Hand-offs of agents are not carried; see “Limit who may speak”.")
            )

    def _why_none(self, made: list[Made]) -> str:
        if not any(agent_class(each) for each in made):
            what = "notebook" if self._source.is_notebook else "script"
            if any("AgentBuilder" in each.path for each in made):
                return (
                    f"It is a {what} that builds its agents with a model while it runs. “Draft a team” does the same."
                )
            return f"It is a {what} that uses AutoGen, but makes no agents, so there is no team in it."
        return "It is an AutoGen script whose team is only known once it runs. Make the team with “New team”."


def _is_unread(call: Made) -> bool:
    """Whether a call does something to an agent that nothing here knows of."""
    if call.name in (*_READ, *_AFTER) or call.name.startswith(("get", "print", "__")) or ".handoffs." in call.path:
        return False
    if call.owner is not None:
        return bool(agent_class(call.owner))
    is_of_script = call.path.partition(".")[0] not in (*PACKAGES, *dir(builtins))
    return is_of_script and any(agent_class(value) for value in (*call.args, *call.kwargs.values()))


def _without_tasks(team: ProposedTeam) -> dict[str, Any]:
    return team.spec.model_dump(exclude={"example_tasks", "name"})


def _with_tasks(team: ProposedTeam, other: ProposedTeam) -> ProposedTeam:
    """Return the team with the other's tasks and notes as well."""
    tasks = list(dict.fromkeys([*team.spec.example_tasks, *other.spec.example_tasks]))[:MAX_TASKS]
    spec = team.spec.model_copy(update={"example_tasks": tasks})
    tools = {tool.name: tool for tool in (*team.tools, *other.tools)}
    said = {note.text for note in team.notes}
    notes = [*team.notes, *(note for note in other.notes if note.text not in said)]
    return ProposedTeam(spec, tuple(notes), tuple(tools.values()))
