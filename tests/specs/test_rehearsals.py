"""Rehearsals as people write them, and those of the gallery, which fit their teams."""

import pytest

from agents.errors import SpecError
from agents.specs import ConnectionSpec, Rehearsal, dump_rehearsal, load_rehearsal
from agents.specs.gallery import FILES, gallery, gallery_file, rehearsals

TEAMS = {team.name: team.spec for team in gallery()}
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


class TestTheGallerysRehearsals:
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
        name = next(name for name, found in rehearsals().items() if found is rehearsal)
        assert rehearsal.task in TEAMS[name].example_tasks
