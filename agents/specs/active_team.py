"""The members of a team that take part: those that nobody switched off.

Knows what of a team names its members. Called by whoever starts a chat with a team, or says how one would go.
"""

from agents.specs.team import SelectionSpec, TeamSpec, TerminationSpec


def active_team(team: TeamSpec) -> TeamSpec:
    """Return the team as a chat starts with it: without the members that are switched off, and without what names
    them; `team` itself when none is."""
    names = {agent.name for agent in team.agents if not agent.is_off}
    if len(names) == len(team.agents):
        return team
    changed = {
        "agents": [agent for agent in team.agents if not agent.is_off],
        "initiator": team.initiator if team.initiator in names else "",
        "first_speaker": team.first_speaker if team.first_speaker in names else "",
        "selection": _selection(team.selection, names),
        "termination": _termination(team.termination, names),
    }
    return team.model_copy(update=changed)


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
