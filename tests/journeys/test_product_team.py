"""The product team on the model that comes with the studio: from the first page to the costs, through a power cut."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from agents.chats import ChatState
from agents.studio import CallRow
from tests.support.screens import Screen, Screens
from tests.support.studio_process import StudioProcess, studio_running
from tests.support.waiting import wait_until

TASK = "We need to build a simple command-line task manager application that saves tasks to a JSON file."
SPECIALISTS = ["Product manager", "Developer", "QA engineer"]
IN_TURN = ["You", "Product manager", "Developer", "Executor", "QA engineer"]
"""The whole team in its order; of so brief replies the executor finds no code in any."""
FEW_TOKENS = '{"max_tokens": 40}'
AT_REST = re.compile("^(Waiting for you|Paused|Ended)")
"""The small model may repeat itself; then it is asked whether to go on."""
ROUND_S = 180
"""For the whole team to speak once, where other tests run beside it."""
BUCKETS = {"In": "input_uncached", "Cached": "input_cached", "Out": "output", "Reasoning": "reasoning"}
"""Column -> field of the ledger."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """Started without any key: agents speak with the embedded model."""
    with studio_running(tmp_path_factory.mktemp("product-team")) as process:
        yield process


@dataclass(frozen=True)
class Begun:
    """A chat that was started in the browser and has come to the person's turn."""

    chat: str
    grown: list[tuple[str, list[str]]]
    """Who wrote, and the texts that were seen while they did."""


@pytest.fixture(scope="module")
def begun(browser: Browser, studio: StudioProcess) -> Begun:
    """The product team, made brief and to speak in turn in the editor, and started from there."""
    screens = Screens(browser, studio.url)
    screen = screens("/")
    screen.press("Open", screen.keyed("home:gallery:product-team"))
    for member in SPECIALISTS:
        make_brief(screen, member)
    screen.page.get_by_role("tab", name="Conversation").click()
    screen.page.get_by_role("radio", name="In turn").click()
    expect(screen.page.get_by_text("Agents speak in the order of the list.")).to_be_visible()
    screen.page.get_by_text("A member named in the last message speaks next").click()
    screen.settle()
    screen.press("Start a chat")
    chat = screen.start(TASK)
    screen.watch_writing()
    screen.expect_my_turn(within_s=ROUND_S)
    begun = Begun(chat, screen.grown())
    screens.close()
    return begun


def make_brief(screen: Screen, member: str) -> None:
    """In the editor: no more than forty tokens a reply."""
    screen.press(member, screen.keyed("member_list"))
    expect(screen.page.get_by_role("heading", name=member)).to_be_visible()
    expect(screen.page.get_by_role("button", name="More parameters")).to_have_count(1)
    screen.settle()
    screen.press("More parameters")
    box = screen.page.get_by_label("Sent with every call, as JSON")
    box.fill(FEW_TOKENS)
    box.press("Control+Enter")
    screen.settle()
    box.press("Escape")
    expect(box).to_be_hidden()


def most_grown(grown: list[tuple[str, list[str]]]) -> int:
    """The most states that one message was seen in."""
    return max((len(texts) for _, texts in grown), default=0)


def assert_grew(grown: list[tuple[str, list[str]]]) -> None:
    """A message at least was seen in three states, each longer than the one before; only specialists wrote."""
    assert {who for who, _ in grown} <= set(SPECIALISTS)
    assert most_grown(grown) >= 3, grown
    for _, texts in grown:
        assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


class TestReadyTeam:
    def test_a_newcomer_starts_it_in_two_presses_sees_it_write_and_stops_it(self, open_screen: Screens):
        screen = open_screen("/")
        screen.press("Start", screen.keyed("home:gallery:product-team"))
        screen.start(TASK)
        screen.watch_writing()
        # How long the small model goes on is its own choice: nothing here waits for the end of its message.
        wait_until(lambda: most_grown(screen.grown()) >= 3, within_s=ROUND_S, what="a message is seen to grow")
        assert_grew(screen.grown())
        assert screen.log.locator(".message .who").all_text_contents()[:2] == ["You", "Product manager"]
        assert screen.texts()[0] == TASK
        screen.press("Stop")
        expect(screen.line).to_have_text("Ended: You stopped the chat.")
        screen.expect_no_traceback()


