"""The picture of the conversation in the team editor: drawn from what the matrix says, at once."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import SpeakerSelected
from tests.support.app_pages import ANN, open_screen, words


@pytest.fixture
def row(studio):
    spec = studio.local.teams.from_gallery("support-desk").model_copy(update={"name": "Our desk"})
    return studio.as_(ANN).teams.save(spec)


def pictures(page: AppTest) -> list[str]:
    """What screen readers are told of the picture in each place where it stands."""
    texts = [str(part.proto.body) for part in page.get("html") if 'class="only-read"><p>Who' in part.proto.body]
    return [re.sub(r"<[^>]+>", "|", text) for text in texts]


class TestPicture:
    def test_it_stands_beside_the_agents_and_beside_the_choice_of_speakers(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        told = pictures(page)
        assert len(told) == 2
        assert "Technical support may speak after Triage" in told[0]

    def test_it_follows_each_tick_at_once(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        assert "Feedback may speak after Billing" not in pictures(page)[0]
        next(box for box in page.checkbox if box.label == "Feedback may speak after Billing").check().run()
        assert "Feedback may speak after Billing" in pictures(page)[0]
        page.button(key=f"{row.team_id}:undo_step").click().run()
        assert "Feedback may speak after Billing" not in pictures(page)[0]

    def test_it_stays_while_something_is_wrong(self, studio, row):
        page = open_screen("teams", team=row.team_id)
        next(widget for widget in page.text_input if widget.label == "Name").set_value("").run()
        assert "to fix before you can save" in words(page)
        assert "Technical support may speak after Triage" in pictures(page)[0]

    def test_last_runs_say_who_spoke_after_whom(self, studio, row):
        chat = studio.as_(ANN).chats.start(row.spec, "Help.", client_id="c", team_id=row.team_id, revision=1)
        fence = studio.store.chats.begin_leg(chat, "w")
        studio.store.chats.append(chat, SpeakerSelected(turn=1, agent="Triage", method="auto"), fence=fence)
        page = open_screen("teams", team=row.team_id)
        page.toggle(key=f"{row.team_id}:last_runs:agents").set_value(True).run()
        assert "Triage may speak after You, the customer: 1 time" in pictures(page)[0]
        assert "From 1 run." in words(page)
