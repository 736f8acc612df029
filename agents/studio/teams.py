"""Teams: the ready ones of the gallery, the saved ones with revisions and files, and what a team must know here.

A service of `agents.studio.Session`. Knows no screen and no SQL.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from agents.errors import NotFoundError, SpecError
from agents.exchange import Reading, team_script
from agents.exchange import read as read_teams
from agents.models import ModelClient
from agents.specs import (
    DEFAULT_CONNECTION,
    AgentSpec,
    ContextSpec,
    SelectionSpec,
    SummarySpec,
    TeamSpec,
    active_team,
    load_team,
)
from agents.specs.gallery import GalleryTeam, gallery
from agents.specs.library import LibraryAgent
from agents.specs.team_fixes import TeamWarning
from agents.specs.team_validation import check_tree
from agents.specs.team_warnings import misplaced_keys, unknown_connections, unknown_functions, unknown_tools, warnings
from agents.store import TeamFile, TeamRow
from agents.store import Teams as StoredTeams
from agents.studio.service import Service, needs, stored
from agents.tools import BrokenPlugin, Tool, ToolRegistry
from agents.workspaces.attachments import Attachment
from agents.workspaces.preview import Preview, preview
from agents.workspaces.team_files import TeamFiles


class Teams(Service):
    """The teams, and the tools that their agents may be given."""

    @needs("view")
    def gallery(self) -> list[GalleryTeam]:
        """The ready teams, in the order to show them."""
        return gallery()

    @needs("view")
    def from_gallery(self, name: str) -> TeamSpec:
        """The ready team of that name; NotFoundError names those there are."""
        teams = {team.name: team.spec for team in gallery()}
        if name not in teams:
            raise NotFoundError(f"There is no ready team {name!r}; there are {', '.join(teams)}.")
        return teams[name]

    rows = stored("teams", StoredTeams.rows)
    rows_to_run = stored("teams", StoredTeams.rows_to_run)
    mark = stored("teams", StoredTeams.mark)
    get = stored("teams", StoredTeams.get)

    @needs("view")
    def named(self, name: str) -> TeamRow:
        """The saved team of that name or id, of several the one changed last, as chats run it: its live revision, else
        its newest. NotFoundError when there is none."""
        rows = self.rows_to_run()
        newest = {row.team_id: row.spec.name for row in self.rows()}
        for row in rows:
            if name in (row.team_id, row.spec.name, newest.get(row.team_id)):
                return row
        saved = ", ".join(repr(row.spec.name) for row in rows[:20]) or "none yet"
        raise NotFoundError(f"There is no saved team {name!r} (saved: {saved}).")

    revisions = stored("teams", StoredTeams.revisions)

    @needs("administer", act="save a team")
    def save(self, team: TeamSpec, *, team_id: str | None = None, expected_revision: int | None = None) -> TeamRow:
        """Save `team` as a new team, or as the next revision of `team_id`; an equal team makes no revision.

        ConflictError when `expected_revision` is no longer the newest: somebody saved meanwhile.
        """
        check_keys(team)
        by = self._session.person
        return self._store.teams.save(team, team_id=team_id, by=by, expected_revision=expected_revision)

    label_live = stored("teams", StoredTeams.label_live, "administer", act="label a revision of a team")

    @needs("view")
    def script(self, team: TeamSpec) -> str:
        """Return `team` as a Python script that AutoGen runs without the studio; what it cannot do stands in its first
        lines. SpecError where a member is a team."""
        return team_script(team)

    files = stored("teams", StoredTeams.files)

    @needs("administer", act="add files to a team")
    def add_files(self, team_id: str, files: Sequence[Attachment]) -> list[TeamFile]:
        """Let a saved team keep `files`, which each of its chats begins with from now on; what it has then.

        All of them or none: UsageError says which is too large, too many, or has the name of another one."""
        self._store.teams.get(team_id)
        kept = TeamFiles(self._studio.settings.home).keep(files)
        self._store.teams.add_files(team_id, kept, by=self._session.person)
        return self.files(team_id)

    remove_files = stored("teams", StoredTeams.remove_files, "administer", act="remove files of a team")

    @needs("view")
    def file(self, team_id: str, name: str) -> Path:
        """Where the content of the team's file is, for reading; NotFoundError when it has none of that name."""
        for file in self.files(team_id):
            if file.name == name:
                return TeamFiles(self._studio.settings.home).path(name, file.sha256)
        raise NotFoundError(f"The team has no file {name[:200]!r}; it may have been removed.")

    @needs("view")
    def preview(self, team_id: str, name: str, sheet: str = "") -> Preview:
        """What the team's file is shown as; NotFoundError as in `file`."""
        return preview(name, self.file(team_id, name), sheet)

    @needs("view")
    def read(self, text: str, subject: str = "The team") -> TeamSpec:
        """The team written in `text` (YAML or JSON), whose connections are all known here; SpecError names each field
        to change. Nothing is saved."""
        team = load_team(text, subject)
        check_keys(team, subject)
        check_connections(team, self._session.connections.names(), subject)
        return team

    @needs("view")
    def from_text(self, text: str, subject: str = "The text") -> Reading:
        """The teams that `text` describes: a script, a notebook or a team file; with what of it is not carried.
        Nothing in it runs and nothing is saved. SpecError says what the text is, and where it is wrong."""
        reading = read_teams(text, subject)
        for team in reading.teams:
            check_keys(team.spec, subject)
        return reading

    @needs("view")
    def choices(self) -> dict[str, str]:
        """The teams that a member may be, by what a team's file calls them: those of the gallery, then the saved ones;
        each with its name."""
        ready = {f"{GALLERY}{team.name}": team.spec.name for team in gallery()}
        return ready | {row.team_id: row.spec.name for row in self.rows()}

    @needs("view")
    def written_out(self, team: TeamSpec) -> TeamSpec:
        """`team` with every team that a member who takes part only names put in its place, as chats run it now: its
        live revision, else its newest. A team inside that names no connection has that of the team it is in. SpecError
        says which is not there, has itself in it, or goes too deep."""
        return _written_out(team, "", (), self._named)

    @needs("view")
    def as_it_runs(self, team: TeamSpec) -> TeamSpec:
        """`team` as a chat would have it now: without the members that are switched off, and written out; a team that
        is not there stays named."""
        try:
            return active_team(self.written_out(team))
        except SpecError:
            return active_team(team)

    def _named(self, name: str) -> TeamSpec:
        if name.startswith(GALLERY):
            return self.from_gallery(name.removeprefix(GALLERY))
        return self._store.teams.get_to_run(name).spec

    delete = stored("teams", StoredTeams.delete, "administer", act="delete a team")
    restore = stored("teams", StoredTeams.restore, "administer", act="restore a team")

    @needs("view")
    def warnings(self, team: TeamSpec) -> list[TeamWarning]:
        """What is likely to go wrong with `team` here; [] when nothing is known."""
        session = self._session
        try:
            team = self.written_out(team)
        except SpecError as error:
            missing = [TeamWarning(path, text) for path, text in error.problems]
            return [*missing, *warnings(team, session.connections.names(), self.tools(), "", self.functions())]
        return warnings(
            team, session.connections.names(), self.tools(), session.sandbox.warning(team), self.functions()
        )

    @needs("view")
    def is_rehearsed(self, team: TeamSpec) -> bool:
        """Whether somebody in `team` speaks the lines of a script."""
        whole = active_team(team)
        return any(self._studio.client.rehearsed(connection) for each in whole.tree for connection in _used(each))

    @needs("view")
    def tools(self) -> Mapping[str, Tool]:
        """What agents may be given here, by name."""
        return self._studio.tools.tools()

    @needs("view")
    def functions(self) -> Mapping[str, str]:
        """The functions of the plugins folder that decide in place of a model, with what: "selection" of the speaker,
        or "termination"."""
        return _functions(self._studio.tools)

    @needs("view")
    def broken_plugins(self) -> list[BrokenPlugin]:
        """The files of the plugins folder that could not be read, and why."""
        return self._studio.tools.broken()


