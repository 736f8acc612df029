"""A team that was proposed for what a person wrote: its members, to take or leave, and its rules; and the team of those
that are taken.

Values only: they know no model. What a model replied is read by `agents.specs.proposal_reply`; where that cannot be
used, `agents.specs.library_proposal` makes one. Called by `agents.studio.proposals`.
"""

from collections.abc import Collection, Iterable

from pydantic import Field

from agents.plain_text import shorten
from agents.specs.library import LibraryAgent
from agents.specs.team import AgentSpec, LimitsSpec, SelectionMethod, SelectionSpec, TeamSpec, TerminationSpec
from agents.specs.team_fixes import USUAL_ROUNDS, ends_with
from agents.specs.team_validation import free_name
from agents.specs.validation import Spec

PHRASE = "TERMINATE"
"""What ends the chats of a proposed team, as the library's prompts have it."""
PERSON = AgentSpec(name="You", role="human", description="The person who gave the task.")
MAX_MEMBERS = 8
MAX_NAME_CHARS, MAX_PURPOSE_CHARS = 80, 1_000
LEAST_ROUNDS, MOST_ROUNDS = 4, 60
LEAST_TURNS = 2
"""Of each member, which its limit of messages leaves room for."""
UNNAMED = "New team"


class TeamProposal(Spec):
    """What was proposed. Its members have names, and names to show, that differ from each other."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    purpose: str = Field("", max_length=MAX_PURPOSE_CHARS)
    members: list[LibraryAgent] = Field(min_length=1, max_length=MAX_MEMBERS + 1)
    """In the order in which they speak."""
    method: SelectionMethod = "round_robin"
    after_last: bool = False
    """Whether a chat is over once the last member has spoken."""
    closer: str = ""
    """Name of the member who is to end the chat; "" where nobody was named."""
    max_rounds: int = Field(USUAL_ROUNDS, ge=LEAST_ROUNDS, le=MOST_ROUNDS)
    by_words: bool = False
    """Whether the library's own words chose the members, because no proposal of a model could be used."""

    def with_person(self) -> "TeamProposal":
        """Return the proposal with a person first, where nobody in it is one."""
        if any(each.agent.role == "human" for each in self.members):
            return self
        return self.model_copy(update={"members": distinct([LibraryAgent(agent=PERSON), *self.members])})

    def team(self, taken: Collection[str]) -> TeamSpec | None:
        """Return the team of the members with these names, which always can end; None when they are too few: a team has
        two members, and a model speaks for one of them."""
        members = [each for each in self.members if each.agent.name in taken]
        agents = [each.agent for each in members]
        if len(agents) < 2 or not any(agent.has_model for agent in agents):
            return None
        is_pair, has_person = len(agents) == 2, any(agent.role == "human" for agent in agents)
        method: SelectionMethod = "round_robin" if is_pair or self.after_last else self.method
        runs_code = any(agent.role == "executor" for agent in agents)
        givers = [agent.name for role in ("human", "executor") for agent in agents if agent.role == role]
        giver = givers[0] if givers else agents[-1].name
        answers = next(agent.name for agent in agents if agent.has_model and agent.name != giver)
        team = TeamSpec(
            name=self.name,
            description=self.purpose,
            agents=agents,
            selection=SelectionSpec(method=method, named=(method == "auto" or runs_code) and not self.after_last),
            initiator=giver,
            first_speaker="" if is_pair else answers,
            termination=TerminationSpec(phrases=[PHRASE], after_last=self.after_last),
            limits=LimitsSpec(
                max_rounds=max(self.max_rounds, LEAST_TURNS * len(agents) + 1),
                when_reached="ask" if has_person else "end",
            ),
        )
        return _ending(team, self.closer)


def _ending(team: TeamSpec, closer: str) -> TeamSpec:
    """Return the team with somebody who says the closing phrase, and nobody else who can end a chat but people."""
    speakers = [agent for agent in team.agents if agent.has_model]
    told = [agent for agent in speakers if PHRASE in agent.prompt]
    named = next((agent for agent in speakers if agent.name == closer), None)
    if team.termination.after_last:
        by = [team.agents[-1].name] if team.agents[-1].has_model else None
        return team.model_copy(update={"termination": team.termination.model_copy(update={"by": by})})
    last = named or (told or speakers)[-1]
    team = ends_with(last, PHRASE)(team)
    may = {last.name, *(agent.name for agent in told), *(agent.name for agent in team.agents if agent.role == "human")}
    by = [agent.name for agent in team.agents if agent.name in may]
    return team.model_copy(update={"termination": team.termination.model_copy(update={"by": by})})


def distinct(members: Iterable[LibraryAgent]) -> list[LibraryAgent]:
    """Return the members, each under a name and a name to show that none before it has."""
    found: list[LibraryAgent] = []
    names: set[str] = set()
    labels: set[str] = set()
    for each in members:
        agent = each.agent
        name = free_name(agent.name, names)
        numbered = (f"{shorten(agent.label, MAX_NAME_CHARS - 4)} {number}" for number in range(2, len(labels) + 3))
        label = next(one for one in (agent.label, *numbered) if one not in labels)
        names.add(name)
        labels.add(label)
        changes = {"name": name, "display_name": "" if label == name else label}
        found.append(each.model_copy(update={"agent": agent.model_copy(update=changes)}))
    return found
