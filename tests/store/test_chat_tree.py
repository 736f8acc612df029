"""Chats in chats, as the store keeps them: begun and ended together with what waits for them, in a tree."""

import contextlib
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.chats import (
    ChatContinued,
    ChatEnded,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    ParentTurn,
    Person,
    Price,
    SpeakerSelected,
    SubchatReturned,
    SubchatSpent,
    SubchatStarted,
    Usage,
    request_digest,
)
from agents.chats.subchats import STOPPED, beginning
from agents.errors import FenceError, NotFoundError
from agents.specs import TeamSpec
from tests.support.legs import begin
from tests.support.nested_legs import deep, nested
from tests.support.waiting import WITHIN_S

ENDED = ChatEnded(reason="max_rounds", text="The limit is reached.")


def paid(turn: int, agent: str, cost_usd: float = 0.5) -> ModelCalled:
    """A good call of ten tokens."""
    return ModelCalled(
        turn=turn,
        agent=agent,
        purpose="reply",
        connection="c",
        model="m",
        outcome="ok",
        usage=Usage(input_uncached=8, output=2),
        price=Price(cost_usd=cost_usd, source="own price"),
        started_at=datetime.now(UTC),
        first_token_s=None,
        duration_s=1.0,
        reply="Yes.",
    )


class Family:
    """A chat that waits for a team, whose chat waits for another one."""

    def __init__(self, store: Any):
        self.store, self.chats = store, store.chats
        self.woken: list[tuple[str, int]] = []
        events = [recorded.event for recorded in begin(deep())]
        self.chats.create("top", events, client_id="top", team_id=None, revision=None, title="A title")
        self.fences = {"top": self.chats.begin_leg("top", "w")}
        self.begin("top", "middle", 1, "Middle", deep().agents[1].own_team)
        own = deep().agents[1].own_team
        self.begin("middle", "bottom", 1, "Bottom", own and own.agents[1].own_team)

    def hook(self, connection: Any, chat: str, head: int) -> None:
        self.woken.append((chat, head))

    def begin(self, parent: str, chat: str, turn: int, agent: str, team: TeamSpec | None, hook: Any = None) -> None:
        """The team of `agent` begins, in that chat, after a call of the parent's."""
        assert team is not None
        selected = SpeakerSelected(turn=turn, agent=agent, method="round_robin")
        self.chats.append(parent, selected, paid(turn, agent), fence=self.fences[parent])
        of = ParentTurn(chat=parent, turn=turn, agent=agent)
        events = beginning(team, "Do it.", Person(), of, [])
        started = SubchatStarted(turn=turn, agent=agent, chat=chat)
        self.chats.append(parent, started, fence=self.fences[parent], begins=events, hook=hook or self.hook)
        self.chats.end_leg(parent, fence=self.fences[parent])
        self.fences[chat] = self.chats.begin_leg(chat, "w")

    def append(self, chat: str, *events: Event) -> None:
        self.chats.append(chat, *events, fence=self.fences[chat], hook=self.hook)

    def act(self, chat: str, *events: Event, takes_fence: bool = False) -> None:
        """What a person does."""
        self.chats.append_from_person(
            chat,
            lambda state: list(events),
            client_id=f"{len(self.woken)} {chat} {events}",
            takes_fence=takes_fence,
            hook=self.hook,
        )

    def stop(self, chat: str) -> None:
        self.act(chat, ChatEnded(reason="stopped", text="You stopped the chat.", by=Person()), takes_fence=True)

    def state(self, chat: str) -> Any:
        return self.chats.state(chat)

    def last(self, chat: str) -> Any:
        return self.chats.log(chat)[-1].event

    def assert_whole(self) -> None:
        """Nothing that is stored twice differs, and nothing was counted twice."""
        for chat in ("top", "middle", "bottom"):
            assert self.chats.verify(chat) == []
            assert [recorded.seq for recorded in self.chats.log(chat)] == list(range(1, self.chats.row(chat).head + 1))


@pytest.fixture
def family(store: Any) -> Family:
    made = Family(store)
    made.woken.clear()
    return made


