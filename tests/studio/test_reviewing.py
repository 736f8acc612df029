"""The verbs of reviewers: decided once, bound to what was shown, by people with a name; and nothing forged gets in."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.chats import Interjected, PauseAsked, Person, RuleRevoked
from agents.chats.requests import Answer
from agents.errors import ConflictError, NotFoundError, StudioError, UsageError
from agents.specs import TeamSpec
from agents.store.refusals import MOST_ALIKE_IN_A_DAY
from agents.studio import Studio
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, calling, pair_with_tools, returned

ANNA, BEN = Person(name="Anna"), Person(name="Ben")
MAIL, OTHER = ("send_mail", {"to": "bob"}), ("send_mail", {"to": "carol"})


@pytest.fixture(autouse=True)
def traces(home: Path) -> Traces:
    """The tools of the studio's plugins folder."""
    return Traces(home)


def team(**changes: Any) -> TeamSpec:
    return pair_with_tools(connection="scripted", **changes)


def run(studio: Studio, chat: str) -> None:
    studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())


def waiting(studio: Studio, name: str = "1", **changes: Any) -> tuple[str, Any]:
    """A chat whose agent wants to send a mail, and the request."""
    spec = changes.pop("team", None) or team(**changes)
    chat = studio.as_(ANNA).chats.start(spec, "Write to Bob.", client_id=f"start-{name}", run_here=True)
    run(studio, chat)
    request = studio.local.chats.state(chat).request
    assert request is not None
    return chat, request


def decide(studio: Studio, chat: str, asked: Any, verdict: Any = "approve", **changes: Any) -> None:
    given: dict[str, Any] = {"by": ANNA, "client_id": f"{asked.request} {verdict}", "run_here": True, **changes}
    own = {name: given.pop(name) for name in ("by", "client_id", "run_here", "for_chat") if name in given}
    answer = replace(Answer.to(asked, verdict), **given)
    studio.as_(own.pop("by")).requests.decide(chat, answer, **own)


@pytest.fixture(autouse=True)
def mails(server: ScriptedServer, scripted: Any) -> ScriptedServer:
    """The model wants a mail to Bob in every turn."""
    server.script(lambda r: calling(MAIL) if r.messages[-1]["role"] != "tool" else f"Sent {len(r.messages)}.")
    return server


