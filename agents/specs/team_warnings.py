"""What is likely to go wrong with a valid team, said before its first run.

A `TeamSpec` that exists can be run; these are its weak spots, each with what to do about it. Pure functions over the
spec: they know no store and call no model. Called by the team editor and by `python -m agents check`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from itertools import chain, islice
from typing import Any, NamedTuple

from agents.plain_text import is_key
from agents.specs.approval_rules import HAND_TO, REJECTABLE, SKIPPABLE, Rule
from agents.specs.placeholders import placeholders
from agents.specs.team import DEFAULT_CONNECTION, AgentSpec, TeamSpec

KEY_IN_TEAM = "This looks like a key, and all who see the team would read it. Put it into a connection's Key instead."
MAX_WARNINGS = 200
"""Told at once."""


@dataclass(frozen=True)
class TeamWarning:
    """One weak spot."""

    path: str
    """Dotted, as in `agents.2.prompt`, counted from 1; "" for the team as a whole."""
    text: str
    """What will happen and what to do, for the person at the screen."""

    def below(self, path: str) -> "TeamWarning":
        """Return it as one of the team that stands at `path` in another."""
        return TeamWarning(f"{path}.{self.path}".rstrip("."), self.text)


def _own_teams(team: TeamSpec) -> Iterator[tuple[str, TeamSpec]]:
    """Return (path, team) of each member that is a team and written out."""
    for position, agent in enumerate(team.agents, start=1):
        if agent.own_team is not None:
            yield f"agents.{position}.team", agent.own_team


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
    return list(islice(_all(team, known_connections, known_tools, about_code, known_functions), MAX_WARNINGS))


def _all(
    team: TeamSpec,
    known_connections: Collection[str] | None,
    known_tools: Collection[str] | None,
    about_code: str,
    known_functions: Mapping[str, str] | None,
) -> Iterator[TeamWarning]:
    yield from chain(_ending(team), _selection(team), _placeholders(team), _policies(team), _sandbox(team))
    if known_connections is not None:
        yield from unknown_connections(team, known_connections)
    if known_tools is not None:
        yield from _unknown_tools(team, known_tools)
    if known_functions is not None:
        yield from unknown_functions(team, known_functions)
    for position, agent in enumerate(team.agents, start=1):
        yield from _agent(team, agent, f"agents.{position}")
        if agent.role == "executor" and about_code:
            text = f"{agent.label!r} is to run code. {about_code}"
            yield TeamWarning(f"agents.{position}.role", text)
    for path, own in _own_teams(team):
        for found in _all(own, None, None, about_code, None):  # what is not there is looked for in the whole tree above
            yield found.below(path)


def _ending(team: TeamSpec) -> Iterator[TeamWarning]:
    limits, phrases = team.limits, team.termination.phrases
    is_bounded = team.termination.after_last or any((limits.max_rounds, limits.max_tokens, limits.max_work_s))
    may_end = [agent for agent in team.agents if team.termination.by is None or agent.name in team.termination.by]
    talkers = [agent for agent in may_end if agent.role == "assistant"]
    asked = [agent for agent in team.agents if agent.asks_human != "NEVER"]
    has_last_reply = any(
        agent.asks_human == "NEVER" and agent.max_consecutive_auto_reply is not None for agent in team.agents
    )
    if not (is_bounded or asked or has_last_reply):
        if not phrases:
            yield TeamWarning("limits.max_rounds", "Nothing ends this chat. Limit its messages, or set a phrase.")
        else:
            text = f"Only saying {_either(phrases)} ends this chat, and a model may never say it. Limit messages too."
            yield TeamWarning("limits.max_rounds", text)
    if limits.max_rounds == 1:
        yield TeamWarning("limits.max_rounds", "The task is the first message, so nobody answers it. Allow at least 2.")
    if phrases and not talkers and not team.termination.after_last:
        text = f"Only an assistant's message can end the chat by saying {_either(phrases)}; name one. People press End."
        yield TeamWarning("termination.by", text)
    elif (
        phrases
        and talkers
        and not (asked or team.termination.after_last)
        and not any(phrase in text for agent in talkers for text in agent.filled_texts.values() for phrase in phrases)
    ):
        text = f"No prompt mentions {_either(phrases)}, so no agent knows how to finish. Tell one of them:"
        yield TeamWarning("termination.phrases", f"{text} 'When the task is done, reply with {phrases[0]}.'")


def _selection(team: TeamSpec) -> Iterator[TeamWarning]:
    selection, start = team.selection, team.task_giver
    if len(team.agents) == 2:
        if "selection" in team.model_fields_set and selection.method != "round_robin":
            text = f"Two agents answer each other in turn; the selection {selection.method!r} is not used."
            yield TeamWarning("selection.method", text)
        return
    graph = selection.transitions
    if graph is None:
        return
    if team.first_speaker and team.first_speaker not in graph.get(start, []):
        text = f"{team.first_speaker!r} may not follow {start!r} in selection.transitions, but answers the task."
        yield TeamWarning("first_speaker", f"{text} Add it to {start!r}, or leave first_speaker empty.")
    reached = _reached(graph, {team.first_speaker} if team.first_speaker else set(graph.get(start, [])))
    for position, agent in enumerate(team.agents, start=1):
        if agent.name in reached:
            if not graph.get(agent.name):
                text = f"The chat ends after {agent.name!r}: nobody may follow it. Name who may, if it should go on."
                yield TeamWarning("selection.transitions", text)
        elif agent.name != start:
            text = f"{agent.name!r} can never speak: no way in selection.transitions leads there from {start!r}."
            yield TeamWarning(f"agents.{position}", f"{text} Add it to somebody's followers, or remove the agent.")
        elif agent.asks_human != "NEVER":
            text = f"{agent.name!r} gives the task and is never asked again: nobody is followed by it."
            yield TeamWarning(f"agents.{position}", f"{text} Add it to somebody's followers if a person should answer.")


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
        yield TeamWarning(f"variables.{name}", f"No prompt uses {{{name}}}. Put it into one, or remove the variable.")


def misplaced_keys(team: TeamSpec) -> list[TeamWarning]:
    """The first texts of `team` with a key in them, which all who see the team would read."""
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
    """Each place where `team` names a connection that is not among `known` nor "default"; with one, it cannot start."""
    names = {*known, DEFAULT_CONNECTION}
    wanted = [("connection", team.connection), ("selection.connection", team.selection.connection)]
    wanted += [("context.connection", team.context.connection), ("summary.connection", team.summary.connection)]
    wanted += [(f"agents.{n}.connection", agent.connection) for n, agent in enumerate(team.agents, start=1)]
    choice = ", ".join(sorted(names))
    found = [
        TeamWarning(path, f"There is no connection named {name!r}; use one of {choice}, or add it under Connections.")
        for path, name in wanted
        if name and name not in names
    ]
    below = (each.below(path) for path, own in _own_teams(team) for each in unknown_connections(own, known))
    return [*found, *below]


def unknown_tools(team: TeamSpec, known: Collection[str]) -> list[TeamWarning]:
    """The first tools of agents that are not among `known`; with one, a chat cannot start."""
    return list(islice(_unknown_tools(team, known), MAX_WARNINGS))


def _unknown_tools(team: TeamSpec, known: Collection[str]) -> Iterator[TeamWarning]:
    names, choice = set(known), ", ".join(sorted(known)) or "none"
    for position, agent in enumerate(team.agents, start=1):
        for name in agent.tools:
            if name not in names:
                text = f"There is no tool named {name!r}; there are: {choice}. Put its file into the plugins folder, or"
                yield TeamWarning(f"agents.{position}.tools", f"{text} take it from {agent.label!r}.")
    for path, own in _own_teams(team):
        yield from (found.below(path) for found in _unknown_tools(own, known))


def unknown_functions(team: TeamSpec, known: Mapping[str, str]) -> list[TeamWarning]:
    """Each function of the team that is not among `known`, given with what they decide; with one, a chat cannot
    start."""
    wanted = (("selection", team.selection.function), ("termination", team.termination.function))
    found = []
    for decides, name in wanted:
        if name and known.get(name) != decides:
            choice = ", ".join(other for other, does in known.items() if does == decides) or "none"
            text = f"There is no function named {name!r} for this; there are: {choice}. Put its file into the plugins "
            found.append(TeamWarning(f"{decides}.function", f"{text}folder, or choose none."))
    below = (each.below(path) for path, own in _own_teams(team) for each in unknown_functions(own, known))
    return [*found, *below]


def _policies(team: TeamSpec) -> Iterator[TeamWarning]:
    """Rules and deadlines that can never do anything, and tools that rules keep from everybody."""
    names, callers = [agent.name for agent in team.agents], [agent for agent in team.agents if agent.tools]
    tools = list(dict.fromkeys(tool for agent in callers for tool in agent.tools))
    rules = [_RuleReach(rule, _matching(rule.agent, names), _matching(rule.tool, tools)) for rule in team.policies]
    steps = team.step_mode or any(agent.step_mode for agent in team.agents)
    for position, (rule, reached, used) in enumerate(rules, start=1):
        path = f"policies.{position}"
        if not reached:
            text = f"{rule.agent!r} is nobody in this team, so the rule never decides. Name a member, or *."
            yield TeamWarning(f"{path}.agent", text)
        elif rule.tool != "*" and not used:
            text = f"Nobody has a tool {rule.tool!r}, so the rule never decides. Give it to a member, or correct it."
            yield TeamWarning(f"{path}.tool", text)
        elif rule.kind == "message" and not steps:
            text = "Messages are asked about in step mode only. Switch it on, or remove the rule."
            yield TeamWarning(f"{path}.kind", text)
        before = next((n for n, other in enumerate(team.policies[: position - 1], start=1) if _covers(other, rule)), 0)
        if before:
            yield TeamWarning(path, f"Rule {before} decides all of this before. Move this one up, or remove it.")
    deciding = [reach for reach in rules if _decides_tools(reach.rule)]
    for position, agent in enumerate(team.agents, start=1):
        for tool in agent.tools:
            first = _first_for(deciding, agent.name, tool)
            if first is not None and first.action == "refuse":
                text = f"{agent.label!r} has {tool!r}, and the rule {first.label!r} refuses every call of it."
                yield TeamWarning(f"agents.{position}.tools", f"{text} Take the tool away, or change the rule.")
    for position, deadline in enumerate(team.deadlines, start=1):
        may = {"reject": REJECTABLE, "skip": SKIPPABLE}.get(deadline.outcome)
        if may is not None and deadline.kind != "any" and deadline.kind not in may:
            text = f"Nothing of this kind can be {'rejected' if deadline.outcome == 'reject' else 'skipped'}"
            text = f"{text}, so it goes on waiting. Choose another outcome."
            yield TeamWarning(f"deadlines.{position}.outcome", text)


def _sandbox(team: TeamSpec) -> Iterator[TeamWarning]:
    """Hosts that nobody asks, and a tool that has none to ask."""
    askers = [agent for agent in team.agents if "http_get" in agent.tools]
    if askers and not team.sandbox.allowed_hosts:
        text = f"{askers[0].label!r} has 'http_get', and no host is allowed, so every call of it fails."
        yield TeamWarning("sandbox.allowed_hosts", f"{text} Write down which it may ask, or take the tool away.")
    if team.sandbox.allowed_hosts and not askers:
        text = "Nobody has the tool 'http_get', so these hosts are never asked. Give it to a member, or clear them."
        yield TeamWarning("sandbox.allowed_hosts", text)


def _covers(rule: Rule, later: Rule) -> bool:
    """Whether everything that `later` fits is decided by `rule` before it, as far as can be said."""
    if rule.where or rule.max_chars is not None:
        return False
    fields = ("agent", "tool", "language", "package")
    return rule.kind in ("any", later.kind) and all(
        getattr(rule, name) in ("*", getattr(later, name)) for name in fields
    )


class _RuleReach(NamedTuple):
    """A rule, and which of the team's members and tools its globs fit."""

    rule: Rule
    agents: frozenset[str]
    tools: frozenset[str]


