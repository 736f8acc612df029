"""What is weak about a team's rules and deadlines: those that never do anything, and tools that rules keep from all.

Called by `agents.specs.team_warnings`.
"""

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import NamedTuple

from agents.specs.approval_rules import REJECTABLE, SKIPPABLE, Rule
from agents.specs.team import AgentSpec, TeamSpec
from agents.specs.team_fixes import Fix, TeamWarning, moved_rule, set_team, take_tools, without_item


def rule_warnings(team: TeamSpec) -> Iterator[TeamWarning]:
    """Yield the weak spots of the rules, of what they refuse, and of the deadlines, in this order."""
    names, callers = [agent.name for agent in team.agents], [agent for agent in team.agents if agent.tools]
    tools = list(dict.fromkeys(tool for agent in callers for tool in agent.tools))
    rules = [_RuleReach(rule, _matching(rule.agent, names), _matching(rule.tool, tools)) for rule in team.policies]
    for position, reach in enumerate(rules, start=1):
        yield from _useless(team, position, reach)
    deciding = [reach for reach in rules if _decides_tools(reach.rule)]
    for position, agent in enumerate(team.agents, start=1):
        yield from _refused(agent, f"agents.{position}.tools", deciding)
    yield from _deadlines(team)


def _useless(team: TeamSpec, position: int, reach: "_RuleReach") -> Iterator[TeamWarning]:
    """Yield why the rule never decides."""
    rule, path = reach.rule, f"policies.{position}"
    removed = Fix(f"Remove rule {position}", without_item("policies", position))
    steps = team.step_mode or any(agent.step_mode for agent in team.agents)
    if not reach.agents:
        text = f"{rule.agent!r} is nobody in this team, so the rule never decides. Name a member, or *."
        yield TeamWarning(f"{path}.agent", text, removed)
    elif rule.tool != "*" and not reach.tools:
        text = f"Nobody has a tool {rule.tool!r}, so the rule never decides. Give it to a member, or correct it."
        yield TeamWarning(f"{path}.tool", text, removed)
    elif rule.kind == "message" and not steps:
        text = "Messages are asked about in step mode only. Switch it on, or remove the rule."
        yield TeamWarning(f"{path}.kind", text, Fix("Switch step mode on", set_team(step_mode=True)))
    earlier = enumerate(team.policies[: position - 1], start=1)
    before = next(((number, other) for number, other in earlier if _covers(other, rule)), None)
    if before:
        number, other = before
        text = f"Rule {number} decides all of this before. Move this one up, or remove it."
        first = Fix(f"Move it before rule {number}", moved_rule(position, number))
        yield TeamWarning(path, text, removed if _covers(rule, other) else first)


def _refused(agent: AgentSpec, path: str, deciding: list["_RuleReach"]) -> Iterator[TeamWarning]:
    """Yield the tools of the agent that the rules keep from it."""
    for tool in agent.tools:
        first = _first_for(deciding, agent.name, tool)
        if first is not None and first.action == "refuse":
            text = f"{agent.label!r} has {tool!r}, and the rule {first.label!r} refuses every call of it."
            fix = Fix(f"Take {tool} from {agent.label}", take_tools([agent.name], [tool]))
            yield TeamWarning(path, f"{text} Take the tool away, or change the rule.", fix)


def _deadlines(team: TeamSpec) -> Iterator[TeamWarning]:
    for position, deadline in enumerate(team.deadlines, start=1):
        may = {"reject": REJECTABLE, "skip": SKIPPABLE}.get(deadline.outcome)
        if may is not None and deadline.kind != "any" and deadline.kind not in may:
            text = f"Nothing of this kind can be {'rejected' if deadline.outcome == 'reject' else 'skipped'}"
            fix = Fix(f"Remove deadline {position}", without_item("deadlines", position))
            text = f"{text}, so it goes on waiting. Choose another outcome."
            yield TeamWarning(f"deadlines.{position}.outcome", text, fix)


def approves_all_code(rules: list[Rule]) -> int:
    """Return the position, from 1, of the rule that lets every block of code run unasked; 0 when none does."""
    for position, rule in enumerate(rules, start=1):
        is_of_code = rule.kind in ("any", "code_block") and (rule.agent, rule.language) == ("*", "*")
        if is_of_code and (rule.tool, rule.package) == ("*", "*") and not rule.where and rule.max_chars is None:
            return position if rule.action == "approve" else 0
    return 0


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