class TestTheChatOfATeam:
    def test_begins_together_with_its_parents_event_and_its_job(self, store: Any) -> None:
        made = Family(store)
        assert [chat for chat, _ in made.woken] == ["middle", "bottom"]
        assert made.chats.row("top").subchat == "middle"
        assert made.chats.row("middle").parent == "top"
        made.assert_whole()

    def test_is_no_run_of_a_ready_team_of_its_name_nor_among_those_who_spoke_in_its_chats(self, store: Any) -> None:
        made = Family(store)
        name = made.chats.row("middle").team_name
        made.append("bottom", paid(1, "Clerk"), ENDED)
        made.fences["middle"] = made.chats.begin_leg("middle", "w")
        made.append("middle", ENDED)
        assert made.chats.row("middle").n_tokens > 0
        assert made.chats.last_runs([name]) == {}
        assert made.chats.speakers(None, name) == []
        top = made.chats.row("top").team_name
        assert [row.chat for row in made.chats.last_runs([top]).values()] == ["top"]

    def test_does_not_begin_without_its_job_nor_is_it_waited_for(self, family: Family) -> None:
        def fails(*_: Any) -> None:
            raise OSError("no queue")

        family.append("bottom", ENDED)
        head = family.chats.row("middle").head
        team = nested().agents[2].own_team
        family.fences["middle"] = family.chats.begin_leg("middle", "w")
        with pytest.raises(OSError, match="no queue"):
            family.begin("middle", "other", 2, "Bottom", team, fails)
        with pytest.raises(NotFoundError):
            family.chats.row("other")
        assert family.chats.row("middle").head == head + 2  # its selection and its call
        assert family.chats.row("middle").subchat is None

    def test_is_owed_by_the_deepest_alone(self, family: Family) -> None:
        assert family.chats.owing(set()) == [("bottom", family.chats.row("bottom").head)]
        assert family.chats.at_work("top").chat == "bottom"

    def test_ends_together_with_what_its_parent_is_told_and_with_the_parents_job(self, family: Family) -> None:
        family.append("bottom", paid(1, "Writer"))
        family.append("bottom", MessagePosted(turn=1, agent="Writer", content="Done.", source="model"))
        family.append("bottom", ENDED)
        returned = family.last("middle")
        assert isinstance(returned, SubchatReturned)
        assert (returned.text, returned.spend.cost_usd, returned.spend.n_tokens) == ("Done.", 0.5, 10)
        assert family.woken == [("middle", family.chats.row("middle").head)]
        assert family.chats.row("middle").cost_usd == 1.0
        assert family.chats.row("middle").subchat is None
        assert family.chats.row("top").subchat == "middle"
        family.assert_whole()

    def test_is_not_ended_by_a_leg_that_is_too_late_and_the_parent_hears_nothing(self, family: Family) -> None:
        family.chats.begin_leg("bottom", "another")
        with pytest.raises(FenceError):
            family.append("bottom", ENDED)
        assert family.chats.row("middle").subchat == "bottom"
        assert family.woken == []

    def test_adds_up_once_through_the_tree_and_once_in_all_totals(self, family: Family) -> None:
        family.append("bottom", paid(1, "Writer"))
        family.append("bottom", ENDED)
        family.fences["middle"] = family.chats.begin_leg("middle", "w")
        family.append("middle", ENDED)
        assert [family.chats.row(chat).cost_usd for chat in ("bottom", "middle", "top")] == [0.5, 1.0, 1.5]
        assert family.state("top").spent_by_teams.cost_usd == 1.0
        (total,) = family.store.ledger.totals_by("model")
        assert total.spend.cost_usd == 1.5
        family.assert_whole()


class TestStoppingFromTheTop:
    def test_ends_all_below_and_nothing_goes_on_behind(self, family: Family) -> None:
        family.append("bottom", paid(1, "Writer"))
        family.stop("top")
        assert {family.chats.row(chat).status for chat in family.fences} == {"ended"}
        assert {family.chats.row(chat).ended_text for chat in family.fences} == {"You stopped the chat."}
        assert family.woken == []
        assert family.chats.owing(set()) == []
        for chat in family.fences:
            with pytest.raises(FenceError):
                family.append(chat, paid(1, "Writer"))
        family.assert_whole()

    def test_counts_what_the_teams_used_so_far(self, family: Family) -> None:
        family.append("bottom", paid(1, "Writer"))
        family.stop("top")
        assert [family.chats.row(chat).cost_usd for chat in ("bottom", "middle", "top")] == [0.5, 1.0, 1.5]
        assert isinstance(family.chats.log("top")[-2].event, SubchatSpent)

    def test_is_undone_by_continuing_at_the_top_which_wakes_the_deepest_alone(self, family: Family) -> None:
        family.append("bottom", paid(1, "Writer"))
        family.stop("top")
        family.act("top", ChatContinued(by=Person()))
        assert {family.chats.row(chat).status for chat in family.fences} == {"running"}
        assert family.woken == [("bottom", family.chats.row("bottom").head)]
        family.fences["bottom"] = family.chats.begin_leg("bottom", "w")
        family.append("bottom", paid(1, "Writer"), ENDED)
        assert family.chats.row("middle").cost_usd == 1.5
        assert family.state("middle").spent.cost_usd == 0.5  # counted anew since it was continued
        family.assert_whole()

    def test_leaves_the_team_aside_when_a_person_goes_on_with_a_message(self, family: Family) -> None:
        family.stop("top")
        said = MessagePosted(turn=1, agent="user", content="Leave it.", source="human", by=Person())
        family.act("top", ChatContinued(by=Person()), said)
        assert family.woken == [("top", family.chats.row("top").head)]
        assert family.chats.row("top").subchat is None
        assert family.chats.row("middle").status == "ended"
        family.assert_whole()

    @pytest.mark.parametrize("_try", range(3))
    def test_and_an_end_below_at_the_same_moment_wait_for_each_other(self, family: Family, _try: int) -> None:
        barrier = threading.Barrier(2)

        def end() -> None:
            barrier.wait()
            with contextlib.suppress(FenceError):
                family.append("bottom", ENDED)

        ending = threading.Thread(target=end)
        ending.start()
        barrier.wait()
        family.stop("top")
        ending.join(WITHIN_S)
        assert not ending.is_alive()
        assert {family.chats.row(chat).status for chat in family.fences} == {"ended"}
        family.assert_whole()


