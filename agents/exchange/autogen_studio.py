"""Teams of AutoGen Studio 0.4: the JSON of a team, and of a gallery of them.

Each part is a component: `provider` is its class, `config` what it is given. Called by `agents.exchange.formats`.
"""

from collections.abc import Iterator
from typing import Any

from agents.errors import SpecError
from agents.exchange.autogen_defaults import STUDIO_PROMPT
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource
from agents.plain_text import one_line, shorten, valid, without_keys
from agents.specs import team_from_dict
from agents.specs.approval_rules import HAND_TO
from agents.specs.team_validation import free_name

MAX_TEAMS = 20
MAX_DEPTH = 3
MAX_TOOL_CHARS = 60_000
Fields = dict[str, Any]


def is_studio_file(value: Any) -> bool:
    """Whether what was read is a component of AutoGen Studio, or a gallery of them."""
    return isinstance(value, dict) and ("provider" in value or bool(_gallery_teams(value)))


def read_studio_file(value: Fields, subject: str) -> Reading:
    """Return the teams of AutoGen Studio; SpecError says what the file is where it holds none."""
    components = _gallery_teams(value) or [value]
    if not _is_team(components[0]):
        what = one_line(str(value.get("component_type", "part")), 40)
        text = f"It is a component of AutoGen Studio ({what}) and no team. Export the team that it is part of."
        raise SpecError(subject, [("", text)])
    notes, teams, failed = [], [], None
    if len(components) > MAX_TEAMS:
        notes.append(Note("", f"It has {len(components)} teams; the first {MAX_TEAMS} are read."))
    for number, component in enumerate(components[:MAX_TEAMS], start=1):
        try:
            teams.append(_Team(component).proposed())
        except SpecError as error:
            failed = error
            text = " ".join(text for _, text in error.problems)
            notes.append(Note(f"team {number}", f"This team is left out: {one_line(text, 300)}"))
    if not teams and failed is not None:
        raise failed
    kind = "a gallery of AutoGen Studio" if len(components) > 1 else "a team of AutoGen Studio"
    return Reading(kind, tuple(teams), tuple(notes))


def _gallery_teams(value: Fields) -> list[Fields]:
    """Return the teams of a gallery; [] for anything else."""
    for name in ("components", "items"):
        inner = value.get(name)
        teams = inner.get("teams") if isinstance(inner, dict) else None
        if isinstance(teams, list):
            return [each for each in teams if _is_team(each)]
    config = value.get("config")
    return _gallery_teams(config) if isinstance(config, dict) and "provider" not in value else []


def _class(component: Any) -> str:
    """Return the class of a component, without its module."""
    provider = component.get("provider") if isinstance(component, dict) else None
    return provider.rpartition(".")[2] if isinstance(provider, str) else ""


def _is_team(component: Any) -> bool:
    name = _class(component)
    return bool(name) and isinstance(component.get("config"), dict) and isinstance(
        component["config"].get("participants"), list
    )  # fmt: skip


_METHODS = {
    "RoundRobinGroupChat": "round_robin", "SelectorGroupChat": "auto", "Swarm": "auto", "MagenticOneGroupChat": "auto",
}  # fmt: skip
_OTHER_ENDS = {
    "HandoffTermination": "a hand-off",
    "StopMessageTermination": "a stop message",
    "ExternalTermination": "a press outside of the chat",
    "SourceMatchTermination": "who speaks",
    "TextMessageTermination": "a text message",
    "FunctionCallTermination": "a call of a function",
    "FunctionalTermination": "a function",
}


