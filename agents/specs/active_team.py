"""The members of a team that take part: those that nobody switched off, in the teams that are its members too.

Knows what of a team names its members. Called by whoever starts a chat with a team, or says how one would go.
"""

from agents.specs.team import AgentSpec, SelectionSpec, TeamSpec, TerminationSpec


def active_team(team: TeamSpec) -> TeamSpec:
    """Return the team as a chat starts with it: without the members that are switched off, and without what names
    them, in it and in the teams that are written out in it; `team` itself when none is."""
    agents = [_active(agent) for agent in team.agents if not agent.is_off]
    if len(agents) == len(team.agents) and all(map(lambda new, old: new is old, agents, team.agents)):
        return team
    names = {agent.name for agent in agents}
    changed = {
        "agents": agents,
        "initiator": team.initiator if team.initiator in names else "",
        "first_speaker": team.first_speaker if team.first_speaker in names else "",
        "selection": _selection(team.selection, names),
        "termination": _termination(team.termination, names),
    }
    # What is as it was stays as it was written, or not.
    return team.model_copy(update={name: value for name, value in changed.items() if value != getattr(team, name)})


def active_members(team: TeamSpec) -> list[AgentSpec]:
    """Return all that take part, those of the teams that are written out in it behind its own."""
    return [agent for each in active_team(team).tree for agent in each.agents]


def _active(agent: AgentSpec) -> AgentSpec:
    if agent.own_team is None or (own := active_team(agent.own_team)) is agent.own_team:
        return agent
    return agent.model_copy(update={"team": own})


def _selection(selection: SelectionSpec, names: set[str]) -> SelectionSpec:
    if selection.transitions is None:
        return selection
    graph = {
        speaker: [follower for follower in followers if follower in names]
        for speaker, followers in selection.transitions.items()
        if speaker in names
    }
    kept = {speaker: followers for speaker, followers in graph.items() if followers}
    return selection.model_copy(update={"transitions": kept})


def _termination(termination: TerminationSpec, names: set[str]) -> TerminationSpec:
    if termination.by is None:
        return termination
    return termination.model_copy(update={"by": [name for name in termination.by if name in names] or None})
