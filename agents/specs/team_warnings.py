"""What is likely to go wrong with a valid team, said before its first run.

A `TeamSpec` that exists can be run; these are its weak spots, each with what to do about it, and with a cure where one
is obvious (`agents.specs.team_fixes`). Pure functions over the spec: they know no store and call no model. Called by
the team editor and by `python -m agents check`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from agents.plain_text import is_key, one_line, shorten
from agents.specs.active_team import active_team
from agents.specs.approval_rules import HAND_TO
from agents.specs.placeholders import placeholders
from agents.specs.rule_warnings import approves_all_code, rule_warnings
from agents.specs.team import DEFAULT_CONNECTION, AgentSpec, TeamSpec
from agents.specs.team_fixes import (
    USUAL_ROUNDS,
    Change,
    Fix,
    TeamWarning,
    ends_with,
    finish_line,
    may_follow,
    set_agent,
    set_part,
    set_team,
    set_variable,
    take_tools,
)
from agents.specs.validation import Spec

KEY_IN_TEAM = "This looks like a key, and all who see the team would read it. Put it into a connection's Key instead."
MAX_WARNINGS = 200
"""Told at once."""


def warnings(
    team: TeamSpec,
    known_connections: Collection[str] | None = None,
    known_tools: Collection[str] | None = None,
    about_code: str = "",
    known_functions: Mapping[str, str] | None = None,
) -> list[TeamWarning]:
    """The weak spots of `team`, the team's own first, then agent by agent; [] when none is known.

    Connections and tools are checked only when it is said which there are ("default" is always a connection).
    `about_code` is why code does not run here, or how unsafely; "" when there is nothing to say.
    """
    here = (known_connections, known_tools, about_code, known_functions)
    return list(islice(_in_tree(team, here), MAX_WARNINGS))


_Here = tuple[Collection[str] | None, Collection[str] | None, str, Mapping[str, str] | None]


def _in_tree(team: TeamSpec, here: _Here) -> Iterator[TeamWarning]:
    """What is found in the team, then in those that are members of it."""
    active = active_team(team)
    found = _all(active, *here)
    if active is not team:
        found = _placed(team, found, {(warning.path, warning.text) for warning in _all(team, *here)})
    yield from found
    yield from _below(team, lambda own: _in_tree(own, here))


_FOR_ALL = ("policies", "deadlines", "variables", "sandbox")
"""What may be there for the sake of a member who is switched off."""


def _placed(team: TeamSpec, found: Iterable[TeamWarning], of_all: set[tuple[str, str]]) -> Iterator[TeamWarning]:
    """What was found in the members who take part, at their places in the whole team, of which `of_all` is found."""
    places = [n for n, agent in enumerate(team.agents, start=1) if not agent.is_off]
    for warning in found:
        first, *rest = warning.path.split(".")
        if first == "agents" and rest:
            yield replace(warning, path=".".join([first, str(places[int(rest[0]) - 1]), *rest[1:]]))
        elif first not in _FOR_ALL or (warning.path, warning.text) in of_all:
            yield warning


def _all(
    team: TeamSpec,
    known_connections: Collection[str] | None,
    known_tools: Collection[str] | None,
    about_code: str,
    known_functions: Mapping[str, str] | None,
) -> Iterator[TeamWarning]:
    yield from chain(_ending(team), _selection(team), _placeholders(team), rule_warnings(team), _sandbox(team))
    if known_connections is not None:
        yield from _unknown_connections(team, known_connections)
    if known_tools is not None:
        yield from _unknown_tools(team, known_tools)
    if known_functions is not None:
        yield from _unknown_functions(team, known_functions)
    for position, agent in enumerate(team.agents, start=1):
        yield from _agent(team, agent, f"agents.{position}")
        if agent.role == "executor" and about_code:
            text = f"{agent.label!r} is to run code. {about_code}"
            person = set_agent(agent.name, role="human", human_input_mode=None)
            means = "Nothing runs code then: the person reads it."
            yield TeamWarning(f"agents.{position}.role", text, Fix(f"Make {agent.label} a person", person, means))


def _below(team: TeamSpec, find: Callable[[TeamSpec], Iterable[TeamWarning]]) -> Iterator[TeamWarning]:
    """What `find` finds in the teams of members that take part, as far as they are written out."""
    for position, agent in enumerate(team.agents, start=1):
        if agent.own_team is not None and not agent.is_off:
            for found in find(agent.own_team):
                yield found.below(f"agents.{position}.team")


def _ending(team: TeamSpec) -> Iterator[TeamWarning]:
    limits, phrases = team.limits, team.termination.phrases
    may_end = [agent for agent in team.agents if team.termination.by is None or agent.name in team.termination.by]
    talkers = [agent for agent in may_end if agent.role == "assistant"]
    if not _is_bounded(team):
        by_person = any(agent.asks_human != "NEVER" for agent in team.agents)
        text = _unbounded_text(phrases, by_person=by_person)
        rounds = set_part("limits", max_rounds=USUAL_ROUNDS)
        yield TeamWarning("limits.max_rounds", text, Fix(f"Limit it to {USUAL_ROUNDS} messages", rounds))
    if limits.max_rounds == 1:
        text = "The task is the first message, so nobody answers it. Allow at least 2."
        rounds = set_part("limits", max_rounds=USUAL_ROUNDS)
        yield TeamWarning("limits.max_rounds", text, Fix(f"Allow {USUAL_ROUNDS} messages", rounds))
    if not phrases or team.termination.after_last:
        return
    if not talkers:
        text = f"Only an assistant's message can end the chat by saying {_either(phrases)}; name one. People press End."
        assistants = [agent for agent in team.agents if agent.role == "assistant"]
        yield TeamWarning("termination.by", text, ends_with(assistants[-1], phrases[0]) if assistants else None)
    elif not _is_ended_by_person(team) and not any(_mentions(agent, phrases) for agent in talkers):
        text = f"No prompt mentions {_either(phrases)}, so no agent knows how to finish. Tell one of them:"
        text = f"{text} '{finish_line(phrases[0])}'"
        yield TeamWarning("termination.phrases", text, ends_with(talkers[-1], phrases[0]))


def _is_bounded(team: TeamSpec) -> bool:
    """Whether the chat is sure to end, or to come to a person, without a model's saying so."""
    limits = team.limits
    has_last_reply = any(
        agent.asks_human == "NEVER" and agent.max_consecutive_auto_reply is not None for agent in team.agents
    )
    is_limited = any((limits.max_rounds, limits.max_tokens, limits.max_work_s))
    return is_limited or team.termination.after_last or has_last_reply or _is_talk(team)


