"""The teams of an AutoGen script: two agents, a group chat, chats one after another, chats within a chat.

What a team has is checked as every team that a person writes; what a script has and a team has not is a note.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from agents.errors import SpecError
from agents.exchange.autogen_classes import PATTERNS, agent_class, argument, is_made
from agents.exchange.autogen_defaults import MAX_AUTO_REPLIES, MAX_ROUND, MAX_SELECTION_RETRIES, SWARM_ROUNDS
from agents.exchange.autogen_endings import group_termination, pair_termination
from agents.exchange.autogen_members import TeamNotes, label, member
from agents.exchange.autogen_models import connection_sentence
from agents.exchange.autogen_selection import selection
from agents.exchange.autogen_termination import USUAL
from agents.exchange.autogen_tools import Definitions, Tool, Tools
from agents.exchange.script import Script
from agents.exchange.script_expressions import TooManySteps
from agents.exchange.script_values import Function, Made, Partial, Unknown, is_known, listed
from agents.exchange.values import Note, ProposedTeam, ToolSource
from agents.plain_text import one_line, shorten, valid
from agents.specs import team_from_dict
from agents.specs.team import MAX_AGENTS
from agents.specs.team_limits import MAX_CHARS

MAX_TASK_CHARS = MAX_CHARS["example_tasks.*"]
MAX_NAME_CHARS = 80
MAX_TURNS = 50_000
MAX_NESTED = 2
"""Teams within a team; a team may nest three deep."""
Fields = dict[str, Any]


class Teams:
    """Puts teams together from what a script makes."""

    def __init__(self, script: Script, tools: Tools, definitions: Definitions):
        self._script, self._tools, self._definitions = script, tools, definitions
        self.nested: dict[int, list[Made]] = {}
        """Calls of register_nested_chats, by the agent that answers so."""
        self.used: set[int] = set()
        """The agents that are in some team."""
        self._open: set[int] = set()
        """The agents whose chats within a chat are being put together."""

    def proposed(self, fields: Fields, notes: TeamNotes) -> ProposedTeam:
        """Return a team of these fields; SpecError says what of it no team may have."""
        sentence = connection_sentence(notes.settings)
        whole = [Note("", sentence)] if sentence else []
        sources = []
        missing: list[Tool] = []
        for tool in {tool.name: tool for tool in notes.tools}.values():
            source = self._definitions.plugin(tool)
            if source is None:
                missing.append(tool)
            else:
                sources.append(source)
        if sources:
            text = "are not installed by this. Read their code, then put it into the plugins folder, or take them away."
            notes.add(sources[0].place, f"Tools of the script ({_named(sources)}) {text}")
        if missing:
            text = "are given to agents, and their code is not in the script. Take them away, or write them."
            notes.add(missing[0].place, f"Tools ({_named(missing)}) {text}")
        if notes.variables:
            fields["variables"] = notes.variables
        spec = team_from_dict(fields, f"The team “{fields['name']}”")
        return ProposedTeam(spec, tuple([*whole, *notes.notes]), tuple(sources))

    # -- two agents

    def pair(self, sender: Made, recipient: Made, call: Fields, place: str, notes: TeamNotes, depth: int = 0) -> Fields:
        """Return the fields of a team of two agents, one of which writes to the other."""
        agents = self._members([sender, recipient], notes, depth, in_group=False)
        names = [agent["name"] for agent in agents]
        termination = pair_termination([recipient, sender], names, notes, self._script)
        turns = 1 if termination.pop("at_once", False) else call.get("max_turns")
        if isinstance(turns, int) and 0 < turns <= MAX_TURNS:
            most: int | None = 2 * turns
        else:
            most = self._unlimited(agents, place, notes)
            if turns is not None:
                notes.add(place, "How many turns the chat has is only known once the script runs.")
        fields: Fields = {
            "name": shorten(f"{label(recipient)} and {label(sender)}", MAX_NAME_CHARS),
            "agents": agents,
            "selection": {"method": "round_robin"},
            "initiator": names[0],
            "termination": termination,
            "limits": {"max_rounds": most, "when_reached": "end"},
        }
        return self._finished(fields, call, place, notes)

    def _unlimited(self, fields: list[Fields], place: str, notes: TeamNotes) -> int | None:
        """Return AutoGen's own limit where the script sets none and no person is asked each time."""
        has_own = any("max_consecutive_auto_reply" in each for each in fields)
        if has_own or any(self._asks_always(each) for each in fields):
            return None
        notes.add(place, f"The script sets no limit. AutoGen's own, {MAX_AUTO_REPLIES} replies of each, is used.")
        return 2 * MAX_AUTO_REPLIES

    def _asks_always(self, agent: Fields) -> bool:
        mode = agent.get("human_input_mode", "ALWAYS" if agent.get("role") == "human" else "NEVER")
        return str(mode) == "ALWAYS"

    # -- groups

    def group(
        self, manager: Made, sender: Made | None, call: Fields, place: str, notes: TeamNotes, depth: int = 0
    ) -> Fields:
        """Return the fields of a group chat's team."""
        chat = argument(manager, "groupchat", 0)
        if not is_made(chat, ("GroupChat",)) and not (isinstance(chat, Made) and "Group" in chat.name):
            raise SpecError("The script", [(place, "Its group chat is only known once the script runs.")])
        members = [each for each in listed(chat.value("agents", 0)) if agent_class(each)]
        n_other = len(listed(chat.value("agents", 0))) - len(members)
        if n_other:
            notes.add(chat.place, f"{n_other} of the group's members are only known once the script runs.")
        agents = self._members(members, notes, depth, in_group=True, trigger=manager)
        names = {id(made): fields["name"] for made, fields in zip(members, agents, strict=True)}
        rounds = chat.value("max_round", 2, MAX_ROUND)
        if not isinstance(rounds, int) or isinstance(rounds, bool) or not 0 < rounds <= 100_000:
            notes.add(chat.place, f"The number of rounds is only known once the script runs; {MAX_ROUND} here.")
            rounds = MAX_ROUND
        fields: Fields = {
            "name": self._group_name(members),
            "agents": agents,
            "selection": selection(chat, members, names, notes, self._script),
            "termination": group_termination(manager, members, notes, self._script),
            "limits": {"max_rounds": rounds, "when_reached": "end"},
            "introductions": chat.value("send_introductions") is True,
        }
        fields["first_speaker"] = fields["selection"].pop("first", "")
        if chat.value("messages", 1):
            notes.add(chat.place, "Messages that the group chat begins with are not carried.")
        if sender is not None and id(sender) in names:
            fields["initiator"] = names[id(sender)]
        elif sender is not None:
            notes.add(
                place, f"{label(sender)} gives the task and is not in the group; the task comes from a member here."
            )
        max_retries = chat.value("max_retries_for_selecting_speaker", -1, MAX_SELECTION_RETRIES)
        if isinstance(max_retries, int) and 0 <= max_retries < 10:
            fields["selection"]["max_attempts"] = 1 + max_retries
        return self._finished(fields, call, place, notes)

    def _group_name(self, members: list[Made]) -> str:
        names = [label(each) for each in members]
        return shorten(f"Group of {', '.join(names[:-1])} and {names[-1]}" if names else "Group", MAX_NAME_CHARS)

    def pattern(self, pattern: Made, call: Fields, place: str, notes: TeamNotes) -> Fields:
        """Return the fields of a group chat that is started by a pattern (AG2)."""
        members = [each for each in listed(pattern.value("agents", 1)) if agent_class(each)]
        user, first = pattern.value("user_agent", 2), pattern.value("initial_agent", 0)
        members += [user] if agent_class(user) and all(user is not each for each in members) else []
        agents = self._members(members, notes, 0, in_group=True)
        names = {id(made): fields["name"] for made, fields in zip(members, agents, strict=True)}
        rounds = call.get("max_rounds", SWARM_ROUNDS)
        fields: Fields = {
            "name": self._group_name(members),
            "agents": agents,
            "selection": {"method": PATTERNS.get(pattern.name, "auto")},
            "first_speaker": names.get(id(first), ""),
            "termination": {"phrases": list(USUAL.phrases), "match": USUAL.match},
            "limits": {
                "max_rounds": rounds if isinstance(rounds, int) and rounds > 0 else SWARM_ROUNDS,
                "when_reached": "end",
            },
        }
        if id(user) in names:
            fields["initiator"] = names[id(user)]
        if pattern.name == "DefaultPattern":
            notes.add(pattern.place, "Hand-offs are not carried; a model chooses who speaks next.")
        if pattern.name not in PATTERNS:
            notes.add(pattern.place, f"How {pattern.name} chooses is not known here; a model chooses who speaks next.")
        call = {**call, "message": call.get("messages")}
        return self._finished(fields, call, place, notes)

    # -- teams in teams

    def _members(
        self, agents: list[Made], notes: TeamNotes, depth: int, *, in_group: bool, trigger: Any = None
    ) -> list[Fields]:
        """Return the agents as members; an agent that answers by chats of its own becomes a team."""
        found: list[Fields] = []
        for agent in agents:
            self.used.add(id(agent))
            fields = member(agent, [each["name"] for each in found], notes, self._tools, in_group=in_group)
            others = [trigger, *(each for each in agents if each is not agent)]
            inner = self._team_of(agent, fields, others, notes, depth)
            found.append(fields if inner is None else inner)
        return found

    def _team_of(
        self, agent: Made, fields: Fields, others: Iterable[Any], notes: TeamNotes, depth: int
    ) -> Fields | None:
        """Return the member as a team, where it answers these others by chats of its own."""
        society = argument(agent, "chat_manager", 1) if agent.name == "SocietyOfMindAgent" else None
        calls = [call for call in self.nested.get(id(agent), []) if _is_triggered(call, others)]
        if (society is None and not calls) or id(agent) in self._open:
            return None
        if depth >= MAX_NESTED:
            notes.add(agent.place, f"Chats within chats of {label(agent)} go too deep and are not carried.")
            return None
        if isinstance(society, Made):
            team = self.group(society, None, {}, agent.place, notes, depth + 1)
            team["name"] = shorten(f"{label(agent)}: {team['name']}", MAX_NAME_CHARS)
            notes.add(agent.place, f"{label(agent)} says the result of its inner chat; its own prompt is not carried.")
            return self._as_team(fields, team, "")
        if not calls:
            notes.add(agent.place, f"The inner chat of {label(agent)} is only known once the script runs.")
            return None
        if len(calls) > 1:
            notes.add(calls[0].place, f"{label(agent)} has several chats within a chat; the last of them is carried.")
        call = calls[-1]
        queue = [each for each in listed(call.value("chat_queue", 0)) if isinstance(each, dict)]
        chats = [each for each in queue if agent_class(each.get("recipient"))]
        if len(chats) < len(queue) or not chats:
            notes.add(call.place, "A chat within a chat is only known once the script runs and is not carried.")
        if not chats:
            return None
        if len(chats) > 1 and depth + 1 >= MAX_NESTED:
            notes.add(call.place, f"Chats within chats of {label(agent)} go too deep and are not carried.")
            return None
        told = self._told(chats[0].get("message"), call.place, notes)
        self._open.add(id(agent))
        try:
            team = self.one_after_another(agent, chats, call.place, notes, depth + 1)
        finally:
            self._open.discard(id(agent))
        return self._as_team(fields, team, told)

    def _as_team(self, fields: Fields, team: Fields, told: str) -> Fields:
        shown = ("name", "display_name", "description")
        kept: Fields = {name: fields[name] for name in shown if name in fields}
        return {**kept, "role": "team", "team": team, "prompt": told}

    def _told(self, value: Any, place: str, notes: TeamNotes) -> str:
        """Return what a team is told in place of the last message; "" for the last message itself."""
        if value is None:
            return ""
        text = self._message(value)
        if not isinstance(text, str) or isinstance(text, Partial):
            kept = f" (“{one_line(text, 80)}”)" if isinstance(text, str) else ""
            notes.add(
                place, f"What starts the chat is put together by the script{kept}; the last message starts it here."
            )
            return ""
        return valid(str(text))

    def one_after_another(self, sender: Any, chats: list[Fields], place: str, notes: TeamNotes, depth: int) -> Fields:
        """Return the fields of a team for chats one after another, the chat itself where there is one; `depth` teams
        are above it."""
        if len(chats) >= MAX_AGENTS:
            raise SpecError(
                "The script", [(place, f"It has {len(chats)} chats one after another; at most 49 are read.")]
            )
        steps: list[Fields] = []
        below = depth + (len(chats) > 1)
        for chat in chats:
            from_, to = chat.get("sender", sender), chat["recipient"]
            if not agent_class(from_):
                notes.add(place, "A chat whose first speaker is only known once the script runs is not carried.")
                continue
            inner = {**chat, "message": None}
            if is_made(to, ("GroupChatManager",)):
                steps.append(self.group(to, from_, inner, place, notes, below))
            else:
                steps.append(self.pair(from_, to, inner, place, notes, below))
        if len(steps) == 1:
            return steps[0]
        return self._pipeline(steps, chats, place, notes)

    def _pipeline(self, steps: list[Fields], chats: list[Fields], place: str, notes: TeamNotes) -> Fields:
        agents: list[Fields] = [{"name": "You", "role": "human", "description": "Gives the task."}]
        for number, (step, chat) in enumerate(zip(steps, chats, strict=False), start=1):
            told = self._told(chat.get("message"), place, notes) if number > 1 else ""
            more = chat.get("carryover")
            if isinstance(more, str) and number > 1:
                told = f"{told}\nContext: \n{valid(str(more))}"
            agents.append({"name": f"Step_{number}", "display_name": step["name"], "role": "team", "team": step,
                           "carryover": True, "prompt": told})  # fmt: skip
        return {
            "name": shorten(" → ".join(step["name"] for step in steps), MAX_NAME_CHARS),
            "agents": agents,
            "selection": {"method": "round_robin"},
            "initiator": "You",
            "termination": {"phrases": [], "after_last": True},
            "limits": {"max_rounds": None, "when_reached": "end"},
        }

    # -- what all have

    def _finished(self, fields: Fields, call: Fields, place: str, notes: TeamNotes) -> Fields:
        """Add the task, the summary and the sandbox."""
        task = self.task(call, place, notes)
        if call.get("clear_history") is False:
            notes.add(place, "A chat that goes on with an earlier one (clear_history=False) is a task of its own here.")
        if task:
            fields["example_tasks"] = [task]
        method = call.get("summary_method")
        if method == "reflection_with_llm":
            args = call.get("summary_args")
            prompt = call.get("summary_prompt", args.get("summary_prompt") if isinstance(args, dict) else None)
            fields["summary"] = {
                "method": "model",
                **({"prompt": valid(prompt)} if isinstance(prompt, str) and prompt else {}),
            }
        elif method not in (None, "last_msg"):
            notes.add(place, "How the script sums up the chat is not carried; the result is the last message.")
        if notes.code_timeout_s is not None:
            fields["sandbox"] = {"timeout_s": notes.code_timeout_s}
        return fields

    def task(self, call: Fields, place: str, notes: TeamNotes) -> str:
        """Return what the script gives the team to do; "" when it says nothing that can be known."""
        message = call.get("message")
        if call.get("problem") is not None and not isinstance(message, str):
            message = call["problem"]  # of agents that make their first message of it
        if message is None:
            return ""
        text = self._message(message)
        if not isinstance(text, str) or not text.strip():
            notes.add(place, "The task is put together while the script runs; write your own at Start.")
            return ""
        if len(text) > MAX_TASK_CHARS:
            notes.add(place, f"The task has {len(text):,} characters; at most {MAX_TASK_CHARS:,} are kept with a team.")
            return ""
        if isinstance(text, Partial):
            notes.add(place, "The task has parts that are only known once the script runs; complete it at Start.")
        return valid(str(text))

    def _message(self, value: Any) -> Any:
        """Return the text of a message: as it stands, or as the script's function puts it together."""
        if isinstance(value, Function):
            try:
                value = self._script.followed(value, [Unknown("it")] * 8, {})
            except (TooManySteps, RecursionError):
                return None
        if isinstance(value, list) and value:
            value = value[-1]
        if isinstance(value, dict):
            value = value.get("content")
        return value if is_known(value) else None


def _is_triggered(call: Made, others: Iterable[Any]) -> bool:
    trigger = call.value("trigger", 1)
    wanted = trigger if isinstance(trigger, list) else [trigger]
    for other in others:
        if isinstance(other, Made):
            for each in wanted:
                is_name = isinstance(each, str) and each == label(other)
                if each is other or is_name or (not isinstance(each, Made | str)):
                    return True
    return False


def _named(tools: Sequence[Tool | ToolSource]) -> str:
    names = [tool.name for tool in tools]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
