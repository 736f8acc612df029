"""Whether a connection works, and if not, what to do: what its Test button shows.

Asks for the list of models and for a few tokens, so it costs next to nothing. Writes nothing. Called by the studio.
"""

from dataclasses import dataclass, field

from agents.cancellation import drain
from agents.errors import StudioError
from agents.models.client import ModelClient
from agents.models.connections import Endpoint
from agents.models.failures import failure_of_exception
from agents.models.pricing import is_free
from agents.models.rehearsed import script_of
from agents.specs import ConnectionSpec
from agents.specs.gallery import rehearsals

PROMPT = [{"role": "user", "content": "Say hi."}]


@dataclass(frozen=True)
class ConnectionReport:
    """What the test found."""

    is_ok: bool
    text: str
    models: list[str] = field(default_factory=list)
    """What the server lists; empty when it lists none or does not answer."""


def check_connection(name: str, client: ModelClient, *, model: str = "") -> ConnectionReport:
    """Try the connection with `model` (its own when empty). Never raises for what is wrong with it."""
    if (rehearsed := client.rehearsed(name)) is not None:
        return _playable(rehearsed, model)
    try:
        endpoint = client.endpoint(name, model)
    except StudioError as error:
        return _not_ready(name, client, str(error))
    models, problem = _models(client, endpoint)
    call = drain(client.call(name, model, PROMPT, {"max_tokens": 16}))
    if call.outcome in ("ok", "empty"):  # so few tokens may all be spent on thinking
        return ConnectionReport(True, _works(endpoint, models, call.duration_s), models)
    text = call.error
    if call.outcome == "not_found" and models:
        text = f"The server answers, but not for this model. {text} It lists: {_some(models)}."
    elif problem and problem != text and call.outcome == "bad_request":
        text = f"{text} Its list of models cannot be read either: {problem}"
    return ConnectionReport(False, text, models)


def _playable(spec: ConnectionSpec, model: str) -> ConnectionReport:
    try:
        title, script = script_of(spec, model)
    except StudioError as error:
        return ConnectionReport(False, str(error), list(rehearsals()))
    speakers, n = ", ".join(script.agents[:8]), len(script.steps)
    return ConnectionReport(
        True, f"{title}: {n} turn{'' if n == 1 else 's'} of {speakers}. No model speaks; it costs nothing."
    )


def _not_ready(name: str, client: ModelClient, why: str) -> ConnectionReport:
    """Report that no call can be made yet; with the models that the server lists when only a model is missing."""
    try:
        endpoint = client.endpoint(name, "any")
    except StudioError:
        return ConnectionReport(False, why)
    models, problem = _models(client, endpoint)
    return ConnectionReport(False, problem or why, models)


def _models(client: ModelClient, endpoint: Endpoint) -> tuple[list[str], str]:
    """Return (the models listed, what went wrong). A server that lists none is no failed connection."""
    import httpx2
    import openai

    try:
        return client.transport.models(endpoint), ""
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, AttributeError) as error:
        return [], failure_of_exception(error, endpoint, has_text=False).text


def _works(endpoint: Endpoint, models: list[str], duration_s: float) -> str:
    listed = f" The server lists {len(models)} models." if len(models) > 1 else ""
    free = " Its tokens are free." if is_free(endpoint) and endpoint.price is None else ""
    return f"{endpoint.model} at {endpoint.address} answers ({duration_s:.1f} s).{listed}{free}"


def _some(models: list[str]) -> str:
    more = f" and {len(models) - 8} more" if len(models) > 8 else ""
    return ", ".join(models[:8]) + more