def _used(team: TeamSpec) -> set[str]:
    """Return the connections of its agents and of its speaker selection."""
    used = {team.connection_of_selector(), *(team.connection_of(agent) for agent in team.agents if agent.has_model)}
    return {connection for connection, _ in used}


GALLERY = "gallery:"
"""Before the name of a ready team."""


def _written_out(team: TeamSpec, path: str, inside: tuple[str, ...], named: Callable[[str], TeamSpec]) -> TeamSpec:
    agents = []
    for position, agent in enumerate(team.agents, start=1):
        where = f"{path}agents.{position}.team"
        if agent.team is None or agent.is_off:
            agents.append(agent)
            continue
        names = (*inside, agent.team) if isinstance(agent.team, str) else inside
        try:
            own = named(agent.team) if isinstance(agent.team, str) else agent.team
        except NotFoundError as error:
            raise SpecError("The team", [(where, f"{error} Choose another team.")]) from None
        if len(set(names)) < len(names):
            text = f"“{own.name}” has itself in it. Take it out of one of the teams."
            raise SpecError("The team", [(where, text)])
        if own.connection == DEFAULT_CONNECTION and not own.model:
            own = own.model_copy(update={"connection": team.connection, "model": team.model})
        agents.append(agent.model_copy(update={"team": _written_out(own, f"{where}.", names, named)}))
    whole = team.model_copy(update={"agents": agents})
    try:
        check_tree(whole)
    except ValueError as error:
        raise SpecError("The team", [(path.rstrip("."), str(error))]) from None
    return whole


