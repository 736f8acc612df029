"""Agents that people saved to the library, on each database."""

import pytest

from agents.errors import ConflictError, NotFoundError
from agents.specs import AgentSpec
from agents.specs.library import LibraryAgent
from tests.support.chat_log import ANNA, BEN


def saved(name: str, prompt: str = "You help."):
    return LibraryAgent(agent=AgentSpec(name="A", display_name=name, prompt=prompt), variables={"language": "Zig 🦀"})


class TestSaving:
    def test_an_agent_is_kept_with_who_saved_it(self, store):
        row = store.library_agents.save(saved("Poet"), by=ANNA)
        assert (row.name, row.saved, row.by) == ("Poet", saved("Poet"), ANNA)
        assert store.library_agents.rows() == [row]

    def test_they_stand_by_name(self, store):
        for name in ("zoologist", "Baker", "actor"):
            store.library_agents.save(saved(name), by=ANNA)
        assert [row.name for row in store.library_agents.rows()] == ["actor", "Baker", "zoologist"]

    def test_a_name_is_taken_once(self, store):
        first = store.library_agents.save(saved("Poet"), by=ANNA)
        with pytest.raises(ConflictError, match="has an agent 'Poet' already, which Anna saved at"):
            store.library_agents.save(saved("Poet", "Other."), by=BEN)
        assert store.library_agents.rows() == [first]

    def test_the_agent_that_was_seen_is_replaced_and_no_other(self, store):
        first = store.library_agents.save(saved("Poet"), by=ANNA)
        second = store.library_agents.save(saved("Poet", "Other."), by=BEN, replaces=first.id)
        assert store.library_agents.rows() == [second]
        with pytest.raises(ConflictError, match="Ben saved"):
            store.library_agents.save(saved("Poet", "Third."), by=ANNA, replaces=first.id)
        assert store.library_agents.rows() == [second]


class TestDeleting:
    def test_a_deleted_agent_comes_back_as_it_was(self, store):
        row = store.library_agents.save(saved("Poet"), by=ANNA)
        store.library_agents.delete(row.id)
        assert store.library_agents.rows() == []
        store.library_agents.restore(row.id)
        store.library_agents.restore(row.id)
        assert store.library_agents.rows() == [row]

    def test_its_name_is_free_and_it_stays_away_while_another_has_it(self, store):
        first = store.library_agents.save(saved("Poet"), by=ANNA)
        store.library_agents.delete(first.id)
        second = store.library_agents.save(saved("Poet", "Other."), by=BEN)
        with pytest.raises(ConflictError, match="Ben saved"):
            store.library_agents.restore(first.id)
        assert store.library_agents.rows() == [second]

    def test_what_is_not_there_is_said(self, store):
        for act in (store.library_agents.delete, store.library_agents.restore):
            with pytest.raises(NotFoundError, match="no such agent"):
                act("nobody")
