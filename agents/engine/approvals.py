"""Gates: where a leg asks before it goes on, and finds the answer that an earlier leg already has.

A request is bound to its digest: an answer fits only what was shown, so that what changed is asked again. Rules answer
at once, and their answers are events like everybody's. Called by the leg, its speaker selection and its actions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, cast

from agents.chats import DecisionMade, DecisionRequested, Request, RequestKind, request_digest
from agents.chats.requests import RequestBase
from agents.engine.event_stream import Halt, Recorder
from agents.specs import Deadline, PolicyDecision, Rule, evaluate, evaluate_team


@dataclass(frozen=True)
class Gate:
    """One question, before it has a number."""

    asked: RequestBase
    agent: str = ""
    """Whom it is about; "" for the team as a whole."""
    is_refusable: bool = True
    """False: only a person may still say no to it; a rule or a deadline that would only keeps it waiting."""


class Gates:
    """Asks for one leg."""

    def __init__(self, recorder: Recorder):
        self._recorder = recorder

    def ask(self, gate: Gate) -> DecisionMade:
        """Return the decision on `gate`, of a rule if one fits; ask, and halt, when a person must decide."""
        self.pass_all([gate])
        return self.decision(gate)

    def pass_all(self, gates: Iterable[Gate]) -> None:
        """Return once each gate has a decision. Rules decide what they may; for the rest, all at once, a person is
        asked, and the leg halts."""
        events: list[DecisionRequested | DecisionMade] = []
        is_asking = False
        for gate in gates:
            if self._found(gate):
                continue
            judgement = self._judgement(gate)
            request = self._request(gate, judgement, n_before=len(events))
            events.append(request)
            if judgement.action == "ask":
                is_asking = True
            else:
                events.append(_by_rule(request, judgement))
        if events:
            self._recorder.flush()  # what a rule decided is not written when a person wrote meanwhile
            self._recorder.record(*events)
        if is_asking:
            raise Halt

    def decision(self, gate: Gate) -> DecisionMade:
        """Return the decision that `gate` has; LookupError when it has none."""
        found = self._found(gate)
        if found is None:
            raise LookupError(f"nobody has decided: {gate.asked}")
        return found

    def decided(self) -> list[Request]:
        """Return the requests that were decided in this turn, in order."""
        return [request.asked for request, _ in self._recorder.state.answers]

    def request(self, gate: Gate) -> NoReturn:
        """Ask, whatever was decided before, and halt."""
        self._recorder.record(self._request(gate, PolicyDecision("ask")))
        raise Halt

    def _found(self, gate: Gate) -> DecisionMade | None:
        digest = self._digest(gate)
        return next((made for request, made in self._recorder.state.answers if request.digest == digest), None)

    def _digest(self, gate: Gate) -> str:
        return request_digest(gate.asked.of, gate.agent, self._recorder.state.turn, gate.asked.payload)

    def _judgement(self, gate: Gate) -> PolicyDecision:
        """Apply the team's rules first. A rule that a person added to the chat only approves what they would ask about
        again: never what they refuse, or what one of them could not be applied to."""
        action = gate.asked.action(gate.agent)
        if action is None:
            return PolicyDecision("ask")
        by_team = evaluate_team(self._recorder.team.policies, action)
        if by_team.action == "refuse" and not gate.is_refusable:
            return PolicyDecision("ask", rule=by_team.rule)
        may_approve = "approve" in gate.asked.verdicts
        if by_team.action == "approve" and not may_approve:
            return PolicyDecision("ask")  # a question is answered, and only a person can
        if by_team.action != "ask" or by_team.is_failed:
            return by_team
        own = evaluate([Rule.model_validate(added.rule) for added in self._recorder.state.rules], action)
        return own if own.action == "approve" and may_approve else by_team

    def _request(self, gate: Gate, judgement: PolicyDecision, n_before: int = 0) -> DecisionRequested:
        who = self._recorder.team.agent(gate.agent).label if gate.agent else ""
        request = DecisionRequested(
            request=f"r{self._recorder.state.head + n_before + 1}",
            turn=self._recorder.state.turn,
            of=cast(RequestKind, gate.asked.of),
            agent=gate.agent,
            question=gate.asked.question(who),
            payload=gate.asked.payload,
            options=gate.asked.verdicts,
            digest=self._digest(gate),
            rule=judgement.rule,
        )
        deadline = _deadline(self._recorder.team.deadlines, gate) if judgement.action == "ask" else None
        if deadline is None:
            return request
        return request.model_copy(update={"deadline_s": deadline.after_s, "overdue": deadline.outcome})


def _deadline(deadlines: list[Deadline], gate: Gate) -> Deadline | None:
    """Return the first that fits; an outcome that the request does not offer keeps it waiting."""
    found = next((deadline for deadline in deadlines if deadline.kind in ("any", gate.asked.of)), None)
    if found is None or found.outcome == "wait":
        return found
    if found.outcome not in gate.asked.verdicts or (found.outcome == "reject" and not gate.is_refusable):
        return found.model_copy(update={"outcome": "wait"})
    return found


def _by_rule(request: DecisionRequested, judgement: PolicyDecision) -> DecisionMade:
    made = DecisionMade(request=request.request, digest=request.digest, verdict="approve", rule=judgement.rule)
    if judgement.action == "approve":
        return made
    return made.model_copy(update={"verdict": "reject", "text": judgement.reason})


def rejection(decision: DecisionMade) -> tuple[str, str]:
    """Return how a rejection reads to the agent: who rejected, and what follows on "rejected it"."""
    reason = decision.text.strip()
    if reason and reason[-1] not in ".!?…":
        reason += "."
    return "The reviewer" if decision.by else decision.who, f": {reason}" if reason else "."
