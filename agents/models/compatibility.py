"""How servers differ from the API that they claim to have: learned from their refusals, once for each model.

    refused -> does the refusal tell a quirk? -> send the request without it -> answered: remember the quirk
            -> it tells nothing: try plainer forms, a few -> one is answered: remember that one

What is learned outlives the process where the memory does. The quirks themselves are the table in `dialect`. Called by
`ModelClient`.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from agents.models import dialect as dialects
from agents.models.connections import Endpoint
from agents.models.context_window import WINDOW
from agents.models.dialect import Body, Dialect
from agents.models.failures import Failure
from agents.plain_text import shorten

MAX_TRIES = 14
"""Forms of one request that are tried because of refusals."""
MAX_REMEMBERED = 64
"""Endpoints of which an answered request is kept."""
_LEARNABLE = (0, 400, 404, 415, 422, 500, 501, 502)
"""Statuses of refusals that the form of a request may have caused; 0: an error that came with none."""
_CAUSED = ("bad_request", "not_found", "server_error")
"""Outcomes of the same."""

log = logging.getLogger(__name__)

EMBEDDED_DIALECT: Dialect = {"last_user": ""}
"""llama.cpp goes on with a last message of the assistant's, as if it were cut, and refuses two of them."""


class DialectMemory(Protocol):
    """Where dialects are kept."""

    def of(self, connection: str, model: str, address: str) -> Dialect:
        """Return what was learned of the model at that connection, while it led to that address; {} for nothing."""

    def learn(self, connection: str, model: str, address: str, learned: Dialect) -> None:
        """Add what was learned."""


class DialectsInMemory:
    """Lasts as long as the process."""

    def __init__(self) -> None:
        self._dialects: dict[tuple[str, str, str], dict[str, str]] = {}

    def of(self, connection: str, model: str, address: str) -> Dialect:
        return self._dialects.get((connection, model, address), {})

    def learn(self, connection: str, model: str, address: str, learned: Dialect) -> None:
        key = (connection, model, address)
        self._dialects[key] = {**self._dialects.get(key, {}), **learned}


def address_of(endpoint: Endpoint) -> str:
    """Return the address that a dialect belongs to; that of the embedded model is another at each start."""
    return endpoint.kind if endpoint.kind == "embedded" else endpoint.base_url


class Compatibility:
    """What is known of all endpoints. Safe to use from many threads."""

    def __init__(self, memory: DialectMemory | None = None) -> None:
        self.memory: DialectMemory = memory or DialectsInMemory()
        self._lock = threading.Lock()
        """Guards what is below, which calls of many chats share."""
        self._closing: frozenset[str] = frozenset()
        """Addresses whose connections serve one request only."""
        self._answered: dict[tuple[str, str], deque[Body]] = {}
        """The last requests that each endpoint answered, as they would be without its dialect."""
        self._futile: set[tuple[str, str, str]] = set()
        """Endpoints and the words of refusals for which no other form helped."""
        self._failing: set[tuple[str, str, str]] = set()
        """The same of errors that may be the server's own: one alone does not make other forms be tried."""
        self._suspected: dict[tuple[str, str], frozenset[str]] = {}
        """Quirks found by trying after errors that may have been the server's own: they must be found twice."""

    def is_kept_alive(self, endpoint: Endpoint) -> bool:
        """Return whether a connection to this endpoint may carry another request."""
        return endpoint.kind != "embedded" and endpoint.base_url not in self._closing

    def dialect(self, endpoint: Endpoint) -> Dialect:
        """Return what was learned of the endpoint so far."""
        learned = self.memory.of(endpoint.connection, endpoint.model, address_of(endpoint))
        return {**EMBEDDED_DIALECT, **learned} if endpoint.kind == "embedded" else learned

    def trial(self, endpoint: Endpoint) -> "Trial":
        """Begin a call."""
        return Trial(self, endpoint, self.dialect(endpoint))

    def learn_window(self, endpoint: Endpoint, failure: Failure) -> None:
        """Remember how many tokens the model reads at once, which its refusal of a longer prompt named."""
        self.learn(endpoint, {f"{WINDOW}{failure.context_window}": failure.server_text})

    def learn(self, endpoint: Endpoint, learned: Dialect) -> None:
        """Remember quirks of the endpoint. Never raises: a reply that was paid is worth more than what was learned of
        it, which is learned again."""
        try:
            self.memory.learn(endpoint.connection, endpoint.model, address_of(endpoint), learned)
        except Exception as failure:  # noqa: BLE001  the database may be away
            log.warning("What was learned of %s is not kept: %s", endpoint.model, failure)

    def closes(self, endpoint: Endpoint, failure: Failure) -> bool:
        """Remember that the server closes connections without notice, if it does; True when that was new."""
        if failure.outcome != "dropped" or not self.is_kept_alive(endpoint):
            return False
        with self._lock:
            self._closing |= {endpoint.base_url}
        return True

    def answered(self, endpoint: Endpoint, body: Body) -> None:
        """Remember a request that was answered: what it has needs no other form."""
        with self._lock:
            if len(self._answered) >= MAX_REMEMBERED:
                self._answered.clear()
            self._answered.setdefault(_key(endpoint), deque(maxlen=2)).append(body)

    def answered_requests(self, endpoint: Endpoint) -> list[Body]:
        with self._lock:
            return list(self._answered.get(_key(endpoint), ()))

    def is_futile(self, endpoint: Endpoint, failure: Failure) -> bool:
        return (*_key(endpoint), failure.server_text) in self._futile

    def give_up(self, endpoint: Endpoint, failure: Failure) -> None:
        """Remember that no other form helps against this refusal."""
        self._add(self._futile, endpoint, failure)

    def is_repeated(self, endpoint: Endpoint, failure: Failure) -> bool:
        """Whether the endpoint failed in these words before; remembered."""
        return not self._add(self._failing, endpoint, failure)

    def _add(self, to: set[tuple[str, str, str]], endpoint: Endpoint, failure: Failure) -> bool:
        """Add the words of a failure; whether they are new."""
        found = (*_key(endpoint), failure.server_text)
        with self._lock:
            if found in to:
                return False
            if len(to) >= MAX_REMEMBERED:
                to.clear()
            to.add(found)
            return True

    def is_confirmed(self, endpoint: Endpoint, quirks: frozenset[str]) -> bool:
        """Whether the same was suspected before; remembered as suspected when not."""
        with self._lock:
            if self._suspected.get(_key(endpoint)) == quirks:
                return True
            self._suspected[_key(endpoint)] = quirks
            return False