class _Team:
    """Reads one team."""

    def __init__(self, component: Fields, depth: int = 1):
        self._component, self._config, self._depth = component, component["config"], depth
        self._notes: dict[str, Note] = {}
        self._tools: dict[str, ToolSource] = {}
        self._handoffs: dict[str, list[str]] = {}

    def proposed(self) -> ProposedTeam:
        fields = self.fields()
        spec = team_from_dict(fields, f"The team “{fields['name']}”")
        return ProposedTeam(spec, tuple(self._notes.values()), tuple(self._tools.values()))

    def fields(self) -> Fields:
        """Return the fields of the team."""
        kind = _class(self._component)
        name = _text(self._component.get("label")) or _text(self._config.get("name")) or "Team of AutoGen Studio"
        agents: list[Fields] = []
        for each in self._config["participants"][:60]:
            agents.append(self._agent(each, [agent["name"] for agent in agents]))
        if len(agents) == 1:
            agents.append({"name": free_name("You", [agents[0]["name"]]), "role": "human"})
            self._note("", "It has one agent; you take part as the second member.")
        self._note("", "In AutoGen Studio the task comes from outside of the team; here a member gives it.")
        fields: Fields = {
            "name": shorten(one_line(name), 80),
            "description": _text(self._component.get("description"))[:4_000],
            "agents": agents,
            "selection": {"method": _METHODS.get(kind, "auto"), **self._selection(kind)},
            "initiator": _giver(agents),
            "first_speaker": agents[0]["name"] if agents and _giver(agents) != agents[0]["name"] else "",
            "termination": {"phrases": []},
            "limits": {"max_rounds": None, "when_reached": "end"},
        }
        if kind not in _METHODS or kind == "MagenticOneGroupChat":
            self._note("", f"How {one_line(kind, 60)} plans the work is not carried; a model chooses who speaks next.")
        self._endings(self._config.get("termination_condition"), fields)
        turns = self._config.get("max_turns")
        if isinstance(turns, int) and turns > 0:
            before = fields["limits"]["max_rounds"]
            fields["limits"]["max_rounds"] = min(turns + 1, before or turns + 1)
        return fields

    def _note(self, place: str, text: str) -> None:
        self._notes.setdefault(text, Note(place, text))

    def _selection(self, kind: str) -> Fields:
        found: Fields = {}
        prompt = self._config.get("selector_prompt")
        if kind == "SelectorGroupChat":
            found["allow_repeat"] = self._config.get("allow_repeated_speaker") is True
            attempts = self._config.get("max_selector_attempts", 3)
            found["max_attempts"] = attempts if isinstance(attempts, int) and 1 <= attempts <= 10 else 3
        if isinstance(prompt, str) and prompt.strip():
            text = valid(prompt).replace("{participants}", "{agentlist}")
            if "{history}" in text:
                text = text.replace("{history}", "(the conversation follows)")
                self._note("", "The prompt for choosing reads the conversation as messages, in the place of {history}.")
            found["message"] = text
        graph = {speaker: [*others, speaker] for speaker, others in self._handoffs.items() if others}
        if kind == "Swarm" and graph:
            found["transitions"] = graph
            self._note("", "Hand-offs are the tool “hand_to” here. Who hands nothing over may speak again.")
        return found

    # -- members

    def _agent(self, component: Any, taken: list[str]) -> Fields:
        config = component.get("config") if isinstance(component, dict) else None
        if not isinstance(config, dict):
            raise SpecError("The team", [("participants", "A member of it has no settings (config).")])
        kind, shown = _class(component), _text(config.get("name")) or "Agent"
        name = free_name(shown, taken)
        about = _text(config.get("description"))[:4_000]
        fields: Fields = {"name": name, "description": about, **({"display_name": shown[:80]} if shown != name else {})}
        if _is_team(config.get("team")):
            return self._inner(fields, config["team"], kind)
        if kind == "UserProxyAgent":
            return {**fields, "role": "human"}
        if kind == "CodeExecutorAgent" and not config.get("model_client"):
            self._note(
                f"agent {name}", f"Code that {shown} runs waits for your approval, and runs in the studio's sandbox."
            )
            return {**fields, "role": "executor"}
        if kind not in ("AssistantAgent", "SocietyOfMindAgent"):
            self._note(
                f"agent {name}",
                f"{shown} is a {one_line(kind, 60)}; only its name, prompt and description are carried.",
            )
        prompt = config.get("system_message")
        fields["prompt"] = _text(prompt) if prompt is not None else STUDIO_PROMPT if kind == "AssistantAgent" else ""
        self._model(config.get("model_client"), fields, shown)
        fields["tools"] = self._tool_names(config, name)
        handoffs = [_text(each.get("target") if isinstance(each, dict) else each) for each in _list(config, "handoffs")]
        if handoffs:
            self._handoffs[name] = [each for each in handoffs if each]
            fields["tools"] = [*fields["tools"], HAND_TO]
        for lost in ("memory", "model_context", "output_content_type"):
            if config.get(lost) and not (lost == "model_context" and "Unbounded" in _class(config[lost])):
                self._note(f"agent {name}", f"Not carried of {shown}: {lost}.")
        return fields

    def _inner(self, fields: Fields, component: Fields, kind: str) -> Fields:
        if self._depth >= MAX_DEPTH:
            raise SpecError("The team", [("", "Its teams nest too deep.")])
        inner = _Team(component, self._depth + 1)
        team = inner.fields()
        self._notes |= inner._notes
        self._tools |= inner._tools
        self._note(
            f"agent {fields['name']}",
            f"{fields['name']} says the result of its team; prompts of {kind} are not carried.",
        )
        return {**fields, "role": "team", "team": team}

    def _model(self, client: Any, fields: Fields, shown: str) -> None:
        config = client.get("config") if isinstance(client, dict) else None
        if not isinstance(config, dict):
            return
        temperature = config.get("temperature")
        if isinstance(temperature, int | float) and not isinstance(temperature, bool) and 0 <= temperature <= 2:
            fields["temperature"] = float(temperature)
        for name in ("top_p", "max_tokens", "seed"):
            if isinstance(config.get(name), int | float):
                fields.setdefault("parameters", {})[name] = config[name]
        model = one_line(_text(config.get("model")), 60)
        if model:
            text = f"The file names the model {model}. The team uses your default connection; keys are not taken over."
            self._note("", text)

    def _tool_names(self, config: Fields, name: str) -> list[str]:
        names = []
        for tool in _tools(config):
            inner = tool.get("config")
            if not isinstance(inner, dict):
                continue
            called = free_name(_text(inner.get("name")) or _class(tool) or "tool", ())
            source = inner.get("source_code")
            if isinstance(source, str) and len(source) <= MAX_TOOL_CHARS:
                head = '"""Imported from AutoGen Studio. Read it before you put it into the plugins folder."""\n\n'
                self._tools[called] = ToolSource(
                    called, f"agent {name}", head + _imports(inner) + without_keys(valid(source)) + "\n"
                )
                text = "its code is below. Read it, then put it into the plugins folder, or take the tool away."
            else:
                text = "its code is not in the file. Take it away, or write it."
            self._note(f"agent {name}", f"The tool {called} is not installed by this; {text}")
            names.append(called)
        return list(dict.fromkeys(names))[:90]

    # -- endings

    def _endings(self, condition: Any, fields: Fields) -> None:
        phrases: list[str] = []
        for kind, config in _conditions(condition):
            if kind == "TextMentionTermination" and _text(config.get("text")).strip():
                phrases.append(_text(config["text"])[:500])
                names = {agent["name"] for agent in fields["agents"]}
                by = [each for each in _list(config, "sources") if each in names]
                fields["termination"]["by"] = by or None
            elif kind == "MaxMessageTermination" and _is_count(config.get("max_messages")):
                before = fields["limits"]["max_rounds"]
                fields["limits"]["max_rounds"] = min(config["max_messages"], before or 100_000)
            elif kind == "TokenUsageTermination" and _is_count(config.get("max_total_token")):
                fields["limits"]["max_tokens"] = config["max_total_token"]
            elif kind == "TimeoutTermination" and _is_count(config.get("timeout_seconds")):
                fields["limits"]["max_work_s"] = config["timeout_seconds"]
                self._note("", "The time limit counts the time of model calls here.")
            elif kind == "AndTerminationCondition":
                self._note("", "Ends that must come together end the chat here each by itself.")
            else:
                what = _OTHER_ENDS.get(kind, one_line(kind, 60))
                self._note("", f"An end by {what} is not carried.")
        if phrases:
            fields["termination"] |= {"phrases": list(dict.fromkeys(phrases))[:50], "match": "contains"}


