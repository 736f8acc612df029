"""What people type survives a reload, a lost socket and a killed server, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.request_pages import asked, tool_call, waiting
from tests.support.screens import Screen, Screens, new_context
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until

BACK = re.compile(r"Unsaved changes from \d\d:\d\d")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio whose chats stand still when they are decided, and which is killed in between."""
    with studio_running(tmp_path_factory.mktemp("unsaved"), STUDIO_WORKERS="0") as process:
        yield process


@pytest.fixture
def turn(studio: StudioProcess) -> str:
    """A chat that waits for a person's reply."""
    with studio.data() as data:
        return waiting(data, "A turn", asked("human_turn", {}, agent="You"))


def until_kept(studio: StudioProcess, text: str) -> None:
    """Until the studio has what was typed."""

    def is_there() -> bool:
        with studio.data() as data, data.store.db.connect() as connection:
            rows = connection.exec_driver_sql("SELECT body, typed FROM unsaved_texts").all()
        return any(text in part for row in rows for part in row)

    wait_until(is_there, what=f"{text!r} is kept")


def expect_back(screen: Screen) -> None:
    expect(screen.page.get_by_text(BACK)).to_be_visible()


class TestAReply:
    def test_is_back_after_a_reload_and_dropped_for_good(self, open_screen: Screens, studio: StudioProcess, turn: str):
        screen = open_screen(f"/chat?chat={turn}")
        screen.box.press_sequentially("Half of what I wan")
        until_kept(studio, "Half of what I wan")
        screen.page.reload()
        expect(screen.box).to_have_value("Half of what I wan")
        expect_back(screen)
        screen.press("Drop")
        expect(screen.box).to_have_value("")
        screen.page.reload()
        expect(screen.box).to_have_value("")
        expect(screen.page.get_by_text(BACK)).to_have_count(0)

    def test_typed_as_the_server_is_killed_stays_and_is_known_to_the_next_one(
        self, open_screen: Screens, studio: StudioProcess, turn: str
    ):
        screen = open_screen(f"/chat?chat={turn}")
        screen.box.press_sequentially("Typed just before.")
        studio.kill()
        studio.start()
        until_kept(studio, "Typed just before.")
        expect_back(screen)
        expect(screen.box).to_have_value("Typed just before.")
        screen.page.reload()
        expect(screen.box).to_have_value("Typed just before.")
        screen.press("Keep")
        expect(screen.page.get_by_text(BACK)).to_have_count(0)
        screen.box.press("Control+Enter")

        def reply() -> str:
            with studio.data() as data:
                made = data.local.requests.get(turn, "r1")[1]
            return made.text if made else ""

        assert wait_until(reply, what="the reply is there") == "Typed just before."

    def test_is_nobody_elses(self, open_screen: Screens, studio: StudioProcess, turn: str):
        one = open_screen(f"/chat?chat={turn}")
        one.box.press_sequentially("Only mine")
        until_kept(studio, "Only mine")
        other = open_screen(f"/chat?chat={turn}")
        expect(other.box).to_have_value("")
        expect(other.page.get_by_text(BACK)).to_have_count(0)


class TestAnEdit:
    def test_of_a_gate_is_back_after_a_crash_of_the_tab(
        self, browser: Browser, studio: StudioProcess, open_screen: Screens
    ):
        with studio.data() as data:
            chat = waiting(data, "A call", tool_call())
        context = new_context(browser)
        screen = Screen(context.new_page(), studio.url)
        screen.open(f"/inbox?chat={chat}&request=r1")
        card = screen.keyed("inbox_card")
        screen.press("Edit", card)
        box = card.get_by_label("expression")
        box.press("End")
        box.press_sequentially(" + 40")
        until_kept(studio, "1 + 1 + 40")
        screen.page.close()
        screen = Screen(context.new_page(), studio.url)
        screen.open(f"/chat?chat={chat}")
        expect(screen.page.get_by_label("expression")).to_have_value("1 + 1 + 40")
        expect_back(screen)
        context.close()


class TestATeam:
    def prompt(self, screen: Screen):
        return screen.page.get_by_label("Prompt", exact=True)

    def test_is_back_with_what_never_left_its_field_after_the_server_was_killed(
        self, open_screen: Screens, studio: StudioProcess
    ):
        screen = open_screen("/teams?team=gallery:support-desk")
        screen.keyed("editor_title").get_by_label("Name", exact=True).fill("Our own desk")
        until_kept(studio, "Our own desk")
        screen.press("Triage", screen.page.get_by_role("tabpanel", name="Agents"))
        self.prompt(screen).press_sequentially("Be kind. ")
        until_kept(studio, "Be kind. ")
        studio.kill()
        studio.start()
        screen.page.reload()
        expect(self.prompt(screen)).to_have_value(re.compile("Be kind. "))
        expect(screen.page.get_by_role("heading", name="Our own desk")).to_be_visible()
        expect_back(screen)
        screen.press("Save as my team")
        expect(screen.page.get_by_text(BACK)).to_have_count(0)
        with studio.data() as data:
            (row,) = data.local.teams.rows()
        assert row.spec.name == "Our own desk"
        assert any("Be kind. " in agent.prompt for agent in row.spec.agents)

    def test_two_people_at_one_team_are_told_and_lose_nothing(self, open_screen: Screens, studio: StudioProcess):
        with studio.data() as data:
            spec = data.local.teams.from_gallery("writer-and-critic")
            row = data.as_("Ann").teams.save(spec)
        screen = open_screen(f"/teams?team={row.team_id}")
        self.prompt(screen).press_sequentially("Mine. ")
        with studio.data() as data:
            theirs = row.spec.model_copy(update={"description": "Theirs"})
            data.as_("Ann").teams.save(theirs, team_id=row.team_id, expected_revision=1)
        expect(screen.page.get_by_text("Ann saved revision 2")).to_be_visible()
        expect(self.prompt(screen)).to_have_value(re.compile("Mine. "))
        screen.page.keyboard.press("Tab")
        screen.press("Save mine as another team")
        screen.page.wait_for_function("(team) => !location.search.includes(team)", arg=row.team_id)
        with studio.data() as data:
            assert data.local.teams.get(row.team_id).spec.description == "Theirs"
            (mine,) = [each for each in data.local.teams.rows() if each.spec.name.endswith("(mine)")]
        assert any("Mine. " in agent.prompt for agent in mine.spec.agents)