class TestATeamThatIsStoppedByItself:
    def test_tells_its_parent_which_goes_on(self, family: Family) -> None:
        family.stop("middle")
        assert family.chats.row("bottom").status == "ended"
        returned = family.last("top")
        assert isinstance(returned, SubchatReturned)
        assert returned.text == STOPPED
        assert family.woken == [("top", family.chats.row("top").head)]
        family.assert_whole()

    def test_and_is_gone_on_with_later_brings_its_cost_and_no_result(self, family: Family) -> None:
        family.stop("bottom")
        family.woken.clear()
        family.act("bottom", ChatContinued(by=Person()))
        assert family.woken == [("bottom", family.chats.row("bottom").head)]
        family.fences["bottom"] = family.chats.begin_leg("bottom", "w")
        family.append("bottom", paid(1, "Writer"), ENDED)
        assert isinstance(family.last("middle"), SubchatSpent)
        assert family.chats.row("middle").cost_usd == 1.0
        family.assert_whole()

    def test_brings_its_cost_all_the_way_up_when_those_above_have_ended(self, family: Family) -> None:
        family.stop("top")
        family.act("bottom", ChatContinued(by=Person()))
        family.fences["bottom"] = family.chats.begin_leg("bottom", "w")
        family.append("bottom", paid(1, "Writer"), ENDED)
        assert isinstance(family.last("middle"), SubchatReturned)
        assert isinstance(family.last("top"), SubchatSpent)
        assert [family.chats.row(chat).cost_usd for chat in ("bottom", "middle", "top")] == [0.5, 1.0, 1.5]
        assert [family.chats.row(chat).status for chat in ("middle", "top")] == ["ended", "ended"]
        family.woken.clear()
        family.act("top", ChatContinued(by=Person()))
        assert family.woken == [("middle", family.chats.row("middle").head)]  # it has what it waited for
        family.assert_whole()


class TestLists:
    def test_show_what_people_started_and_not_its_parts(self, family: Family) -> None:
        assert [row.chat for row in family.chats.rows()] == ["top"]
        assert [row.chat for row in family.chats.rows(query="do it")] == []
        assert family.chats.counts()["running"] == 1
        assert family.chats.mark()[0] == 1
        assert [row.chat for row in family.chats.parts("top")] == ["middle", "bottom"]

    def test_name_a_part_after_what_it_is_a_part_of(self, family: Family) -> None:
        assert family.chats.row("bottom").title == "A title › Middle › Bottom"
        family.chats.rename("top", "Another")
        assert family.chats.row("bottom").title == "Another › Middle › Bottom"

    def test_show_what_a_part_asks_in_the_inbox_under_the_title_of_the_whole(self, family: Family) -> None:
        digest = request_digest("human_turn", "Writer", 1, {})
        family.append("bottom", DecisionRequested(
            request="r9", turn=1, of="human_turn", agent="Writer", question="Well?", payload={}, options=["reply"],
            digest=digest,
        ))  # fmt: skip
        (row,) = family.store.requests.open()
        assert (row.chat, row.title) == ("bottom", "A title › Middle › Bottom")

    def test_of_what_people_are_told_have_the_end_of_the_whole_alone(self, family: Family) -> None:
        family.store.notices.add("Mine", "json://localhost", "JSON", ["ended", "failed"])
        family.append("bottom", ENDED)
        assert family.store.notices.claim(for_s=60) == []
        family.stop("top")
        assert [due.chat for due in family.store.notices.claim(for_s=60)] == ["top"]

    def test_lose_a_deleted_chat_with_its_parts_and_get_them_back(self, family: Family) -> None:
        family.chats.delete("top")
        assert family.chats.owing(set()) == []
        assert all(family.chats.row(chat).deleted_at for chat in family.fences)
        with pytest.raises(FenceError):
            family.append("bottom", paid(1, "Writer"))
        family.chats.restore("top")
        assert [chat for chat, _ in family.chats.owing(set())] == ["bottom"]
