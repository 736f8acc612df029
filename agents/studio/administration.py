"""What those who administer look after: connections, MCP servers, notification addresses, the sandbox.

Services of `agents.studio.Session`. Secrets go to the store and to the server they are for, nowhere else. Knows no
screen and no SQL.
"""

import logging
import threading
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from agents.cancellation import drain
from agents.errors import NotFoundError, SpecError, StudioError, UsageError
from agents.models import (
    ConnectionReport,
    LocalServer,
    check_connection,
    default_connection,
    dialect_lines,
    find_local_servers,
    is_local_address,
    listed_models,
)
from agents.models.connections import (
    ConnectionRow,
    connection_names,
    connection_rows,
    environment_problems,
)
from agents.models.context_window import WINDOW
from agents.models.dialect import NO_PICTURES
from agents.models.fallbacks import check_fallbacks
from agents.notifications import TEST, CannotTellError, service_of, tell
from agents.sandbox.python_env import PythonEnvironment, pinned
from agents.sandbox.selection import choose, probes
from agents.sandbox.values import Probe
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, REHEARSED, ConnectionSpec, TeamSpec, active_members
from agents.specs.connection import misplaced_keys
from agents.specs.mcp_server import McpSecrets, McpServerRow, McpServerSpec, mcp_server
from agents.specs.validation import read_spec
from agents.store import McpServers as StoredMcpServers
from agents.store import NotificationKind
from agents.store import Notifications as StoredNotifications
from agents.studio.service import Service, needs, stored
from agents.tools.mcp import McpError

_REPORT = TypeAdapter(ConnectionReport)

OWN = {EMBEDDED, REHEARSED, DEFAULT_CONNECTION}
"""Names of connections that are the studio's own."""

SAID_ANEW = {"context_window": WINDOW, "sees_pictures": NO_PICTURES}
"""Field of a connection -> what was learned of the same: it counts no more once a person says something else. A server
that refuses again is believed again."""


