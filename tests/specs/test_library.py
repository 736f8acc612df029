"""The library's ready agents: each complete, sound in a plain team, and sure how its turn ends."""

import re

import pytest

from agents.specs import AgentSpec, TeamSpec, dump_team, load_team
from agents.specs.library import CATEGORIES, FOLDER, LibraryAgent, copy_of, library
from agents.specs.placeholders import placeholders
from agents.specs.team_warnings import warnings
from agents.tools.builtin.basics import BUILT_IN

READY = library()
TOOLS = {tool.__name__ for tool in BUILT_IN}
PERSON = AgentSpec(name="You", role="human", description="The person who gave the task.")
FINISH = re.compile(r"\b(end|ends|finish|done)\b", re.IGNORECASE)
MOST_WORDS = 150
"""Of a prompt: small models forget longer ones."""


def plain_team(agent: AgentSpec) -> TeamSpec:
    """A person and the agent; and somebody who writes code, for one that runs it."""
    others = (
        [AgentSpec(name="Coder", description="Codes.", prompt="You write code.")] if agent.role == "executor" else []
    )
    return TeamSpec(name="Plain", agents=[PERSON, *others, agent])


def named(each: LibraryAgent) -> str:
    return each.agent.name


class TestReadyAgents:
    def test_there_are_at_least_24_of_every_category_and_each_has_a_file(self):
        assert len(READY) == len([*FOLDER.glob("*.yaml")]) >= 24
        assert {each.category for each in READY} == {*CATEGORIES}

    def test_they_stand_by_category_and_name(self):
        order = [(CATEGORIES.index(each.category), each.agent.label) for each in READY]
        assert order == sorted(order)

    def test_no_two_have_one_name(self):
        for names in ([each.agent.name for each in READY], [each.agent.label for each in READY]):
            assert len({*names}) == len(names)

    def test_a_caller_who_changes_the_list_changes_it_for_nobody_else(self):
        library().clear()
        assert len(library()) == len(READY)

    @pytest.mark.parametrize("each", READY, ids=named)
    def test_each_says_who_it_is_in_a_line_and_has_a_message_to_try_it_with(self, each: LibraryAgent):
        assert each.agent.description
        assert "\n" not in each.agent.description.strip()
        assert len(each.agent.description) <= 150
        assert each.try_with

    @pytest.mark.parametrize("each", READY, ids=named)
    def test_each_prompt_is_short_and_says_how_a_turn_ends(self, each: LibraryAgent):
        if each.agent.role == "assistant":
            assert FINISH.search(each.agent.prompt)
            assert 60 <= len(each.agent.prompt.split()) <= MOST_WORDS
            assert placeholders(each.agent.prompt) == set()

    @pytest.mark.parametrize("each", READY, ids=named)
    def test_each_names_only_tools_that_it_has_and_has_only_tools_of_every_studio(self, each: LibraryAgent):
        assert {*each.agent.tools} <= TOOLS
        named_tools = {word for word in re.findall(r"\b\w+\b", each.agent.prompt) if word in TOOLS and word != "now"}
        assert named_tools <= {*each.agent.tools}

    @pytest.mark.parametrize("each", READY, ids=named)
    def test_each_uses_the_teams_connection_and_letters_for_a_face(self, each: LibraryAgent):
        agent = each.agent
        assert (agent.connection, agent.model, agent.emoji, agent.is_off) == ("", "", "", False)

    @pytest.mark.parametrize("each", READY, ids=named)
    def test_a_plain_team_with_each_has_no_weak_spot(self, each: LibraryAgent):
        team = plain_team(each.agent)
        assert [warning.text for warning in warnings(team, ["embedded"], TOOLS)] == []
        assert load_team(dump_team(team)) == team


class TestCopies:
    def test_a_copy_takes_the_variables_along_that_its_texts_use(self):
        agent = AgentSpec(name="A", prompt="You write {language}.", reminder="In {style}.", is_off=True)
        copy = copy_of(agent, {"language": "Python", "style": "short", "city": "Bern"})
        assert copy.variables == {"language": "Python", "style": "short"}
        assert copy.agent == agent.model_copy(update={"is_off": False})
