"""A team is proposed for a sentence: the model's reply is used, mended, or replaced, and the call is in the ledger."""

import json
import threading
from pathlib import Path

import pytest

from agents.cancellation import drain
from agents.chats import Person
from agents.errors import NotFoundError, StudioError, UsageError
from agents.permissions import RefusedError
from agents.specs import ConnectionSpec, TeamSpec
from agents.specs.team_proposal import TeamProposal
from agents.studio import ProposalState, Session, Studio
from tests.support.conversations import ADA
from tests.support.proposals import GOOD, TASK, reply
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import wait_until

BEN = Person(name="Ben")


@pytest.fixture
def me(studio: Studio, scripted: ConnectionSpec) -> Session:
    studio.local.connections.set_default(scripted.name)
    return studio.as_(ADA)


def proposed(me: Session, text: str = TASK) -> TeamProposal:
    return drain(me.proposals.propose(text))


def labels(proposal: TeamProposal) -> list[str]:
    return [each.agent.label for each in proposal.members]


def whole(proposal: TeamProposal) -> TeamSpec:
    team = proposal.team([each.agent.name for each in proposal.members])
    assert team is not None
    return team


def ended(me: Session, run: str) -> ProposalState:
    wait_until(lambda: not me.proposals.state(run).is_running, what="the proposal")
    return me.proposals.state(run)


def calls(studio: Studio) -> dict[str, int]:
    """How many calls the ledger has, by purpose and outcome."""
    totals = studio.store.ledger.totals_by("purpose", split_by="outcome")
    return {f"{total.key} {total.part}": total.spend.n_calls for total in totals}