class Connections(Service):
    """The connections to models."""

    @needs("view")
    def rows(self) -> list[ConnectionRow]:
        """All connections there are: the embedded model, the environment's, then the saved ones by name.

        A saved one named "openai" goes before the environment's.
        """
        return connection_rows(
            self._store.connections.rows(),
            self._studio.client.environ,
            has_key=self._store.connections.has_key,
            default=default_connection(self._studio.client.connections, self._studio.client.environ),
        )

    @needs("view")
    def names(self) -> set[str]:
        """The names a team or an answer may use, "default" among them."""
        return connection_names(self._store.connections.rows(), self._studio.client.environ)

    @needs("view")
    def problems(self) -> list[str]:
        """Why what the environment says of models makes no connection, in words and without its keys."""
        return environment_problems(self._studio.client.environ)

    @needs("view")
    def default(self) -> str:
        """The name of the connection that "default" means."""
        return default_connection(self._studio.client.connections, self._studio.client.environ)

    @needs("administer", act="save a connection")
    def save(self, spec: ConnectionSpec, *, key: str | None = None) -> None:
        """Add or replace the connection of that name. `key` None keeps the saved key, "" removes it.

        The key is stored encrypted and goes to the model's server only. SpecError for a name that is taken, and for
        fallbacks that are not there or lead back to the connection.
        """
        spec = read_spec(ConnectionSpec, spec.model_dump(), "The connection")  # a changed copy was never checked
        if spec.name in OWN:
            raise SpecError("The connection", [("name", f"{spec.name!r} is the studio's own; choose another name.")])
        if unfit := misplaced_keys(spec):
            raise SpecError("The connection", unfit)
        check_fallbacks(spec, [row.spec for row in self.rows()])
        before = self._store.connections.get(spec.name)
        self._store.connections.save(spec, key=None if key is None else key.strip())
        if before is not None and (before.kind, before.base_url) != (spec.kind, spec.base_url):
            self._store.dialects.forget(spec.name)
        for field, learned in SAID_ANEW.items():
            if getattr(spec, field) != (getattr(before, field) if before else None):
                self._store.dialects.forget(spec.name, learned)

    @needs("administer", act="delete a connection")
    def delete(self, name: str) -> None:
        """Forget a saved connection and its key; the default is the studio's own choice again if it was that one."""
        if self._store.connections.get(name) is None:
            raise NotFoundError(f"There is no saved connection {name!r}. What is built in or set outside stays.")
        if self._store.connections.default_name() == name:
            self._store.connections.set_default("")
        self._store.connections.delete(name)
        self._store.dialects.forget(name)

    @needs("administer", act="set the default connection")
    def set_default(self, name: str) -> None:
        """Let "default" mean this connection from the next model call on; "" leaves the choice to the studio."""
        if name and name not in self.names() - {DEFAULT_CONNECTION, REHEARSED}:
            raise NotFoundError(f"There is no connection named {name!r}; nothing was changed.")
        self._store.connections.set_default(name)

    @needs("run", "administer")
    def check(self, name: str, *, model: str = "") -> ConnectionReport:
        """Try the connection in the shape of a group chat; what was found, in words. It is kept, except for another
        `model` than the connection's own. Never raises for what is wrong with the connection.
        For those who run teams or administer, because it may cost something.

        The first one that works becomes the default, where nobody has chosen one and the built-in model is it."""
        report = check_connection(name, self._studio.client, model=model)
        is_first = not self._store.connections.default_name() and self.default() == EMBEDDED
        if not model and name in self.names():
            self._store.connections.keep_report(name, _REPORT.dump_json(report).decode())
            if report.is_ok and is_first and name not in OWN and self._session.may("administer"):
                self.set_default(name)
        return report

    @needs("view")
    def reports(self) -> dict[str, ConnectionReport]:
        """What the last test of each connection found, by its name."""
        return {name: _REPORT.validate_json(body) for name, body in self._store.connections.reports().items()}

    @needs("administer")
    def listed_models(self, spec: ConnectionSpec, *, key: str | None = None) -> list[str]:
        """The models that the server of `spec` lists, which need not be saved; `key` None is the saved one, which goes
        to its own address only. StudioError says in words why it lists none."""
        if key is not None:
            return listed_models(spec, key, self._studio.client)
        saved, key = self._store.connections.get(spec.name), self._store.connections.key(spec.name)
        is_its_own = saved is not None and (saved.kind, saved.base_url) == (spec.kind, spec.base_url)
        if (key or spec.api_key_env) and not is_its_own:
            raise StudioError(
                "The address is new, and the saved key goes to the old one only. Save it, or type the key."
            )
        return listed_models(spec, key, self._studio.client)

    @needs("view")
    def on_this_machine(self) -> list[LocalServer]:
        """The model servers that run on this machine and that no connection leads to; asks their usual ports."""
        known = {urlsplit(row.spec.base_url).port for row in self.rows() if is_local_address(row.spec.base_url)}
        return [server for server in find_local_servers() if urlsplit(server.base_url).port not in known]

    @needs("administer", act="save a connection")
    def use_local(self, server: LocalServer) -> str:
        """Save a connection to a server on this machine, with the first model that it lists; the connection's name."""
        wanted, taken = server.provider.name, self.names()
        name = next(name for name in chain([wanted], (f"{wanted}-{n}" for n in count(2))) if name not in taken)
        fields = {"name": name, "base_url": server.base_url, "model": next(iter(server.models), "")}
        self.save(read_spec(ConnectionSpec, fields, "The connection"))
        return name

    @needs("view")
    def dialects(self, name: str) -> dict[str, list[str]]:
        """Model -> what it refuses of the API and what is sent instead, one sentence each, as learned so far."""
        return {model: dialect_lines(learned) for model, learned in self._store.dialects.rows(name).items()}

    @needs("administer", act="forget what was learned of a connection")
    def forget_dialects(self, name: str) -> None:
        """Forget what was learned of the models at the connection: the next calls learn it anew."""
        self._store.dialects.forget(name)

    @needs("view")
    def missing_for_embedded(self) -> list[str]:
        """Names of the packages that the embedded model lacks here; [] when it can run."""
        return self._studio.client.embedded.missing()