class TestDeciding:
    def test_an_approval_runs_the_tool_of_the_plugins_folder(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        assert traces.left == []
        decide(studio, chat, request)
        run(studio, chat)
        assert traces.left == ["mail to bob: Hello"]
        assert returned(studio.local.chats.log(chat)) == [("ok", "sent to bob")]
        assert studio.store.chats.verify(chat) == []

    def test_an_edit_and_a_rejection_are_kept_with_who_and_why(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio, limits={"max_rounds": 4})
        decide(studio, chat, request, "edit", edit={"arguments": {"to": "eve"}}, by=BEN)
        run(studio, chat)
        second = studio.local.chats.state(chat).request
        assert second is not None
        decide(studio, chat, second, "reject", text="one is enough")
        run(studio, chat)
        assert traces.left == ["mail to eve: Hello"]
        asked, made = studio.local.requests.get(chat, request.request)
        assert made is not None
        assert (asked.payload["arguments"], made.edit, made.by) == ({"to": "bob"}, {"arguments": {"to": "eve"}}, BEN)
        _, made = studio.local.requests.get(chat, second.request)
        assert made is not None
        assert (made.verdict, made.text, made.by) == ("reject", "one is enough", ANNA)
        assert [(row.outcome, row.who) for row in studio.local.requests.recent(chat=chat)] == [
            ("reject", "Anna"),
            ("edit", "Ben"),
        ]

    def test_a_double_click_decides_once(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        decide(studio, chat, request)
        decide(studio, chat, request)
        run(studio, chat)
        assert len(traces.left) == 1

    def test_the_second_reviewer_is_told_who_decided_and_nothing_changes(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        decide(studio, chat, request, "reject", text="not to Bob")
        with pytest.raises(ConflictError, match=r"Anna has already answered this \(reject: 'not to Bob'\) on 20"):
            decide(studio, chat, request, by=BEN)
        run(studio, chat)
        assert traces.left == []

    def test_of_approve_and_reject_at_the_same_moment_one_is_recorded(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        barrier, told = threading.Barrier(2), []

        def press(verdict: str, by: Person) -> None:
            barrier.wait()
            try:
                decide(studio, chat, request, verdict, by=by)
            except ConflictError as error:
                told.append(str(error))

        threads = [threading.Thread(target=press, args=args) for args in (("approve", ANNA), ("reject", BEN))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run(studio, chat)
        _, made = studio.local.requests.get(chat, request.request)
        assert made is not None
        assert made.by is not None
        assert told[0].startswith(f"{made.by.name} has already answered this")
        assert len(traces.left) == (made.verdict == "approve")


class TestForgedDecisions:
    def test_with_another_digest_are_refused(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        for digest in ("", "0" * 64, request.digest.upper(), request.digest[:-1]):
            with pytest.raises(ConflictError, match="changed since it was shown"):
                decide(studio, chat, request, digest=digest, client_id=f"of {digest}")
        run(studio, chat)
        assert (traces.left, studio.local.chats.state(chat).status) == ([], "waiting")
        kept = {(refusal.who, refusal.act, refusal.chat) for refusal in studio.local.requests.refusals()}
        assert (len(studio.local.requests.refusals(chat)), kept) == (4, {("Anna", "decide: approve", chat)})

    def test_of_another_chats_request_are_refused(self, studio: Studio, mails: ScriptedServer):
        chat, request = waiting(studio)
        mails.script(lambda r: calling(OTHER))
        other, theirs = waiting(studio, "2")
        assert request.request == theirs.request
        with pytest.raises(ConflictError, match="changed since it was shown"):
            decide(studio, other, request)
        with pytest.raises(NotFoundError):
            decide(studio, "nowhere", request)
        with pytest.raises(NotFoundError, match="has no request 'r999'"):
            decide(studio, other, request, request="r999", client_id="of none")
        assert [studio.local.chats.state(one).status for one in (chat, other)] == ["waiting", "waiting"]
        assert [refusal.chat for refusal in studio.local.requests.refusals()] == [other, "nowhere", other]
        assert "request 'r999'" in studio.local.requests.refusals()[0].why

    def test_are_told_from_an_old_page_which_is_nobodys_fault(self, studio: Studio):
        chat, request = waiting(studio, limits={"max_rounds": 6})
        decide(studio, chat, request)
        with pytest.raises(ConflictError, match="already answered"):
            decide(studio, chat, request, "reject", by=BEN)
        run(studio, chat)
        asked_now = studio.local.chats.state(chat).request
        assert asked_now is not None
        with pytest.raises(ConflictError, match="changed since it was shown"):
            decide(studio, chat, request, "reject", request=asked_now.request, by=BEN, client_id="old")
        studio.as_(ANNA).chats.stop(chat, client_id="stop")
        with pytest.raises(ConflictError, match="ended before"):
            decide(studio, chat, asked_now, by=BEN)
        studio.local.chats.delete(chat)
        with pytest.raises(NotFoundError):
            decide(studio, chat, asked_now, "skip", by=BEN)
        assert studio.local.requests.refusals() == []

    def test_without_end_fill_no_disk(self, studio: Studio):
        chat, request = waiting(studio)
        for n in range(MOST_ALIKE_IN_A_DAY + 10):
            with pytest.raises(ConflictError):
                decide(studio, chat, request, digest="x" * 9_999, client_id=f"forged {n}")
        kept = studio.local.requests.refusals()
        assert len(kept) == MOST_ALIKE_IN_A_DAY
        assert kept[0].why.startswith("No more of these are kept")
        assert max(len(refusal.why) for refusal in kept) <= 200

    @pytest.mark.parametrize("verdict", ["retry", "raise", "continue", "finish", "choose", "change_model", "ok", ""])
    def test_with_a_verdict_that_was_not_offered_are_refused_and_kept(self, studio: Studio, verdict: str):
        chat, request = waiting(studio)
        with pytest.raises(UsageError, match="does not answer this request"):
            decide(studio, chat, request, verdict)
        assert studio.local.chats.state(chat).status == "waiting"
        (refusal,) = studio.local.requests.refusals(chat)
        assert (refusal.who, refusal.act) == ("Anna", f"decide: {verdict}")
        assert "choose one of approve, edit, reject" in refusal.why

    @pytest.mark.parametrize(
        "more",
        [
            {"edit": {"arguments": {"to": "eve"}}}, {"choice": "Dev"}, {"model": "m"}, {"amount": 9.0},
            {"text": "x" * 100_001}, {"text": "\ud800"},
        ],
        ids=str,
    )  # fmt: skip
    def test_that_say_more_than_the_verdict_means_are_refused(self, studio: Studio, more: dict[str, Any]):
        chat, request = waiting(studio)
        with pytest.raises(UsageError):
            decide(studio, chat, request, "approve", **more)
        assert studio.local.chats.state(chat).requests == (request,)

    def test_that_would_run_another_tool_are_refused(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio)
        edit = {"tool": "delete_all", "arguments": {"folder": "/"}}
        with pytest.raises(UsageError, match="'arguments' and nothing else"):
            decide(studio, chat, request, "edit", edit=edit)
        run(studio, chat)
        assert traces.left == []


class TestTwoRequestsOfOneReply:
    @pytest.mark.parametrize("first", [0, 1])
    def test_are_decided_in_either_order_and_neither_waits_for_ever(
        self, studio: Studio, traces: Traces, mails: ScriptedServer, first: int
    ):
        mails.script([calling(MAIL, OTHER), "Sent."])
        chat, _ = waiting(studio)
        requests = studio.local.chats.state(chat).requests
        decide(studio, chat, requests[first])
        run(studio, chat)
        assert (studio.local.chats.state(chat).status, traces.left, studio.local.requests.n_open()) == (
            "waiting",
            [],
            1,
        )
        decide(studio, chat, requests[1 - first])
        run(studio, chat)
        assert traces.left == ["mail to bob: Hello", "mail to carol: Hello"]
        assert studio.local.chats.state(chat).status == "ended"

    def test_end_with_the_chat(self, studio: Studio, traces: Traces, mails: ScriptedServer):
        mails.script([calling(MAIL, OTHER)])
        chat, request = waiting(studio)
        decide(studio, chat, request, "end")
        assert (studio.local.chats.state(chat).status, studio.local.requests.n_open(), traces.left) == ("ended", 0, [])
        assert [row.outcome for row in studio.local.requests.recent(chat=chat)] == ["withdrawn", "end"]


class TestApprovingForTheChat:
    def test_is_seen_revoked_and_for_this_chat_only(self, studio: Studio, traces: Traces):
        limits = {"max_rounds": 6}
        chat, request = waiting(studio, limits=limits)
        decide(studio, chat, request, for_chat=True)
        run(studio, chat)
        assert (len(traces.left), studio.local.chats.state(chat).status) == (3, "ended")
        (rule,) = studio.local.chats.state(chat).rules
        assert (rule.rule["tool"], rule.by) == ("send_mail", ANNA)
        waiting(studio, "another", limits=limits)
        assert len(traces.left) == 3
        studio.as_(BEN).requests.revoke_rule(chat, rule.id, client_id="revoke")
        studio.as_(BEN).requests.revoke_rule(chat, rule.id, client_id="revoke again")
        assert [r.event for r in studio.local.chats.log(chat) if isinstance(r.event, RuleRevoked)] == [
            RuleRevoked(id=rule.id, by=BEN)
        ]
        studio.as_(ANNA).chats.continue_(chat, client_id="go", run_here=True)
        run(studio, chat)
        assert (studio.local.chats.state(chat).status, len(traces.left)) == ("waiting", 3)

    def test_of_nothing_but_an_approval_makes_no_rule(self, studio: Studio):
        chat, request = waiting(studio)
        decide(studio, chat, request, "reject", for_chat=True)
        assert studio.local.chats.state(chat).rules == ()

    def test_approved_once_is_asked_again_in_the_next_turn(self, studio: Studio, traces: Traces):
        chat, request = waiting(studio, limits={"max_rounds": 6})
        decide(studio, chat, request)
        run(studio, chat)
        assert (studio.local.chats.state(chat).status, len(traces.left)) == ("waiting", 1)


class TestSayingAndPausing:
    def test_what_is_said_is_kept_once_and_becomes_a_turn(self, studio: Studio):
        chat, request = waiting(studio, limits={"max_rounds": 3})
        studio.as_(BEN).chats.say(chat, "To Carol too.", client_id="say")
        studio.as_(BEN).chats.say(chat, "To Carol too.", client_id="say")
        assert sum(isinstance(r.event, Interjected) for r in studio.local.chats.log(chat)) == 1
        decide(studio, chat, request)
        run(studio, chat)
        said = studio.local.chats.state(chat).messages[2]
        assert (said.agent, said.content, said.source, said.by) == ("user", "To Carol too.", "human", BEN)

    def test_an_ended_chat_hears_nothing_and_cannot_be_paused(self, studio: Studio):
        chat, _ = waiting(studio)
        studio.as_(ANNA).chats.stop(chat, client_id="stop")
        with pytest.raises(ConflictError, match="Press Continue to go on with your message"):
            studio.as_(BEN).chats.say(chat, "Wait!", client_id="say")
        with pytest.raises(ConflictError, match="already ended"):
            studio.as_(BEN).chats.pause(chat, client_id="pause")
        with pytest.raises(UsageError, match="is empty"):
            studio.as_(BEN).chats.say(waiting(studio, "2")[0], " ", client_id="say")

    def test_a_pause_is_asked_for_once_and_not_of_a_chat_that_waits(self, studio: Studio):
        chat, request = waiting(studio, limits={"max_rounds": 6})
        with pytest.raises(ConflictError, match="waits for a person already"):
            studio.as_(ANNA).chats.pause(chat, client_id="pause-1")
        decide(studio, chat, request)
        studio.as_(ANNA).chats.pause(chat, client_id="pause-2")
        studio.as_(BEN).chats.pause(chat, client_id="pause-3")
        assert sum(isinstance(r.event, PauseAsked) for r in studio.local.chats.log(chat)) == 1
        run(studio, chat)
        paused = studio.local.chats.state(chat).request
        assert paused is not None
        assert (paused.of, studio.local.chats.state(chat).turn) == ("pause", 2)
        decide(studio, chat, paused, "reply", text="Now to Carol.")
        run(studio, chat)
        assert studio.local.chats.state(chat).messages[2].content == "Now to Carol."


class TestLimits:
    def test_a_reached_limit_is_raised_by_a_person(self, studio: Studio):
        policies, limits = [{"action": "approve"}], {"when_reached": "ask", "max_rounds": 2}
        chat, request = waiting(studio, team=team(policies=policies, limits=limits))
        assert request.of == "limit"
        with pytest.raises(UsageError, match="2 are used already"):
            decide(studio, chat, request, "raise", amount=2)
        decide(studio, chat, request, "raise", amount=4)
        run(studio, chat)
        assert studio.local.chats.state(chat).turn == 4


class TestReads:
    def test_what_waits_is_found_across_chats_by_kind_team_and_agent(self, studio: Studio):
        chat, request = waiting(studio)
        (row,) = studio.local.requests.open(kind="tool_call", team="Pair", agent="Dev")
        assert (row.chat, row.request, row.tool) == (chat, request.request, "send_mail")
        assert studio.local.requests.open_values() == {"kind": ["tool_call"], "team": ["Pair"], "agent": ["Dev"]}
        assert studio.local.requests.get(chat, request.request) == (request, None)
        with pytest.raises(StudioError):
            studio.local.requests.get(chat, "r999")

    def test_the_tools_and_what_is_broken_of_them_are_the_studios(self, studio: Studio, traces: Traces):
        assert studio.tools.tools()["send_mail"].source == "traces.py"
        (traces.plugins / "bad.py").write_text("def")
        assert [plugin.file for plugin in studio.tools.broken()] == ["bad.py"]
