"""What was typed and not saved or sent is back in a new session, as after a reload or a crash; as AppTest sees it."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from agents.specs import ConnectionSpec
from agents.studio import Studio
from pages import MAIN
from pages.components.unsaved import css_class, request_place
from tests.support.app_pages import ANN, BOB, field, open_screen, pick, words
from tests.support.request_pages import asked, tool_call, waiting
from tests.support.waiting import WITHIN_S

KEY = "sk-very-secret-1234567890"
BACK = "Unsaved changes from"


def again(name: str, **query: str) -> AppTest:
    """The page in a new session of the same person."""
    page = open_screen(name, None, **query)
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    """Presses the one button of that label."""
    found = [button for button in page.button if button.label == label]
    assert len(found) == 1, f"{label!r} among {[button.label for button in page.button]}"
    page = found[0].click().run()
    assert not page.exception
    return page


def typed(studio: Studio, place: str, **fields: str) -> None:
    """What a browser sent of a session that is over, in which nobody signed in and no browser has an id."""
    studio.store.unsaved_texts.keep("name You", place, "another tab", typed=fields)


def places(studio: Studio) -> list[str]:
    """Where something is kept."""
    return [row.place for row in studio.store.unsaved_texts.rows("name You", "")]


def team_name(page: AppTest) -> Any:
    return next(widget for widget in page.text_input if widget.label == "Name")


@pytest.fixture
def row(studio):
    """A saved team at revision 1."""
    spec = studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
    return studio.as_(ANN).teams.save(spec)


class TestATeam:
    @pytest.fixture
    def left(self, studio, row):
        """The saved team with another name, left without saving."""
        team_name(again("teams", team=row.team_id)).set_value("Their desk").run()
        return row.team_id

    def test_is_back_as_it_was_left_and_says_since_when(self, studio, left):
        page = again("teams", team=left)
        assert team_name(page).value == "Their desk"
        assert BACK in words(page)
        assert "Unsaved changes" in words(page)
        assert studio.local.teams.get(left).spec.name == "Our desk"

    def test_kept_it_stays_to_be_saved_and_then_nothing_is_left(self, studio, left):
        page = press(again("teams", team=left), "Keep")
        assert BACK not in words(page)
        assert team_name(page).value == "Their desk"
        page.button(key=f"{left}:save").click().run()
        assert studio.local.teams.get(left).spec.name == "Their desk"
        assert places(studio) == []
        assert BACK not in words(again("teams", team=left))

    def test_dropped_it_is_as_saved_and_stays_so(self, studio, left):
        page = press(again("teams", team=left), "Drop")
        for shown in (page, again("teams", team=left)):
            assert team_name(shown).value == "Our desk"
            assert BACK not in words(shown)
        assert places(studio) == []

    def test_discarded_it_does_not_come_back(self, studio, left):
        press(again("teams", team=left), "Discard changes")
        assert team_name(again("teams", team=left)).value == "Our desk"

    def test_changed_back_by_hand_it_is_not_kept(self, studio, left):
        team_name(again("teams", team=left)).set_value("Our desk").run()
        assert places(studio) == []

    def test_that_was_never_saved_is_found_in_the_list(self, studio):
        page = again("teams")
        page.button(key="teams:new").click().run()
        key = page.query_params["team"]
        key = key[0] if isinstance(key, list) else key
        team_name(page).set_value("My dream team").run()
        assert "My dream team" in [button.label for button in again("teams").button]
        assert team_name(again("teams", team=key)).value == "My dream team"

    def test_of_the_gallery_is_back_and_the_gallery_as_it_was(self, studio):
        team_name(again("teams", team="gallery:support-desk")).set_value("My desk").run()
        assert team_name(again("teams", team="gallery:support-desk")).value == "My desk"
        assert studio.local.teams.from_gallery("support-desk").name == "Support desk"

    def test_has_also_what_was_typed_and_never_left_its_field(self, studio, left):
        page = pick(again("teams", team=left), "Triage")
        prompt = next(area for area in page.text_area if str(area.key).endswith(":prompt"))
        place, kept = f"team:{left}", studio.store.unsaved_texts.newest("name You", f"team:{left}")
        studio.store.unsaved_texts.keep("name You", place, kept.tab, typed={css_class(str(prompt.key)): "Half a sent"})
        page = again("teams", team=left)
        assert next(area for area in page.text_area if area.key == prompt.key).value == "Half a sent"
        press(page, "Keep").button(key=f"{left}:save").click().run()
        assert "Half a sent" in [agent.prompt for agent in studio.local.teams.get(left).spec.agents]

    def test_that_somebody_saved_meanwhile_says_so_and_overwrites_nothing(self, studio, left):
        theirs = studio.local.teams.get(left).spec.model_copy(update={"description": "Bob's words"})
        studio.as_(BOB).teams.save(theirs, team_id=left, expected_revision=1)
        page = again("teams", team=left)
        assert "Bob saved revision 2" in words(page)
        assert "Nothing of yours is lost." in words(page)
        assert team_name(page).value == "Their desk"
        press(page, "Save mine as another team")
        assert {team.spec.name for team in studio.local.teams.rows()} == {"Our desk", "Their desk (mine)"}
        assert studio.local.teams.get(left).spec.description == "Bob's words"

    def test_in_which_somebody_types_does_not_change_under_their_hands(self, studio, row):
        page = again("teams", team=row.team_id)
        tab = page.session_state["unsaved:tab"]
        studio.store.unsaved_texts.keep("name You", f"team:{row.team_id}", tab, typed={"st-key-x": "Half a sent"})
        theirs = row.spec.model_copy(update={"name": "Bob's desk"})
        studio.as_(BOB).teams.save(theirs, team_id=row.team_id, expected_revision=1)
        page = page.run()
        assert "Bob saved revision 2" in words(page)
        assert team_name(page).value == "Our desk"

    def test_of_another_person_is_not_shown(self, studio, left):
        page = AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S)
        page.session_state["person_name"] = "Bob"
        page = open_screen("teams", page.run(), team=left)
        assert team_name(page).value == "Our desk"
        assert BACK not in words(page)

    def test_that_was_deleted_meanwhile_can_still_be_saved(self, studio, left):
        studio.local.teams.delete(left)
        page = again("teams", team=left)
        assert team_name(page).value == "Their desk"


class TestAnAnswer:
    def open(self, page_name: str, chat: str) -> AppTest:
        query = {"chat": chat, "request": "r1"} if page_name == "inbox" else {"chat": chat}
        return again(page_name, **query)

    @pytest.mark.parametrize("page_name", ["chat", "inbox"])
    def test_to_a_turn_is_back_wherever_it_is_answered(self, studio, page_name):
        chat = waiting(studio, "A turn", asked("human_turn", {}, agent="You"))
        typed(studio, request_place(chat, "r1"), turn="Half a repl")
        page = self.open(page_name, chat)
        box = next(area for area in page.text_area if area.label == "Your reply")
        assert box.value == "Half a repl"
        assert BACK in words(page)
        page = press(page, "Drop")
        assert next(area for area in page.text_area if area.label == "Your reply").value == ""
        assert places(studio) == []

    def test_that_was_sent_does_not_come_back(self, studio):
        chat = waiting(studio, "A turn", asked("human_turn", {}, agent="You"))
        typed(studio, request_place(chat, "r1"), turn="Half a repl")
        press(self.open("chat", chat), "Reply")
        assert studio.local.requests.get(chat, "r1")[1].text == "Half a repl"
        assert places(studio) == []

    @pytest.mark.parametrize(("name", "label"), [("reject", "Reject"), ("reply", "Answer")])
    def test_in_a_form_that_was_open_is_back_in_that_form(self, studio, name, label):
        chat = waiting(studio, "A call", tool_call())
        typed(studio, request_place(chat, "r1"), **{name: "Because"})
        page = self.open("inbox", chat)
        assert [area.value for area in page.text_area] == ["Because"]
        press(page, label)
        assert studio.local.requests.get(chat, "r1")[1].text == "Because"

    def test_that_is_given_up_does_not_come_back(self, studio):
        chat = waiting(studio, "A call", tool_call())
        typed(studio, request_place(chat, "r1"), reject="Because")
        press(self.open("inbox", chat), "Back")
        assert places(studio) == []

    def test_as_changed_arguments_is_back_in_their_form(self, studio):
        chat = waiting(studio, "A call", tool_call())
        typed(studio, request_place(chat, "r1"), **{"edit:expression": "40 + 2"})
        page = self.open("inbox", chat)
        assert '+  "expression": "40 + 2"' in words(page)
        page = self.open("chat", chat)  # the difference is shown anywhere else as well
        assert '+  "expression": "40 + 2"' in words(page)
        press(page, "Approve as edited")
        assert studio.local.requests.get(chat, "r1")[1].edit == {"arguments": {"expression": "40 + 2"}}
        assert places(studio) == []

    def test_as_changed_code_is_back_and_dropped_the_code_is_as_asked(self, studio):
        code = asked("code_block", {"block": "0", "language": "python", "code": "print(1)"})
        chat = waiting(studio, "A block", code)
        typed(studio, request_place(chat, "r1"), **{"edit:code": "print(2)"})
        page = self.open("inbox", chat)
        assert [area.value for area in page.text_area] == ["print(2)"]
        page = self.open("inbox", chat)  # by now the page itself has kept the edit as well
        assert [area.value for area in page.text_area] == ["print(2)"]
        page = press(press(page, "Drop"), "Edit")
        assert [area.value for area in page.text_area] == ["print(1)"]

    def test_to_a_question_is_back_field_by_field(self, studio):
        form = {"properties": {"city": {"type": "string"}, "letters": {"type": "integer"}}}
        chat = waiting(studio, "A question", asked("question", {"text": "Where?", "form": form}))
        typed(studio, request_place(chat, "r1"), **{"answer:city": "Ulm", "answer:letters": "7"})
        page = self.open("inbox", chat)
        assert (page.text_area[0].value, page.number_input[0].value) == ("Ulm", 7)

    def test_that_is_no_number_yet_leaves_its_field_empty(self, studio):
        form = {"properties": {"letters": {"type": "integer"}}}
        chat = waiting(studio, "A question", asked("question", {"text": "How many?", "form": form}))
        typed(studio, request_place(chat, "r1"), **{"answer:letters": "-"})
        assert self.open("inbox", chat).number_input[0].value is None

    def test_is_watched_while_it_is_typed(self, studio):
        chat = waiting(studio, "A turn", asked("human_turn", {}, agent="You"))
        page = self.open("chat", chat)
        told = [json.loads(part.proto.json) for part in page.get("bidi_component") if part.proto.json]
        (watch,) = [data for data in told if data.get("place") == request_place(chat, "r1")]
        assert json.loads(watch["fields"]) == {css_class(f"reply:{chat}:r1"): "turn"}


class TestAConnection:
    def test_is_back_without_its_key_which_is_said_and_kept_nowhere(self, studio):
        page = again("connections", connection="new")
        field(page, ":name").set_value("mine").run()
        field(page, ":base_url").set_value("http://localhost:1/v1").run()
        field(page, ":secret").set_value(KEY).run()
        page = again("connections", connection="new")
        assert field(page, ":name").value == "mine"
        assert field(page, ":secret").value == ""
        assert BACK in words(page)
        assert "The key is never kept before you save: type it again." in words(page)
        assert KEY not in str(studio.store.unsaved_texts.rows("name You", ""))

    def test_dropped_is_as_saved(self, studio):
        studio.local.connections.save(ConnectionSpec(name="mine", base_url="http://localhost:1/v1", model="m"))
        field(again("connections", connection="mine"), ":model").set_value("other").run()
        page = again("connections", connection="mine")
        assert field(page, ":model").value == "other"
        assert "type it again" not in words(page)
        assert field(press(page, "Drop"), ":model").value == "m"
        assert places(studio) == []


class TestATask:
    def test_for_a_chat_that_was_not_started_is_back_in_its_dialog(self, studio):
        typed(studio, "start:gallery:product-team", task="Write a po")
        page = open_screen("home")
        page.button(key="home:gallery:product-team:start").click().run()
        assert page.text_area(key="start:gallery:product-team:task").value == "Write a po"
