"""A team's files, as AppTest sees them: added, looked at and removed in the editor; named where a chat starts."""

import pytest
from streamlit.testing.v1 import AppTest

from agents.store import TeamRow
from agents.studio import Studio
from tests.support.app_pages import ANN, key_of, open_screen, words

TERMS = b"# Terms\n\nPay within 30 days.\n"


@pytest.fixture
def row(studio: Studio) -> TeamRow:
    """A saved team without files."""
    spec = studio.local.teams.from_gallery("writer-and-critic").model_copy(update={"name": "Our desk"})
    return studio.as_(ANN).teams.save(spec)


def keep(studio: Studio, row: TeamRow, **files: bytes) -> None:
    """Let the team have those Markdown files."""
    studio.as_(ANN).teams.add_files(row.team_id, [(f"{name}.md", content) for name, content in files.items()])


def names(studio: Studio, row: TeamRow) -> list[str]:
    return [file.name for file in studio.local.teams.files(row.team_id)]


def press(page: AppTest, ending: str) -> AppTest:
    return page.button(key=key_of(page, ending, "button")).click().run()


def choose(page: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    page.file_uploader(key=key_of(page, ":chosen", "file_uploader")).set_value(list(files))
    return next(button for button in page.button if button.label == "Add to the team").click().run()


def removal() -> None:
    from pages.components.editor.files import confirm_removal
    from pages.components.person import session

    (row,) = session().teams.rows()
    for file in session().teams.files(row.team_id):
        confirm_removal(row.team_id, file)


def start_form() -> None:
    import streamlit as st

    from pages.components.person import session
    from pages.components.start_chat import form, own_teams

    (team,) = own_teams(session())
    st.write("started", form(session(), team))


class TestTheEditor:
    @pytest.mark.parametrize(("key", "verb"), [("gallery:writer-and-critic", "Save as my team"), ("new", "Save")])
    def test_a_team_that_is_not_saved_says_that_it_must_be(self, studio, key, verb):
        page = open_screen("teams") if key == "new" else open_screen("teams", team=key)
        page = page.button(key="teams:new").click().run() if key == "new" else page
        assert f"A team keeps files once it is saved. Press *{verb}* first." in words(page)
        assert not [uploader for uploader in page.file_uploader if uploader.label == "Add files"]
        assert not page.exception

    def test_files_are_added_with_who_and_when_and_the_field_is_empty_again(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        assert "No files yet." in words(page)
        page = choose(page, ("terms.md", TERMS, "text/markdown"), ("b.csv", b"a,b\n", "text/csv"))
        assert names(studio, row) == ["b.csv", "terms.md"]
        assert "Added 2 files" in words(page)
        assert "29 bytes · added by" in words(page)
        assert "2 files, 33 bytes." in words(page)
        assert not page.file_uploader(key=key_of(page, ":chosen", "file_uploader")).value
        assert not page.exception

    def test_what_is_refused_is_said_and_stays_chosen(self, studio, row):
        keep(studio, row, terms=b"other")
        page = choose(open_screen("teams", team=row.team_id), ("terms.md", TERMS, "text/markdown"))
        assert "another file 'terms.md' already" in words(page)
        assert studio.local.teams.file(row.team_id, "terms.md").read_bytes() == b"other"
        assert page.file_uploader(key=key_of(page, ":chosen", "file_uploader")).value

    def test_a_file_is_shown_and_can_be_downloaded(self, studio, row):
        keep(studio, row, terms=TERMS)
        page = press(open_screen("teams", team=row.team_id), ":file:terms.md:open")
        assert "Pay within 30 days." in words(page)
        (download,) = [link for link in page.get("link_button") if link.proto.label == "Download"]
        assert f"+for+team%3A{row.team_id}" in download.proto.url
        assert not page.exception

    def test_a_removal_is_asked_about_first(self, studio, row):
        keep(studio, row, terms=TERMS, other=b"x")
        page = press(open_screen("teams", team=row.team_id), ":file:terms.md:remove")
        assert "New chats begin without **terms.md**" in words(page)
        assert names(studio, row) == ["other.md", "terms.md"]

    def test_a_removal_that_is_confirmed_removes_it(self, studio, row):
        keep(studio, row, terms=TERMS)
        AppTest.from_function(removal).run().button(key=f"{row.team_id}:file:terms.md:yes").click().run()
        assert names(studio, row) == []

    def test_a_name_that_looks_like_markup_is_shown_as_it_is(self, studio, row):
        studio.as_(ANN).teams.add_files(row.team_id, [("_a_ $b$ [x](y).md", b"x")])
        page = open_screen("teams", team=row.team_id)
        assert "\\_a\\_ \\_b\\_ \\[x\\](y).md" in [button.label for button in page.button]
        assert not page.exception

    def test_who_may_not_change_teams_sees_them_and_no_way_to_change_them(self, studio, row):
        keep(studio, row, terms=TERMS)
        (studio.settings.home / "access.toml").write_text('view = ["anybody"]\n')
        page = open_screen("teams", team=row.team_id)
        assert "terms.md" in words(page)
        assert not [button for button in page.button if str(button.key).endswith(":file:terms.md:remove")]
        assert not [uploader for uploader in page.file_uploader if uploader.label == "Add files"]


class TestTheStart:
    def test_names_the_files_that_the_team_brings_along(self, studio, row):
        keep(studio, row, **{f"f{n}": b"x" for n in range(10)})
        page = AppTest.from_function(start_form).run()
        assert "The team's files are attached too: f0.md, f1.md" in words(page)
        assert "f7.md and 2 more. A file of yours with the same name takes the place of the team's." in words(page)
        page.text_area(key=f"start:{row.team_id}:task").set_value("Look.")
        page.button(key=f"start:{row.team_id}:go").click().run()
        (chat,) = studio.local.chats.rows()
        assert len(studio.local.files.rows(chat.chat)) == 10

    def test_from_the_editor_with_unsaved_changes_names_them_too(self, studio, row):
        keep(studio, row, terms=TERMS)
        page = open_screen("teams", team=row.team_id)
        next(widget for widget in page.text_input if widget.label == "Name").set_value("Their desk")
        page = press(page.run(), f"{row.team_id}:start")
        assert "unsaved changes included" in words(page)
        assert "The team's files are attached too: terms.md." in words(page)

    def test_says_nothing_of_files_where_there_are_none(self, studio, row):
        page = press(open_screen("teams"), f"own:{row.team_id}:start")
        assert "The team's files" not in words(page)
