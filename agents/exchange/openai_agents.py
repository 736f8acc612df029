"""Scripts for OpenAI's Agents SDK, as Agent Builder exports them and as people write them: agents, hand-offs, tools.

The code is read as a syntax tree and never executed. Called by `agents.exchange.formats`.
"""

from typing import Any

from agents.errors import SpecError
from agents.exchange.autogen_tools import Definitions, Tool
from agents.exchange.python_source import Source
from agents.exchange.script import Script
from agents.exchange.script_values import Function, Made, Named, Partial, listed
from agents.exchange.values import Note, ProposedTeam, Reading, ToolSource
from agents.plain_text import one_line, shorten, valid
from agents.specs import team_from_dict
from agents.specs.approval_rules import HAND_TO
from agents.specs.team_validation import free_name

PACKAGE = "agents"
MAX_AGENTS = 49
_RUNS = ("run", "run_sync", "run_streamed")
_HOSTED = {
    "WebSearchTool": "search of the web",
    "FileSearchTool": "search in files at OpenAI (the tool “search_files” looks into attached ones)",
    "CodeInterpreterTool": "code at OpenAI (a “Code executor” runs code here)",
    "HostedMCPTool": "an MCP server (add it under “Connections”)",
    "ComputerTool": "use of a computer",
    "ImageGenerationTool": "making of pictures",
    "LocalShellTool": "use of a shell",
}
_READ = {"name", "instructions", "model", "model_settings", "tools", "handoffs", "handoff_description"}
_LOST = {
    "input_guardrails": "guardrails before it answers",
    "output_guardrails": "guardrails after it answers",
    "output_type": "the shape of its answer (see “Reply shape”)",
    "mcp_servers": "MCP servers (add them under “Connections”)",
    "hooks": "hooks",
}
Fields = dict[str, Any]


def is_agents_sdk(script: Script) -> bool:
    """Whether the script makes agents of the Agents SDK."""
    return any(_is_agent(made) for made in script.made)


def read_agents_sdk(script: Script, source: Source, subject: str) -> Reading:
    """Return the agents of a script as one team; SpecError says why there is none."""
    team = _Team(script, Definitions(source)).proposed(subject)
    skipped = [Note(place, "This repeats or nests more than is followed.") for place in script.skipped]
    return Reading("a script for OpenAI's Agents SDK", (team,), tuple([*source.notes, *skipped]))


def _is_agent(value: Any) -> bool:
    is_made = isinstance(value, Made) and value.owner is None and value.name == "Agent"
    return is_made and (value.path == f"{PACKAGE}.Agent" or "instructions" in value.kwargs)


