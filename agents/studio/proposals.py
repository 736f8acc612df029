"""Teams proposed by a model for what a person wrote: on a thread of this process, so that pages look at how far it is.

A service of `agents.studio.Session`. Each call goes to the ledger, also one that is stopped. Knows no screen and no
SQL.
"""

import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agents.cancellation import drain, notice_of, on_thread
from agents.chats import Call, OpenCall, Person
from agents.errors import NotFoundError, StudioError, UsageError
from agents.models import ModelClient
from agents.plain_text import shorten, valid
from agents.specs import EMBEDDED
from agents.specs.library_proposal import by_words, fitting, ranked
from agents.specs.proposal_reply import (
    MAX_OFFERED_TOOLS,
    MAX_REPLY_CHARS,
    names_so_far,
    proposal_messages,
    proposal_schema,
    read_proposal,
)
from agents.specs.reply_shape import mend_text, read_reply, shape_parameter
from agents.specs.team_proposal import TeamProposal
from agents.studio.service import Service, needs

MAX_TEXT_CHARS = 2_000
MOST_MEMBERS, MOST_FOR_SMALL = 6, 4
"""Members that a model may propose, and that the model of this machine may; it is offered as many ready ones, too."""
MOST_RUNS = 200
"""Kept in a process; of more, those that ended first are forgotten."""
MAX_QUOTED_CHARS = 8_000
"""Of a reply that its model is to mend."""
NEEDS_HOSTS = "http_get"
"""The tool that does nothing until a person says which hosts it may ask."""
NO_MODEL = (
    "The default connection plays a script, so no model can propose a team. Choose another default under Connections."
)


class StoppedError(Exception):
    """Nobody waits for it any more."""


@dataclass(frozen=True)
class ProposalState:
    """How far a proposal is."""

    text: str
    """What the person wrote."""
    is_running: bool
    waits_for: str = ""
    """What is waited for, in words."""
    names: tuple[str, ...] = ()
    """The members that are written so far."""
    proposal: TeamProposal | None = None
    error: str = ""
    """Why there is none, in words."""
    is_stopped: bool = False


@dataclass
class Run:
    """A proposal that is made, or was."""

    by: Person
    text: str
    is_stopped: threading.Event = field(default_factory=threading.Event)
    waits_for: str = ""
    written: str = ""
    result: Future[TeamProposal] = field(default_factory=Future)

    def see(self, piece: str) -> None:
        """Take a piece of the reply; StoppedError once it was stopped."""
        if self.is_stopped.is_set():
            raise StoppedError
        self.waits_for = notice_of(piece)
        if len(self.written) < MAX_REPLY_CHARS:
            self.written += piece

    def state(self) -> ProposalState:
        is_stopped, is_running = self.is_stopped.is_set(), not self.result.done()
        if is_stopped or is_running:
            names = () if is_stopped else tuple(names_so_far(self.written))
            return ProposalState(self.text, is_running and not is_stopped, self.waits_for, names, is_stopped=is_stopped)
        error = self.result.exception()
        if error is None:
            return ProposalState(self.text, False, proposal=self.result.result())
        if not isinstance(error, StudioError):
            raise error
        return ProposalState(self.text, False, error=str(error))


class ProposalRuns:
    """The proposals of this process, by their ids. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Guards the runs: two that begin at once would both count themselves as the last."""
        self._runs: dict[str, Run] = {}

    def begin(self, by: Person, text: str, pieces: Generator[str, None, TeamProposal]) -> str:
        """Let `pieces` be worked off on a thread of their own; the id to ask for them by."""
        run, name = Run(by, text), uuid4().hex
        with self._lock:
            ended = [old for old, each in self._runs.items() if each.result.done()]
            for old in ended[: max(0, len(self._runs) + 1 - MOST_RUNS)]:
                del self._runs[old]
            self._runs[name] = run
        run.result = on_thread(lambda: drain(pieces, run.see), "proposal")
        return name

    def of(self, by: Person, name: str) -> Run:
        """The person's own run of that id; NotFoundError when there is none."""
        run = self._runs.get(name)
        if run is None or run.by != by:
            raise NotFoundError("This proposal is not there any more. What you wrote is kept; ask for it again.")
        return run

    def close(self) -> None:
        """Stop all of them."""
        for run in list(self._runs.values()):
            run.is_stopped.set()


