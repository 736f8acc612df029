"""The verbs on connections: which there are, which is the default, saving and trying one.

A part of `agents.studio.Studio`. Keys go to the store and to the model's server, nowhere else. Knows no screen and no
SQL.
"""

from agents.chats import ChatState, Person
from agents.errors import NotFoundError, SpecError
from agents.models import ConnectionReport, ModelClient, check_connection, default_connection, suggestion
from agents.models.connection_list import ConnectionRow, connection_names, connection_rows
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, REHEARSED, ConnectionSpec, TeamSpec
from agents.studio.refusing import Refusing
from agents.worker.model_client import DEFAULT_CONNECTION_SETTING


class Connecting(Refusing):
    """What of a studio leads to models."""

    _client: ModelClient

    def connections(self) -> list[ConnectionRow]:
        """All connections there are: the embedded model, the environment's, then the saved ones by name.

        A saved one named "openai" goes before the environment's.
        """
        self.look()
        return connection_rows(
            self.store.connections.rows(),
            self._client.environ,
            has_key=self.store.connections.has_key,
            default=default_connection(self._client.connections, self._client.environ),
        )

    def connection_names(self) -> set[str]:
        """The names a team or an answer may use, "default" among them."""
        self.look()
        return connection_names(self.store.connections.rows(), self._client.environ)

    def is_rehearsed(self, team: TeamSpec) -> bool:
        """Whether somebody in `team` speaks the lines of a script."""
        self.look()
        used = {team.connection_of_selector(), *(team.connection_of(agent) for agent in team.agents if agent.has_model)}
        return any(self._client.rehearsed(connection) for connection, _ in used)

    def suggested_reply(self, state: ChatState) -> str:
        """What a rehearsed chat's script has the person say who is asked now; "" where there is nothing like it."""
        self.look()
        request = state.request
        if state.started is None or request is None or request.of != "human_turn":
            return ""
        connection, model = TeamSpec.model_validate(state.started.team).connection_of_selector()
        spec = self._client.rehearsed(connection)
        return suggestion(spec, model, request.agent, [message.agent for message in state.messages]) if spec else ""

    def default_connection(self) -> str:
        """The name of the connection that "default" means."""
        self.look()
        return default_connection(self._client.connections, self._client.environ)

    def save_connection(self, spec: ConnectionSpec, *, key: str | None = None, by: Person | None = None) -> None:
        """Add or replace the connection of that name. `key` None keeps the saved key, "" removes it.

        The key is stored encrypted and goes to the model's server only. SpecError for a name that is taken.
        """
        self.check(by, "administer", act="save a connection")
        if spec.name in (EMBEDDED, REHEARSED, DEFAULT_CONNECTION):
            raise SpecError("The connection", [("name", f"{spec.name!r} is the studio's own; choose another name.")])
        self.store.connections.save(spec, key=None if key is None else key.strip())

    def delete_connection(self, name: str, *, by: Person | None = None) -> None:
        """Forget a saved connection and its key; the default is the studio's own choice again if it was that one."""
        self.check(by, "administer", act="delete a connection")
        if self.store.connections.get(name) is None:
            raise NotFoundError(f"There is no saved connection {name!r}. What is built in or set outside stays.")
        if self.store.settings.get(DEFAULT_CONNECTION_SETTING) == name:
            self.store.settings.set(DEFAULT_CONNECTION_SETTING, "")
        self.store.connections.delete(name)

    def set_default_connection(self, name: str, *, by: Person | None = None) -> None:
        """Let "default" mean this connection from the next model call on; "" leaves the choice to the studio."""
        self.check(by, "administer", act="set the default connection")
        if name and name not in self.connection_names() - {DEFAULT_CONNECTION, REHEARSED}:
            raise NotFoundError(f"There is no connection named {name!r}; nothing was changed.")
        self.store.settings.set(DEFAULT_CONNECTION_SETTING, name)

    def check_connection(self, name: str, *, model: str = "") -> ConnectionReport:
        """Try the connection with one token; what was found, in words. Never raises for what is wrong with it.
        For those who run teams or administer, because it may cost something."""
        self.look("run", "administer")
        return check_connection(name, self._client, model=model)

    def missing_for_embedded(self) -> list[str]:
        """Names of the packages that the embedded model lacks here; [] when it can run."""
        self.look()
        return self._client.embedded.missing()