def _is_talk(team: TeamSpec) -> bool:
    """Whether a person is asked in every round, and can press End."""
    is_in_turn = len(team.agents) == 2 or (
        team.selection.method == "round_robin" and team.selection.transitions is None
    )
    return is_in_turn and any(agent.asks_human == "ALWAYS" for agent in team.agents)


def _is_ended_by_person(team: TeamSpec) -> bool:
    """Whether a person speaks in the chat, who can end it, and agents do not go on for ever meanwhile."""
    return _is_bounded(team) and any(agent.asks_human == "ALWAYS" for agent in team.agents)


def _unbounded_text(phrases: list[str], *, by_person: bool) -> str:
    if by_person:
        return "Agents may talk on for long before a person is asked, and nothing else ends this chat. Limit messages."
    if not phrases:
        return "Nothing ends this chat. Limit its messages, or set a phrase."
    return f"Only saying {_either(phrases)} ends this chat, and a model may never say it. Limit messages too."


def _mentions(agent: AgentSpec, phrases: list[str]) -> bool:
    return any(phrase in text for text in agent.filled_texts.values() for phrase in phrases)


def _selection(team: TeamSpec) -> Iterator[TeamWarning]:
    selection, start = team.selection, team.task_giver
    if len(team.agents) == 2:
        if "selection" in team.model_fields_set and selection.method != "round_robin":
            text = f"Two agents answer each other in turn; the selection {selection.method!r} is not used."
            in_turn = Fix("Let them take turns", set_part("selection", method="round_robin"))
            yield TeamWarning("selection.method", text, in_turn)
        return
    graph = selection.transitions
    if graph is None:
        return
    if team.first_speaker and team.first_speaker not in graph.get(start, []):
        text = f"{team.first_speaker!r} may not follow {start!r} in selection.transitions, but answers the task."
        fix = Fix(_follow_label(team, team.first_speaker, start), may_follow(team.first_speaker, [start]))
        yield TeamWarning("first_speaker", f"{text} Add it to {start!r}, or leave first_speaker empty.", fix)
    reached = _reached(graph, {team.first_speaker} if team.first_speaker else set(graph.get(start, [])))
    speakers = [name for name in reached if graph.get(name)] or list(reached) or [start]
    for position, agent in enumerate(team.agents, start=1):
        back = Fix(f"Let {agent.label} speak after everybody", may_follow(agent.name, sorted(speakers)))
        if agent.name in reached:
            if not graph.get(agent.name):
                text = f"The chat ends after {agent.name!r}: nobody may follow it. Name who may, if it should go on."
                on = Fix(f"Let everybody speak after {agent.label}", may_follow(agent.name, []))
                yield TeamWarning("selection.transitions", text, on)
        elif agent.name != start:
            text = f"{agent.name!r} can never speak: no way in selection.transitions leads there from {start!r}."
            yield TeamWarning(
                f"agents.{position}", f"{text} Add it to somebody's followers, or remove the agent.", back
            )
        elif agent.asks_human != "NEVER":
            text = f"{agent.name!r} gives the task and is never asked again: nobody is followed by it."
            text = f"{text} Add it to somebody's followers if a person should answer."
            yield TeamWarning(f"agents.{position}", text, back)


