"""A team while it is being written: references follow their members, mistakes are found, nothing is lost."""

import pytest

from agents.specs import TeamSpec, load_team
from agents.specs.gallery import gallery
from pages.components.editor.draft import (
    check,
    discard,
    draft_of,
    duplicate_member,
    is_changed,
    load,
    move_member,
    remove_member,
    undo_remove,
)
from pages.components.editor.new_member import BLANK, add_member

READY = {team.name: team.spec for team in gallery()}


@pytest.fixture
def team() -> TeamSpec:
    return READY["support-desk"]


@pytest.fixture
def draft(team: TeamSpec):
    return draft_of("x", team, team_id="x", revision=1)


def uid(draft, name: str):
    return next(member["uid"] for member in draft.members if member["name"] == name)


class TestReading:
    @pytest.mark.parametrize("name", sorted(READY))
    def test_a_draft_of_a_team_is_that_team(self, name: str):
        draft = draft_of("x", READY[name])
        checked = check(draft)
        assert checked.spec == READY[name]
        assert not is_changed(draft, checked)

    def test_a_new_team_differs_from_what_is_saved_because_nothing_is(self, team: TeamSpec):
        draft = draft_of("x", team, is_new=True)
        assert is_changed(draft, check(draft))


class TestRenaming:
    def test_everything_that_names_a_member_follows_its_new_name(self, draft):
        draft.members[1]["name"] = "Dispatcher"
        spec = check(draft).spec
        assert spec is not None
        assert "Dispatcher" in (spec.selection.transitions or {})["Customer"]
        assert "Triage" not in str(spec.selection)

    def test_a_name_passed_through_in_mid_typing_loses_no_reference(self, draft, team: TeamSpec):
        for name in ("Triag", "Tria ge", "", "Billing", "Triage"):
            draft.members[1]["name"] = name
            check(draft)
        assert check(draft).spec == team

    def test_twins_are_told_at_the_names_of_both(self, draft):
        draft.members[2]["name"] = "Triage"
        text = "Another agent has the name 'Triage' too; change one."
        assert check(draft).problems == (("agents.2.name", text), ("agents.3.name", text))


class TestMembers:
    def test_removing_takes_every_reference_away_and_undo_brings_all_back(self, draft, team: TeamSpec):
        remove_member(draft, uid(draft, "Triage"))
        spec = check(draft).spec
        assert spec is not None
        assert "Triage" not in str((spec.selection, spec.termination, spec.initiator, spec.first_speaker))
        undo_remove(draft)
        assert check(draft).spec == team

    def test_undo_keeps_what_was_changed_since(self, draft):
        remove_member(draft, uid(draft, "Triage"))
        draft.fields["selection"]["method"] = "random"
        undo_remove(draft)
        spec = check(draft).spec
        assert spec is not None
        assert spec.selection.method == "random"
        assert [agent.name for agent in spec.agents][1] == "Triage"

    def test_a_duplicate_has_a_free_name_and_the_same_neighbours(self, draft):
        duplicate_member(draft, uid(draft, "Billing"))
        spec = check(draft).spec
        assert spec is not None
        assert [agent.name for agent in spec.agents][2:4] == ["Billing", "Billing_2"]
        graph = spec.selection.transitions or {}
        assert graph["Billing_2"] == graph["Billing"]
        assert "Billing_2" in graph["Triage"]

    def test_members_added_one_after_another_have_different_names(self, draft):
        for _ in range(3):
            add_member(draft, BLANK["assistant"])
        names = [member["name"] for member in draft.members]
        assert names[-3:] == ["Assistant", "Assistant_2", "Assistant_3"]
        assert not check(draft).problems

    def test_moving_past_the_ends_changes_nothing(self, draft, team: TeamSpec):
        move_member(draft, uid(draft, "Customer"), -1)
        assert check(draft).spec == team
        move_member(draft, uid(draft, "Customer"), 1)
        assert [member["name"] for member in draft.members][:2] == ["Triage", "Customer"]

    def test_one_member_alone_is_told_to_be_too_few(self, draft):
        for member in list(draft.members)[1:]:
            remove_member(draft, member["uid"])
        assert [path for path, _ in check(draft).problems] == ["agents"]


class TestMistakes:
    @pytest.mark.parametrize("text", ["{", "[1]", '"x"', "{'a': 1}", "[" * 5_000])
    def test_parameters_that_are_no_json_object_are_told_at_their_field(self, draft, text: str):
        draft.members[1]["parameters"] = text
        assert [path for path, _ in check(draft).problems] == ["agents.2.parameters"]

    def test_a_parameter_the_studio_sets_itself_is_refused_by_name(self, draft):
        draft.members[1]["parameters"] = '{"stream": false}'
        assert check(draft).problems == (("agents.2.parameters", "stream cannot be set here; remove it."),)

    @pytest.mark.parametrize(("name", "word"), [("", "not a name"), ("two words", "not a name"), ("tone", "twice")])
    def test_a_variable_without_a_usable_name_is_told_in_its_row(self, draft, name: str, word: str):
        draft.fields["variables"] = [["a", "tone", "friendly"], ["b", name, "x"]]
        ((path, text),) = check(draft).problems
        assert path == "variables.2"
        assert word in text

    def test_several_mistakes_are_told_at_once(self, draft):
        draft.fields["name"] = ""
        draft.members[0]["name"] = "1"
        draft.members[1]["parameters"] = "{"
        assert {path for path, _ in check(draft).problems} == {"name", "agents.1.name", "agents.2.parameters"}


class TestGoingBack:
    def test_discarding_gives_what_is_saved(self, draft, team: TeamSpec):
        draft.fields["name"] = "Other"
        draft.members.pop()
        discard(draft)
        assert check(draft).spec == team

    def test_another_revision_keeps_the_members_that_it_shares(self, draft):
        before = uid(draft, "Triage")
        load(draft, load_team("name: T\nagents: [{name: Triage}, {name: Other}]"))
        assert uid(draft, "Triage") == before
