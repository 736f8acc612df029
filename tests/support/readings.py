"""What was read of a text, told in short lines: teams, members, rules, tasks, notes. For tests to compare whole."""

from agents.exchange import ProposedTeam, Reading
from agents.specs import AgentSpec, TeamSpec


def told(reading: Reading) -> str:
    """All that was read."""
    lines = [line for team in reading.teams for line in _proposed(team)]
    return "\n".join([*lines, *(f"! {note}" for note in reading.notes)]) + "\n"


def _proposed(team: ProposedTeam) -> list[str]:
    lines = [*_team(team.spec), *(f"- {note}" for note in team.notes)]
    return [*lines, *(f"code: {tool.name}" for tool in team.tools)]


def _team(team: TeamSpec) -> list[str]:
    selection, ending, limits = team.selection, team.termination, team.limits
    by = "" if ending.by is None else f" by {', '.join(ending.by)}"
    lines = [f"TEAM {team.name}", f"  given by {team.task_giver}; {selection.method}"]
    lines += [f"  first {team.first_speaker}"] if team.first_speaker else []
    lines += ["  nobody twice in a row"] if not selection.allow_repeat else []
    lines += [f"  after {name}: {', '.join(after)}" for name, after in (selection.transitions or {}).items()]
    lines += ["  introductions"] if team.introductions else []
    phrases = "after the last" if ending.after_last else f"{ending.match} {' | '.join(ending.phrases)}{by}"
    lines.append(f"  ends: {phrases}; {limits.max_rounds} messages, then {limits.when_reached}")
    lines += [f"  result: {team.summary.method}"] if team.summary.method != "last" else []
    lines += [f"  code: {team.sandbox.timeout_s:g} s"] if team.sandbox.timeout_s != 60 else []
    lines += [f"  placeholders: {', '.join(team.variables)}"] if team.variables else []
    for agent in team.agents:
        lines += [f"  {line}" for line in _agent(agent)]
    return [*lines, *(f"  task: {' '.join(task.split())}" for task in team.example_tasks)]


def _agent(agent: AgentSpec) -> list[str]:
    facts: list[str] = [agent.role, agent.asks_human]
    facts += [f"shown as {agent.display_name}"] if agent.display_name else []
    facts += [f"t={agent.temperature:g}"] if agent.temperature is not None else []
    facts += [f"{name}={value}" for name, value in agent.parameters.items()]
    facts += [f"at most {agent.max_consecutive_auto_reply}"] if agent.max_consecutive_auto_reply is not None else []
    facts += [f"tools {', '.join(agent.tools)}"] if agent.tools else []
    facts += [f"says “{agent.auto_reply}”"] if agent.auto_reply else []
    facts += ["carryover"] if agent.carryover else []
    lines = [f"* {agent.name}: {'; '.join(facts)}"]
    lines += [f"    {' '.join(agent.prompt.split())[:90]}"] if agent.prompt else []
    lines += [f"    about: {' '.join(agent.description.split())[:60]}"] if agent.description else []
    return [*lines, *(f"    {line}" for line in (_team(agent.own_team) if agent.own_team else []))]
