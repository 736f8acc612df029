"""What a model replies, whatever it is, becomes a team that can be run, or is no proposal at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.specs import TeamSpec, team_from_dict
from agents.specs.library import library
from agents.specs.library_proposal import USUAL, by_words, fitting, ranked
from agents.specs.proposal_reply import names_so_far, proposal_messages, proposal_schema, read_proposal
from agents.specs.reply_shape import check_shape, read_reply
from agents.specs.team_proposal import MAX_MEMBERS, TeamProposal
from agents.specs.team_warnings import misplaced_keys, warnings
from tests.support.fuzz import examples
from tests.support.proposals import GOOD, reply

TOOLS = {"calculate": "Reckons.", "hand_to": "Hands over.", "sql": "Asks tables."}
LABELS = [each.agent.label for each in library()]

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "You", "Writer", "writer", "TERMINATE", "\ud83d", "sk-AbC1234567890123456"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "library": st.sampled_from(LABELS) | JSON,
        "name": TEXTS | JSON,
        "role": st.sampled_from(["assistant", "person", "code executor", "human"]) | JSON,
        "description": TEXTS | JSON,
        "prompt": TEXTS | JSON,
        "tools": st.lists(st.sampled_from([*TOOLS, "rm"]) | JSON, max_size=4) | JSON,
    },
)
REPLIES = st.fixed_dictionaries(
    {"members": st.lists(MEMBERS | st.sampled_from(LABELS) | JSON, max_size=12) | JSON},
    optional={
        "name": TEXTS | JSON,
        "purpose": TEXTS | JSON,
        "speakers": st.sampled_from(["in turn", "a model decides", "a person decides", "at random"]) | JSON,
        "ending": st.sampled_from(["closing phrase", "after the last member"]) | JSON,
        "ended_by": st.sampled_from(LABELS) | JSON,
        "max_messages": st.integers() | JSON,
    },
)


def whole(proposal: TeamProposal) -> TeamSpec:
    team = proposal.team([each.agent.name for each in proposal.members])
    assert team is not None
    return team


def assert_sound(team: TeamSpec) -> None:
    """The team is read back as it is, can be saved, and has nothing that keeps its chats from ending."""
    assert team_from_dict(team.model_dump(mode="json", exclude_defaults=True)) == team
    assert misplaced_keys(team) == []
    assert len({agent.label for agent in team.agents}) == len(team.agents)
    assert {tool for agent in team.agents for tool in agent.tools} <= {tool for tools in TOOLS_OF_ALL for tool in tools}
    found = [warning.path for warning in warnings(team, [], None)]
    assert [path for path in found if path.startswith(("termination", "limits", "selection"))] == []


TOOLS_OF_ALL = [list(TOOLS), *(each.agent.tools for each in library())]


class TestAnyReply:
    @examples(400)
    @given(REPLIES | JSON)
    def test_makes_a_valid_team_or_is_no_proposal(self, value: Any):
        self.check(json.dumps(value))

    @examples(200)
    @given(REPLIES, st.integers(0, 2_000))
    def test_that_is_cut_does_so_too(self, value: Any, length: int):
        self.check(json.dumps(value, ensure_ascii=False)[:length])

    @examples(200)
    @given(st.text(max_size=200))
    def test_that_is_no_json_does_so_too(self, text: str):
        self.check(text)

    @examples(200)
    @given(REPLIES, st.sets(st.integers(0, MAX_MEMBERS)))
    def test_of_which_some_members_are_taken_makes_a_valid_team_or_none(self, value: Any, places: set[int]):
        proposal = read_proposal(json.dumps(value), TOOLS)
        if proposal is not None:
            taken = [each.agent for place, each in enumerate(proposal.members) if place in places]
            team = proposal.team([agent.name for agent in taken])
            assert (team is None) == (len(taken) < 2 or not any(agent.has_model for agent in taken))
            if team is not None:
                assert_sound(team)

    def check(self, text: str) -> None:
        proposal = read_proposal(text, TOOLS)
        if proposal is not None:
            assert TeamProposal.model_validate_json(proposal.model_dump_json()) == proposal
            assert_sound(whole(proposal))
            assert_sound(whole(proposal.with_person()))
        assert isinstance(names_so_far(text), list)


class TestTheSchema:
    @pytest.mark.parametrize("tools", [TOOLS, {}])
    def test_is_one_and_fits_a_good_reply(self, tools: dict[str, str]):
        schema = proposal_schema(tools, library())
        check_shape(schema)
        members = [member for member in GOOD["members"] if "library" in member or tools]
        members = [{**member, "tools": []} if "tools" in member else member for member in members]
        assert read_reply(reply(members=members), schema)[1] == ""
        assert read_reply(reply(members=[{"library": "Nobody"}, {"library": "Writer"}]), schema)[1]

    def test_is_explained_in_the_prompt_with_the_whole_library(self):
        told = proposal_messages("Bake bread.", TOOLS, library())[0]["content"]
        assert [label for label in LABELS if f"- {label}: " not in told] == []
        assert [name for name in TOOLS if f"- {name}: " not in told] == []


class TestRules:
    @pytest.mark.parametrize(
        ("said", "method"),
        [
            ("in turn", "round_robin"),
            ("a model decides", "auto"),
            ("A person decides", "manual"),
            ("by lot", "round_robin"),
        ],
    )
    def test_speakers_are_chosen_as_it_says(self, said: str, method: str):
        proposal = read_proposal(reply(speakers=said), TOOLS)
        assert proposal is not None
        assert whole(proposal).selection.method == method

    def test_a_chat_ends_after_the_last_member_where_it_says_so(self):
        proposal = read_proposal(reply(ending="after the last member", speakers="a model decides"), TOOLS)
        assert proposal is not None
        team = whole(proposal)
        assert (team.termination.after_last, team.selection.method, team.termination.by) == (
            True, "round_robin", ["Critic"],
        )  # fmt: skip

    def test_without_a_person_it_ends_by_itself(self):
        members = [{"library": "Writer"}, {"library": "Editor"}]
        proposal = read_proposal(reply(members=members), TOOLS)
        assert proposal is not None
        team = whole(proposal)
        assert (team.limits.when_reached, team.task_giver) == ("end", "Editor")

    def test_a_person_comes_first_where_there_was_none(self):
        proposal = read_proposal(reply(members=[{"library": "Writer"}, {"library": "Editor"}]), TOOLS)
        assert proposal is not None
        assert [agent.name for agent in whole(proposal.with_person()).agents] == ["You", "Writer", "Editor"]
        assert proposal.with_person().with_person() == proposal.with_person()

    def test_who_runs_code_speaks_after_code(self):
        members = [{"library": "Developer"}, {"library": "Tester"}, {"library": "Code executor"}]
        proposal = read_proposal(reply(members=members), TOOLS)
        assert proposal is not None
        assert whole(proposal).selection.named


class TestTheLibrarysOwn:
    @examples(200)
    @given(st.text(max_size=80))
    def test_is_a_valid_team_for_any_text(self, text: str):
        proposal = by_words(text)
        assert proposal.by_words
        assert_sound(whole(proposal))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Check a contract for risks.", "Legal"),
            ("Explain statistics to me.", "Statistician"),
            ("Develop and test a game in Python.", "Executor"),
            ("Draw charts of my sales table.", "Chart_Maker"),
            ("Übersetze.", "Writer"),
        ],
    )
    def test_has_members_whose_words_are_like_it(self, text: str, expected: str):
        names = [each.agent.name for each in by_words(text).members]
        assert expected in names

    @pytest.mark.parametrize("text", ["Develop and test a game.", "Check facts.", "Übersetze.", ""])
    def test_offers_a_small_model_the_few_that_fit(self, text: str):
        names = [each.agent.name for each in fitting(text, 4)]
        assert 3 <= len(names) <= 5
        assert ("Executor" in names) == ("game" in text)
        assert names[-1] == "Critic"

    def test_offers_any_other_all_of_them_the_fitting_first(self):
        names = [each.agent.name for each in ranked("Develop and test a game.")]
        assert sorted(names) == sorted(each.agent.name for each in library())
        assert {"Developer", "Tester", "Executor"} == {*names[:3]}

    def test_names_agents_that_there_are(self):
        assert {*USUAL} <= {each.agent.name for each in library()}
