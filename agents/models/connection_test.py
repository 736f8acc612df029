"""Whether a connection works, and if not, what to do: what its Test button shows.

Asks for the list of models and for a few short replies, in the shape of a group chat, so it costs next to nothing.
Writes nothing but what is learned of the server's dialect. Called by the studio.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from agents.cancellation import drain
from agents.errors import StudioError
from agents.models.client import ModelClient
from agents.models.connections import CONNECT_S, Endpoint, NotConfiguredError, resolve
from agents.models.failures import failure_of_exception
from agents.models.group_chat_probe import BusyError, Probe, ReportLine, probe
from agents.models.names import chat_models
from agents.models.pricing import is_free
from agents.models.rehearsed import script_of
from agents.specs import ConnectionSpec
from agents.specs.gallery import rehearsals
from agents.text.numbers import count_text

LIST_WITHIN_S = 4.0
"""A form waits no longer for a list of models."""
EMBEDDED_PROMPT = [{"role": "user", "content": "Say hi."}]


@dataclass(frozen=True)
class ConnectionReport:
    """What the test found."""

    is_ok: bool
    text: str
    models: list[str] = field(default_factory=list)
    """What the server lists; empty when it lists none or does not answer."""
    lines: list[ReportLine] = field(default_factory=list)
    """What a group chat needs, and how it is to be had here; [] where no call got so far."""
    tested_at: datetime | None = None
    """Aware, UTC."""


@dataclass(frozen=True)
class _Unsaved:
    """A connection that somebody is typing, as the only one there is."""

    spec: ConnectionSpec
    typed_key: str = field(repr=False)

    def get(self, name: str) -> ConnectionSpec | None:
        return self.spec

    def key(self, name: str) -> str:
        return self.typed_key

    def default_name(self) -> str:
        return self.spec.name


def listed_models(spec: ConnectionSpec, key: str, client: ModelClient) -> list[str]:
    """Return the models that chat, of those that the server of `spec`, saved or not, lists with that key.
    NotConfiguredError says in words why it lists none."""
    endpoint = resolve(spec, "any", _Unsaved(spec, key), client.environ, client.embedded)
    models, problem = _models(client, endpoint, LIST_WITHIN_S)
    if problem:
        raise NotConfiguredError(problem)
    return chat_models(models)


def check_connection(name: str, client: ModelClient, *, model: str = "") -> ConnectionReport:
    """Try the connection with `model` (its own when empty). Never raises for what is wrong with it."""
    if (rehearsed := client.rehearsed(name)) is not None:
        return _playable(rehearsed, model)
    try:
        endpoint = client.endpoint(name, model)
    except StudioError as error:
        return _not_ready(name, client, str(error))
    models, problem = _models(client, endpoint, CONNECT_S)
    try:
        found = _embedded(client, endpoint) if endpoint.kind == "embedded" else probe(client, endpoint, model)
    except BusyError as error:
        return ConnectionReport(False, str(error), models)
    report = partial(ConnectionReport, models=models, lines=found.lines, tested_at=datetime.now(UTC))
    if found.failed is None:
        return report(True, _works(endpoint, models, found))
    text = found.failed.error
    if found.failed.outcome == "not_found" and models:
        text = f"The server answers, but not for this model. {text} It lists: {_some(models)}."
    elif problem and problem != text and found.failed.outcome == "bad_request":
        text = f"{text} Its list of models cannot be read either: {problem}"
    return report(False, text)


def _embedded(client: ModelClient, endpoint: Endpoint) -> Probe:
    """Ask the local model for a few tokens: what it takes is known, and it is slow."""
    call = drain(client.call(endpoint.connection, endpoint.model, EMBEDDED_PROMPT, {"max_tokens": 16}))
    return Probe([call], failed=None if call.outcome == "ok" else call)


def _playable(spec: ConnectionSpec, model: str) -> ConnectionReport:
    try:
        title, script = script_of(spec, model)
    except StudioError as error:
        return ConnectionReport(False, str(error), list(rehearsals()))
    speakers, n = ", ".join(script.agents[:8]), len(script.steps)
    return ConnectionReport(True, f"{title}: {count_text(n, 'turn')} of {speakers}. No model speaks; it costs nothing.")


def _not_ready(name: str, client: ModelClient, why: str) -> ConnectionReport:
    """Report that no call can be made yet; with the models that the server lists when only a model is missing."""
    try:
        endpoint = client.endpoint(name, "any")
    except StudioError:
        return ConnectionReport(False, why)
    models, problem = _models(client, endpoint, CONNECT_S)
    return ConnectionReport(False, problem or why, models)


def _models(client: ModelClient, endpoint: Endpoint, timeout_s: float) -> tuple[list[str], str]:
    """Return (the models listed, what went wrong). A server that lists none is no failed connection."""
    import httpx2
    import openai

    try:
        return client.transport.models(endpoint, timeout_s), ""
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, AttributeError) as error:
        return [], failure_of_exception(error, replace(endpoint, timeout_s=timeout_s), has_text=False).text


def _works(endpoint: Endpoint, models: list[str], found: Probe) -> str:
    listed = f" The server lists {len(models)} models." if len(models) > 1 else ""
    free = " Its tokens are free." if is_free(endpoint) and endpoint.price is None else ""
    n_other = sum(line.state != "works" for line in found.lines)
    shape = f" A group chat works here, {count_text(n_other, 'thing')} in another way." if n_other else ""
    shape = shape or (" A group chat works here as it is." if found.lines else "")
    return f"{endpoint.model} at {endpoint.address} answers ({found.calls[0].duration_s:.1f} s).{shape}{listed}{free}"


def _some(models: list[str]) -> str:
    more = f" and {len(models) - 8} more" if len(models) > 8 else ""
    return ", ".join(models[:8]) + more
