"""A team drafted from a sentence, as AppTest sees it: written, proposed, taken in part, created; stopped and failed."""

import json
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from agents.specs import ConnectionSpec
from agents.studio import Studio
from pages import MAIN
from tests.support.app_pages import field, open_screen, words
from tests.support.hostile_names import HOSTILE, formatted
from tests.support.proposals import TASK, reply
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.waiting import WITHIN_S, wait_until

RUN = "proposal:run"


@pytest.fixture(autouse=True)
def scripted(studio: Studio, server: ScriptedServer) -> None:
    """The scripted server is the studio's default connection."""
    spec = ConnectionSpec(name="scripted", base_url=server.base_url, model="scripted-1", max_retries=0)
    studio.local.connections.save(spec)
    studio.local.connections.set_default(spec.name)


def opened() -> AppTest:
    return open_screen("teams", team="new")


def asked(page: AppTest, text: str = TASK) -> AppTest:
    """The page after a press on Draft, while the proposal is made."""
    page.text_area(key="proposal:text").set_value(text)
    return page.button(key="proposal:go").click().run()


def ended(page: AppTest) -> AppTest:
    """The page once the proposal is over, as it draws itself."""

    def is_over() -> bool:
        page.run()
        return RUN not in page.session_state

    wait_until(is_over, what="the proposal")
    assert not page.exception
    return page


def boxes(page: AppTest) -> dict[str, bool]:
    """The members on the screen, and whether each is taken."""
    return {box.label: box.value for box in page.checkbox}


class TestDrafting:
    def test_a_sentence_becomes_cards_that_become_a_team_in_the_editor(self, studio: Studio, server: ScriptedServer):
        server.script([reply()])
        page = open_screen("teams").button(key="teams:draft").click().run()
        assert [title.value for title in page.title] == ["Draft a team"]
        page = ended(asked(page))
        said = words(page)
        assert boxes(page) == dict.fromkeys(["Writer", "Gardener", "Ann", "Critic"], True)
        assert "Writes the weekly newsletter of the garden club." in said
        assert "From the library" in said
        assert "The next speaker is chosen: In turn" in said
        assert "Ends when Ann or Critic says TERMINATE. Asks you after 16 messages" in said
        page = page.button(key="proposal:create").click().run()
        assert not page.exception
        assert [button.label for button in page.button if ":pick:" in str(button.key)] == [
            "Writer", "Gardener", "Ann", "Critic",
        ]  # fmt: skip
        assert "Looks good" in words(page)
        assert "to fix before you can save" not in words(page)
        assert studio.local.teams.rows() == []

    def test_who_is_not_taken_is_not_in_the_team(self, server: ScriptedServer):
        server.script([reply()])
        page = ended(asked(opened()))
        for name in ("Writer", "Critic"):
            next(box for box in page.checkbox if box.label == name).uncheck().run()
        assert "2 members taken" in words(page)
        page = page.button(key="proposal:create").click().run()
        assert [button.label for button in page.button if ":pick:" in str(button.key)] == ["Gardener", "Ann"]
        assert "to fix before you can save" not in words(page)

    def test_too_few_make_no_team_and_it_is_said_what_is_missing(self, server: ScriptedServer):
        server.script([reply()])
        page = ended(asked(opened()))
        for name in ("Writer", "Critic", "Gardener"):
            next(box for box in page.checkbox if box.label == name).uncheck().run()
        assert page.button(key="proposal:create").disabled
        assert "Take at least two members, one of them an assistant." in words(page)

    def test_it_is_offered_where_an_empty_team_is_begun_and_leaves_none_behind(self):
        page = open_screen("teams").button(key="teams:new").click().run()
        page = field(page, ":from_sentence", "button").click().run()
        assert [title.value for title in page.title] == ["Draft a team"]
        assert "Not saved yet" not in words(open_screen("teams", page))

    def test_a_team_that_was_begun_is_left_alone(self):
        page = open_screen("teams").button(key="teams:new").click().run()
        next(widget for widget in page.text_input if widget.label == "Name").set_value("Mine").run()
        assert [button for button in page.button if "sentence" in button.label] == []


class TestWhatCannotBeUsed:
    def test_gives_way_to_the_library_and_it_is_said(self, server: ScriptedServer):
        server.script(["I am sorry.", "I am sorry."])
        page = ended(asked(opened(), "Check a contract for risks, then translate it."))
        assert "The model's proposal could not be used. These ready agents fit the words you wrote." in words(page)
        assert {"You", "Translator"} <= {*boxes(page)}

    def test_hostile_words_are_text(self, server: ScriptedServer):
        new = {"name": HOSTILE, "role": "assistant", "description": HOSTILE, "prompt": HOSTILE, "tools": []}
        server.script([reply(name=HOSTILE, purpose=HOSTILE, members=[new, {"library": "Writer"}])])
        page = ended(asked(opened()))
        assert len(boxes(page)) == 2
        assert formatted(page) == []
        page = page.button(key="proposal:create").click().run()
        assert not page.exception
        assert formatted(page) == []


