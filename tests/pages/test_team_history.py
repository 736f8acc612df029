"""Undo and redo in the team editor: whatever was changed comes back, step by step, also after a reload."""

import pytest
from streamlit.testing.v1 import AppTest

from agents.specs.gallery import gallery
from pages.components.editor import draft as drafts
from pages.components.editor.draft import TeamDraft, check, draft_of, load, remove_member
from pages.components.editor.history import MOST_CHARS, MOST_STEPS, record, redo, undo
from tests.support.app_pages import ANN, field, open_screen, pick, shown_text, words

TEAM = next(team.spec for team in gallery() if team.name == "support-desk")


@pytest.fixture
def draft() -> TeamDraft:
    draft = draft_of("x", TEAM, team_id="x", revision=1)
    record(draft)
    return draft


def rename(draft: TeamDraft, name: str) -> None:
    draft.fields["name"] = name
    record(draft)


class TestSteps:
    def test_ten_changes_of_every_kind_are_undone_and_redone(self, draft: TeamDraft):
        uid = draft.members[2]["uid"]
        changes = [
            lambda: draft.fields.update(name="Ours"),
            lambda: drafts.duplicate_member(draft, uid),
            lambda: draft.members[1].update(role="human"),
            lambda: drafts.move_member(draft, uid, -1),
            lambda: remove_member(draft, uid),
            lambda: draft.members[0].update(prompt="Be brief."),
            lambda: draft.fields["limits"].update(max_rounds=None),
            lambda: draft.fields["selection"].update(method="manual", transitions=None),
            lambda: draft.fields["variables"].append(["v1", "tone", "kind"]),
            lambda: load(draft, TEAM),
        ]
        seen = [check(draft).spec]
        for change in changes:
            change()
            record(draft)
            seen.append(check(draft).spec)
        for expected in reversed(seen[:-1]):
            undo(draft)
            assert check(draft).spec == expected
        undo(draft)
        assert check(draft).spec == TEAM
        for expected in seen[1:]:
            redo(draft)
            assert check(draft).spec == expected

    def test_what_a_field_changed_just_now_is_undone_first(self, draft: TeamDraft):
        rename(draft, "Ours")
        draft.fields["description"] = "Typed, and left by the press on Undo."
        undo(draft)
        assert draft.fields["name"] == "Ours"
        assert draft.fields["description"] == TEAM.description

    def test_text_typed_on_in_one_line_is_one_step(self, draft: TeamDraft):
        for typed in ("O", "Ou", "Our", "Our d", "Our desk"):
            rename(draft, typed)
        assert len(draft.history.back) == 1
        undo(draft)
        assert check(draft).spec == TEAM

    def test_a_change_of_another_field_is_a_step_of_its_own(self, draft: TeamDraft):
        draft.members[0]["prompt"] = "a"
        record(draft)
        draft.members[0]["reminder"] = "b"
        record(draft)
        undo(draft)
        assert (draft.members[0]["prompt"], draft.members[0]["reminder"]) == ("a", "")

    def test_nothing_is_redone_once_something_else_was_changed(self, draft: TeamDraft):
        rename(draft, "First")
        undo(draft)
        draft.fields["tags"] = ["mine"]
        redo(draft)
        assert draft.fields["name"] == TEAM.name
        assert draft.fields["tags"] == ["mine"]

    def test_steps_are_bounded_in_number_and_in_size(self, draft: TeamDraft):
        for number in range(MOST_STEPS + 20):
            draft.fields["limits"]["max_rounds"] = number + 20
            record(draft)
        assert len(draft.history.back) == MOST_STEPS
        for letter in "abcdef":
            draft.members[0]["prompt"] = letter * (MOST_CHARS // 3)
            record(draft)
        assert len(draft.history.back) <= 4
        undo(draft)
        assert draft.members[0]["prompt"][0] == "e"


@pytest.fixture
def row(studio):
    return studio.as_(ANN).teams.save(TEAM.model_copy(update={"name": "Our desk"}))


def pressed(page: AppTest, what: str, key: str) -> AppTest:
    return page.button(key=f"{key}:{what}_step").click().run()


def prompt(page: AppTest):
    return next(box for box in page.text_area if box.label == "Prompt")


class TestButtons:
    def test_undo_and_redo_are_offered_where_there_is_something(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        assert page.button(key=f"{row.team_id}:undo_step").disabled
        field(page, ":limits:max_rounds").set_value("77").run()
        pressed(page, "undo", row.team_id)
        assert field(page, ":limits:max_rounds").value == str(row.spec.limits.max_rounds)
        assert "Unsaved changes" not in words(page)
        assert page.button(key=f"{row.team_id}:undo_step").disabled
        pressed(page, "redo", row.team_id)
        assert field(page, ":limits:max_rounds").value == "77"
        assert page.button(key=f"{row.team_id}:redo_step").disabled

    def test_the_member_whose_change_was_undone_is_shown(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        prompt(page).set_value("Other words.").run()
        page = pick(page, "Triage")
        pressed(page, "undo", row.team_id)
        assert prompt(page).value == row.spec.agent("Billing").prompt
        assert page.session_state["part"] == "Agents"

    def test_the_part_whose_change_was_undone_comes_to_the_front(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_rounds").set_value("77").run()
        pressed(page, "undo", row.team_id)
        assert page.session_state["part"] == "Ending"

    def test_the_steps_are_there_after_a_reload(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_rounds").set_value("77").run()
        field(page, ":limits:max_rounds").set_value("40").run()
        page = open_screen("teams", team=row.team_id)
        assert field(page, ":limits:max_rounds").value == "40"
        pressed(page, "undo", row.team_id)
        assert field(page, ":limits:max_rounds").value == "77"

    def test_dropped_changes_come_back_by_undo(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_rounds").set_value("77").run()
        page.button(key=f"{row.team_id}:discard:yes").click().run()
        pressed(page, "undo", row.team_id)
        assert field(page, ":limits:max_rounds").value == "77"


class TestFixes:
    @pytest.fixture
    def weak(self, studio):
        """A team whose models never learn how to finish, and that nothing else ends."""
        agents = [agent.model_copy(update={"prompt": "You help.", "reminder": ""}) for agent in TEAM.agents]
        limits = TEAM.limits.model_copy(update={"max_rounds": None})
        spec = TEAM.model_copy(update={"agents": agents, "limits": limits, "name": "Weak", "variables": {}})
        return studio.as_(ANN).teams.save(spec)

    def test_a_press_takes_the_hint_away_and_undo_brings_it_back(self, studio, weak):
        page = open_screen("teams", team=weak.team_id)
        assert "nothing else ends this chat" in words(page)
        button = next(button for button in page.button if button.label == "Limit it to 12 messages")
        button.click().run()
        assert field(page, ":limits:max_rounds").value == "12"
        assert "nothing else ends this chat" not in words(page)
        assert "Unsaved changes" in words(page)
        pressed(page, "undo", weak.team_id)
        assert "nothing else ends this chat" in words(page)
        assert not page.exception

    def test_it_stands_in_the_summary_and_beneath_its_field(self, studio, weak):
        page = open_screen("teams", team=weak.team_id)
        assert sum(button.label == "Limit it to 12 messages" for button in page.button) == 2
        assert any("with a fix" in expander.label for expander in page.expander)

    def test_a_name_that_models_refuse_becomes_one_and_people_go_on_seeing_what_was_typed(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Feedback")
        next(widget for widget in page.text_input if widget.label == "Agent name").set_value("Köln office 2").run()
        next(button for button in page.button if shown_text(button.label) == "Call it Koln_office_2").click().run()
        assert "to fix before you can save" not in words(page)
        page.button(key=f"{row.team_id}:save").click().run()
        agent = studio.local.teams.get(row.team_id).spec.agent("Koln_office_2")
        assert agent.label == agent.display_name

    def test_of_two_with_one_name_one_gets_another(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Feedback")
        next(widget for widget in page.text_input if widget.label == "Agent name").set_value("Billing").run()
        assert "2 things to fix" in words(page)
        next(button for button in page.button if shown_text(button.label) == "Call it Billing_2").click().run()
        assert "to fix before you can save" not in words(page)

    def test_a_press_leads_to_where_a_hint_belongs(self, studio, weak):
        page = open_screen("teams", team=weak.team_id)
        page.button(key=f"{weak.team_id}:summary:show:0").click().run()
        assert page.session_state["part"] == "Ending"

    def test_all_of_them_can_be_pressed_one_after_another(self, studio, weak):
        page = open_screen("teams", team=weak.team_id)
        for _ in range(10):
            fixes = [button for button in page.button if ":summary:fix:" in str(button.key)]
            if not fixes:
                break
            fixes[0].click().run()
        assert "with a fix" not in words(page)
        assert not page.exception
