"""The verbs of people who watch and decide: answering requests, saying something, pausing, and what is to be decided.

The part of `agents.studio.Studio` that turns a person's act in a running chat into events. Knows no screen and no SQL.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agents.chats import ChatState, DecisionMade, DecisionRequested, Event, Person, Verdict
from agents.chats.decisions import (
    Answer,
    NotOfferedError,
    NotOpenError,
    decided,
    interjected,
    paused,
    revoked,
    same_allowed,
    was_shown,
    why_not_open,
)
from agents.errors import ConflictError, NotFoundError
from agents.store import Hook, InFull, RequestRow
from agents.studio.refusing import Refusing


class Reviewing(Refusing):
    """What of a studio reviewers use."""

    def connection_names(self) -> set[str]:
        """The names that an answer may change a model to."""
        raise NotImplementedError

    def _hook(self, run_here: bool) -> Hook | None:
        raise NotImplementedError

    def decide(
        self,
        chat: str,
        request: str,
        digest: str,
        verdict: Verdict,
        *,
        text: str = "",
        choice: str = "",
        model: str = "",
        edit: dict[str, Any] | None = None,
        amount: float | None = None,
        for_chat: bool = False,
        by: Person,
        client_id: str,
        run_here: bool = False,
    ) -> None:
        """Answer an open request of the chat; the decision and the job that goes on are written together.

        `digest` is that of the request as it was shown. The first answer wins: ConflictError says who answered what
        and when, or what is asked now when that is not what was shown. "end" ends the chat. `for_chat` approves the
        same for the rest of this chat as well, by a rule that can be seen and revoked. The same `client_id` again
        changes nothing. A digest that was never that of a request of this chat, and a verdict that it does not take,
        are kept as refused.
        """
        self.check(by, "decide", act=f"decide: {verdict}", chat=chat)
        answer = Answer(request, digest, verdict, text, choice, model, edit or {}, amount)
        known = self.connection_names()

        def act(state: ChatState) -> list[Event]:
            events = decided(state, answer, by, known)
            return [*events, same_allowed(state, request, by)] if for_chat and verdict == "approve" else events

        try:
            self.store.chats.append_from_person(chat, act, client_id=client_id, hook=self._hook(run_here))
        except (NotOpenError, ConflictError, NotFoundError) as refused:
            log = self.store.chats.log(chat)
            if not was_shown(log, digest):
                why = f"No request of this chat ever was as it says: request {request[:40]!r}, digest {digest[:64]!r}."
                self.keep_refusal(f"decide: {verdict}", why, chat=chat, by=by)
            if isinstance(refused, NotOpenError):
                raise why_not_open(log, request) from None
            raise
        except NotOfferedError as refused:
            self.keep_refusal(f"decide: {verdict}", str(refused), chat=chat, by=by)
            raise

    def say(self, chat: str, text: str, *, by: Person, client_id: str) -> None:
        """Say something while agents run, or while the chat waits: it becomes the next turn, in the task giver's name.

        ConflictError when the chat has ended. The same `client_id` again changes nothing."""
        self.check(by, "run", "decide", act="say", chat=chat)
        self.store.chats.append_from_person(chat, lambda state: interjected(state, by, text), client_id=client_id)

    def pause(self, chat: str, *, by: Person, client_id: str) -> None:
        """Let the chat wait for a person once the turn under way is over; nothing when that is asked for already.

        ConflictError when the chat does not run. The same `client_id` again changes nothing."""
        self.check(by, "run", "decide", act="pause", chat=chat)
        self.store.chats.append_from_person(chat, lambda state: paused(state, by), client_id=client_id)

    def revoke_rule(self, chat: str, rule: str, *, by: Person, client_id: str) -> None:
        """Take back what was approved for the rest of the chat; from the next step on it is asked again."""
        self.check(by, "decide", act="revoke a rule", chat=chat)
        self.store.chats.append_from_person(chat, lambda state: revoked(state, rule, by), client_id=client_id)

    # -- reads

    def open_requests(
        self, *, kind: str = "", team: str = "", agent: str = "", started_by: str = "", limit: int = 50
    ) -> list[RequestRow]:
        """What waits for a person, across chats: what is due first, then the oldest; narrowed by what is not empty,
        `started_by` being the name of who gave the chat its task."""
        self.look()
        return self.store.requests.open(kind=kind, team=team, agent=agent, started_by=started_by, limit=limit)

    def n_open_requests(self) -> int:
        """How many requests wait for a person."""
        self.look()
        return self.store.requests.n_open()

    def open_requests_mark(self) -> tuple[int, datetime | None]:
        """How many wait, and when the newest was asked: a cheap value that changes whenever what waits does."""
        self.look()
        return self.store.requests.open_mark()

    def alike_requests(self, row: RequestRow, *, limit: int = 200) -> list[InFull]:
        """What waits and is like `row`: of the same kind, team, agent and tool, itself among them if it still waits."""
        self.look()
        return self.store.requests.alike(row, limit)

    def n_alike_requests(self, row: RequestRow) -> int:
        """How many wait and are like `row`."""
        self.look()
        return self.store.requests.n_alike(row)

    def open_request_values(self) -> dict[str, list[str]]:
        """Which kinds, teams and agents open requests have, for filters."""
        self.look()
        return self.store.requests.open_values()

    def past_requests(
        self, *, chat: str = "", since: datetime | None = None, kinds: Iterable[str] = (), limit: int = 200
    ) -> list[RequestRow]:
        """Requests, open and decided, newest first."""
        self.look()
        return self.store.requests.recent(chat=chat, since=since, kinds=kinds, limit=limit)

    def audit(
        self, chat: str = "", since: datetime | None = None, until: datetime | None = None, *, limit: int = 1_000
    ) -> list[InFull]:
        """What was asked of people, of one chat or of all, with since <= asked_at < until, newest first, and what was
        decided; None while it is open and when the chat ended first."""
        self.look()
        return self.store.requests.audit(chat=chat, since=since, until=until, limit=limit)

    def request_row(self, chat: str, request: str) -> RequestRow:
        """The request as lists show it, open or decided; NotFoundError when there is no such request."""
        self.look()
        return self.store.requests.get(chat, request)

    def request(self, chat: str, request: str) -> tuple[DecisionRequested, DecisionMade | None]:
        """What is asked in full, and the decision if there is one; NotFoundError when there is no such request."""
        self.look()
        row = self.store.requests.get(chat, request)
        asked, made = (self._event(chat, seq) for seq in (row.seq, row.decided_seq))
        if not isinstance(asked, DecisionRequested):
            raise NotFoundError(f"Chat {chat!r} has no request {request[:40]!r}.")
        return asked, made if isinstance(made, DecisionMade) else None

    def _event(self, chat: str, seq: int | None) -> Event | None:
        found = self.store.chats.log(chat, after=seq - 1, limit=1) if seq else []
        return found[0].event if found else None