class TestWaiting:
    def test_it_says_who_is_written_so_far_and_can_be_stopped(self, server: ScriptedServer):
        go_on = threading.Event()
        server.script([Reply(reply(), waits_for=go_on, words_a_piece=14)])
        page = asked(opened())
        assert page.button(key="proposal:go").disabled

        def says_who() -> bool:
            return "So far: Writer." in words(page.run())

        wait_until(says_who, what="the first member")
        page = page.button(key="proposal:stop").click().run()
        page = ended(page)
        assert "Stopped. What you wrote is still here." in words(page)
        assert page.text_area(key="proposal:text").value == TASK
        go_on.set()
        assert boxes(page.run()) == {}

    def test_a_failure_is_told_and_tried_again(self, server: ScriptedServer):
        server.script(["fault-401", reply()])
        page = ended(asked(opened()))
        assert "key" in words(page)
        assert page.text_area(key="proposal:text").value == TASK
        page = ended(page.button(key="proposal:retry").click().run())
        assert len(boxes(page)) == 4

    def test_what_was_proposed_before_stays_when_the_next_one_fails(self, server: ScriptedServer):
        server.script([reply(), "fault-401"])
        page = ended(asked(opened()))
        page = ended(asked(page, "Something else."))
        assert len(boxes(page)) == 4

    def test_without_words_nothing_is_sent(self, server: ScriptedServer):
        page = asked(opened(), " ")
        assert "Write what the team should do, in a sentence or two." in words(page)
        assert server.records == []


class TestLeaving:
    def test_what_was_written_is_there_on_return(self):
        page = opened()
        page.text_area(key="proposal:text").set_value("Bake bread.").run()
        page = open_screen("home", page)
        assert open_screen("teams", page, team="new").text_area(key="proposal:text").value == "Bake bread."

    def test_after_a_reload_text_and_proposal_are_back(self, server: ScriptedServer):
        server.script([reply()])
        page = ended(asked(opened()))
        next(box for box in page.checkbox if box.label == "Ann").uncheck().run()
        page = opened()
        assert "Unsaved changes from" in words(page)
        assert page.text_area(key="proposal:text").value == TASK
        assert boxes(page) == {"Writer": True, "Gardener": True, "Ann": False, "Critic": True}

    def test_after_a_reload_one_that_is_still_made_is_waited_for(self, server: ScriptedServer):
        go_on = threading.Event()
        server.script([Reply(reply(), waits_for=go_on)])
        asked(opened())
        page = opened()
        assert "The model drafts a team." in words(page)
        go_on.set()
        assert len(boxes(ended(page))) == 4

    def test_dropped_nothing_is_left(self, server: ScriptedServer):
        server.script([reply()])
        ended(asked(opened()))
        page = next(button for button in opened().button if button.label == "Drop").click().run()
        assert page.text_area(key="proposal:text").value == ""
        assert boxes(page) == {}
        assert opened().text_area(key="proposal:text").value == ""

    def test_created_nothing_is_left_to_draft(self, studio: Studio, server: ScriptedServer):
        server.script([reply()])
        ended(asked(opened())).button(key="proposal:create").click().run()
        assert opened().text_area(key="proposal:text").value == ""
        kept = [row.place for row in studio.store.unsaved_texts.rows("name You", "")]
        assert [place.partition(":")[0] for place in kept] == ["team"]


class TestRights:
    @pytest.mark.parametrize(("who", "may"), [("vera", False), ("rita", True)])
    def test_a_team_is_drafted_by_those_who_run_teams(self, studio: Studio, home: Path, who: str, may: bool):
        (home / "access.toml").write_text('view = ["*"]\nrun = ["rita@example.com"]\n')
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.user = {"is_logged_in": True, "email": f"{who}@example.com"}
        page = open_screen("teams", page.run(), team="new")
        assert page.button(key="proposal:go").disabled is not may
        assert ("You may not run teams" in words(page)) is not may


class TestCosts:
    def test_the_call_is_counted_and_named(self, server: ScriptedServer):
        server.script([reply()])
        ended(asked(opened()))
        page = open_screen("costs")
        assert not page.exception
        drawn = json.dumps([str(chart.proto) for chart in page.get("plotly_chart")])
        assert "Proposals of teams" in drawn
