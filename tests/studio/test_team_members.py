"""Members that are teams, through the studio: named teams are pinned, files go there and back, acts reach the tree."""

import json
from typing import Any

import pytest

from agents.chats import ChatEnded, FilesChanged, Person
from agents.chats.decisions import Answer
from agents.chats.subchats import STOPPED
from agents.errors import ConflictError, SpecError
from agents.specs import TeamSpec
from agents.studio import Studio
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer

ADA = Person(name="Ada")
BOSS = {"name": "Boss", "role": "human", "human_input_mode": "NEVER"}
RESULT = "The report is written."


def inner(name: str = "Clerks", **more: Any) -> dict[str, Any]:
    """A team of one clerk, who may write files unasked, and a boss who is never asked."""
    clerk = {"name": "Clerk", "prompt": "Help.", "tools": ["write_file", "read_file"]}
    limits = {"max_rounds": 2, "when_reached": "end"}
    return {"name": name, "agents": [BOSS, clerk], "policies": [{"action": "approve"}], "limits": limits, **more}


def outer(*teams: Any, **more: Any) -> TeamSpec:
    """A team whose members are a boss and these teams, one after another."""
    members = [{"name": f"Team{n}", "role": "team", "team": team} for n, team in enumerate(teams, 1)]
    return TeamSpec.model_validate(
        {
            "name": "Office",
            "agents": [BOSS, *members],
            "connection": "scripted",
            "selection": {"method": "round_robin"},
            "termination": {"after_last": True},
            **more,
        }
    )


def played(studio: Studio, team: TeamSpec, answer: Any = None, **more: Any) -> tuple[str, list[str]]:
    """(the chat, what was said) of a chat that ran to its end in this process."""
    chats = studio.as_(ADA).chats
    chat = chats.start(team, "Report.", run_here=True, **more)
    return chat, [message.content for message in chats.play(chat, answer)]


def call(name: str, **arguments: str) -> Reply:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return Reply(
        text=None, tool_calls=[{"id": "1", "type": "function", "function": function}], finish_reason="tool_calls"
    )


def nobody(request: Any) -> Answer:
    pytest.fail(f"asked: {request.question}")


@pytest.fixture(autouse=True)
def _connection(scripted: Any) -> None:
    """All teams here call the scripted server."""


class TestNamedTeams:
    def test_are_pinned_as_they_are_when_the_chat_starts(self, studio: Studio, server: ScriptedServer) -> None:
        teams = studio.as_(ADA).teams
        saved = teams.save(TeamSpec.model_validate(inner()))
        chat, _ = played(studio, outer(saved.team_id))
        teams.save(TeamSpec.model_validate(inner("Renamed")), team_id=saved.team_id)
        pinned = studio.local.chats.state(chat).started
        assert pinned is not None
        own = pinned.spec.agents[1].own_team
        assert own is not None
        assert (own.name, own.connection, own.model) == ("Clerks", "scripted", "scripted-1")

    def test_run_their_live_revision(self, studio: Studio) -> None:
        teams = studio.as_(ADA).teams
        saved = teams.save(TeamSpec.model_validate(inner() | {"description": "First."}))
        teams.save(TeamSpec.model_validate(inner() | {"description": "Second."}), team_id=saved.team_id)
        for live, description in ((None, "Second."), (1, "First.")):
            teams.label_live(saved.team_id, live)
            own = studio.local.teams.written_out(outer(saved.team_id)).agents[1].own_team
            assert own is not None
            assert own.description == description

    def test_of_the_gallery_are_found_by_their_name(self, studio: Studio) -> None:
        written = studio.local.teams.written_out(outer("gallery:writer-and-critic"))
        assert [team.name for team in written.tree] == ["Office", "Writer and critic"]

    def test_that_are_not_there_keep_the_chat_from_starting_and_the_editor_says_it(self, studio: Studio) -> None:
        team = outer("gallery:nothing")
        with pytest.raises(SpecError, match=r"agents\.2\.team: There is no ready team 'nothing'"):
            studio.as_(ADA).chats.start(team, "Report.")
        assert "agents.2.team" in [warning.path for warning in studio.local.teams.warnings(team)]

    def test_that_have_themselves_in_them_are_refused(self, studio: Studio) -> None:
        teams = studio.as_(ADA).teams
        saved = teams.save(outer(inner()))
        teams.save(outer(saved.team_id), team_id=saved.team_id)
        with pytest.raises(SpecError, match="“Office” has itself in it"):
            studio.as_(ADA).chats.start(outer(saved.team_id), "Report.")

    def test_count_towards_how_deep_teams_may_go(self, studio: Studio) -> None:
        saved = studio.as_(ADA).teams.save(outer(outer(inner()).model_dump(mode="json")))
        with pytest.raises(SpecError, match="go 4 deep here; at most 3"):
            studio.as_(ADA).chats.start(outer(saved.team_id), "Report.")

    def test_with_a_tool_that_is_not_here_name_the_member_in_the_team_inside(self, studio: Studio) -> None:
        wrong = inner()
        wrong["agents"] = [BOSS, {"name": "Clerk", "prompt": "Help.", "tools": ["fly"]}]
        with pytest.raises(SpecError, match=r"agents\.2\.team\.agents\.2\.tools: There is no tool named 'fly'"):
            studio.as_(ADA).chats.start(outer(wrong), "Report.")


