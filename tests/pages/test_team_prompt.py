"""Writing a prompt in the team editor: its length, what fills its placeholders, how it reads, room to write."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.app_pages import ANN, open_screen, pick, words


@pytest.fixture
def row(studio):
    spec = studio.local.teams.from_gallery("support-desk")
    return studio.as_(ANN).teams.save(spec.model_copy(update={"variables": {"tone": "friendly"}}))


def written(page: AppTest, text: str) -> AppTest:
    next(box for box in page.text_area if box.label == "Prompt").set_value(text).run()
    return page


class TestPrompt:
    def test_its_length_is_told_in_characters_and_tokens(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        assert "3,000 characters, about 1k tokens" in words(written(page, "x" * 3_000))

    def test_its_placeholders_are_listed_with_their_defaults(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        assert "`{tone}` friendly" in words(written(page, "Answer in a {tone} way."))

    def test_a_placeholder_that_nothing_fills_becomes_a_variable_by_a_press(self, studio, row):
        page = written(pick(open_screen("teams", team=row.team_id), "Billing"), "Answer in {language}.")
        assert "Stays as it is: `{language}`" in words(page)
        next(button for button in page.button if button.label == "Make language a variable").click().run()
        assert "`{language}` is empty" in words(page)
        assert any(field.label == "Name" and field.value == "language" for field in page.text_input)

    def test_the_preview_stands_below_on_demand(self, studio, row):
        page = pick(open_screen("teams", team=row.team_id), "Billing")
        next(toggle for toggle in page.toggle if toggle.label == "Preview").set_value(True).run()
        assert not page.exception

    def test_a_name_in_braces_is_text(self, studio, row):
        page = written(pick(open_screen("teams", team=row.team_id), "Billing"), "{_x_} {2} {a b}")
        assert "`{_x_}`" in words(page)
        assert "`{2}`" not in words(page)


def wide() -> None:
    import streamlit as st

    from agents.specs.gallery import gallery
    from pages.components.editor.draft import draft_of
    from pages.components.editor.prompt import wide_form
    from pages.components.form_fields import Bound, Findings

    draft = st.session_state.setdefault("draft", draft_of("x", gallery()[0].spec))
    is_done = wide_form(Bound(draft.members[1], "agents.2", "x:1:m", Findings()), draft)
    st.write(f"done {is_done}: {draft.members[1]['prompt'][:20]}")


def wide_of_saved() -> None:
    import streamlit as st

    from pages.components.editor.draft import draft_of
    from pages.components.editor.prompt import wide_form
    from pages.components.form_fields import Bound, Findings
    from pages.components.person import session

    row = session().teams.get(st.session_state["team"])
    if "draft" not in st.session_state:
        st.session_state["draft"] = draft_of(row.team_id, row.spec)
        st.session_state["draft"].team_id = row.team_id
    draft = st.session_state["draft"]
    place = next(n for n, member in enumerate(draft.members) if member["name"] == "Billing")
    wide_form(Bound(draft.members[place], f"agents.{place}", "x:1:m", Findings()), draft)


class TestWriteLarge:
    def test_what_is_typed_there_is_the_prompt(self, studio):
        page = AppTest.from_function(wide).run()
        page.text_area[0].set_value("Now in full width.")
        page.button(key="wide:x:1:m:done").click().run()
        assert "done True: Now in full width." in words(page)
        assert not page.exception

    def test_an_earlier_prompt_stands_beside_it_and_comes_back_by_a_press(self, studio, row):
        first = row.spec.agent("Billing").prompt
        for number, prompt in enumerate(["Second words.", "Second words.", "Third words."]):
            agents = [a.model_copy(update={"prompt": prompt}) if a.name == "Billing" else a for a in row.spec.agents]
            spec = row.spec.model_copy(update={"agents": agents, "description": f"Change {number}"})
            studio.as_(ANN).teams.save(spec, team_id=row.team_id)
        page = AppTest.from_function(wide_of_saved)
        page.session_state["team"] = row.team_id
        choice = page.run().selectbox[0]
        assert [label.split(" · ")[0] for label in choice.options] == [
            "As it reads", "Revision 4", "Revision 2", "Revision 1",
        ]  # fmt: skip
        choice.set_value(4).run()
        assert "It is the same as on the left." in words(page)
        page.selectbox[0].set_value(1).run()
        assert page.code[0].value == first
        next(button for button in page.button if button.label == "Bring it back").click().run()
        assert page.text_area[0].value == first
        assert not page.exception