class Proposals(Service):
    """Proposals of teams. For those who run teams or administer, because a model's call may cost something."""

    @needs("run", "administer", act="have a team proposed")
    def begin(self, text: str) -> str:
        """Have a team proposed for `text` in the background of this process; the id to ask for it by. UsageError when
        `text` says nothing, or too much."""
        pieces = self._proposed(_checked(text))
        return self._studio.proposals.begin(self._session.person, text, pieces)

    @needs("view")
    def state(self, name: str) -> ProposalState:
        """How far the person's own proposal is; NotFoundError when it is not there any more."""
        return self._studio.proposals.of(self._session.person, name).state()

    @needs("view")
    def stop(self, name: str) -> None:
        """Stop the person's own proposal; nothing happens to one that is there already."""
        self._studio.proposals.of(self._session.person, name).is_stopped.set()

    @needs("run", "administer", act="have a team proposed")
    def propose(self, text: str) -> Generator[str, None, TeamProposal]:
        """Yield the model's reply in pieces, and return a proposal that makes a valid team: the model's, mended where
        it is wrong, or the library's own where it cannot be used. UsageError when `text` says nothing, or too much;
        StudioError when no model replies."""
        return self._proposed(_checked(text))

    def _proposed(self, text: str) -> Generator[str, None, TeamProposal]:
        connection = self._session.connections.default()
        if self._studio.client.is_rehearsed(connection):
            raise StudioError(NO_MODEL)
        tools, agents, most = self._offered_tools(), ranked(text), MOST_MEMBERS
        is_small = connection == EMBEDDED
        if is_small:  # it takes the first of a long list, whatever they are, and reads slowly
            tools, agents = {}, fitting(text, MOST_FOR_SMALL)
            most = max(MOST_FOR_SMALL, len(agents))
        schema, messages = proposal_schema(tools, agents, most), proposal_messages(text, tools, agents)
        call = yield from self._called(connection, messages, schema)
        if call.outcome not in ("ok", "empty"):
            raise StudioError(call.error)
        proposal = read_proposal(call.reply, tools)
        _, problem = read_reply(call.reply, schema)
        if problem and not (proposal and call.cut_by):  # a longer reply would be cut again
            said = {"role": "assistant", "content": shorten(call.reply, MAX_QUOTED_CHARS) or "{}"}
            asked = {"role": "user", "content": mend_text(problem, schema)}
            mended = yield from self._called(connection, [*messages, said, asked], schema)
            proposal = read_proposal(mended.reply, tools) or proposal
        proposal = proposal or by_words(text)
        return proposal.with_person() if is_small else proposal  # it forgets the person who reads its work

    def _offered_tools(self) -> dict[str, str]:
        """Return the tools that may be proposed, by name, with what each does."""
        found = [(name, tool.description) for name, tool in self._session.teams.tools().items() if name != NEEDS_HOSTS]
        return dict(found[:MAX_OFFERED_TOOLS])

    def _called(
        self, connection: str, messages: list[dict[str, Any]], schema: Mapping[str, Any]
    ) -> Generator[str, None, Call]:
        """Ask the connection, or those that take its place when it fails, and return the last call."""
        call = yield from self._recorded(connection, messages, schema)
        for fallback in self._studio.client.fallbacks(connection):
            if call.outcome in ("ok", "empty"):
                break
            call = yield from self._recorded(fallback, messages, schema)
        return call

    def _recorded(
        self, connection: str, messages: list[dict[str, Any]], schema: Mapping[str, Any]
    ) -> Generator[str, None, Call]:
        opened: list[OpenCall] = []
        client = self._studio.client.for_leg(_remembering(opened))
        call = None
        try:
            call = yield from _asked(client, connection, messages, schema)
        finally:
            if call is not None:
                self._store.ledger.add(call)
            elif opened:  # it was stopped
                self._store.ledger.add(opened[-1].cut())
        return call


def _asked(
    client: ModelClient, connection: str, messages: list[dict[str, Any]], schema: Mapping[str, Any]
) -> Generator[str, None, Call]:
    parameters = {"response_format": shape_parameter(schema)}
    return (yield from client.call(connection, "", messages, parameters, purpose="propose"))


def _remembering(opened: list[OpenCall]) -> Callable[[OpenCall], bool]:
    def may_begin(call: OpenCall) -> bool:
        opened.append(call)
        return True

    return may_begin


def _checked(text: str) -> str:
    text = valid(text).strip()
    if not text:
        raise UsageError("Write what the team should do, in a sentence or two. Nothing was sent.")
    if len(text) > MAX_TEXT_CHARS:
        raise UsageError(
            f"What you wrote has {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are allowed. Nothing was sent."
        )
    return text