def _conditions(condition: Any, depth: int = 10) -> Iterator[tuple[str, Fields]]:
    """(class, config) of a condition and of those that it is made of."""
    if not isinstance(condition, dict) or not depth:
        return
    config = condition.get("config")
    config = config if isinstance(config, dict) else {}
    kind = _class(condition)
    inner = config.get("conditions")
    if kind != "OrTerminationCondition":
        yield kind, config
    for each in inner[:50] if isinstance(inner, list) else []:
        yield from _conditions(each, depth - 1)


def _tools(config: Fields) -> Iterator[Fields]:
    """The tools of an agent: its own, and those of its workbenches."""
    benches = config.get("workbench")
    places = [config, *(benches if isinstance(benches, list) else [benches])]
    for place in places:
        holder = place if place is config else place.get("config") if isinstance(place, dict) else None
        for tool in _list(holder, "tools") if isinstance(holder, dict) else []:
            if isinstance(tool, dict):
                yield tool


def _imports(config: Fields) -> str:
    """Return the imports of a tool's code."""
    lines = []
    for each in _list(config, "global_imports"):
        if isinstance(each, str):
            lines.append(f"import {each}")
        elif isinstance(each, dict) and isinstance(each.get("module"), str):
            names = ", ".join(name for name in _list(each, "imports") if isinstance(name, str))
            lines.append(f"from {each['module']} import {names}")
    return "\n".join(lines) + "\n\n" if lines else ""


def _giver(agents: list[Fields]) -> str:
    """Return who gives the task: a person, else the last member, so that the first one answers."""
    people = [agent["name"] for agent in agents if agent.get("role") == "human"]
    return str([*people, *(agent["name"] for agent in agents[-1:]), ""][0])


def _list(config: Fields, name: str) -> list[Any]:
    value = config.get(name)
    return value[:200] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return valid(value) if isinstance(value, str) else ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10**9
