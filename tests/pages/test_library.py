"""The library in the team editor, as AppTest sees it: cards, members added from it, saved to it, switched off."""

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import Person
from agents.specs import AgentSpec, TeamSpec, load_team
from tests.support.app_pages import ANN, field, open_screen, pick, words
from tests.support.hostile_names import HOSTILE, formatted

TEAM = """
name: Our team
agents:
  - {name: You, role: human, description: The person who gave the task.}
  - name: Poet
    description: Writes poems.
    prompt: You write poems in {language}. End with your name.
    model: gpt-4o
    tools: [now, calculate]
    step_mode: true
  - {name: Runner, role: executor, description: Runs code.}
variables: {language: Latin}
"""


@pytest.fixture
def row(studio):
    return studio.as_(ANN).teams.save(load_team(TEAM))


def saved_team(studio, row, page: AppTest):
    page.button(key=f"{row.team_id}:save").click().run()
    return studio.local.teams.get(row.team_id).spec


def card(page: AppTest, name: str) -> str:
    """What stands on the member's card."""
    names = [each.label for each in page.button if ":pick:" in str(each.key)]
    facts = [each.value for each in page.markdown if each.value.startswith(":small[:gray[")]
    return dict(zip(names, facts, strict=True))[name]


class TestCards:
    def test_a_card_says_who_a_member_is_and_what_it_may_do(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        poet = card(page, "Poet")
        assert "Assistant · gpt-4o" in poet
        assert "Writes poems." in poet
        assert "2 tools" in poet
        assert "Step mode" in poet
        assert "Runs code" in card(page, "Runner")
        assert "Asks you" in card(page, "You")
        assert not page.exception

    def test_members_show_letters_unless_somebody_chose_an_emoji(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Poet")
        assert any(">PO<" in str(each.proto.body) for each in page.get("html"))
        field(page, ":emoji", "selectbox").set_value("🎯").run()
        assert any(">🎯<" in str(each.proto.body) for each in page.get("html"))


class TestSwitchingOff:
    def test_a_member_takes_no_part_until_it_is_switched_on_again(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Poet")
        field(page, ":off", "button").click().run()
        assert "Switched off: chats start without this member." in words(page)
        assert "Off" in card(page, "Poet")
        assert saved_team(studio, row, page).agent("Poet").is_off
        field(page, ":on", "button").click().run()
        assert saved_team(studio, row, page) == row.spec

    def test_too_few_are_told_in_plain_words(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        for name in ("Poet", "Runner"):
            page = pick(page, name)
            field(page, ":off", "button").click().run()
        assert "Only one agent is switched on, and a team needs two. Switch on 'Poet' or 'Runner'" in words(page)


class TestSavingToTheLibrary:
    def save(self, page: AppTest) -> AppTest:
        page = pick(page, "Poet")
        field(page, ":library", "button").click().run()
        return page

    def test_a_member_is_saved_for_everybody_with_the_variables_it_uses(self, studio, row):
        page = self.save(open_screen("teams", team=row.team_id))
        assert "“Poet” is in the library." in words(page)
        (saved,) = studio.local.library.rows()
        assert saved.saved.agent == row.spec.agent("Poet")
        assert saved.saved.variables == {"language": "Latin"}

    def test_one_of_its_name_is_replaced_only_after_saying_what_is_lost(self, studio, row):
        studio.as_(ANN).library.save(AgentSpec(name="Poet", prompt="Mine."), {})
        page = AppTest.from_function(saving).run()
        said = words(page)
        assert "The library has an agent Poet already: Ann saved it" in said.replace("*", "")
        assert "Replacing it loses its description, prompt, model, tools, step mode." in said
        assert studio.local.library.rows()[0].saved.agent.prompt == "Mine."
        next(button for button in page.button if button.label == "Replace").click().run()
        assert [each.saved.agent for each in studio.local.library.rows()] == [row.spec.agent("Poet")]

    def test_what_is_there_already_is_said(self, studio, row):
        page = self.save(self.save(open_screen("teams", team=row.team_id)))
        assert "The library has “Poet” as it is." in words(page)
        assert len(studio.local.library.rows()) == 1

    def test_a_member_with_a_mistake_is_not_saved_and_the_mistake_is_told(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Poet")
        field(page, ":parameters", "text_area").set_value("{oops").run()
        page = self.save(page)
        assert "Poet cannot be used." in words(page)
        assert studio.local.library.rows() == []


def saving() -> None:
    from pages.components.editor.draft import open_draft
    from pages.components.editor.saved_agent import save_to_library
    from pages.components.person import session

    draft = open_draft(session().teams.named("Our team").team_id, session())
    save_to_library(draft, draft.members[1]["uid"])


def adding() -> None:
    import streamlit as st

    from agents.specs import dump_team
    from pages.components.editor.draft import check, open_draft
    from pages.components.editor.library_dialog import add_form
    from pages.components.person import session

    draft = open_draft(session().teams.named("Our team").team_id, session())
    add_form(draft)
    spec = check(draft).spec
    st.code(dump_team(spec) if spec else "no team")


class TestAddingMembers:
    @pytest.fixture
    def page(self, studio, row) -> AppTest:
        return AppTest.from_function(adding).run()

    def boxes(self, page: AppTest) -> list[str]:
        return [box.label for box in page.checkbox]

    def tick(self, page: AppTest, name: str) -> AppTest:
        next(box for box in page.checkbox if box.label == name).check().run()
        return page

    def added(self, page: AppTest, label: str) -> TeamSpec:
        button = field(page, ":adding:add", "button")
        assert button.label == label
        button.click().run()
        assert not page.exception
        return load_team(page.code[0].value)

    def test_a_press_opens_the_library(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        page.button(key=f"{row.team_id}:add").click().run()
        assert "Developer" in self.boxes(page)
        assert not page.exception

    def test_several_are_taken_in_one_go(self, page):
        assert field(page, ":adding:add", "button").disabled
        for name in ("Developer", "Tester", "Critic"):
            page = self.tick(page, name)
        team = self.added(page, "Add 3 members")
        assert [agent.name for agent in team.agents] == ["You", "Poet", "Runner", "Developer", "Tester", "Critic"]
        assert load_team(page.run().code[0].value) == team

    def test_a_search_loses_nothing_that_was_ticked(self, page):
        page = self.tick(page, "Developer")
        field(page, ":adding:search").set_value("sql writes").run()
        assert self.boxes(page) == ["SQL writer"]
        team = self.added(self.tick(page, "SQL writer"), "Add 2 members")
        assert [agent.name for agent in team.agents][3:] == ["Developer", "SQL_Writer"]

    def test_a_category_narrows_the_list_and_nothing_found_is_said(self, page):
        field(page, ":adding:category", "pills").set_value("Data").run()
        assert "Chart maker" in self.boxes(page)
        assert "Developer" not in self.boxes(page)
        field(page, ":adding:search").set_value("zeppelin").run()
        assert "No agents match." in words(page)

    def test_ones_own_are_there_and_a_second_one_gets_a_free_name(self, studio, row):
        studio.as_(ANN).library.save(row.spec.agent("Poet"), {"language": "Greek"})
        page = AppTest.from_function(adding).run()
        assert "Saved by Ann" in words(page)
        team = self.added(self.tick(page, "Poet"), "Add 1 member")
        assert [(agent.name, agent.label) for agent in team.agents][3:] == [("Poet_2", "Poet 2")]
        assert team.variables == {"language": "Latin"}

    def test_one_that_was_saved_is_deleted_and_comes_back(self, studio, row):
        studio.as_(ANN).library.save(row.spec.agent("Poet"), {})
        page = AppTest.from_function(adding).run()
        field(page, ":delete", "button").click().run()
        assert studio.local.library.rows() == []
        assert "Deleted Poet. Teams keep their copies." in words(page)
        field(page, ":adding:undo", "button").click().run()
        assert [each.name for each in studio.local.library.rows()] == ["Poet"]
        assert "Poet" in self.boxes(page)

    def test_members_of_another_team_are_copied_with_their_variables(self, studio, page):
        text = TEAM.replace("Our team", "Theirs").replace("Poet", "Bard").replace("language", "tongue")
        other = studio.as_(ANN).teams.save(load_team(text))
        field(page, ":adding:source", "segmented_control").set_value("Other teams").run()
        field(page, ":adding:team", "selectbox").set_value(other.team_id).run()
        team = self.added(self.tick(page, "Bard"), "Add 1 member")
        assert team.agents[3] == other.spec.agent("Bard")
        assert team.variables == {"language": "Latin", "tongue": "Latin"}

    def test_a_blank_one_is_for_writing_ones_own(self, page):
        field(page, ":adding:source", "segmented_control").set_value("Blank").run()
        assert self.boxes(page) == ["Assistant", "Person", "Code executor", "A team"]
        team = self.added(self.tick(page, "Assistant"), "Add 1 member")
        assert [agent.name for agent in team.agents][3:] == ["Assistant"]

    def test_a_blank_team_is_added_and_waits_for_which_it_is(self, row, page):
        field(page, ":adding:source", "segmented_control").set_value("Blank").run()
        self.tick(page, "A team")
        field(page, ":adding:add", "button").click().run()
        assert page.code[0].value == "no team"
        assert not page.exception
        member = page.session_state[f"team_draft:{row.team_id}"].members[3]
        assert (member["name"], member["role"], member["team"]) == ("Team", "team", None)


class TestHostileNames:
    def test_what_people_saved_is_text_in_the_dialog(self, studio, row):
        hostile = AgentSpec(name="A", display_name=HOSTILE, description=HOSTILE, prompt=HOSTILE, emoji=":red[x]")
        studio.as_(Person(name=HOSTILE)).library.save(hostile, {})
        page = AppTest.from_function(adding).run()
        next(box for box in page.checkbox if "e.vil" in box.label).check().run()
        assert "Saved by" in words(page)
        assert formatted(page) == []