class TestMembersSwitchedOff:
    def test_take_no_part_in_teams_that_are_named_or_written_out_whatever_they_lack(
        self, studio: Studio, server: ScriptedServer
    ) -> None:
        off = {"is_off": True, "name": "Gone", "role": "team", "team": "gallery:nothing"}
        wrong = {"is_off": True, "name": "Wrong", "tools": ["fly"], "connection": "nowhere"}
        clerks = inner()
        clerks["agents"] = [*clerks["agents"], off, wrong]
        saved = studio.as_(ADA).teams.save(TeamSpec.model_validate(clerks))
        team = outer(saved.team_id, clerks)
        assert [warning.path for warning in studio.local.teams.warnings(team) if "fly" in warning.text] == []
        chat, _ = played(studio, team)
        pinned = studio.local.chats.state(chat).started
        assert pinned is not None
        assert [agent.name for each in pinned.spec.tree for agent in each.agents] == [
            "Boss", "Team1", "Team2", "Boss", "Clerk", "Boss", "Clerk",
        ]  # fmt: skip

    def test_ask_nothing_of_this_machine(self, studio: Studio) -> None:
        coders = inner()
        coders["agents"] = [*coders["agents"], {"name": "Runner", "role": "executor", "is_off": True}]
        assert studio.local.sandbox.warning(outer(coders)) == ""
        whole = studio.local.teams.as_it_runs(outer("gallery:writer-and-critic", coders))
        assert [each.name for each in whole.tree] == ["Office", "Writer and critic", "Clerks"]
        assert studio.local.teams.as_it_runs(outer("gallery:nothing", coders)).agents[1].team == "gallery:nothing"


class TestFiles:
    def test_go_to_the_team_and_what_it_makes_or_changes_comes_back(
        self, studio: Studio, server: ScriptedServer
    ) -> None:
        server.script(
            [
                call("write_file", path="notes/new.md", text="New."),
                call("write_file", path="given.md", text="Changed."),
                RESULT,
            ]
        )
        chat, said = played(studio, outer(inner()), files=[("given.md", b"Given."), ("left.md", b"Left.")])
        assert said[-1] == RESULT
        files = studio.settings.home / "workspaces" / chat / "files"
        assert (files / "notes" / "new.md").read_text() == "New."
        assert (files / "given.md").read_text() == "Changed."
        assert (files / "left.md").read_text() == "Left."
        state = studio.local.chats.state(chat)
        assert sorted(state.files) == ["given.md", "left.md", "notes/new.md"]
        (change,) = [
            recorded.event
            for recorded in studio.local.chats.log(chat)
            if isinstance(recorded.event, FilesChanged) and recorded.event.turn == 1
        ]
        assert [(each.path, each.change) for each in change.changes] == [
            ("given.md", "changed"),
            ("notes/new.md", "added"),
        ]
        assert change.agent == "Team1"

    def test_of_one_team_are_there_for_the_next(self, studio: Studio, server: ScriptedServer) -> None:
        server.script([call("write_file", path="a.md", text="From the first."), RESULT, call("read_file", path="a.md")])
        chat, _ = played(studio, outer(inner(), inner("Others")))
        assert "From the first." in str(server.records[-1].messages)
        assert sorted(studio.local.chats.state(f"{chat}-2").files) == ["a.md"]