class TestAGoodReply:
    def test_becomes_a_team_of_library_agents_and_new_ones(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script([reply()])
        proposal = proposed(me)
        assert (proposal.name, proposal.by_words) == ("Newsletter", False)
        team = whole(proposal)
        ready = {each.agent.name: each.agent for each in studio.local.library.ready()}
        assert (team.agent("Writer"), team.agent("Critic")) == (ready["Writer"], ready["Critic"])
        assert (team.agent("Gardener").tools, team.agent("Ann").role) == (["now"], "human")
        assert (team.selection.method, team.task_giver, team.first_speaker) == ("round_robin", "Ann", "Writer")
        assert (team.termination.by, team.limits.max_rounds) == (["Ann", "Critic"], 16)
        assert me.teams.warnings(team) == []

    def test_is_asked_for_once_with_a_schema_the_library_and_the_tools(self, me: Session, server: ScriptedServer):
        server.script([reply()])
        proposed(me)
        (record,) = server.records
        told = record.messages[0]["content"]
        assert TASK in record.messages[-1]["content"]
        assert "- Fact checker: " in told
        assert "- calculate: " in told
        assert "http_get" not in told
        shape = record.parameters["response_format"]["json_schema"]["schema"]
        assert {"name", "members", "speakers", "ending"} <= set(shape["required"])

    def test_is_in_the_ledger_under_a_purpose_of_its_own(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script([reply()])
        proposed(me)
        assert calls(studio) == {"propose ok": 1}
        (total,) = studio.store.ledger.totals_by("day", split_by="team")
        assert total.part == ""
        assert total.spend.n_tokens > 0

    def test_of_which_some_are_taken_is_a_team_of_those(self, me: Session, server: ScriptedServer):
        server.script([reply()])
        proposal = proposed(me)
        team = proposal.team(["Gardener", "Ann"])
        assert team is not None
        assert "TERMINATE" in team.agent("Gardener").prompt
        assert me.teams.warnings(team) == []
        assert proposal.team(["Gardener"]) is None
        assert proposal.team(["Ann"]) is None


class TestAServerThatTakesNoSchema:
    def test_is_told_it_in_words(self, me: Session, server: ScriptedServer):
        refusal = {"error": {"message": "Unsupported parameter: 'response_format'", "param": "response_format"}}
        server.script([Reply(status=400, body=refusal), reply()])
        assert labels(proposed(me)) == ["Writer", "Gardener", "Ann", "Critic"]
        said = json.dumps(server.records[-1].messages)
        assert "response_format" not in server.records[-1].parameters
        assert "max_messages" in said


class TestAReplyThatIsHalfBroken:
    def test_is_mended_once_by_its_model(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script([reply(members=None), reply()])
        assert labels(proposed(me)) == ["Writer", "Gardener", "Ann", "Critic"]
        assert "This reply does not have its shape" in server.records[-1].messages[-1]["content"]
        assert calls(studio) == {"propose ok": 2}

    def test_that_stays_wrong_is_mended_here(self, me: Session, server: ScriptedServer):
        new = {"name": "Cook", "description": "Cooks.", "tools": ["fly", "now", "now", 7]}
        wrong = reply(members=[new, dict(new), {"library": "No such agent"}, 5, {"role": "person"}], max_messages=10**9)
        server.script([wrong, wrong])
        team = whole(proposed(me))
        assert [agent.name for agent in team.agents] == ["Cook", "Cook_2", "No_such_agent"]
        assert team.agents[0].tools == ["now"]
        assert team.limits.max_rounds == 60
        assert [agent.name for agent in team.agents if "TERMINATE" in agent.prompt] == ["No_such_agent"]
        assert len(server.records) == 2

    def test_that_was_cut_is_used_as_far_as_it_goes(self, me: Session, server: ScriptedServer):
        server.script([Reply(reply()[:330], finish_reason="length")])
        proposal = proposed(me)
        assert labels(proposal) == ["Writer", "Gardener"]
        assert me.teams.warnings(whole(proposal)) == []
        assert len(server.records) == 1

    def test_with_words_around_it_is_read(self, me: Session, server: ScriptedServer):
        server.script([f"Here you are:\n```json\n{reply()}\n```\nHave fun.", "no"])
        assert labels(proposed(me)) == ["Writer", "Gardener", "Ann", "Critic"]

    def test_with_one_speaker_alone_gets_a_person(self, me: Session, server: ScriptedServer):
        alone = reply(members=[{"library": "Teacher"}])
        server.script([alone, alone])
        assert [agent.name for agent in whole(proposed(me)).agents] == ["You", "Teacher"]

    def test_tells_no_key_and_hides_nothing(self, me: Session, server: ScriptedServer):
        key = "sk-proj-AbCdEfGh1234567890"
        server.script([reply(name=f"A\u202e {key}\n<b>", purpose="x" * 5_000)])
        proposal = proposed(me)
        assert proposal.name == "A [key] <b>"
        assert len(proposal.purpose) == 1_000
        me.teams.save(whole(proposal))


class TestAReplyThatCannotBeUsed:
    @pytest.mark.parametrize("said", ["I am sorry.", "[]", '{"members": "none"}', '{"members": [{"role": "person"}]}'])
    def test_gives_way_to_library_agents_that_fit(self, me: Session, server: ScriptedServer, said: str):
        server.script([said, said])
        proposal = proposed(me, "Check a contract for risks, then translate it.")
        assert proposal.by_words
        assert "Translator" in labels(proposal)
        assert me.teams.warnings(whole(proposal)) == []

    def test_and_one_that_says_nothing_too(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script([Reply(""), Reply("")])
        assert proposed(me).by_words
        assert calls(studio) == {"propose empty": 2}


class TestNoReply:
    def test_is_told_in_plain_words_and_is_in_the_ledger(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script(["fault-401"])
        with pytest.raises(StudioError, match="key"):
            proposed(me)
        assert calls(studio) == {"propose unauthorized": 1}

    def test_lets_the_connections_behind_it_be_asked(self, studio: Studio, me: Session, server: ScriptedServer):
        studio.local.connections.save(
            ConnectionSpec(
                name="first", base_url="http://127.0.0.1:9/v1", model="m", max_retries=0, fallbacks=["scripted"]
            )
        )
        studio.local.connections.set_default("first")
        server.script([reply()])
        assert not proposed(me).by_words
        assert calls(studio) == {"propose ok": 1, "propose refused": 1}

    def test_comes_from_a_script(self, studio: Studio, me: Session):
        script = (Path(__file__).parents[2] / "agents/specs/gallery/rehearsals/debate.yaml").read_text()
        studio.local.connections.save(ConnectionSpec(name="played", kind="rehearsed", script=script))
        studio.local.connections.set_default("played")
        with pytest.raises(StudioError, match="plays a script"):
            proposed(me)

    @pytest.mark.parametrize(("text", "why"), [("  ", "a sentence or two"), ("x" * 2_001, "2,001 characters")])
    def test_is_asked_for_what_says_nothing_or_too_much(self, me: Session, server: ScriptedServer, text: str, why: str):
        with pytest.raises(UsageError, match=why):
            me.proposals.begin(text)
        assert server.records == []


class TestInTheBackground:
    def test_it_says_how_far_it_is_and_then_what_it_is(self, me: Session, server: ScriptedServer):
        go_on = threading.Event()
        server.script([Reply(reply(), waits_for=go_on, words_a_piece=14)])
        run = me.proposals.begin(TASK)
        wait_until(lambda: me.proposals.state(run).names == ("Writer",), what="the first member")
        assert me.proposals.state(run).is_running
        go_on.set()
        proposal = ended(me, run).proposal
        assert proposal is not None
        assert proposal.name == "Newsletter"

    def test_stopped_it_is_over_at_once_and_its_call_is_in_the_ledger(
        self, studio: Studio, me: Session, server: ScriptedServer
    ):
        server.script([Reply(reply(), piece_delay_s=0.05)])
        run = me.proposals.begin(TASK)
        server.wait_for(lambda records: records)
        me.proposals.stop(run)
        state = me.proposals.state(run)
        assert (state.is_running, state.is_stopped, state.proposal) == (False, True, None)
        wait_until(lambda: calls(studio) == {"propose unknown": 1}, what="the call in the ledger")
        server.wait_for(lambda records: records[0].outcome == "closed by client")

    def test_its_failure_is_kept_for_who_looks(self, me: Session, server: ScriptedServer):
        server.script(["fault-401"])
        state = ended(me, me.proposals.begin(TASK))
        assert state.proposal is None
        assert "key" in state.error
        assert state.text == TASK

    def test_nobody_else_sees_or_stops_it(self, studio: Studio, me: Session, server: ScriptedServer):
        server.script([reply()])
        run = me.proposals.begin(TASK)
        for act in (studio.as_(BEN).proposals.state, studio.as_(BEN).proposals.stop):
            with pytest.raises(NotFoundError):
                act(run)
        assert ended(me, run).proposal is not None

    def test_it_is_for_those_who_run_teams_or_administer(self, studio: Studio, me: Session, server: ScriptedServer):
        (studio.settings.home / "access.toml").write_text('view = ["*"]\nrun = ["rita@example.com"]\n')
        vera, rita = (Person(name=f"{name}@example.com", is_verified=True) for name in ("vera", "rita"))
        for ask in (studio.as_(vera).proposals.begin, studio.as_(vera).proposals.propose):
            with pytest.raises(RefusedError):
                ask(TASK)
        assert server.records == []
        server.script([reply()])
        assert not drain(studio.as_(rita).proposals.propose(TASK)).by_words


def test_the_good_reply_is_the_schemas(me: Session, server: ScriptedServer):
    server.script([json.dumps(GOOD)])
    proposed(me)
    assert len(server.records) == 1