def _matching(pattern: str, names: list[str]) -> frozenset[str]:
    """The names that a glob fits."""
    if pattern == "*":
        return frozenset(names)
    fits = re.compile(translate(pattern)).match
    return frozenset(name for name in names if fits(name))


def _decides_tools(rule: Rule) -> bool:
    return rule.kind in ("any", "tool_call") and (rule.language, rule.package) == ("*", "*")


def _first_for(rules: list[_RuleReach], agent: str, tool: str) -> Rule | None:
    """The first rule that decides every call of the tool by the agent; None when that hangs on its arguments."""
    for rule, agents, tools in rules:
        if agent in agents and tool in tools:
            return None if rule.where or rule.max_chars is not None else rule
    return None


def _agent(team: TeamSpec, agent: AgentSpec, path: str) -> Iterator[TeamWarning]:
    if HAND_TO in agent.tools and not set(team.followers(agent.name)) - {agent.name}:
        text = f"Nobody may speak after {agent.label!r}, so {HAND_TO!r} has nobody to choose. Take it away."
        yield TeamWarning(f"{path}.tools", text)
    twins = [other.name for other in team.agents if other.label == agent.label and other.name != agent.name]
    if twins:
        text = f"People cannot tell {agent.name!r} from {twins[0]!r}: both are shown as {agent.label!r}."
        yield TeamWarning(f"{path}.display_name", text)
    if agent.role == "assistant" and not agent.prompt.strip():
        yield TeamWarning(f"{path}.prompt", f"{agent.label!r} has no prompt: its model is told only what others said.")
    if agent.role != "assistant" and (agent.connection or agent.model):
        text = f"No model speaks for {agent.label!r}; its connection is unused. Make it an assistant, or clear both."
        yield TeamWarning(f"{path}.connection", text)
    if agent.role != "assistant" and agent.tools:
        text = f"No model speaks for {agent.label!r}, so nobody may call its tools."
        yield TeamWarning(f"{path}.tools", f"{text} Make it an assistant, or clear them.")
    if agent.role == "team" and team.task_giver == agent.name:
        text = f"The task is given in the name of {agent.label!r}, so others work first."
        yield TeamWarning(f"{path}.role", f"{text} Add a person, who then gives it.")
    if agent.role == "human" and agent.asks_human == "NEVER":
        text = f"{agent.label!r} stands for a person who is never asked. Choose ALWAYS or TERMINATE."
        yield TeamWarning(f"{path}.human_input_mode", text)
    described = agent.description.strip() or (agent.own_team and agent.own_team.description.strip())
    if team.selection.method == "auto" and len(team.agents) > 2 and not described:
        text = f"The model that selects the next speaker knows {agent.name!r} only by name. Say when it should speak."
        yield TeamWarning(f"{path}.description", text)
    for name, text in agent.filled_texts.items():
        unknown = sorted(placeholders(text) - team.variables.keys()) if team.variables else []
        if unknown:
            why = f"{{{unknown[0]}}} is not among the team's variables and stays as it is. Add it, or correct it."
            yield TeamWarning(f"{path}.{name}", why)


def _either(phrases: list[str]) -> str:
    return " or ".join(repr(phrase) for phrase in phrases)