class Trial:
    """One call to an endpoint: the forms of its request that were tried, and what is learned when one is answered."""

    def __init__(self, known: Compatibility, endpoint: Endpoint, dialect: Dialect) -> None:
        self._known, self._endpoint = known, endpoint
        self._dialect = dialect
        self._told: dict[str, str] = {}
        """Quirks that refusals told in this call."""
        self._useless: set[str] = set()
        self._tried: frozenset[str] = frozenset()
        """Quirks of the form that is tried, told by nothing."""
        self._forms: Iterator[frozenset[str]] | None = None
        self._n_tries = 0
        self._last: tuple[str, tuple[str, ...]] | None = None
        self.refusal: Failure | None = None
        """The one that told nothing: what is reported when no form helps."""

    @property
    def quirks(self) -> frozenset[str]:
        """The dialect in which the next request is sent."""
        return frozenset({*self._dialect, *self._told}) | self._tried

    def learns(self, failure: Failure, body: Body, *, is_last: bool) -> bool:
        """Whether the same request should be sent again in another form, because of what `failure` tells or tells not.

        `body` is the request without any dialect; `is_last`: it would not be sent again as it was."""
        if failure.status not in _LEARNABLE or failure.outcome not in _CAUSED or failure.is_filtered:
            return False
        if self._n_tries >= MAX_TRIES:
            return False
        if self._is_told(failure, body):
            self._n_tries += 1
            return True
        is_refusal = failure.outcome == "bad_request" or (
            failure.outcome == "server_error" and self._known.is_repeated(self._endpoint, failure)
        )
        return is_last and is_refusal and self._tries_plainer(failure, body)

    def succeeded(self, body: Body, *, has_usage: bool) -> None:
        """Remember what was learned: the request was answered. `body` is the request without any dialect."""
        learned = dict(self._told)
        is_sure = self.refusal is None or self.refusal.outcome == "bad_request"
        if self._tried and (is_sure or self._known.is_confirmed(self._endpoint, self._tried)):
            learned |= dict.fromkeys(self._tried, "")
        if not has_usage and dialects.NO_USAGE not in self._dialect:
            learned[dialects.NO_USAGE] = ""
        new = {quirk: said for quirk, said in learned.items() if quirk not in self._dialect}
        if new:
            self._known.learn(self._endpoint, new)
        self._known.answered(self._endpoint, dialects.without_data(dialects.adapted(body, self.quirks)))

    def _is_told(self, failure: Failure, body: Body) -> bool:
        """Whether the refusal tells a quirk that was not tried; one after which the same was said did not help."""
        told = (failure.server_text, failure.fields)
        if self._last == told and self._told:
            useless, _ = self._told.popitem()
            self._useless.add(useless)
        self._last = told
        quirk = dialects.recognised(failure, body, self.quirks, self._useless)
        if not quirk:
            return False
        self._told[quirk] = failure.server_text
        return True

    def _tries_plainer(self, failure: Failure, body: Body) -> bool:
        if self._forms is None:
            if dialects.names_a_parameter(failure) or self._known.is_futile(self._endpoint, failure):
                return False
            self.refusal = failure
            self._forms = dialects.plainer(body, self.quirks, self._known.answered_requests(self._endpoint))
        self._n_tries += 1
        form = next(self._forms, None)
        if form is None or self._n_tries > MAX_TRIES:
            self._tried = frozenset()
            self._known.give_up(self._endpoint, self.refusal or failure)
            return False
        self._tried = form
        return True


def _key(endpoint: Endpoint) -> tuple[str, str]:
    return (address_of(endpoint), endpoint.model)


def dialect_lines(dialect: Dialect) -> list[str]:
    """Return what people read of a dialect: for each quirk what it is, and how it became known."""
    return [f"{dialects.line(quirk)}{_reason(quirk, said)}" for quirk, said in sorted(dialect.items())]


def _reason(quirk: str, said: str) -> str:
    if said:
        return f" (it said: “{shorten(said, 100)}”)"
    return "" if quirk == dialects.NO_USAGE else " (found by trying)"
