"""Rehearsals on the screen: where they are played, how they are marked, what they would have a person say."""

import threading

import pytest

from agents.models.rehearsed import PACE_VARIABLE
from agents.specs import REHEARSED, ConnectionSpec, dump_rehearsal
from agents.specs.gallery import gallery, rehearsals
from agents.specs.rehearsal import at_script
from pages.components.start_chat import GALLERY, script_for
from tests.support.app_pages import ANN, open_screen, played, words


@pytest.fixture(autouse=True)
def quick_lines(monkeypatch):
    """Lines come at once."""
    monkeypatch.setenv(PACE_VARIABLE, "0")


def started(studio, name: str) -> str:
    """A chat that plays the team's rehearsal, as yet without a turn."""
    team = at_script(studio.local.teams.from_gallery(name), REHEARSED, name)
    return str(studio.as_(ANN).chats.start(team, rehearsals()[name].task, client_id=name))


def play_out(studio, chat: str) -> None:
    """Its turns until somebody is asked or it has ended."""
    studio.local.chats.run_here(chat, lambda piece: None, threading.Event())


class TestPlaying:
    def test_every_ready_team_offers_its_rehearsal_on_its_card(self, studio):
        page = open_screen("teams")
        keys = {str(button.key) for button in page.button if button.label == "Play the rehearsal"}
        assert keys == {f"gallery:gallery:{team.name}:play" for team in gallery()}

    def test_a_press_starts_the_chat_with_its_task_and_its_files_and_opens_it(self, studio):
        page = open_screen("home")
        page.button(key="home:gallery:data-analysts:play").click().run()
        (row,) = studio.local.chats.rows()
        assert row.title == "Rehearsal: Which of three shops needs attention"
        assert row.task == rehearsals()["data-analysts"].task
        assert [file.path for file in studio.local.files.rows(row.chat)] == ["shop_sales.csv"]
        team = studio.local.chats.state(row.chat).started.team
        assert (team["connection"], team["model"]) == (REHEARSED, "data-analysts")
        assert not page.exception

    def test_a_team_of_ones_own_has_none(self):
        assert script_for("gallery:product-team") is not None
        assert script_for("product-team") is None
        assert script_for(GALLERY + "nobody") is None


class TestTheEnd:
    def test_a_rehearsal_that_is_over_offers_its_team_with_a_model(self, studio):
        chat = started(studio, "support-desk")
        for _ in range(2):
            play_out(studio, chat)
            page = open_screen("chat", chat=chat)
            next(button for button in page.button if button.label == "Use it").click().run()
            next(button for button in page.button if button.label == "Reply").click().run()
        play_out(studio, chat)
        page = open_screen("chat", chat=chat)
        assert "The rehearsal is over. Start the team to see a model do it." in words(page)
        assert "Continue" not in [button.label for button in page.button]
        page.button(key=f"over:{chat}").click().run()
        assert page.text_area(key="start:gallery:support-desk:task").value == rehearsals()["support-desk"].task
        assert not page.exception


class TestMarks:
    def test_a_rehearsed_chat_says_so_at_its_head_and_others_do_not(self, studio):
        assert "Rehearsed]" in words(open_screen("chat", chat=started(studio, "writer-and-critic")))
        assert "Rehearsed]" not in words(open_screen("chat", chat=played(studio, "Build it", end="Done.")))

    def test_its_costs_say_that_no_model_spoke(self, studio):
        chat = started(studio, "writer-and-critic")
        play_out(studio, chat)
        page = open_screen("costs", chat=chat)
        assert "its 4 lines so far come from a script" in words(page)
        assert not page.exception


class TestConnections:
    def test_a_script_of_ones_own_is_listed_as_what_it_is(self, studio):
        script = dump_rehearsal(rehearsals()["writer-and-critic"])
        studio.local.connections.save(ConnectionSpec(name="rehearsed-mine", kind="rehearsed", script=script))
        page = open_screen("connections")
        assert "plays a script" in words(page)
        page.button(key="rehearsed-mine:test").click().run()
        assert "4 turns of Writer, Critic" in words(page)
        assert not page.exception


class TestSuggestions:
    def test_what_the_script_has_the_person_say_goes_into_the_box_at_a_press(self, studio):
        chat = started(studio, "support-desk")
        play_out(studio, chat)
        page = open_screen("chat", chat=chat)
        assert "Suggested reply: “It is customer@example.com" in words(page)
        use = next(button for button in page.button if button.label == "Use it")
        use.click().run()
        box = next(area for area in page.text_area if area.label == "Your reply")
        assert str(box.value).startswith("It is customer@example.com")

    def test_a_chat_without_a_script_suggests_nothing(self, studio):
        page = open_screen("chat", chat=played(studio, "Build it", question="It is your turn."))
        assert "Suggested reply" not in words(page)