def _follow_label(team: TeamSpec, follower: str, speaker: str) -> str:
    return f"Let {team.agent(follower).label} speak after {team.agent(speaker).label}"


def _reached(graph: dict[str, list[str]], start: set[str]) -> set[str]:
    reached: set[str] = set()
    ahead = list(start)
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += graph.get(name, [])
    return reached


def _placeholders(team: TeamSpec) -> Iterator[TeamWarning]:
    used = {name for agent in team.agents for text in agent.filled_texts.values() for name in placeholders(text)}
    for name in sorted(team.variables.keys() - used):
        fix = Fix(f"Remove the variable {name}", set_variable(name, None))
        text = f"No prompt uses {{{name}}}. Put it into one, or remove the variable."
        yield TeamWarning(f"variables.{name}", text, fix)


def misplaced_keys(team: Spec) -> list[TeamWarning]:
    """The first texts of `team`, or of an agent, with a key in them, which all who see the team would read."""
    found = (TeamWarning(path, KEY_IN_TEAM) for path, text in _texts(team.model_dump()) if is_key(text))
    return list(islice(found, MAX_WARNINGS))


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield path, str(name)
            yield from _texts(each, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value, start=1):
            yield from _texts(each, f"{path}.{position}")


def unknown_connections(team: TeamSpec, known: Collection[str]) -> list[TeamWarning]:
    """Each place where `team`, or one in it, names a connection that is not among `known` nor "default"; with one, it
    cannot start."""
    return [*_unknown_connections(team, known), *_below(team, lambda own: unknown_connections(own, known))]


