"""One agent tried with one message: its reply, what it wants to call, what it cost, and that no list shows it."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.chats import ChatState, Person
from agents.chats.requests import Answer
from agents.errors import SpecError, UsageError
from agents.permissions import RefusedError
from agents.specs import TeamSpec
from agents.studio import Studio
from agents.worker.periodic_tasks import KEPT_DAYS, forget_files
from tests.support.conversations import ADA
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

ADMIN, RITA, VERA = (Person(name=f"{name}@example.com", is_verified=True) for name in ("ada", "rita", "vera"))


def team(**more: Any) -> TeamSpec:
    """A person, a clerk who may write files unasked and a boss; the clerk answers second."""
    clerk = {"name": "Clerk", "prompt": "You keep {what}.", "tools": ["write_file"], "model": "clerk"}
    return TeamSpec.model_validate(
        {
            "name": "Office",
            "agents": [{"name": "You", "role": "human"}, clerk, {"name": "Boss", "description": "Decides."}],
            "connection": "scripted",
            "variables": {"what": "the files"},
            "policies": [{"action": "approve"}],
            **more,
        }
    )


def writes(path: str = "note.txt") -> Reply:
    function = {"name": "write_file", "arguments": json.dumps({"path": path, "text": "Milk."})}
    call = {"id": "1", "type": "function", "function": function}
    return Reply("I note it.", tool_calls=[call], finish_reason="tool_calls")


@pytest.fixture(autouse=True)
def _connection(scripted: Any) -> None:
    """All teams here call the scripted server."""


def tried(studio: Studio, agent: str = "Clerk", of: TeamSpec | None = None, **more: Any) -> tuple[str, ChatState]:
    """(the chat, its state) once nothing more happens without a person."""
    chat = studio.as_(ADA).chats.try_agent(of or team(), agent, "Note: milk.", run_here=True, **more)
    return chat, run(studio, chat)


def run(studio: Studio, chat: str) -> ChatState:
    studio.local.chats.run_here(chat, lambda *piece: None, threading.Event())
    assert studio.store.chats.verify(chat) == []
    return studio.local.chats.state(chat)


class TestTheReply:
    def test_is_that_of_the_agent_alone_and_ends_the_try(self, studio: Studio, server: ScriptedServer) -> None:
        server.script(["Noted."], model="clerk")
        _, state = tried(studio)
        assert [(message.agent, message.content) for message in state.messages] == [
            ("You", "Note: milk."),
            ("Clerk", "Noted."),
        ]
        assert state.status == "ended"
        assert len(server.records) == 1
        assert server.records[0].messages[0]["content"] == "You keep the files."

    def test_is_asked_of_another_connection_and_model_where_they_are_given(
        self, studio: Studio, server: ScriptedServer
    ) -> None:
        _, state = tried(studio, connection="scripted", model="other-model")
        assert [record.model for record in server.records] == ["other-model"]
        assert state.calls == () or state.calls[-1].model == "other-model"

    def test_of_a_member_that_is_switched_off_can_be_had(self, studio: Studio) -> None:
        off = team()
        off = off.model_copy(
            update={"agents": [off.agents[0], off.agents[1].model_copy(update={"is_off": True}), off.agents[2]]}
        )
        _, state = tried(studio, of=off)
        assert state.messages[-1].agent == "Clerk"

    def test_comes_from_the_giver_of_the_task_too(self, studio: Studio) -> None:
        _, state = tried(studio, of=team(initiator="Clerk"))
        assert [message.agent for message in state.messages] == ["You", "Clerk"]

    def test_stops_nobody_else_who_could_be_asked(self, studio: Studio, server: ScriptedServer) -> None:
        """A limit, a step mode and a person who is always asked: none of them asks within a try."""
        of = team(step_mode=True, limits={"max_tokens": 1, "max_rounds": 1})
        clerk = of.agents[1].model_copy(update={"human_input_mode": "ALWAYS", "max_consecutive_auto_reply": 0})
        _, state = tried(studio, of=of.model_copy(update={"agents": [of.agents[0], clerk, of.agents[2]]}))
        assert (state.status, state.requests) == ("ended", ())
        assert state.messages[-1].agent == "Clerk"

    def test_may_name_who_speaks_next_but_nobody_does(self, studio: Studio, server: ScriptedServer) -> None:
        of = team()
        clerk = of.agents[1].model_copy(update={"tools": ["hand_to"]})
        function = {"name": "hand_to", "arguments": json.dumps({"agent": "Boss"})}
        hands = Reply("", tool_calls=[{"id": "1", "type": "function", "function": function}])
        server.script([hands, "Boss, your turn."], model="clerk")
        _, state = tried(studio, of=of.model_copy(update={"agents": [of.agents[0], clerk, of.agents[2]]}))
        offered = server.records[0].parameters["tools"][0]["function"]["parameters"]["properties"]["agent"]["enum"]
        assert sorted(offered) == ["Boss", "You"]
        assert (state.status, state.messages[-1].content) == ("ended", "Boss, your turn.")


class TestToolCalls:
    def test_are_shown_with_their_arguments_and_do_not_run(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([writes()], model="clerk")
        chat, state = tried(studio)
        (asked,) = state.requests
        assert (asked.of, asked.payload["tool"]) == ("tool_call", "write_file")
        assert asked.payload["arguments"] == {"path": "note.txt", "text": "Milk."}
        assert studio.as_(ADA).files.rows(chat) == []

    def test_run_once_a_person_says_so_and_the_agent_reads_the_result(
        self, studio: Studio, server: ScriptedServer
    ) -> None:
        server.script([writes(), "It is in note.txt."], model="clerk")
        chat, state = tried(studio)
        approve = Answer.to(state.requests[0], "approve")
        studio.as_(ADA).requests.decide(chat, approve, run_here=True)
        state = run(studio, chat)
        assert (state.status, state.messages[-1].content) == ("ended", "It is in note.txt.")
        assert [file.path for file in studio.as_(ADA).files.rows(chat)] == ["note.txt"]

    def test_that_a_rule_refuses_stay_refused(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([writes(), "I may not."], model="clerk")
        _, state = tried(studio, of=team(policies=[{"action": "refuse", "reason": "No files."}]))
        assert (state.status, state.messages[-1].content) == ("ended", "I may not.")


class TestFailures:
    def test_of_a_model_are_told_as_in_a_chat(self, studio: Studio, server: ScriptedServer) -> None:
        server.script(["fault-401"], model="clerk")
        _, state = tried(studio)
        (asked,) = state.requests
        assert asked.of == "model_failure"
        assert "key" in str(asked.payload["error"])

    def test_begin_with_what_is_wrong_in_the_team(self, studio: Studio) -> None:
        with pytest.raises(SpecError, match="no_such_tool"):
            tried(
                studio, of=team(agents=[{"name": "You", "role": "human"}, {"name": "Clerk", "tools": ["no_such_tool"]}])
            )
        with pytest.raises(SpecError, match="nowhere"):
            tried(studio, connection="nowhere")
        with pytest.raises(UsageError, match="message"):
            studio.as_(ADA).chats.try_agent(team(), "Clerk", "  ")
        assert studio.store.chats.owing(set()) == []

    @pytest.mark.parametrize("agent", ["You", "Nobody"])
    def test_only_a_member_that_a_model_speaks_for_can_be_tried(self, studio: Studio, agent: str) -> None:
        with pytest.raises(UsageError, match="cannot be tried"):
            tried(studio, agent)


class TestWhatIsLeft:
    def test_is_a_row_of_the_ledger_that_says_what_it_was(self, studio: Studio, server: ScriptedServer) -> None:
        chat, state = tried(studio)
        (row,) = studio.local.chats.calls(chat)
        assert (row.purpose, row.agent, row.team_name) == ("try", "Clerk", "Office")
        (total,) = studio.local.chats.totals_by("purpose")
        assert (total.key, total.spend.n_calls) == ("try", 1)
        assert total.spend.n_tokens == state.spent_in_all.n_tokens > 0

    def test_is_in_no_list(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([writes(), "fault-500"], model="clerk")
        before = studio.local.chats.mark()
        chat, _ = tried(studio)
        chats, requests = studio.local.chats, studio.local.requests
        assert chats.rows() == []
        assert sum(chats.counts().values()) == 0
        assert chats.mark() == before
        assert chats.last_runs(["Office"]) == {}
        assert chats.speakers(None, "Office") == []
        assert (requests.open(), requests.n_open(), requests.recent(), requests.audit()) == ([], 0, [], [])
        chats_of_ada = studio.as_(ADA).chats
        chats_of_ada.stop(chat)
        assert chats.rows(status="ended") == []

    def test_of_what_ran_is_in_the_audit(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([writes(), "Done."], model="clerk")
        chat, state = tried(studio)
        studio.as_(ADA).requests.decide(chat, Answer.to(state.requests[0], "approve"), run_here=True)
        run(studio, chat)
        assert [(row.who, row.tool) for row, _, _ in studio.local.requests.audit()] == [("Ada", "write_file")]

    def test_of_files_goes_after_a_while(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([writes(), "Done."], model="clerk")
        chat, state = tried(studio)
        studio.as_(ADA).requests.decide(chat, Answer.to(state.requests[0], "approve"), run_here=True)
        run(studio, chat)
        folder, now = studio.settings.home / "workspaces" / chat, datetime.now(UTC)
        forget_files(studio.store, studio.settings.home, now=now + timedelta(days=KEPT_DAYS - 1))
        assert folder.exists()
        forget_files(studio.store, studio.settings.home, now=now + timedelta(days=KEPT_DAYS + 1))
        assert not folder.exists()

    def test_tells_nobody_who_is_away(self, studio: Studio, server: ScriptedServer) -> None:
        studio.local.notifications.add("All", "json://localhost:1", ["request", "ended", "failed"])
        server.script([writes()], model="clerk")
        chat, _ = tried(studio)
        studio.as_(ADA).chats.stop(chat)
        assert not studio.store.notices.has_due()


class TestWhoMay:
    @pytest.fixture(autouse=True)
    def rules(self, studio: Studio) -> None:
        rules = """
            view = ["@example.com"]
            run = ["rita@example.com", "ada@example.com"]
            administer = ["ada@example.com"]
        """
        (studio.settings.home / "access.toml").write_text(rules)

    def test_is_whoever_runs_teams_for_a_team_that_is_saved(self, studio: Studio) -> None:
        row = studio.as_(ADMIN).teams.save(team())
        chats = studio.as_(RITA).chats
        assert chats.try_agent(row.spec, "Clerk", "Note.", team_id=row.team_id, revision=row.revision)

    def test_of_a_changed_team_is_whoever_changes_teams(self, studio: Studio) -> None:
        row = studio.as_(ADMIN).teams.save(team())
        changed = row.spec.model_copy(update={"name": "Else"})
        with pytest.raises(RefusedError):
            studio.as_(RITA).chats.try_agent(changed, "Clerk", "Note.", team_id=row.team_id)
        assert studio.as_(ADMIN).chats.try_agent(changed, "Clerk", "Note.", team_id=row.team_id)

    def test_is_nobody_who_only_looks(self, studio: Studio) -> None:
        row = studio.as_(ADMIN).teams.save(team())
        with pytest.raises(RefusedError):
            studio.as_(VERA).chats.try_agent(row.spec, "Clerk", "Note.", team_id=row.team_id)
        (refusal,) = studio.local.requests.refusals()
        assert refusal.act == "try an agent"
