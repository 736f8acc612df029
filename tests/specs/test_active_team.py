"""Members that are switched off: a chat starts as if they were not in the team, and nothing of them is lost."""

import pytest

from agents.errors import SpecError
from agents.specs import active_members, active_team, dump_team, load_team
from agents.specs.team_warnings import warnings

TEAM = """
name: Desk
agents:
  - {name: Client, role: human, description: The client.}
  - {name: Triage, description: Sorts., prompt: You sort.}
  - {name: Billing, description: Money., prompt: You know money., tools: [sql]}
  - {name: Support, description: Trouble., prompt: You know trouble.}
initiator: Client
first_speaker: Triage
selection:
  transitions:
    Client: [Triage]
    Triage: [Billing, Support]
    Billing: [Client]
    Support: [Client, Billing]
termination: {by: [Billing, Support]}
policies:
  - {name: SQL, agent: Billing, tool: sql, action: approve}
"""


def team_without(*names: str, text: str = TEAM):
    team = load_team(text)
    agents = [agent.model_copy(update={"is_off": agent.name in names}) for agent in team.agents]
    return load_team(dump_team(team.model_copy(update={"agents": agents})))


class TestTheTeamOfAChat:
    def test_a_team_with_everybody_on_is_itself_and_is_written_as_before(self):
        team = load_team(TEAM)
        assert active_team(team) is team
        assert "is_off" not in dump_team(team)

    def test_a_member_who_is_off_is_named_nowhere(self):
        team = active_team(team_without("Billing"))
        assert [agent.name for agent in team.agents] == ["Client", "Triage", "Support"]
        assert team.selection.transitions == {"Client": ["Triage"], "Triage": ["Support"], "Support": ["Client"]}
        assert team.termination.by == ["Support"]
        assert load_team(dump_team(team)) == team

    def test_who_gives_the_task_and_who_speaks_first_are_chosen_anew(self):
        team = active_team(team_without("Client", "Triage"))
        assert (team.initiator, team.task_giver, team.first_speaker) == ("", "Billing", "")

    def test_two_who_are_left_take_turns(self):
        team = active_team(team_without("Client", "Triage"))
        assert team.followers("Support") == ["Billing"]

    @pytest.mark.parametrize(("off", "said"), [
        (["Client", "Triage", "Billing"], "Only one agent is switched on, and a team needs two. Switch on 'Client' or"),
        (["Client", "Triage", "Billing", "Support"], "No agent is switched on, and a team needs two."),
    ])  # fmt: skip
    def test_too_few_are_refused_in_plain_words(self, off: list[str], said: str):
        with pytest.raises(SpecError) as caught:
            team_without(*off)
        [(path, text)] = caught.value.problems
        assert path == "agents"
        assert said in text


HOUSE = """
name: House
agents:
  - {name: Owner, role: human}
  - name: Desk
    role: team
    team:
      name: Clerks
      agents:
        - {name: Boss, role: human}
        - {name: Old, prompt: '', is_off: true}
        - {name: Clerk, prompt: '', connection: gone}
"""


class TestTeamsInIt:
    def test_have_active_members_only_too(self):
        team = load_team(HOUSE)
        assert [each.name for each in active_members(team)] == ["Owner", "Desk", "Boss", "Clerk"]
        assert load_team(dump_team(active_team(team))) == active_team(team)
        assert active_team(active_team(team)) == active_team(team)

    def test_with_everybody_on_are_themselves(self):
        team = load_team(HOUSE.replace(", is_off: true", ""))
        assert active_team(team) is team

    def test_are_warned_of_at_their_place_without_the_cure_of_their_own(self):
        found = warnings(load_team(HOUSE), ["mine"])
        assert [(each.path, each.fix) for each in found if each.path.startswith("agents")] == [
            ("agents.2.team.agents.3.connection", None),
            ("agents.2.team.agents.3.prompt", None),
        ]

    def test_of_a_member_who_is_off_are_nobodys(self):
        text = HOUSE.replace("role: team", "role: team\n    is_off: true") + "  - {name: Other, prompt: Talk.}\n"
        assert warnings(load_team(text), ["mine"]) == []
        assert [each.name for each in active_members(load_team(text))] == ["Owner", "Other"]


class TestWarnings:
    def test_a_weak_spot_of_a_member_who_is_off_is_none(self):
        text = TEAM.replace("You know money.", "''")
        assert [found.path for found in warnings(team_without(text=text))] == ["agents.3.prompt"]
        assert warnings(team_without("Billing", text=text)) == []

    def test_others_are_named_at_their_place_in_the_whole_team(self):
        text = TEAM.replace("You know trouble.", "''")
        assert [found.path for found in warnings(team_without("Billing", text=text))] == ["agents.4.prompt"]

    def test_a_rule_for_a_member_who_is_off_is_no_mistake(self):
        assert warnings(team_without("Billing")) == []

    def test_who_can_be_reached_through_a_member_who_is_off_alone_never_speaks(self):
        text = TEAM.replace("Triage: [Billing, Support]", "Triage: [Billing]").replace("[Client]", "[Client, Support]")
        found = warnings(team_without("Billing", text=text))
        assert "'Support' can never speak" in "\n".join(each.text for each in found if each.path == "agents.4")