def _unknown_connections(team: TeamSpec, known: Collection[str]) -> list[TeamWarning]:
    names = {*known, DEFAULT_CONNECTION}
    usual = "Use the team's connection"
    wanted = [("connection", team.connection, "Use the studio's default", set_team(connection=DEFAULT_CONNECTION))]
    for part in ("selection", "context", "summary"):
        wanted.append((f"{part}.connection", getattr(team, part).connection, usual, set_part(part, connection="")))
    for number, agent in enumerate(team.agents, start=1):
        wanted.append((f"agents.{number}.connection", agent.connection, usual, set_agent(agent.name, connection="")))
    choice = ", ".join(sorted(names))
    text = "There is no connection named {0!r}; use one of {1}, or add it under Connections."
    return [
        TeamWarning(path, text.format(name, choice), Fix(label, change))
        for path, name, label, change in wanted
        if name and name not in names
    ]


def unknown_tools(team: TeamSpec, known: Collection[str]) -> list[TeamWarning]:
    """The first tools of agents, those of teams in it included, that are not among `known`; with one, a chat cannot
    start."""
    below = _below(team, lambda own: unknown_tools(own, known))
    return list(islice(chain(_unknown_tools(team, known), below), MAX_WARNINGS))


def _unknown_tools(team: TeamSpec, known: Collection[str]) -> Iterator[TeamWarning]:
    names, choice = set(known), ", ".join(sorted(known)) or "none"
    for position, agent in enumerate(team.agents, start=1):
        for name in agent.tools:
            if name not in names:
                text = f"There is no tool named {name!r}; there are: {choice}. Put its file into the plugins folder, or"
                fix = Fix(f"Take {shorten(name, 40)} from {agent.label}", take_tools([agent.name], [name]))
                yield TeamWarning(f"agents.{position}.tools", f"{text} take it from {agent.label!r}.", fix)


def unknown_functions(team: TeamSpec, known: Mapping[str, str]) -> list[TeamWarning]:
    """Each function of the team, or of one in it, that is not among `known`, given with what they decide; with one, a
    chat cannot start."""
    return [*_unknown_functions(team, known), *_below(team, lambda own: unknown_functions(own, known))]


def _unknown_functions(team: TeamSpec, known: Mapping[str, str]) -> list[TeamWarning]:
    wanted = (("selection", team.selection.function), ("termination", team.termination.function))
    found = []
    for decides, name in wanted:
        if name and known.get(name) != decides:
            choice = ", ".join(other for other, does in known.items() if does == decides) or "none"
            text = f"There is no function named {name!r} for this; there are: {choice}. Put its file into the plugins "
            fix = Fix("Use no function", set_part(decides, function=""))
            found.append(TeamWarning(f"{decides}.function", f"{text}folder, or choose none.", fix))
    return found


def _sandbox(team: TeamSpec) -> Iterator[TeamWarning]:
    """Hosts that nobody asks, a tool that has none to ask, and code that reaches the network unasked."""
    askers = [agent for agent in team.agents if "http_get" in agent.tools]
    if askers and not team.sandbox.allowed_hosts:
        text = f"{askers[0].label!r} has 'http_get', and no host is allowed, so every call of it fails."
        fix = Fix("Take http_get away", take_tools([agent.name for agent in askers], ["http_get"]))
        yield TeamWarning("sandbox.allowed_hosts", f"{text} Write down which it may ask, or take the tool away.", fix)
    if team.sandbox.allowed_hosts and not askers:
        text = "Nobody has the tool 'http_get', so these hosts are never asked. Give it to a member, or clear them."
        yield TeamWarning("sandbox.allowed_hosts", text, Fix("Clear the hosts", set_part("sandbox", allowed_hosts=[])))
    rule = approves_all_code(team.policies) if any(agent.role == "executor" for agent in team.agents) else 0
    if rule and team.sandbox.network == "all":
        text = f"Code reaches the network, and rule {rule} lets it run unasked: it could send anything anywhere."
        fix = Fix("No network for code", set_part("sandbox", network="none"))
        yield TeamWarning("sandbox.network", f"{text} Take the network away, or let a person approve it.", fix)


