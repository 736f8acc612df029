"""Members that are teams, on the screens: in the editor, in a chat and in its parts."""

from collections.abc import Callable

import pytest

from agents.chats import DecisionRequested, SpeakerSelected, SubchatStarted, request_digest
from agents.chats.subchat_events import ParentTurn
from agents.chats.subchats import beginning
from agents.specs import TeamSpec, team_from_dict
from agents.studio import Studio
from tests.support.app_pages import ANN, call, field, open_screen, pick, press_tab, rail_tabs, words

CLERKS = {"name": "Clerks", "agents": [{"name": "Boss", "role": "human"}, {"name": "Clerk", "prompt": "Help."}]}
OFFICE = team_from_dict(
    {
        "name": "Office",
        "agents": [
            {"name": "owner", "role": "human"},
            {"name": "Desk", "role": "team", "team": CLERKS, "display_name": "Front desk"},
        ],
        "selection": {"method": "round_robin"},
        "termination": {"after_last": True},
    }
)


@pytest.fixture
def chat(studio: Studio) -> str:
    """A chat whose team is at work."""
    chat = studio.as_(ANN).chats.start(OFFICE, "Build a **bold** thing.", run_here=True)
    own = OFFICE.agents[1].own_team
    assert own is not None
    events = beginning(own, "Build it.", ANN, ParentTurn(chat=chat, turn=1, agent="Desk"), [])
    fence = studio.store.chats.begin_leg(chat, "w1")
    studio.store.chats.append(chat, SpeakerSelected(turn=1, agent="Desk", method="round_robin"), fence=fence)
    started = SubchatStarted(turn=1, agent="Desk", chat=f"{chat}-1")
    studio.store.chats.append(chat, started, fence=fence, begins=events)
    studio.store.chats.end_leg(chat, fence=fence)
    return chat


class TestChats:
    def test_the_list_shows_the_whole_chat_alone(self, studio: Studio, chat: str) -> None:
        assert words(open_screen("chat")).count("Build a") == 1

    def test_a_part_says_of_what_and_leads_there(self, studio: Studio, chat: str) -> None:
        page = open_screen("chat", chat=f"{chat}-1")
        button = page.button(key="chat:whole")
        assert button.label == r"Part of Build a \*\*bold\*\* thing."
        button.click().run()
        assert page.query_params["chat"] in (chat, [chat])
        assert not page.exception

    def test_a_part_cannot_be_deleted_by_itself(self, studio: Studio, chat: str) -> None:
        page = open_screen("chat", chat=f"{chat}-1")
        assert "It is deleted together with the chat that it is a part of." in words(page)
        assert "Delete chat" not in [button.label for button in page.button]

    def test_the_whole_chat_can_be_stopped_paused_and_spoken_to_meanwhile(self, studio: Studio, chat: str) -> None:
        page = open_screen("chat", chat=chat)
        assert not page.exception
        labels = [button.label for button in page.button]
        assert "Stop" in labels
        page.button[labels.index("Stop")].click().run()
        assert studio.local.chats.get(f"{chat}-1").status == "ended"

    def test_a_pause_is_the_teams_and_the_page_says_so(self, studio: Studio, chat: str) -> None:
        page = open_screen("chat", chat=chat)
        page.button(key="chat:pause").click().run()
        assert "The team at work waits for you once its turn is over." in words(page)
        assert studio.local.chats.state(f"{chat}-1").pause is not None
        assert studio.local.chats.state(chat).pause is None

    def test_offers_the_way_to_a_team_that_asks(self, studio: Studio, chat: str) -> None:
        part = f"{chat}-1"
        assert "chat:asking" not in [button.key for button in open_screen("chat", chat=chat).button]
        fence = studio.store.chats.begin_leg(part, "w1")
        asked = DecisionRequested(
            request="r9", turn=1, of="human_turn", agent="Boss", question="Well?", payload={}, options=["reply", "end"],
            digest=request_digest("human_turn", "Boss", 1, {}),
        )  # fmt: skip
        studio.store.chats.append(part, asked, fence=fence)
        page = open_screen("chat", chat=chat)
        assert "A team that works for this chat asks you." in words(page)
        assert "A team that works for it asks you: Well?" in words(open_screen("chat"))
        assert rail_tabs(page)["front"] == "decide"
        page.button(key="chat:asking").click().run()
        assert page.query_params["chat"] in (part, [part])
        assert not page.exception


class TestCosts:
    def test_say_what_teams_used_besides_what_the_chat_did_itself(self, studio: Studio, chat: str) -> None:
        fence = studio.store.chats.begin_leg(f"{chat}-1", "w1")
        studio.store.chats.append(f"{chat}-1", call(0.25, "Clerk"), fence=fence)
        page = open_screen("costs", chat=chat)
        assert "Its teams used 100 tokens · $0.25, in chats of their own." in words(page)
        assert "The members of this chat called no model themselves." in words(page)
        page = open_screen("chat", chat=chat)
        press_tab(page, "cost")
        assert "Its teams used 100 tokens · $0.25, in chats of their own." in words(page)
        assert "The members of this chat called no model themselves." in words(page)
        of_part = open_screen("costs", chat=f"{chat}-1")
        assert "$0.25" in str(of_part.main)
        assert not of_part.exception


class TestTheEditor:
    @pytest.fixture
    def saved(self, studio: Studio) -> Callable[[TeamSpec], str]:
        return lambda spec: studio.as_(ANN).teams.save(spec).team_id

    def test_makes_a_member_a_team_by_choosing_one(self, studio: Studio, saved: Callable[[TeamSpec], str]) -> None:
        plain = team_from_dict({"name": "Plain", "agents": [{"name": "owner", "role": "human"}, {"name": "Desk"}]})
        team = saved(plain)
        page = open_screen("teams", team=team)
        page = pick(page, "Desk")
        field(page, ":role", "segmented_control").set_value("team").run()
        assert "A member that is a team needs a team. Choose one" in words(page)
        assert ":material/groups: No team yet]" in words(page)
        box = field(page, ":team", "selectbox")
        assert "Writer and critic" in box.options
        assert "Plain" not in box.options
        box.set_value("gallery:writer-and-critic").run()
        assert ":material/groups: Writer and critic]" in words(page)
        page.button(key=f"{team}:save").click().run()
        member = studio.local.teams.get(team).spec.agents[1]
        assert (member.role, member.team) == ("team", "gallery:writer-and-critic")
        assert not page.exception

    def test_keeps_a_team_that_is_written_out_and_says_which(
        self, studio: Studio, saved: Callable[[TeamSpec], str]
    ) -> None:
        page = pick(open_screen("teams", team=saved(OFFICE)), "Front desk")
        assert "Its team is written out in this one: **Clerks**." in words(page)
        assert ":material/groups: Clerks]" in words(page)
        assert not page.exception

    def test_gives_a_member_that_is_no_team_any_more_none(
        self, studio: Studio, saved: Callable[[TeamSpec], str]
    ) -> None:
        team = saved(OFFICE)
        page = pick(open_screen("teams", team=team), "Front desk")
        field(page, ":role", "segmented_control").set_value("assistant").run()
        page.button(key=f"{team}:save").click().run()
        member = studio.local.teams.get(team).spec.agents[1]
        assert (member.role, member.team) == ("assistant", None)
