"""Teams, as AppTest sees it: finding one, editing it, saving against others, going back, bringing one in."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from agents.specs import SELECTION_MESSAGE, SELECTION_PROMPT, dump_team
from pages.components.editor import saving
from tests.support.app_pages import ANN, BOB, field, key_of, open_screen, pick, played, shown_text, words
from tests.support.deciders import deciders
from tests.support.listings import LESSON, TWO_AGENTS

GALLERY = "gallery:support-desk"


@pytest.fixture
def row(studio):
    """A saved team at revision 1."""
    spec = studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
    return studio.as_(ANN).teams.save(spec)


def team_name(page: AppTest):
    """The team's own name field, not a member's."""
    return next(widget for widget in page.text_input if widget.label == "Name")


def edited(page: AppTest, name: str) -> AppTest:
    team_name(page).set_value(name)
    return page.run()


def member_names(page: AppTest) -> list[str]:
    return [button.label for button in page.button if ":pick:" in str(button.key)]


class TestFinding:
    def test_without_own_teams_the_ready_ones_are_there_and_a_word_on_how_to_have_one(self, studio):
        page = open_screen("teams")
        assert "None yet. Save a ready team as yours" in words(page)
        assert [heading.value for heading in page.subheader] == ["Your teams", "Ready teams"]
        assert page.button(key="gallery:gallery:writer-and-critic:open").label == "Open"
        assert not page.exception

    def test_words_find_teams_by_their_members_and_tags_narrow_it(self, studio, row):
        page = open_screen("teams")
        page.text_input(key="team_search").set_value("triage our").run()
        opens = [b.key for b in page.button if str(b.key).endswith(":open")]
        assert opens == [f"own:{row.team_id}:open", "gallery:gallery:support-desk:open"]
        page.text_input(key="team_search").set_value("").run()
        page.pills(key="team_tags").set_value(["writing", "two agents"]).run()
        assert [b.key for b in page.button if str(b.key).endswith(":open")] == [
            "gallery:gallery:writer-and-critic:open",
            "gallery:gallery:translation:open",
        ]

    def test_a_card_says_what_the_team_needs_and_what_it_took_when_a_model_last_spoke(self, studio):
        assert "Last run" not in words(open_screen("teams"))
        played(studio, "Write a poem", cost_usd=0.12, end="QA said TERMINATE.")
        page = open_screen("teams")
        captions = [str(caption.value) for caption in page.caption]
        assert sum("Last run" in caption for caption in captions) == 1
        assert any("Last run: $0.12, 1 turn" in shown_text(caption) for caption in captions)
        assert "You take part" in words(page)
        assert "Code runs in the sandbox once you approve it" in words(page)

    def test_nothing_found_is_said(self, studio):
        page = open_screen("teams")
        page.text_input(key="team_search").set_value("zeppelin").run()
        assert "No teams match" in words(page)

    def test_an_address_that_leads_nowhere_is_told_in_words(self, studio):
        page = open_screen("teams", team="nobody")
        assert "There is no team 'nobody'" in words(page)
        assert not page.exception


class TestSaving:
    def test_a_ready_team_becomes_ones_own_and_stays_as_it_was(self, studio):
        page = edited(open_screen("teams", team=GALLERY), "My desk")
        page.button(key=f"{GALLERY}:save").click().run()
        (row,) = studio.local.teams.rows()
        assert row.spec.name == "My desk"
        assert studio.local.teams.from_gallery("support-desk").name == "Support desk"
        assert page.query_params["team"] in (row.team_id, [row.team_id])
        assert "Revision 1" in words(page)

    def test_saving_makes_the_next_revision(self, studio, row):
        page = edited(open_screen("teams", team=row.team_id), "Their desk")
        assert "Unsaved changes" in words(page)
        page.button(key=f"{row.team_id}:save").click().run()
        assert [(r.revision, r.spec.name) for r in studio.local.teams.revisions(row.team_id)] == [
            (2, "Their desk"),
            (1, "Our desk"),
        ]
        assert "Unsaved changes" not in words(page)
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).revision == 2

    def test_what_is_not_saved_survives_a_walk_through_other_pages(self, studio, row):
        page = edited(open_screen("teams", team=row.team_id), "Their desk")
        page = open_screen("home", page)
        page = open_screen("teams", page)
        assert "Unsaved" in words(page)
        page = open_screen("teams", page, team=row.team_id)
        assert team_name(page).value == "Their desk"
        assert studio.local.teams.get(row.team_id).spec.name == "Our desk"

    def test_discarding_shows_what_is_saved(self, studio, row):
        page = edited(open_screen("teams", team=row.team_id), "Their desk")
        page.button(key=f"{row.team_id}:discard:yes").click().run()
        assert team_name(page).value == "Our desk"
        assert "Unsaved changes" not in words(page)

    def test_a_new_team_is_saved_nowhere_until_it_is_saved(self, studio):
        page = open_screen("teams")
        page.button(key="teams:new").click().run()
        assert "Not saved yet" in words(page)
        assert studio.local.teams.rows() == []
        key = key_of(page, ":save", "button")
        page.button(key=key).click().run()
        assert len(studio.local.teams.rows()) == 1
        assert not page.exception


def ends(page: AppTest) -> str:
    """The sentence that screen readers get, which is said whole in the head."""
    html = next(part.proto.body for part in page.get("html") if "only-read" in part.proto.body)
    return unescape(re.sub(r"<[^>]*>", "", html))


class TestEndingsInPlace:
    """The fields behind the parts of the sentence, beside those of the part "Ending"."""

    def test_each_part_has_its_field_and_what_is_changed_in_it_is_changed_everywhere(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":ends_limits:max_rounds").set_value("7").run()
        assert "Asks you after 7 messages" in ends(page)
        assert field(page, ":limits:max_rounds~1").value == "7"
        field(page, ":limits:max_rounds~1").set_value("9").run()
        assert "Asks you after 9 messages" in ends(page)
        assert field(page, ":limits:max_rounds~1").value == "9"
        assert field(page, ":ends_limits:max_rounds~1").value == "9"
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).spec.limits.max_rounds == 9

    def test_who_and_what_then_are_parts_too_and_undo_takes_them_back(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":termination:phrases", "multiselect").set_value(["BYE"]).run()
        assert ends(page).startswith("Ends when somebody says BYE.")
        who = field(page, ":ends_termination:by", "multiselect")
        who.set_value([who.options.index("Billing")] if "Billing" not in who.options else ["Billing"]).run()
        assert ends(page).startswith("Ends when Billing says BYE.")
        field(page, ":ends_limits:when_reached", "segmented_control").set_value("end").run()
        assert ends(page).startswith("Ends when Billing says BYE, ")
        page.button(key=f"{row.team_id}:undo_step").click().run()
        page.button(key=f"{row.team_id}:undo_step").click().run()
        assert ends(page).startswith("Ends when somebody says BYE. Asks you")
        assert not page.exception

    @pytest.mark.parametrize("typed", ["twelve", "nan", "0"])
    def test_the_sentence_stays_while_what_is_typed_is_wrong_and_the_field_says_why(self, studio, row, typed):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_cost_usd").set_value("0.5").run()
        field(page, ":ends_limits:max_cost_usd").set_value(typed).run()
        page.run()
        assert "at $0.50" in ends(page)
        assert "1 thing to fix" in words(page)
        assert field(page, ":ends_limits:max_cost_usd").value == typed
        field(page, ":ends_limits:max_cost_usd").set_value("2").run()
        assert "at $2.00" in ends(page)

    def test_names_and_phrases_of_whoever_wrote_them_stay_text(self, studio, row):
        hostile = "<img src=x onerror=alert(1)>"
        page = open_screen("teams", team=row.team_id)
        field(page, ":termination:phrases", "multiselect").set_value([hostile]).run()
        html = "".join(part.proto.body for part in page.get("html"))
        assert "<img" not in html
        assert hostile in ends(page)


class TestEditing:
    def test_a_bad_name_is_told_next_to_it_and_cannot_be_saved(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        next(widget for widget in page.text_input if widget.label == "Agent name").set_value("Bill ing")
        page.run()
        assert "Found 'Bill ing'; a name starts with a letter" in words(page)
        assert "1 thing to fix before you can save" in words(page)
        page.button(key=f"{row.team_id}:save").click().run()
        assert "Not saved" in words(page)
        assert studio.local.teams.get(row.team_id).revision == 1
        assert page.button(key=f"{row.team_id}:start").disabled

    def test_parameters_that_are_no_json_are_told_and_come_back_as_typed(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        field(page, ":parameters", "text_area").set_value("{oops").run()
        assert "This is not valid JSON" in words(page)
        page = pick(pick(page, "Triage"), "Billing")
        assert field(page, ":parameters", "text_area").value == "{oops"
        field(page, ":parameters", "text_area").set_value('{"top_p": 0.5}').run()
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).spec.agent("Billing").parameters == {"top_p": 0.5}

    def test_a_member_removed_by_mistake_comes_back(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        field(page, ":Remove", "button").click().run()
        assert not any("Billing" in name for name in member_names(page))
        assert "Removed Billing." in words(page)
        assert any(part.value.startswith("####") and "Technical support" in part.value for part in page.markdown)
        page.button(key=f"{row.team_id}:undo").click().run()
        assert any("Billing" in name for name in member_names(page))
        assert "Unsaved changes" not in words(page)

    def test_members_are_added_copied_and_ordered(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        field(page, ":Duplicate", "button").click().run()
        field(page, ":Move up", "button").click().run()
        page.button(key=f"{row.team_id}:save").click().run()
        names = [agent.name for agent in studio.local.teams.get(row.team_id).spec.agents]
        assert names[2:4] == ["Billing_2", "Billing"]

    def test_a_tick_in_the_matrix_lets_a_member_follow(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        box = next(box for box in page.checkbox if box.label == "Feedback may speak after Billing")
        box.check().run()
        page.button(key=f"{row.team_id}:save").click().run()
        assert "Feedback" in studio.local.teams.get(row.team_id).spec.selection.transitions["Billing"]

    def test_when_it_ends_is_one_sentence_on_top_and_before_a_start(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_cost_usd").set_value("0.5").run()
        assert ends(page).startswith("Ends when you press End. Asks you after 30 messages, at $0.50")
        page.button(key=f"{row.team_id}:ends").click().run()
        assert page.session_state["part"] == "Ending"
        n_told = words(page).count("Ends when you press End.")
        page.button(key=f"{row.team_id}:start").click().run()
        assert words(page).count("Ends when you press End.") == n_told + 1

    def test_the_way_of_selecting_limits_and_phrases_are_saved(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":selection:method", "segmented_control").set_value("round_robin").run()
        field(page, ":limits:max_cost_usd").set_value("0.5").run()
        field(page, ":limits:max_rounds").set_value("").run()
        page.button(key=f"{row.team_id}:save").click().run()
        spec = studio.local.teams.get(row.team_id).spec
        assert spec.selection.method == "round_robin"
        assert spec.limits.max_cost_usd == 0.5
        assert spec.limits.max_rounds is None

    @pytest.mark.parametrize("typed", ["twelve", "0,5", "1 000", "nan", "0"])
    def test_what_is_no_limit_stays_in_its_field_which_says_why(self, row, typed):
        page = open_screen("teams", team=row.team_id)
        field(page, ":limits:max_cost_usd").set_value(typed).run()
        assert field(page, ":limits:max_cost_usd").value == typed
        assert "1 thing to fix before you can save" in words(page)
        assert "Ending, limits, cost in dollars" in words(page)
        field(page, ":limits:max_cost_usd").set_value(" 1.5 ").run()
        assert "to fix before you can save" not in words(page)

    def test_selection_prompts_and_introductions_are_saved_and_the_usual_texts_come_back(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":selection:message", "text_area").set_value("Who of {agentlist}?").run()
        field(page, ":selection:prompt", "text_area").set_value("").run()
        field(page, ":selection:prompt_role", "segmented_control").set_value("user").run()
        field(page, ":selection:named", "toggle").set_value(True).run()
        field(page, ":introductions", "toggle").set_value(True).run()
        page.button(key=f"{row.team_id}:save").click().run()
        spec = studio.local.teams.get(row.team_id).spec
        assert (spec.selection.message, spec.selection.prompt) == ("Who of {agentlist}?", "")
        assert (spec.selection.prompt_role, spec.selection.named, spec.introductions) == ("user", True, True)
        page.button(key=f"{row.team_id}:usual_prompts").click().run()
        page.button(key=f"{row.team_id}:save").click().run()
        selection = studio.local.teams.get(row.team_id).spec.selection
        assert (selection.message, selection.prompt) == (SELECTION_MESSAGE, SELECTION_PROMPT)

    def test_functions_of_the_plugins_folder_are_chosen_where_there_are_any(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        assert not [box for box in page.selectbox if str(box.key).endswith(":function")]
        deciders(studio.settings.plugins)
        page = open_screen("teams", team=row.team_id)
        assert "backwards" in field(page, ":selection:function", "selectbox").options
        assert "after_three" not in field(page, ":selection:function", "selectbox").options
        field(page, ":selection:function", "selectbox").set_value("backwards").run()
        field(page, ":termination:function", "selectbox").set_value("after_three").run()
        page.button(key=f"{row.team_id}:save").click().run()
        spec = studio.local.teams.get(row.team_id).spec
        assert (spec.selection.function, spec.termination.function) == ("backwards", "after_three")
        (studio.settings.plugins / "deciders.py").unlink()
        page = open_screen("teams", team=row.team_id)
        assert "There is no function named 'backwards' for this; there are: none." in words(page)

    def test_an_empty_selection_prompt_is_told_by_its_label(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        field(page, ":selection:message", "text_area").set_value(" ").run()
        assert any("Conversation, selection, before the conversation" in text.value for text in page.markdown)

    def test_a_human_mode_can_be_given_and_taken_back(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        field(page, ":human_input_mode", "selectbox").set_value("TERMINATE").run()
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).spec.agent("Billing").human_input_mode == "TERMINATE"
        field(page, ":human_input_mode", "selectbox").set_value("").run()
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).spec.agent("Billing").human_input_mode is None

    def test_a_connection_that_is_not_there_is_warned_about(self, studio, row):
        spec = row.spec.model_copy(update={"connection": "gone"})
        studio.as_(ANN).teams.save(spec, team_id=row.team_id)
        page = open_screen("teams", team=row.team_id)
        assert "no connection named 'gone'" in words(page)
        assert not page.exception


class TestSavedMeanwhile:
    @pytest.fixture
    def page(self, studio, row):
        page = edited(open_screen("teams", team=row.team_id), "Mine")
        studio.as_(BOB).teams.save(row.spec.model_copy(update={"name": "Theirs"}), team_id=row.team_id)
        return page.button(key=f"{row.team_id}:save").click().run()

    def test_the_other_s_save_is_told_and_nothing_of_either_is_lost(self, studio, row, page):
        assert "Bob saved revision 2" in words(page)
        assert "Name: Our desk → Theirs" in words(page)
        assert team_name(page).value == "Mine"
        assert studio.local.teams.get(row.team_id).spec.name == "Theirs"

    def test_mine_can_be_the_next_revision(self, studio, row, page):
        page.button(key=f"{row.team_id}:mine").click().run()
        assert studio.local.teams.get(row.team_id).spec.name == "Mine"
        assert studio.local.teams.get(row.team_id).revision == 3

    def test_theirs_can_be_taken(self, studio, row, page):
        page.button(key=f"{row.team_id}:theirs").click().run()
        assert team_name(page).value == "Theirs"
        assert "Unsaved changes" not in words(page)

    def test_both_can_be_kept(self, studio, row, page):
        page.button(key=f"{row.team_id}:both").click().run()
        assert sorted(team.spec.name for team in studio.local.teams.rows()) == ["Mine (mine)", "Theirs"]

    def test_who_changed_nothing_is_told_and_shown_it_by_a_press(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        studio.as_(BOB).teams.save(row.spec.model_copy(update={"name": "Theirs"}), team_id=row.team_id)
        page.run()
        assert "Bob saved revision 2" in words(page)
        assert team_name(page).value == "Our desk"
        page.button(key=f"{row.team_id}:show").click().run()
        assert team_name(page).value == "Theirs"
        assert "saved revision 2" not in words(page)

    def test_a_team_deleted_meanwhile_can_be_saved_as_a_new_one(self, studio, row):
        page = edited(open_screen("teams", team=row.team_id), "Mine")
        studio.local.teams.delete(row.team_id)
        page.button(key=f"{row.team_id}:save").click().run()
        assert "deleted meanwhile" in words(page)
        page.button(key=f"{row.team_id}:save").click().run()
        assert [team.spec.name for team in studio.local.teams.rows()] == ["Mine"]


class TestRevisions:
    def test_an_old_one_comes_back_as_a_change_to_save(self, studio, row):
        studio.as_(BOB).teams.save(row.spec.model_copy(update={"name": "Second"}), team_id=row.team_id)
        page = open_screen("teams", team=row.team_id)
        page.selectbox(key=f"{row.team_id}:revision").set_value(1).run()
        assert "Name: Our desk → Second" in words(page)
        page.toggle(key=f"{row.team_id}:revision:as_text").set_value(True).run()
        assert "-name: Our desk" in words(page)
        assert "+name: Second" in words(page)
        page.button(key=f"{row.team_id}:restore").click().run()
        assert team_name(page).value == "Our desk"
        page.button(key=f"{row.team_id}:save").click().run()
        assert studio.local.teams.get(row.team_id).revision == 3
        assert studio.local.teams.get(row.team_id).spec == row.spec


def first_own_team() -> None:
    from pages.components.person import session
    from pages.components.start_chat import form, own_teams

    form(session(), own_teams(session())[0])


class TestLabels:
    @pytest.fixture
    def newest(self, studio, row):
        """A second revision of the team."""
        return studio.as_(BOB).teams.save(row.spec.model_copy(update={"name": "Second"}), team_id=row.team_id)

    def test_a_revision_is_made_live_and_undo_takes_the_label_back(self, studio, row, newest):
        page = open_screen("teams", team=row.team_id)
        assert "No revision is live: chats use the newest one." in words(page)
        page.selectbox(key=f"{row.team_id}:revision").set_value(1).run()
        page.button(key="revision:live").click().run()
        assert studio.local.teams.get(row.team_id).live_revision == 1
        assert "Revision 1 is live now." in words(page)
        assert "Newer ones are drafts until you make one of them live." in words(page)
        titles = page.selectbox(key=f"{row.team_id}:revision").options
        assert [title.partition(" ·")[0] for title in titles] == ["2 (draft, newest)", "1 (live)"]
        page.button(key="revision:undo").click().run()
        assert studio.local.teams.get(row.team_id).live_revision is None
        assert "is live now" not in words(page)

    def test_the_live_one_can_be_no_longer_live(self, studio, row, newest):
        studio.as_(ANN).teams.label_live(row.team_id, 2)
        page = open_screen("teams", team=row.team_id)
        page.button(key="revision:no_longer").click().run()
        assert studio.local.teams.get(row.team_id).live_revision is None
        page.button(key="revision:undo").click().run()
        assert studio.local.teams.get(row.team_id).live_revision == 2

    def test_the_list_starts_the_live_one_and_says_so(self, studio, row, newest):
        studio.as_(ANN).teams.label_live(row.team_id, 1)
        page = open_screen("teams")
        assert "Revision 1, which is live; revision 2 is a draft" in words(page)
        assert "Second" not in words(page)
        page.button(key=f"own:{row.team_id}:start").click().run()
        assert words(page).count("Revision 1, which is live") == 2
        page = AppTest.from_function(first_own_team).run()
        page.text_area(key=f"start:{row.team_id}:task").set_value("Help.")
        page.button(key=f"start:{row.team_id}:go").click().run()
        (chat,) = studio.local.chats.rows()
        assert (chat.team_name, chat.revision) == ("Our desk", 1)

    def test_the_editor_opens_the_newest_and_starts_what_is_on_the_screen(self, studio, row, newest):
        studio.as_(ANN).teams.label_live(row.team_id, 1)
        page = open_screen("teams", team=row.team_id)
        assert "Draft" in words(page)
        page.button(key=f"{row.team_id}:start").click().run()
        assert "The chat uses the team as you see it, revision 2. Revision 1 is live." in words(page)

    def test_saving_says_which_one_stays_live(self, studio, row):
        studio.as_(ANN).teams.label_live(row.team_id, 1)
        page = edited(open_screen("teams", team=row.team_id), "Third")
        page.button(key=f"{row.team_id}:save").click().run()
        assert "Saved as revision 2. Revision 1 stays live." in words(page)

    def test_the_chats_of_a_revision_are_a_press_away(self, studio, row, newest):
        me = studio.as_(ANN).chats
        for spec, revision, task in ((row.spec, 1, "Old one"), (newest.spec, 2, "New one")):
            me.start(spec, task, team_id=row.team_id, revision=revision)
        link = next(
            one for one in open_screen("teams", team=row.team_id).get("page_link") if "1 chat" in one.proto.label
        )
        assert link.proto.query_string == f"team={row.team_id}&revision=2"
        page = open_screen("chat", team=row.team_id, revision="2")
        assert "Chats of **Second**, revision 2" in words(page)
        assert "New one" in words(page)
        assert "Old one" not in words(page)
        page.button(key="chats:all").click().run()
        assert "Old one" in words(page)

    def test_an_address_of_a_revision_that_is_not_there_is_told(self, studio, row):
        studio.as_(ANN).chats.start(row.spec, "One", team_id=row.team_id, revision=1)
        for revision in ("9", "9" * 40, "one"):
            page = open_screen("chat", team=row.team_id, revision=revision)
            assert not page.exception
        assert "There is no revision 9" in words(open_screen("chat", team=row.team_id, revision="9"))


class TestDeleting:
    def test_a_press_asks_first(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        page.button(key=f"{row.team_id}:delete").click().run()
        assert "and all its revisions are deleted, its files too" in words(page)
        assert len(studio.local.teams.rows()) == 1

    def test_undo_brings_it_back(self, studio, row):
        studio.local.teams.delete(row.team_id)
        page = open_screen("teams")
        page.session_state[saving.DELETED] = (row.team_id, "Our desk")
        page.run()
        assert "Deleted Our desk." in words(page).replace("*", "")
        page.button(key="teams:undo").click().run()
        assert [team.team_id for team in studio.local.teams.rows()] == [row.team_id]
        assert "Deleted" not in words(page)


def import_form() -> None:
    import streamlit as st

    from pages.components.editor.import_dialog import import_form

    st.write("made " + (" + ".join(team.name for team in import_form("import")) or "nothing"))


class TestImporting:
    @pytest.fixture
    def page(self, studio):
        return AppTest.from_function(import_form).run()

    def read(self, page: AppTest, text: str) -> str:
        page.text_area(key="import:text").set_value(text)
        page.button(key="import:go").click().run()
        assert not page.exception
        return words(page)

    @pytest.mark.parametrize("format", ["yaml", "json"])
    def test_what_was_exported_is_shown_and_then_made(self, studio, page, format):
        shown = self.read(page, dump_team(studio.local.teams.from_gallery("support-desk"), format))
        assert "1 team found in a team file." in shown
        assert "made nothing" in shown
        page.button(key="import:create").click().run()
        assert "made Support desk" in words(page)
        assert studio.local.teams.rows() == []

    def test_of_several_teams_those_that_are_ticked_are_made(self, studio, page):
        shown = self.read(page, LESSON)
        assert "2 teams found in an AutoGen script." in shown
        assert "names the model gpt-4" in shown
        assert "Ends when programmer_assistant says TERMINATE" in shown.replace("\\", "")
        page.checkbox(key="import:team:1:take").uncheck().run()
        page.button(key="import:create").click().run()
        assert "made programmer_assistant and executor_proxy" in words(page)
        assert "+" not in words(page)

    def test_the_code_of_tools_is_there_to_be_read(self, page):
        text = TWO_AGENTS + (
            "@user_proxy.register_for_execution()\n"
            "@assistant.register_for_llm(description='Adds')\n"
            "def add(a: int, b: int) -> int:\n"
            "    return a + b\n"
        )
        assert "Tools of the script (add) are not installed by this" in self.read(page, text)
        assert [block.value for block in page.code if "def add(a: int, b: int)" in block.value] != []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "nothing to read"),
            ("just words", "It is no team that is known here"),
            ("name: [", "not readable as YAML or JSON"),
            ("name: x\nagents: []", "agents"),
            ("name: x\nagents: [{name: a}, {name: a}]", "Two agents are named 'a'"),
            ("nam: x\nagents: [{name: a}, {name: b}]", "no field of this name"),
            ("a: &x [1]\nb: *x", "uses an alias"),
            ("import os\nos.remove('x')", "makes no agents of AutoGen"),
        ],
    )
    def test_what_cannot_be_read_is_told_in_words_and_nothing_is_made(self, studio, page, text, said):
        assert said in self.read(page, text)
        assert "made nothing" in words(page)
        assert studio.local.teams.rows() == []

    def test_what_was_read_goes_when_something_else_cannot_be_read(self, page):
        assert "2 teams found" in self.read(page, LESSON)
        shown = self.read(page, "import os")
        assert "2 teams found" not in shown