class _Team:
    """Puts the team together."""

    def __init__(self, script: Script, definitions: Definitions):
        self._script, self._definitions = script, definitions
        self._agents: list[Made] = [made for made in script.made if _is_agent(made)]
        self._names: dict[int, str] = {}
        self._notes: dict[str, Note] = {}
        self._tools: dict[str, ToolSource] = {}

    def proposed(self, subject: str) -> ProposedTeam:
        if len(self._agents) > MAX_AGENTS:
            text = f"It makes {len(self._agents)} agents; a team has at most {MAX_AGENTS} and you."
            raise SpecError(subject, [(self._agents[MAX_AGENTS].place, text)])
        taken = ["You"]
        for agent in self._agents:
            self._names[id(agent)] = free_name(_shown(agent), taken)
            taken.append(self._names[id(agent)])
        runs = [made for made in self._script.made if made.name in _RUNS and made.path.endswith(f"Runner.{made.name}")]
        order = [each.value("starting_agent", 0) for each in runs]
        ran = list(dict.fromkeys(self._names[id(each)] for each in order if id(each) in self._names))
        if len(ran) == len(self._agents):
            self._agents.sort(key=lambda each: ran.index(self._names[id(each)]))
        members = [{"name": "You", "role": "human", "description": "Gives the task."}]
        members += [self._member(agent) for agent in self._agents]
        fields: Fields = {
            "name": shorten(f"{', '.join(map(_shown, self._agents))}", 80),
            "agents": members,
            "initiator": "You",
            "termination": {"phrases": []},
            "limits": {"max_rounds": 40},
            **self._order(ran),
        }
        tasks = [self._task(each) for each in runs]
        fields["example_tasks"] = list(dict.fromkeys(filter(None, tasks)))[:20]
        spec = team_from_dict(fields, f"The team “{fields['name']}”")
        return ProposedTeam(spec, tuple(self._notes.values()), tuple(self._tools.values()))

    def _note(self, place: str, text: str) -> None:
        self._notes.setdefault(text, Note(place, text))

    def _order(self, ran: list[str]) -> Fields:
        """Return who speaks next: by hand-offs, in the order in which the script runs them, or as a model chooses."""
        names = list(self._names.values())
        graph = {self._names[id(each)]: self._targets(each) for each in self._agents}
        if any(graph.values()):
            first = next((name for name in (*ran, *names) if graph[name]), names[0])
            transitions = {"You": [first, *(name for name in names if name != first)]}
            transitions |= {name: [*targets, "You"] for name, targets in graph.items()}
            self._note("", "Hand-offs are the tool “hand_to” here; who hands nothing over answers you.")
            return {"selection": {"method": "auto", "transitions": transitions}, "first_speaker": first}
        if len(names) == 1:
            return {"selection": {"method": "round_robin"}}
        if len(ran) == len(names):
            self._note("", "The agents speak once each, in the order in which the script runs them.")
            return {"selection": {"method": "round_robin"}, "termination": {"phrases": [], "after_last": True}}
        self._note("", "The script decides by conditions which agent runs when; here a model chooses.")
        return {"selection": {"method": "auto"}, "first_speaker": ran[0] if ran else names[0]}

    def _targets(self, agent: Made) -> list[str]:
        """Return the names of those to whom the agent may hand over."""
        targets = []
        for each in listed(agent.value("handoffs")):
            if isinstance(each, Made) and each.name == "handoff":
                each = each.value("agent", 0)
            if id(each) in self._names:
                targets.append(self._names[id(each)])
            else:
                self._note(agent.place, f"A hand-off of {_shown(agent)} is only known once the script runs.")
        return list(dict.fromkeys(targets))

    def _member(self, agent: Made) -> Fields:
        name, shown = self._names[id(agent)], _shown(agent)
        fields: Fields = {"name": name, **({"display_name": shown} if shown != name else {})}
        about = agent.value("handoff_description")
        fields["description"] = valid(str(about))[:4_000] if isinstance(about, str) else ""
        fields["prompt"] = self._prompt(agent)
        tools = [HAND_TO] if self._targets(agent) else []
        for each in listed(agent.value("tools")):
            tool = self._tool(agent, each)
            tools += [tool] if tool else []
        fields["tools"] = list(dict.fromkeys(tools))
        self._settings(agent, fields)
        lost = [text for field, text in _LOST.items() if agent.value(field)]
        lost += [one_line(field, 40) for field in agent.kwargs if field not in {*_READ, *_LOST}]
        if lost:
            self._note(agent.place, f"Not carried of {shown}: {', '.join(lost[:10])}.")
        return fields

    def _prompt(self, agent: Made) -> str:
        told = agent.value("instructions")
        if isinstance(told, Made) and told.name == "prompt_with_handoff_instructions":
            told = told.value("prompt", 0)
        if isinstance(told, Partial):
            parts = ", ".join(f"{{{name}}}" for name in told.missing[:5])
            self._note(agent.place, f"The prompt of {_shown(agent)} has parts that the script makes: {parts}.")
        elif not isinstance(told, str):
            self._note(agent.place, f"The prompt of {_shown(agent)} is only known once the script runs.")
        return valid(str(told)) if isinstance(told, str) else ""

    def _tool(self, agent: Made, value: Any) -> str:
        """Return the name of a tool, and keep its code to be read; "" for one that is not carried."""
        if isinstance(value, Function):
            tool = Tool(free_name(value.name, ()), "", value.place, value)
            source = self._definitions.plugin(tool)
            if source is not None:
                self._tools[tool.name] = source
            text = "Read its code below, then put it into the plugins folder, or take the tool away."
            self._note(value.place, f"The tool {tool.name} is not installed by this. {text}")
            return tool.name
        kind = value.name if isinstance(value, Made) else value.path if isinstance(value, Named) else "tool"
        what = _HOSTED.get(kind, "an agent as a tool" if kind == "as_tool" else one_line(kind, 60))
        self._note(agent.place, f"A tool of {_shown(agent)} is not carried: {what}.")
        return ""

    def _settings(self, agent: Made, fields: Fields) -> None:
        model, settings = agent.value("model"), agent.value("model_settings")
        if isinstance(model, str):
            text = f"The script names the model {one_line(model, 60)}. The team uses your default connection."
            self._note("", text)
        if not isinstance(settings, Made):
            return
        temperature = settings.value("temperature")
        if isinstance(temperature, int | float) and 0 <= temperature <= 2:
            fields["temperature"] = float(temperature)
        for name in ("top_p", "max_tokens"):
            value = settings.value(name)
            if isinstance(value, int | float):
                fields.setdefault("parameters", {})[name] = value
        reasoning = settings.value("reasoning")
        effort = reasoning.value("effort") if isinstance(reasoning, Made) else None
        if isinstance(effort, str):
            fields.setdefault("parameters", {})["reasoning_effort"] = effort

    def _task(self, run: Made) -> str:
        given = run.value("input", 1)
        return valid(str(given))[:20_000] if isinstance(given, str) and given.strip() else ""


def _shown(agent: Made) -> str:
    name = agent.value("name", 0)
    if isinstance(name, str) and name.strip():
        return shorten(one_line(name), 60)
    return "Agent"
