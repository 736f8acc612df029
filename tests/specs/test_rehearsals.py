"""Rehearsals as people write them, and those of the gallery, which fit their teams."""

import pytest

from agents.errors import SpecError
from agents.specs import ConnectionSpec, Rehearsal, dump_rehearsal, load_rehearsal
from agents.specs.gallery import FILES, gallery, gallery_file, rehearsals
from agents.specs.rehearsal import in_real_time, script_name

TEAMS = {team.name: team.spec for team in gallery()}


def _name_of(rehearsal: Rehearsal) -> str:
    return next(name for name, found in rehearsals().items() if found is rehearsal)


STEP = "name: R\ntask: Go.\nsteps:\n  - {agent: Ada, says: Hello%s}\n"


class TestWrittenRehearsals:
    def test_one_written_out_reads_back_equal(self):
        for rehearsal in rehearsals().values():
            assert load_rehearsal(dump_rehearsal(rehearsal)) == rehearsal
            assert load_rehearsal(dump_rehearsal(rehearsal, "json")) == rehearsal

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            (", otherwise: Not so", "'otherwise' without 'heard'"),
            (", calls: [{tool: sql, is_beside: true}]", "stands beside none"),
            (", sings: La", "no field of this name"),
            (", calls: [{arguments: {}}]", "required"),
        ],
    )
    def test_what_cannot_be_played_is_refused_by_its_place(self, more: str, why: str):
        with pytest.raises(SpecError, match=why) as refused:
            load_rehearsal(STEP % more)
        assert refused.value.problems[0][0].startswith("steps.1")

    def test_an_agents_name_that_no_team_can_have_is_refused(self):
        with pytest.raises(SpecError, match="write a name as the team has it"):
            load_rehearsal((STEP % "").replace("Ada", "'A d a'"))

    def test_a_connection_refuses_a_script_that_cannot_be_played(self):
        with pytest.raises(ValueError, match="steps"):
            ConnectionSpec(name="mine", kind="rehearsed", script="name: R\ntask: Go.\nsteps: []\n")

    @pytest.mark.parametrize(
        "fields", [{"kind": "openai", "script": STEP % ""}, {"kind": "rehearsed", "api_key_env": "K"}]
    )
    def test_a_connection_has_a_script_or_a_server_and_not_both(self, fields: dict[str, str]):
        with pytest.raises(ValueError, match="rehears"):
            ConnectionSpec.model_validate({"name": "mine", **fields})


class TestRecordings:
    @pytest.mark.parametrize(
        ("call", "why"),
        [
            ("{step: 0, duration_s: 1}", "step"),
            ("{step: 1, duration_s: -1}", "duration_s"),
            ("{step: 1, tokens: {output: -1}, duration_s: 1}", "tokens"),
            ("{step: 1}", "duration_s"),
        ],
    )
    def test_figures_that_cannot_be_are_refused_by_their_place(self, call: str, why: str):
        text = f"{STEP % ''}recording:\n  day: 2026-11-30\n  model: m\n  calls: [{call}]\n"
        with pytest.raises(SpecError) as refused:
            load_rehearsal(text)
        assert refused.value.problems[0][0].startswith(f"recording.calls.1.{why}")

    def test_the_name_of_a_script_in_real_time_leads_back_to_it(self):
        assert script_name(in_real_time("product-team")) == script_name("product-team") == "product-team"
        assert script_name(in_real_time("")) == ""


class TestTheGallerysRehearsals:
    @pytest.mark.parametrize("rehearsal", rehearsals().values(), ids=rehearsals())
    def test_each_says_what_its_lines_take_and_how_that_is_known(self, rehearsal: Rehearsal):
        recording = rehearsal.recording
        assert recording is not None
        assert recording.how, "no model spoke these lines"
        assert all(call.tokens and call.cost_usd == 0 and call.first_token_s for call in recording.calls)
        spoken = {call.step: call for call in recording.calls if call.purpose == "reply"}
        members = {agent.name: agent for agent in TEAMS[_name_of(rehearsal)].agents}
        for number, step in enumerate(rehearsal.steps, start=1):
            if members[step.agent].has_model:
                n_chars, n_tokens = len(step.says), spoken[number].tokens["output"]
                assert 1.5 < n_chars / n_tokens < 6, f"step {number} was changed: python -m bench.record_rehearsals"

    def test_each_ready_team_has_one(self):
        assert set(rehearsals()) == set(TEAMS)

    @pytest.mark.parametrize("name", TEAMS)
    def test_everybody_in_it_is_in_the_team_and_calls_only_what_the_team_gives_them(self, name: str):
        team, rehearsal = TEAMS[name], rehearsals()[name]
        members = {agent.name: agent for agent in team.agents}
        assert set(rehearsal.agents) <= set(members)
        for step in rehearsal.steps:
            assert {call.tool for call in step.calls} <= set(members[step.agent].tools)
            assert step.says or members[step.agent].role == "executor"

    @pytest.mark.parametrize("name", TEAMS)
    def test_it_leaves_room_below_the_teams_limit_of_messages(self, name: str):
        most = TEAMS[name].limits.max_rounds
        assert most is None or 1 + len(rehearsals()[name].steps) < most

    @pytest.mark.parametrize("rehearsal", rehearsals().values(), ids=rehearsals())
    def test_what_it_attaches_is_there_and_small(self, rehearsal: Rehearsal):
        assert all(0 < len(gallery_file(name)) < 100_000 for name in rehearsal.files)

    def test_every_file_of_the_gallery_is_attached_by_one(self):
        attached = {name for rehearsal in rehearsals().values() for name in rehearsal.files}
        assert attached == {path.name.replace(".py.txt", ".py") for path in FILES.iterdir()}

    @pytest.mark.parametrize("rehearsal", rehearsals().values(), ids=rehearsals())
    def test_it_shows_the_first_task_of_its_team_or_another_of_them(self, rehearsal: Rehearsal):
        name = _name_of(rehearsal)
        assert rehearsal.task in TEAMS[name].example_tasks
