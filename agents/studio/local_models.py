"""The models of this machine: which there are, how far a fetch is, and bringing one here.

A service of `agents.studio.Session`. The files are shared by all studios of this user on this machine.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from agents.errors import NotFoundError
from agents.models.weights import Progress, Weights
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, TeamSpec, active_team
from agents.studio.service import Service, needs


@dataclass(frozen=True)
class LocalModel:
    """One model, as people see it."""

    weights: Weights
    is_here: bool
    is_used: bool
    """Whether agents get it where they name no other."""
    progress: Progress
    """Of its fetch; says nothing of one that is here."""


class LocalModels(Service):
    """The local models."""

    @needs("view")
    def rows(self) -> list[LocalModel]:
        """Those of the catalogue, then those that people added."""
        return [self._row(weights) for weights in self._studio.local_models.folder.known()]

    @needs("view")
    def used(self) -> LocalModel:
        """The one that agents get where they name no other."""
        return self._row(self._studio.local_models.weights())

    @needs("view")
    def is_off(self) -> bool:
        """Whether this studio has none by choice."""
        return self._studio.local_models.is_off

    @needs("view")
    def is_awaited(self, team: TeamSpec | None = None) -> bool:
        """Whether the local model is not here and agents of `team`, or of teams that name no connection, need it."""
        models, client = self._studio.local_models, self._studio.client
        if models.is_off or not client.embedded.is_installed() or models.folder.has(models.weights()):
            return False
        default = self._session.connections.default()
        named = {DEFAULT_CONNECTION}
        if team is not None:
            whole = active_team(team)
            named = {each.connection_of(agent)[0] for each in whole.tree for agent in each.agents if agent.has_model}
        return EMBEDDED in {default if name == DEFAULT_CONNECTION else name for name in named}

    @needs("run", "administer", act="fetch the local model")
    def begin(self) -> None:
        """Fetch the one that is used in the background of this process, unless some process is at it."""
        models = self._studio.local_models
        models.begin_fetch(models.weights())

    @needs("run", "administer", act="fetch the model {name}")
    def get(self, name: str) -> Generator[Progress, None, Path]:
        """Fetch the model of that name, and yield how far it is; StudioError when there is none, or it fails."""
        models = self._studio.local_models
        weights = models.folder.named(name)
        if weights is None:
            names = ", ".join(each.name for each in models.folder.known())
            raise NotFoundError(f"There is no model {name!r}; nothing was fetched. There are: {names}.")
        return self._fetched(weights)

    def _fetched(self, weights: Weights) -> Generator[Progress, None, Path]:
        pieces = self._studio.local_models.fetch(weights)
        try:
            while True:
                next(pieces)
                yield self._studio.local_models.progress(weights)
        except StopIteration as end:
            file: Path = end.value
            return file
        finally:
            pieces.close()

    @needs("administer", act="add a model file")
    def add(self, file: Path) -> LocalModel:
        """Copy a GGUF file of this machine to the others; StudioError when it is none."""
        return self._row(self._studio.local_models.folder.add(file))

    def _row(self, weights: Weights) -> LocalModel:
        models = self._studio.local_models
        return LocalModel(
            weights,
            is_here=models.folder.has(weights),
            is_used=not models.is_off and weights == models.weights(),
            progress=models.progress(weights),
        )