class TestActs:
    def start(self, studio: Studio, **more: Any) -> str:
        """A chat whose team waits for a person; returns its id."""
        asked = inner(step_mode=True, policies=[])
        chats = studio.as_(ADA).chats
        chat = chats.start(outer(asked, **more), "Report.", run_here=True)
        for _ in chats.follow(chat):
            pass
        assert chats.get(f"{chat}-1").status == "waiting"
        assert chats.get(chat).status == "running"
        return chat

    def test_a_question_of_a_team_waits_in_the_inbox_under_the_title_of_the_chat(self, studio: Studio) -> None:
        chat = self.start(studio)
        (row,) = studio.local.requests.open()
        assert (row.chat, row.title) == (f"{chat}-1", "Report. › Clerks")

    def test_playing_answers_what_teams_ask_and_goes_on_at_the_top(self, studio: Studio) -> None:
        def approve(request: Any) -> Answer:
            return Answer(request.request, request.digest, verdict="edit", edit={"content": "Edited."})

        chat = self.start(studio)
        said = [message.content for message in studio.as_(ADA).chats.play(chat, approve)]
        assert said == ["Report.", "Edited."]

    def test_stop_and_continue_at_the_top_reach_the_team(self, studio: Studio) -> None:
        chat = self.start(studio)
        chats = studio.as_(ADA).chats
        chats.stop(chat)
        assert chats.get(f"{chat}-1").ended_text == "Ada stopped the chat."
        assert studio.local.requests.open() == []
        chats.continue_(chat, run_here=True)
        assert [chats.get(each).status for each in (chat, f"{chat}-1")] == ["running", "running"]
        assert chats.at_work(chat).chat == f"{chat}-1"

    def test_stopping_a_team_lets_the_chat_go_on_with_a_plain_result(self, studio: Studio) -> None:
        chat = self.start(studio)
        chats = studio.as_(ADA).chats
        chats.stop(f"{chat}-1")
        assert [message.content for message in chats.play(chat, nobody)] == ["Report.", STOPPED]

    def test_pausing_the_chat_says_that_its_team_waits_already(self, studio: Studio) -> None:
        chat = self.start(studio)
        with pytest.raises(ConflictError, match="waits for a person already"):
            studio.as_(ADA).chats.pause(chat)

    def test_a_part_is_deleted_and_restored_with_the_whole_alone(self, studio: Studio) -> None:
        chat = self.start(studio)
        chats = studio.as_(ADA).chats
        with pytest.raises(ConflictError, match=r"This chat is a part of “Report\.”, and is deleted together with it"):
            chats.delete(f"{chat}-1")
        chats.delete(chat)
        assert chats.get(f"{chat}-1").deleted_at is not None
        chats.restore(chat)
        assert chats.get(f"{chat}-1").deleted_at is None

    def test_all_that_is_stored_twice_agrees_when_the_chat_has_ended(self, studio: Studio) -> None:
        chat = self.start(studio)
        chats = studio.as_(ADA).chats
        chats.stop(chat)
        assert isinstance(chats.log(chat)[-1].event, ChatEnded)
        for each in (chat, f"{chat}-1"):
            assert studio.store.chats.verify(each) == []
