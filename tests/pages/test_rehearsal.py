"""Rehearsals on the screen: where they are played, how they are marked, what they would have a person say."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from agents.chats import Event, SpeakerSelected
from agents.chats.limits import amounts
from agents.models.rehearsed import PACE_VARIABLE
from agents.specs import REHEARSED, ConnectionSpec, Rehearsal, dump_rehearsal
from agents.specs.gallery import gallery, rehearsals
from agents.specs.rehearsal import Recording, at_script, in_real_time
from agents.text.numbers import span_text
from agents.text.recordings import NOTHING_SPENT
from pages.components.start_chat import GALLERY, REAL_TIME, script_for
from tests.support.app_pages import ANN, open_screen, played, press_tab, words
from tests.support.chart_pages import add_chat, n_charts, tiles
from tests.support.long_chat import call
from tests.support.recorded_calls import STARTED, line, posted


def recording_of(name: str) -> Recording:
    """What the lines of that team's rehearsal take."""
    recording = rehearsals()[name].recording
    assert recording is not None
    return recording


def seconds_of(name: str) -> str:
    """How long they take, as people read it."""
    return span_text(sum(call.duration_s for call in recording_of(name).calls))


RECORDING = recording_of("writer-and-critic")
SENTENCE = f"Figures worked out on {RECORDING.day.day} {RECORDING.day:%B %Y} for {RECORDING.model}; nothing was spent."


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


def of_own_script(studio, script: Rehearsal) -> str:
    """A chat that has played a script for the writer and the critic, saved as a connection."""
    studio.local.connections.save(ConnectionSpec(name="mine", kind="rehearsed", script=dump_rehearsal(script)))
    team = at_script(studio.local.teams.from_gallery("writer-and-critic"), "mine", "")
    chat = str(studio.as_(ANN).chats.start(team, script.task, client_id="own"))
    play_out(studio, chat)
    return chat


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

    def test_costs_of_a_script_without_figures_say_that_no_model_spoke(self, studio):
        chat = of_own_script(studio, rehearsals()["writer-and-critic"].model_copy(update={"recording": None}))
        page = open_screen("costs", chat=chat)
        assert "its 4 lines so far come from a script" in words(page)
        assert NOTHING_SPENT not in words(open_screen("timeline", page, chat=chat))
        assert not page.exception


