"""The library of agents: the ready ones, and those that people saved for everybody who uses the studio.

A service of `agents.studio.Session`. Knows no screen and no SQL.
"""

from collections.abc import Mapping

from agents.specs import AgentSpec
from agents.specs.library import LibraryAgent, copy_of, library, message_to_try
from agents.store import LibraryAgents, LibraryRow
from agents.studio.service import Service, needs, stored
from agents.studio.teams import check_keys


class Library(Service):
    """Agents to copy into teams."""

    @needs("view")
    def ready(self) -> list[LibraryAgent]:
        """The ready agents, in the order to show them."""
        return library()

    rows = stored("library_agents", LibraryAgents.rows)

    @needs("view")
    def message_to_try(self, name: str) -> str:
        """The message to try the member of that name with, when it is a copy of an agent of the library; else ""."""
        return message_to_try(name, [*(row.saved for row in self.rows()), *self.ready()])

    @needs("view")
    def named(self, name: str) -> LibraryRow | None:
        """The saved agent that people see under that name; None when there is none."""
        return next((row for row in self.rows() if row.name == name), None)

    @needs("administer", act="save an agent to the library")
    def save(self, agent: AgentSpec, variables: Mapping[str, str], *, replaces: str = "") -> LibraryRow:
        """Save a copy of a member of a team with these `variables`, in place of the saved agent with the id `replaces`.

        ConflictError when another one has its name; SpecError when there is a key in it, which all could read."""
        copy = copy_of(agent, variables)
        check_keys(copy, "The agent")
        return self._store.library_agents.save(copy, by=self._session.person, replaces=replaces)

    delete = stored("library_agents", LibraryAgents.delete, "administer", act="delete an agent of the library")
    restore = stored("library_agents", LibraryAgents.restore, "administer", act="restore an agent of the library")