KEEP = None
"""In place of the value of a variable or header: the saved one stays."""


class McpServers(Service):
    """The saved MCP servers."""

    rows = stored("mcp_servers", StoredMcpServers.rows)

    @needs("administer", act="save an MCP server")
    def save(
        self,
        spec: McpServerSpec,
        *,
        env: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> McpServerRow:
        """Add or replace the server of that name, then ask it what it lists. `env` and `headers` are name -> value, of
        which None keeps the saved one; their names in `spec` are taken from here.

        The server is saved even when it does not answer: the row's `error` says why. Values are stored encrypted."""
        env, headers = env or {}, headers or {}
        spec = mcp_server({**spec.model_dump(), "env": [*env], "headers": [*headers]})
        secrets = McpSecrets(env=env, headers=headers)  # type: ignore[arg-type]  # when nothing is kept
        if KEEP in [*env.values(), *headers.values()]:
            saved = self._store.mcp_servers.secrets(spec.name)
            secrets = McpSecrets(env=_filled(env, saved.env), headers=_filled(headers, saved.headers))
        self._store.mcp_servers.save(spec, secrets)
        return self._asked(spec.name)

    @needs("administer", act="ask an MCP server")
    def ask(self, name: str) -> McpServerRow:
        """Start or reach the server now and keep what it lists, for models to read from now on; the row's `error` says
        why when it does not answer, and what it listed before stays. NotFoundError when it was removed."""
        return self._asked(name)

    @needs("administer", act="change an MCP server")
    def enable(self, name: str, enabled: bool) -> None:
        """Let agents call its tools, or not, from now on; NotFoundError when it was removed."""
        row = self._store.mcp_servers.get(name)
        self._store.mcp_servers.save(row.spec.model_copy(update={"enabled": enabled}))
        self._store.mcp_servers.listed(name, self._store.mcp_servers.get(name).version, tools=None, error=row.error)
        self._studio.tools.refresh_now()

    @needs("administer", act="remove an MCP server")
    def remove(self, name: str) -> None:
        """Forget the server and its secrets, for good; teams that name its tools miss them."""
        self._store.mcp_servers.get(name)
        self._store.mcp_servers.delete(name)
        self._studio.tools.refresh_now()

    def _asked(self, name: str) -> McpServerRow:
        row = self._store.mcp_servers.get(name)
        try:
            tools, refused = self._studio.tools.listed(row)
            is_kept = self._store.mcp_servers.listed(name, row.version, tools=tools, error=" ".join(refused)[:2_000])
        except (McpError, StudioError) as error:
            is_kept = self._store.mcp_servers.listed(name, row.version, tools=None, error=str(error))
        self._studio.tools.refresh_now()
        if not is_kept:
            raise NotFoundError(f"The MCP server {name!r} was changed or removed meanwhile. Open the page again.")
        return self._store.mcp_servers.get(name)


def _filled(given: Mapping[str, str | None], saved: Mapping[str, str]) -> dict[str, str]:
    return {name: saved.get(name, "") if value is KEEP else value for name, value in given.items()}


MAX_NAME_CHARS = 80


class Notifications(Service):
    """The addresses that are told."""

    addresses = stored("notices", StoredNotifications.addresses)

    @needs("administer", act="add a notice address")
    def add(self, name: str, url: str, wants: Collection[NotificationKind]) -> str:
        """Tell the service at `url` (apprise's notation) of `wants` from now on; the new address's id.

        `url` is stored encrypted and goes nowhere but to the service. UsageError when apprise knows no such service,
        or when the name is empty or too long."""
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_NAME_CHARS:
            raise UsageError(f"Give the address a name of 1 to {MAX_NAME_CHARS} characters. Nothing was saved.")
        return self._store.notices.add(name, url.strip(), service_of(url), wants)

    change = stored("notices", StoredNotifications.change, "administer", act="change a notice address")
    remove = stored("notices", StoredNotifications.remove, "administer", act="remove a notice address")

    @needs("administer", act="test a notice address")
    def test(self, address: str) -> None:
        """Send a test there now; StudioError with the service's reason when it does not arrive."""
        try:
            tell(self._store.notices.url(address), TEST)
        except CannotTellError as error:
            self._store.notices.tried(address, str(error))
            raise StudioError(f"The test did not arrive: {error} Nothing else was changed.") from None
        self._store.notices.tried(address, "")


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SandboxReport:
    """Where code runs, and with what."""

    probes: list[Probe]
    """What there is here; the first is used."""
    python: str
    """The sandbox's Python: "ready", "building", "missing", or "failed: why"."""
    doing: str
    """While it is built: what is being done, in words."""
    is_named: bool
    """Whether somebody else looks after it: STUDIO_SANDBOX_PYTHON says where it is."""
    folder: str
    """Where it is, or will be."""
    packages: dict[str, str]
    """What it holds: name -> version."""

    @property
    def chosen(self) -> Probe:
        """The sandbox in use."""
        return self.probes[0]


class Sandbox(Service):
    """The sandbox of this machine."""

    @needs("view")
    def report(self) -> SandboxReport:
        """Where code runs here, why not elsewhere, and its Python; may take a second when first asked."""
        python = PythonEnvironment(self._studio.settings.home)
        return SandboxReport(
            probes=probes(self._studio.settings.sandbox, self._studio.settings.home),
            python=python.state,
            doing=python.progress,
            is_named=python.is_named,
            folder=str(python.folder),
            packages=pinned(),
        )

    @needs("view")
    def warning(self, team: TeamSpec | None) -> str:
        """What `team` must know of this machine: "" when it runs no code, or in a sandbox; else that code does not run
        and how to get a sandbox, or that it runs without one."""
        if team is None or not any(agent.role == "executor" for agent in active_members(team)):
            return ""
        probe = choose(self._studio.settings.sandbox, self._studio.settings.home).probe()
        if not probe.is_working:
            return f"Code cannot run here. {probe.text}"
        return f"{probe.text} Each block is asked about." if probe.name == "host" else ""

    @needs("view")
    def prepare(self, team: TeamSpec) -> None:
        """Have the sandbox's Python built in the background when agents of `team` will need it, and it is not there;
        nothing for people who may not start chats."""
        if self._session.may("run") and needs_python(team):
            try:
                PythonEnvironment(self._studio.settings.home).want()
            except OSError as error:
                log.warning("The sandbox's Python is not prepared: %s", error)

    @needs("administer", act="build the sandbox's Python")
    def build_python(self) -> None:
        """Begin to build the sandbox's Python, on a thread of this process; `report` says how far it is. Nothing
        happens when it is there, or is being built."""
        python = PythonEnvironment(self._studio.settings.home)
        if python.state in ("ready", "building"):
            return
        building = python.build()
        if next(building, None) is not None:  # it has begun, and everybody sees it
            threading.Thread(target=_build, args=(building,), name="sandbox-python", daemon=True).start()


def needs_python(team: TeamSpec) -> bool:
    """Whether agents of the team run code, or have tools that do."""
    from agents.tools.builtin.files import SANDBOX_TOOLS  # a process that starts no chat never loads them

    return any(agent.role == "executor" or SANDBOX_TOOLS & set(agent.tools) for agent in active_members(team))


def _build(building: Generator[str, None, str]) -> None:
    if why := drain(building):
        log.warning("The sandbox's Python could not be built: %s", why)