def _agent(team: TeamSpec, agent: AgentSpec, path: str) -> Iterator[TeamWarning]:
    yield from _tools(team, agent, path)
    twins = [other.name for other in team.agents if other.label == agent.label and other.name != agent.name]
    if twins:
        text = f"People cannot tell {agent.name!r} from {twins[0]!r}: both are shown as {agent.label!r}."
        yield TeamWarning(f"{path}.display_name", text, Fix("Show their agent names", _own_names(agent.label)))
    if agent.role == "assistant" and not agent.prompt.strip():
        written = set_agent(agent.name, prompt=f"You are {agent.label}. {agent.description.strip()}")
        fix = Fix("Write it from the description", written) if agent.description.strip() else None
        text = f"{agent.label!r} has no prompt: its model is told only what others said."
        yield TeamWarning(f"{path}.prompt", text, fix)
    if agent.role != "assistant" and (agent.connection or agent.model):
        text = f"No model speaks for {agent.label!r}; its connection is unused. Make it an assistant, or clear both."
        yield TeamWarning(f"{path}.connection", text, Fix("Clear both", set_agent(agent.name, connection="", model="")))
    if agent.role == "team" and team.task_giver == agent.name:
        text = f"The task is given in the name of {agent.label!r}, so others work first."
        yield TeamWarning(f"{path}.role", f"{text} Add a person, who then gives it.")
    if agent.role == "human" and agent.asks_human == "NEVER":
        text = f"{agent.label!r} stands for a person who is never asked. Choose ALWAYS or TERMINATE."
        always = Fix("Ask at every turn", set_agent(agent.name, human_input_mode=None))
        yield TeamWarning(f"{path}.human_input_mode", text, always)
    described = agent.description.strip() or (agent.own_team and agent.own_team.description.strip())
    if team.selection.method == "auto" and len(team.agents) > 2 and not described:
        text = f"The model that selects the next speaker knows {agent.name!r} only by name. Say when it should speak."
        yield TeamWarning(f"{path}.description", text, _described(agent))
    for name, text in agent.filled_texts.items():
        unknown = sorted(placeholders(text) - team.variables.keys()) if team.variables else []
        if unknown:
            why = f"{{{unknown[0]}}} is not among the team's variables and stays as it is. Add it, or correct it."
            fix = Fix(f"Add the variable {unknown[0]}", set_variable(unknown[0], ""))
            yield TeamWarning(f"{path}.{name}", why, fix if unknown[0].isidentifier() else None)


def _tools(team: TeamSpec, agent: AgentSpec, path: str) -> Iterator[TeamWarning]:
    if HAND_TO in agent.tools and not set(team.followers(agent.name)) - {agent.name}:
        text = f"Nobody may speak after {agent.label!r}, so {HAND_TO!r} has nobody to choose. Take it away."
        fix = Fix(f"Take {HAND_TO} from {agent.label}", take_tools([agent.name], [HAND_TO]))
        yield TeamWarning(f"{path}.tools", text, fix)
    if agent.role != "assistant" and agent.tools:
        text = f"No model speaks for {agent.label!r}, so nobody may call its tools."
        fix = Fix("Clear its tools", take_tools([agent.name], agent.tools))
        yield TeamWarning(f"{path}.tools", f"{text} Make it an assistant, or clear them.", fix)


def _own_names(label: str) -> Change:
    """Return the change that shows all who are shown as `label` by their names."""

    def change(team: TeamSpec) -> TeamSpec:
        agents = [
            agent.model_copy(update={"display_name": ""}) if agent.label == label else agent for agent in team.agents
        ]
        return team.model_copy(update={"agents": agents})

    return change


def _described(agent: AgentSpec) -> Fix | None:
    """Describe the agent by the first sentence of its prompt; None when that says nothing."""
    first, _, _ = one_line(agent.prompt, 400).partition(". ")
    if not first.strip():
        return None
    text = f"{first.strip().rstrip('.…')}."
    return Fix("Take it from the prompt", set_agent(agent.name, description=text), f"It becomes: “{text}”")


def _either(phrases: list[str]) -> str:
    return " or ".join(repr(phrase) for phrase in phrases)