def check_keys(spec: TeamSpec | LibraryAgent, subject: str = "The team") -> None:
    """SpecError naming each place where a team or an agent has a key."""
    _refuse(subject, misplaced_keys(spec))


def check_connections(team: TeamSpec, known: Collection[str], subject: str = "The team") -> None:
    """SpecError naming each place where `team` wants a connection that is not `known`, and those that are."""
    _refuse(subject, unknown_connections(team, known))


def pinned_models(team: TeamSpec, client: ModelClient) -> TeamSpec:
    """`team` with the connections and models that it stands for now in place of the default and of a connection's own
    model."""
    connection, model = client.pinned(team.connection, team.model)
    changed = {
        "connection": connection,
        "model": model,
        "selection": _pinned(team.selection, client),
        "context": _pinned(team.context, client),
        "summary": _pinned(team.summary, client),
        "agents": [_pinned_member(agent, client) for agent in team.agents],
    }
    return team.model_copy(update=changed)


def _pinned_member(agent: AgentSpec, client: ModelClient) -> AgentSpec:
    if agent.own_team is not None:
        return agent.model_copy(update={"team": pinned_models(agent.own_team, client)})
    return _pinned(agent, client) if agent.has_model else agent


Part = TypeVar("Part", SelectionSpec, ContextSpec, SummarySpec, AgentSpec)


def _pinned(part: Part, client: ModelClient) -> Part:
    """A part of a team that may have a connection of its own, pinned when it has one."""
    if not part.connection:
        return part
    connection, model = client.pinned(part.connection, part.model)
    return part.model_copy(update={"connection": connection, "model": model})


def check_tools(team: TeamSpec, registry: ToolRegistry) -> None:
    """SpecError naming each tool of an agent, and each function, that is not here: it would be missed in mid-chat."""
    _refuse("The team", unknown_functions(team, _functions(registry)))
    if any(agent.tools for each in team.tree for agent in each.agents):
        _refuse("The team", unknown_tools(team, registry.tools()))


def _functions(registry: ToolRegistry) -> dict[str, str]:
    return {name: str(function.decides) for name, function in registry.functions().items()}


def _refuse(subject: str, found: list[TeamWarning]) -> None:
    if found:
        raise SpecError(subject, [(warning.path, warning.text) for warning in found])
