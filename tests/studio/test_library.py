"""The library of agents as a session has it, and chats of teams with members switched off."""

import pytest

from agents.errors import SpecError
from agents.specs import AgentSpec, load_team
from agents.studio import Studio
from tests.support.app_pages import ANN

POET = AgentSpec(name="Poet", prompt="You write poems in {language}.")


class TestSaving:
    def test_what_one_person_saves_everybody_finds_with_who_it_was(self, studio: Studio):
        studio.as_(ANN).library.save(POET, {"language": "Latin", "city": "Rome"})
        (row,) = studio.local.library.rows()
        assert (row.name, row.by, row.saved.variables) == ("Poet", ANN, {"language": "Latin"})
        assert studio.local.library.named("Poet") == row
        assert studio.local.library.named("Nobody") is None

    @pytest.mark.parametrize("variables", [{}, {"language": "sk-proj-1234567890abcdefghijklmnop"}])
    def test_an_agent_with_a_key_in_it_is_not_saved(self, studio: Studio, variables: dict[str, str]):
        agent = POET if variables else POET.model_copy(update={"prompt": "Use sk-proj-1234567890abcdefghijklmnop."})
        with pytest.raises(SpecError, match="looks like a key"):
            studio.as_(ANN).library.save(agent, variables)
        assert studio.local.library.rows() == []


class TestSwitchedOff:
    def test_a_chat_starts_without_a_member_who_is_off(self, studio: Studio):
        team = load_team(
            "name: Three\nagents: [{name: A, prompt: Say A.}, {name: B, is_off: true, tools: [gone], connection: gone},"
            " {name: C, prompt: Say C.}]\ninitiator: B\n"
        )
        chat = studio.as_(ANN).chats.start(team, "Begin.")
        state = studio.local.chats.state(chat)
        assert state.started is not None
        assert [agent.name for agent in state.started.spec.agents] == ["A", "C"]
        assert state.started.spec.task_giver == "A"
        assert state.messages[0].agent == "A"