class TestRecordedFigures:
    @pytest.fixture
    def ended(self, studio) -> str:
        chat = started(studio, "writer-and-critic")
        play_out(studio, chat)
        return chat

    def test_its_costs_show_what_the_lines_take_and_that_nothing_was_spent(self, studio, ended):
        page = open_screen("costs", chat=ended)
        assert SENTENCE in words(page)
        assert RECORDING.how in words(page)
        figures = tiles(page)
        assert figures["Cost, worked out"] == "free, local"
        assert int(figures["Tokens"]) > 500
        by_agent, by_model = (table.value for table in page.dataframe)
        assert list(by_agent["name"]) == ["Critic", "Writer"] or list(by_agent["name"]) == ["Writer", "Critic"]
        assert set(by_agent["price"]) == set(by_model["price"]) == {"worked out"}
        assert list(by_model["name"]) == [f"{RECORDING.model} · rehearsed"]
        assert by_agent["n_tokens"].sum() == by_model["n_tokens"].sum() > 500
        assert n_charts(page) == 3
        assert not page.exception

    def test_its_timeline_shows_them_and_its_clock_goes_on_as_long(self, studio, ended):
        page = open_screen("timeline", chat=ended)
        assert SENTENCE in words(page)
        assert "The clock below goes on as if each call had taken as long" in words(page)
        (table,) = page.dataframe
        turns = table.value[table.value["turn"] > 0]
        assert [round(took, 1) for took in turns["model_s"]] == [round(call.duration_s, 1) for call in RECORDING.calls]
        assert (turns["duration_s"] >= turns["model_s"]).all()
        assert set(turns["price"]) == {"worked out"}
        assert (turns["output"] > 0).all()
        assert tiles(page)["Model time"] == seconds_of("writer-and-critic")
        assert not page.exception

    def test_what_a_script_calls_its_model_is_shown_as_it_is_written(self, studio):
        hostile = RECORDING.model_copy(update={"model": "[m](http://x) <b>", "how": "**Counted**"})
        script = rehearsals()["writer-and-critic"].model_copy(update={"recording": hostile})
        chat = of_own_script(studio, script)
        for screen in ("costs", "timeline"):
            page = open_screen(screen, chat=chat)
            assert "for [m](http://x) <b>; nothing was spent." in words(page)
            (box,) = page.info
            assert "\\[m\\]" in str(box.value)
            assert any("\\*\\*Counted" in str(caption.value) for caption in page.caption)
            assert not page.exception

    def test_beside_a_models_calls_those_of_the_script_are_told_apart(self, studio):
        spoken: list[Event] = [
            line(turn=1),
            posted(1),
            SpeakerSelected(turn=2, agent="QA", method="auto"),
            call(2, "QA"),
            posted(2),
        ]
        chat = add_chat(studio, [STARTED, SpeakerSelected(turn=1, agent="PM", method="auto"), *spoken])
        page = open_screen("costs", chat=chat)
        assert "Lines of the script cost nothing and are not counted here." in words(page)
        assert tiles(page)["Cost"] == "$0.0100"
        assert NOTHING_SPENT not in words(page)
        page = open_screen("timeline", page, chat=chat)
        assert "with gpt-4.1-mini; nothing was spent on the lines of the script." in words(page)
        (table,) = page.dataframe
        assert list(table.value["price"]) == ["as recorded", "known"]
        assert list(table.value["cost_usd"]) == [0.25, 0.01]
        assert not page.exception

    def test_no_total_of_what_was_spent_has_them(self, studio, ended):
        row = studio.local.chats.get(ended)
        assert (row.n_tokens, row.cost_usd, row.n_unpriced) == (0, 0.0, 0)
        assert {total.spend.n_tokens for total in studio.local.chats.totals_by("day", split_by="team")} == {0}
        page = open_screen("costs")
        assert "No model was called in the last 30 days." in words(page)
        assert "Rehearsals cost nothing and are not counted here." in words(page)
        assert "Last run" not in words(open_screen("teams", page))
        page = press_tab(open_screen("chat", page, chat=ended), "cost")
        assert "nothing is used" in words(page)
        assert not page.exception

    def test_all_chats_count_what_models_used_alone(self, studio, ended):
        before = played(studio, "Build it", cost_usd=0.5, end="Done.")
        page = open_screen("costs").segmented_control(key="since").set_value("All time").run()
        assert tiles(page)["Cost"] == "$0.50"
        assert tiles(page)["Tokens"] == "100"
        assert studio.local.chats.get(before).cost_usd == 0.5
        assert "writer-and-critic" not in words(page)

    def test_a_budget_below_what_was_recorded_is_not_used_up(self, studio):
        team = at_script(studio.local.teams.from_gallery("writer-and-critic"), REHEARSED, "writer-and-critic")
        limits = team.limits.model_copy(update={"max_tokens": 10, "max_cost_usd": 0.0001, "max_work_s": 1})
        team = team.model_copy(update={"limits": limits})
        chat = studio.as_(ANN).chats.start(team, rehearsals()["writer-and-critic"].task, client_id="tight")
        play_out(studio, chat)
        state = studio.local.chats.state(chat)
        assert state.ended is not None
        assert state.ended.reason == "phrase"
        assert state.neared == frozenset()
        assert {amount.used for amount in amounts(state, team) if amount.limit != "max_rounds"} == {0}


def support_form() -> None:
    from pages.components.person import session
    from pages.components.start_chat import rehearsal_offer

    rehearsal_offer(session(), "gallery:support-desk", session().teams.from_gallery("support-desk"))


class TestPace:
    def test_a_ready_team_offers_real_time_and_says_how_long_that_takes(self, studio):
        page = AppTest.from_function(support_form).run()
        assert f"Real time: {seconds_of('support-desk')} in all, as long as {RECORDING.model} takes" in words(page)
        page.segmented_control(key="rehearsal:gallery:support-desk:pace").set_value(REAL_TIME).run()
        page.button(key="rehearsal:gallery:support-desk:play").click().run()  # nothing to open it here: a page alone
        (row,) = studio.local.chats.rows()
        assert studio.local.chats.state(row.chat).started.team["model"] == in_real_time("support-desk")
        play_out(studio, row.chat)
        page = open_screen("chat", chat=row.chat)
        assert "Suggested reply: “It is customer@example.com" in words(page)
        assert not page.exception

    def test_on_its_card_it_is_fast(self, studio):
        page = open_screen("teams")
        page.button(key="gallery:gallery:support-desk:play").click().run()
        (row,) = studio.local.chats.rows()
        assert studio.local.chats.state(row.chat).started.team["model"] == "support-desk"


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
