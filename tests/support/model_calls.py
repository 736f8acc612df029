"""What the tests of models share: a book of connections in memory, and a call drained to its end."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from agents.chats import Call
from agents.models import LocalModels, ModelClient
from agents.models.connections import RunningModel
from agents.settings import Settings
from agents.specs import ConnectionSpec
from tests.support.studio import LOCAL_MODEL

KEY = "a-secret-key-4711"
PROMPT = [{"role": "user", "name": "Ada", "content": "Name one risk of the plan."}]


@dataclass
class ScriptedConnections:
    """Connections as the store would hand them out."""

    specs: dict[str, ConnectionSpec] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    default: str = ""

    def get(self, name: str) -> ConnectionSpec | None:
        return self.specs.get(name)

    def key(self, name: str) -> str:
        return self.keys.get(name, "")

    def default_name(self) -> str:
        return self.default


class NoModel:
    """A local model whose server is not installed."""

    context = 8192

    def is_installed(self) -> bool:
        return False

    def missing(self) -> list[str]:
        return ["xllamacpp"]

    def wait(self, model: str) -> Generator[str, None, object]:
        raise AssertionError("it is not installed")

    def ensure(self, model: str = "") -> RunningModel:
        raise AssertionError("it is not installed")

    def close(self) -> None:
        return


def local_models() -> LocalModels:
    """The tests' real model, which is fetched once on each machine."""
    return LocalModels(Settings.from_env().models, LOCAL_MODEL)


def book(*specs: ConnectionSpec, key: str = "", default: str = "") -> ScriptedConnections:
    return ScriptedConnections({spec.name: spec for spec in specs}, {spec.name: key for spec in specs if key}, default)


def drained(call: Generator[str, None, Call]) -> tuple[list[str], Call]:
    """(the pieces, the result)."""
    pieces = []
    while True:
        try:
            pieces.append(next(call))
        except StopIteration as end:
            return pieces, end.value


def called(client: ModelClient, model: str = "", **parameters: Any) -> Call:
    """The result of one call at the connection "scripted"."""
    return drained(client.call("scripted", model, PROMPT, parameters))[1]