class TestChangedTeam:
    def test_it_writes_before_the_persons_eyes_until_it_is_their_turn(self, open_screen: Screens, begun: Begun):
        assert_grew(begun.grown)
        screen = open_screen()
        screen.open_chat(begun.chat)
        assert screen.speakers()[:5] == IN_TURN
        assert all(screen.texts())
        expect(screen.messages.nth(1).locator(".usage")).to_contain_text(re.compile(r"^[\d.,k]+ tokens · free · .+ s"))

    def test_an_answer_after_the_server_was_killed_goes_on_where_the_chat_was(
        self, open_screen: Screens, studio: StudioProcess, begun: Begun
    ):
        screen = open_screen()
        screen.open_chat(begun.chat)
        screen.expect_my_turn()
        screen.reply("Keep it short, please.")
        expect(screen.messages).to_have_count(10, timeout=ROUND_S * 1_000)
        screen.expect_my_turn()
        before = screen.texts()
        assert before[5] == "Keep it short, please."
        watching = open_screen()
        watching.open_chat(begun.chat)
        screen.page.close()

        studio.kill()
        expect(watching.transcript.locator(".notice")).to_contain_text("The connection was lost.")
        studio.start()
        expect(watching.transcript.locator(".notice")).to_be_hidden()
        assert watching.texts() == before

        screen = open_screen()
        screen.open_chat(begun.chat)
        screen.expect_my_turn()
        assert screen.texts() == before
        screen.reply("Is it done?")
        for each in (screen, watching):
            expect(each.messages.nth(11)).to_be_attached()
            expect(each.line).to_have_text(AT_REST, timeout=ROUND_S * 1_000)
        texts, speakers = screen.texts(), screen.speakers()
        assert texts[:11] == [*before, "Is it done?"]
        assert speakers == (IN_TURN * 3)[: len(speakers)]
        assert watching.texts() == texts

    def test_timeline_has_a_lane_for_everybody_and_a_row_for_every_turn(
        self, open_screen: Screens, studio: StudioProcess, begun: Begun
    ):
        screen = open_screen()
        screen.open_chat(begun.chat)
        expect(screen.line).to_have_text(AT_REST, timeout=ROUND_S * 1_000)
        screen.page.get_by_test_id("stMain").get_by_role("link", name="Timeline").click()
        chart = screen.page.locator(".js-plotly-plot").first
        expect(chart.locator(".ytick")).to_have_count(5)
        assert sorted(chart.locator(".ytick").all_text_contents()) == sorted(IN_TURN)

        calls, state = recorded(studio, begun.chat)
        finished = [row for row in screen.table() if row["Outcome"] != "waiting"]
        labels = {"user_proxy": "You", "Product_Manager": "Product manager", "QA_Engineer": "QA engineer"}
        speakers = [labels.get(said.agent, said.agent) for said in state.messages]
        assert [row["Agent"] for row in finished] == speakers[: len(finished)], "a long table shows its first rows"
        assert len(finished) >= 2 * len(IN_TURN) - 1
        for row in finished:
            mine = [call for call in calls if call.turn == int(row["Turn"])]
            assert tokens_in(row) == tokens_of(mine)
        assert screen.tiles()["Turns"] == str(len(state.messages) - 1)
        screen.expect_no_traceback()

    def test_costs_are_those_of_the_ledger(self, open_screen: Screens, studio: StudioProcess, begun: Begun):
        screen = open_screen()
        screen.open_chat(begun.chat)
        expect(screen.line).to_have_text(AT_REST, timeout=ROUND_S * 1_000)
        screen.page.get_by_test_id("stMain").get_by_role("link", name="Costs").click()
        expect(screen.page.get_by_test_id("stDataFrame")).to_have_count(2)

        calls, _ = recorded(studio, begun.chat)
        by_agent, by_model = screen.table(0), screen.table(1)
        names = {"Product manager": "Product_Manager", "QA engineer": "QA_Engineer", "Developer": "Developer"}
        assert {row["Agent"] for row in by_agent} == set(SPECIALISTS)
        for row in by_agent:
            mine = [call for call in calls if call.agent == names[row["Agent"]]]
            assert (int(row["Calls"]), tokens_in(row)) == (len(mine), tokens_of(mine))
            assert row["Price"] == "free, local"
        assert [(row["Model"].split(" · ")[1], tokens_in(row)) for row in by_model] == [("embedded", tokens_of(calls))]
        tiles = screen.tiles()
        assert (tiles["Cost"], tiles["Unpriced calls"]) == ("free, local", "0")
        screen.expect_no_traceback()


def recorded(studio: StudioProcess, chat: str) -> tuple[list[CallRow], ChatState]:
    """What the studio's own data say."""
    with studio.data() as data:
        return data.local.chats.calls(chat), data.local.chats.state(chat)


def tokens_in(row: dict[str, str]) -> dict[str, int]:
    """What a table's row says was used; a table has no column in which nothing stands."""
    return {field: int(row.get(column) or 0) for column, field in BUCKETS.items()}


def tokens_of(calls: list[CallRow]) -> dict[str, int]:
    """What the ledger says was used by these calls."""
    return {field: sum(getattr(call.usage, field) for call in calls if call.usage) for field in BUCKETS.values()}
