"""The cures of a team's weak spots: each is a pure function from team to team, and carries the words of its button.

`agents.specs.team_warnings` declares beside each weak spot which cure it has. A cured team is a valid one. Applied by
the team editor.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.plain_text import shorten
from agents.specs.team import AgentSpec, TeamSpec, team_from_dict
from agents.specs.team_parts import MAX_PROMPT_CHARS

Change = Callable[[TeamSpec], TeamSpec]
USUAL_ROUNDS = 12
"""Messages that a cure allows where nothing limits them, as a new team has it."""


@dataclass(frozen=True)
class Fix:
    """One cure."""

    label: str
    """What its button says."""
    change: Change = field(compare=False)
    means: str = ""
    """What it changes, where the label does not say it whole."""

    def __call__(self, team: TeamSpec) -> TeamSpec:
        """Return `team` cured; SpecError when that would be no valid team."""
        return team_from_dict(self.change(team).model_dump(mode="json", exclude_defaults=True))


@dataclass(frozen=True)
class TeamWarning:
    """One weak spot."""

    path: str
    """Dotted, as in `agents.2.prompt`, counted from 1; "" for the team as a whole."""
    text: str
    """What will happen and what to do, for the person at the screen."""
    fix: Fix | None = None
    """The cure; None where there is no obvious one."""

    def below(self, path: str) -> "TeamWarning":
        """Return it as one of the team that stands at `path` in another, which the cure cannot be applied to."""
        return TeamWarning(f"{path}.{self.path}".rstrip("."), self.text)


def set_team(**values: Any) -> Change:
    """Return the change of fields of the team itself."""
    return lambda team: team.model_copy(update=values)


def set_part(part: str, **values: Any) -> Change:
    """Return the change of fields of one part, such as `limits`."""
    return lambda team: team.model_copy(update={part: getattr(team, part).model_copy(update=values)})


def set_agent(name: str, **values: Any) -> Change:
    """Return the change of fields of the agent of that name."""
    return lambda team: _changed(team, name, lambda agent: agent.model_copy(update=values))


def take_tools(names: Iterable[str], tools: Iterable[str]) -> Change:
    """Return the change that takes `tools` away from the agents of these names."""
    whose, gone = set(names), set(tools)

    def change(team: TeamSpec) -> TeamSpec:
        agents = [_without(agent, gone) if agent.name in whose else agent for agent in team.agents]
        return team.model_copy(update={"agents": agents})

    return change


def _without(agent: AgentSpec, tools: set[str]) -> AgentSpec:
    kept = [tool for tool in agent.tools if tool not in tools]
    return agent.model_copy(update={"tools": kept, "tool_choice": agent.tool_choice if kept else "auto"})


def _changed(team: TeamSpec, name: str, change: Callable[[AgentSpec], AgentSpec]) -> TeamSpec:
    agents = [change(agent) if agent.name == name else agent for agent in team.agents]
    return team.model_copy(update={"agents": agents})


def finish_line(phrase: str) -> str:
    """Return the sentence of a prompt that tells its agent how to end the chat."""
    return f"When the task is done, reply with {phrase}."


def ends_with(agent: AgentSpec, phrase: str) -> Fix:
    """Let `agent` end the chat by saying `phrase`, which its prompt then tells it."""

    def told(member: AgentSpec) -> AgentSpec:
        prompt = f"{member.prompt.rstrip()}\n\n{finish_line(phrase)}".strip()
        is_told = any(phrase in text for text in member.filled_texts.values()) or len(prompt) > MAX_PROMPT_CHARS
        return member if is_told else member.model_copy(update={"prompt": prompt})

    def change(team: TeamSpec) -> TeamSpec:
        phrases, by = team.termination.phrases, team.termination.by
        ending = {
            "phrases": phrases if phrase in phrases else [*phrases, phrase],
            "by": by if by is None or agent.name in by else [*by, agent.name],
        }
        return set_part("termination", **ending)(_changed(team, agent.name, told))

    means = f"Its prompt then ends: “{finish_line(phrase)}”"
    return Fix(f"End when {agent.label} says {shorten(phrase, 40)}", change, means)


def may_follow(name: str, speakers: Iterable[str]) -> Change:
    """Return the change that lets `name` speak after `speakers`, and everybody else after `name` where nobody may."""
    after = list(speakers)

    def change(team: TeamSpec) -> TeamSpec:
        graph = {speaker: list(followers) for speaker, followers in (team.selection.transitions or {}).items()}
        for speaker in after:
            if speaker != name and name not in graph.setdefault(speaker, []):
                graph[speaker].append(name)
        if not graph.get(name):
            graph[name] = [agent.name for agent in team.agents if agent.name != name]
        return set_part("selection", transitions=graph)(team)

    return change


def without_item(part: str, position: int) -> Change:
    """Return the change that removes the item at `position`, counted from 1, of a list of the team."""
    return lambda team: team.model_copy(
        update={part: [item for number, item in enumerate(getattr(team, part), start=1) if number != position]}
    )


def moved_rule(position: int, before: int) -> Change:
    """Return the change that puts the rule at `position` before the one at `before`, both counted from 1."""

    def change(team: TeamSpec) -> TeamSpec:
        rules = list(team.policies)
        rules.insert(before - 1, rules.pop(position - 1))
        return team.model_copy(update={"policies": rules})

    return change


def set_variable(name: str, value: str | None) -> Change:
    """Return the change that gives a variable that default, or removes it when None."""

    def change(team: TeamSpec) -> TeamSpec:
        others = {other: text for other, text in team.variables.items() if other != name}
        return team.model_copy(update={"variables": others if value is None else {**others, name: value}})

    return change
