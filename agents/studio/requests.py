"""Requests: deciding them, those that are open, those of the past, and what was refused.

A service of `agents.studio.Session`. Knows no screen and no SQL.
"""

from agents.chats import ChatState, DecisionMade, DecisionRequested, Event, decisions
from agents.chats.decisions import Answer, NotOfferedError, NotOpenError
from agents.chats.requests import HumanTurnRequest
from agents.errors import ConflictError, NotFoundError
from agents.models import suggestion
from agents.store import Refusals
from agents.store import Requests as StoredRequests
from agents.studio.service import Service, needs, stored


class Requests(Service):
    """The requests. The first answer to one wins."""

    @needs("decide", act="decide: {answer.verdict}")
    def decide(
        self, chat: str, answer: Answer, *, for_chat: bool = False, client_id: str = "", run_here: bool = False
    ) -> None:
        """Answer an open request of the chat; the decision and the job that goes on are written together.

        `answer.digest` is that of the request as it was shown. ConflictError says who answered what and when, or what
        is asked now when that is not what was shown. "end" ends the chat. `for_chat` approves the same for the rest of
        this chat as well, by a rule that can be seen and revoked. The same `client_id` again changes nothing. A digest
        that was never that of a request of this chat, and a verdict that it does not take, are kept as refused.
        """
        by, known = self._session.person, self._session.connections.names()

        def events(state: ChatState) -> list[Event]:
            made = decisions.decided(state, answer, by, known)
            is_rule = for_chat and answer.verdict == "approve"
            return [*made, decisions.same_allowed(state, answer.request, by)] if is_rule else made

        act = f"decide: {answer.verdict}"
        try:
            self._append(chat, events, client_id, hook=self._studio.hook(run_here=run_here))
        except (NotOpenError, ConflictError, NotFoundError) as refused:
            log = self._store.chats.log(chat)
            if not decisions.was_shown(log, answer.digest):
                what = f"request {answer.request[:40]!r}, digest {answer.digest[:64]!r}"
                self._session.keep_refusal(act, f"No request of this chat ever was as it says: {what}.", chat)
            if isinstance(refused, NotOpenError):
                raise decisions.why_not_open(log, answer.request) from None
            raise
        except NotOfferedError as refused:
            self._session.keep_refusal(act, str(refused), chat)
            raise

    @needs("decide", act="revoke a rule")
    def revoke_rule(self, chat: str, rule: str, *, client_id: str = "") -> None:
        """Take back what was approved for the rest of the chat; from the next step on it is asked again."""
        self._append(chat, lambda state: decisions.revoked(state, rule, self._session.person), client_id)

    open = stored("requests", StoredRequests.open)
    n_open = stored("requests", StoredRequests.n_open)
    open_mark = stored("requests", StoredRequests.open_mark)
    alike = stored("requests", StoredRequests.alike)
    n_alike = stored("requests", StoredRequests.n_alike)
    open_values = stored("requests", StoredRequests.open_values)
    recent = stored("requests", StoredRequests.recent)
    audit = stored("requests", StoredRequests.audit)
    row = stored("requests", StoredRequests.get)

    @needs("view")
    def get(self, chat: str, request: str) -> tuple[DecisionRequested, DecisionMade | None]:
        """What is asked in full, and the decision if there is one; NotFoundError when there is no such request."""
        _, asked, made = self._store.requests.in_full(chat, request)
        return asked, made

    @needs("view")
    def suggested_reply(self, state: ChatState) -> str:
        """What a rehearsed chat's script has the person say who is asked now; "" where there is nothing like it."""
        request = state.request
        if state.started is None or request is None or not isinstance(request.asked, HumanTurnRequest):
            return ""
        connection, model = state.started.spec.connection_of_selector()
        spec = self._studio.client.rehearsed(connection)
        return suggestion(spec, model, request.agent, [message.agent for message in state.messages]) if spec else ""

    refusals = stored("refusals", Refusals.rows, "decide", "administer")
