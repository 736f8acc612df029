"""Code that ran and files that changed, as the transcript gets them: bounded, and safe to draw."""

from datetime import UTC, datetime

import pytest

from agents.chats import (
    ChatEnded,
    CodeReturned,
    CodeStarted,
    DecisionMade,
    DecisionRequested,
    Event,
    FileChange,
    FilesChanged,
    MessagePosted,
    ModelCalled,
    Price,
    Recorded,
    ToolReturned,
    ToolStarted,
)
from agents.web.transcript_entries import MAX_CODE_CHARS, MAX_FILES, MAX_OUTPUT_CHARS, Entries, RenderedMessages
from tests.support.live_feed import ADA


def entries(*events: Event) -> list[dict]:
    log = [Recorded(chat="c1", seq=seq, at=datetime.now(UTC), event=event) for seq, event in enumerate(events, 1)]
    return Entries(RenderedMessages(), {}).of(log)


def started(code: str, language: str = "python") -> CodeStarted:
    return CodeStarted(turn=1, agent="dev", block="b0", language=language, code=code)


def returned(**more) -> CodeReturned:
    return CodeReturned(
        **{"turn": 1, "agent": "dev", "block": "b0", "outcome": "ok", "exit_code": 0, "text": "", **more}
    )


class TestCode:
    def test_a_block_that_ran_is_one_card_with_its_code_and_output(self):
        (card,) = entries(started("print(1)"), returned(text="1", duration_s=0.5))
        assert (card["kind"], card["name"], card["result"]) == ("code", "python", "ok")
        assert (card["text"], card["outcome"]) == ("1", "done after 0.5 s")
        assert 'class="nb">print</span>' in card["html"]

    def test_a_block_that_never_ran_has_no_time(self):
        (card,) = entries(returned(outcome="rejected", exit_code=None, text="Bob rejected it."))
        assert (card["outcome"], card["result"], card["html"]) == ("rejected, not run", "unrun", "")

    def test_code_is_shown_and_never_obeyed(self):
        for language in ("python", "", "nonsense", "<script>", "html"):
            (card,) = entries(started("<script>alert(1)</script>", language), returned())
            assert "<script" not in card["html"]

    def test_long_code_and_output_are_cut_and_said_so(self):
        (card,) = entries(started("x" * 50_000), returned(text="y" * 50_000))
        assert len(card["html"]) <= MAX_CODE_CHARS * 2
        assert card["title"] == "Code (its beginning)"
        assert card["text"] == "y" * MAX_OUTPUT_CHARS + f"… ({50_000 - MAX_OUTPUT_CHARS:,} more characters)"

    def test_what_code_printed_is_not_read_as_markdown(self):
        text = "# no title\n```\n<img src=x>\n````\n[link](javascript:alert(1))"
        (card,) = entries(MessagePosted(turn=1, agent="dev", content=text, source="code"))
        assert card["html"].count("<pre>") == 1
        assert "<h1>" not in card["html"]
        assert "<a " not in card["html"]
        assert "<img" not in card["html"]


def test_a_question_that_was_answered_is_no_call_that_did_not_run():
    (card,) = entries(ToolReturned(turn=1, agent="dev", call="0.0", tool="ask_person", outcome="ok", text="{}"))
    assert (card["result"], card["outcome"]) == ("ok", "done")


class TestAReply:
    def test_has_its_reasoning_folded_and_a_note_where_it_was_cut(self):
        call = ModelCalled(
            turn=1, agent="dev", purpose="reply", connection="c", model="m", outcome="ok", reply="Half a",
            reasoning="First I think.", finish_reason="length", usage=None, usage_raw={},
            price=Price(cost_usd=None, source="unknown"), started_at=datetime.now(UTC), first_token_s=None,
            duration_s=1,
        )  # fmt: skip
        posted = MessagePosted(turn=1, agent="dev", content="Half a", source="model", cut_by="length")
        (message,) = entries(call, posted)
        assert (message["reasoning"], message["reasoning_title"]) == ("First I think.", "Reasoning, 3 words")
        assert message["note"] == "The reply was cut: the model reached its limit of tokens."
        assert "First I think" not in message["html"]

    def test_says_once_which_parameters_its_model_does_not_take(self):
        left_out = {"studio": {"parameters_left_out": ["temperature", "top_p"]}}
        call = ModelCalled(
            turn=1, agent="dev", purpose="reply", connection="c", model="m", outcome="ok", reply="Fine", usage=None,
            usage_raw=left_out, price=Price(cost_usd=None, source="unknown"), started_at=datetime.now(UTC),
            first_token_s=None, duration_s=1,
        )  # fmt: skip
        refused = call.model_copy(update={"outcome": "bad_request", "reply": "", "usage_raw": {}})
        posted = MessagePosted(turn=1, agent="dev", content="Fine", source="model")
        first, second = entries(refused, call, posted, call, posted)
        assert first["note"] == "The model takes no temperature and no top_p; it was asked without."
        assert second["note"] == ""


class TestATurnInWhichNothingIsSaid:
    def asked(self) -> DecisionRequested:
        return DecisionRequested(
            request="r1", turn=1, of="human_turn", agent="dev", question="?", payload={}, options=["skip"], digest="d"
        )

    def test_says_who_skipped_it(self):
        skip = DecisionMade(request="r1", digest="d", verdict="skip", by=ADA)
        said = MessagePosted(turn=1, agent="dev", content="", source="auto")
        line, message, later = entries(self.asked(), skip, said, said)
        assert line["text"] == "Ada skipped dev's turn"
        assert message["empty"] == "Ada skipped this turn; nothing was said."
        assert message["why"] == "automatic reply, as Ada skipped this turn"
        assert (later["why"], later["empty"]) == (
            "automatic reply",
            "Nobody spoke in this turn, and there is no automatic reply.",
        )

    @pytest.mark.parametrize(
        ("source", "said"), [("model", "The model answered with nothing."), ("code", "The code printed nothing.")]
    )
    def test_says_so_by_whose_it_is(self, source, said):
        (message,) = entries(MessagePosted(turn=1, agent="dev", content=" \n", source=source))
        assert message["empty"] == said


class TestAReplyOfAShape:
    def test_is_a_table_and_a_persons_edit_with_a_fence_is_shown_as_written(self):
        content = '{"a": 1}'
        for text in (content, f"```json\n{content}\n```"):
            (message,) = entries(MessagePosted(turn=1, agent="dev", content=text, source="model", shape_problem=""))
            assert ("<table>" in message["html"]) == (text == content)
            assert "a" in message["html"]


class TestAChatThatIsStopped:
    def test_says_what_was_under_way_and_that_nobody_knows_its_outcome(self):
        mail = ToolStarted(turn=1, agent="dev", call="0.1", tool="send_mail", arguments={})
        (line,) = entries(mail, ChatEnded(reason="stopped", text="Ada stopped the chat."))
        assert line["text"] == (
            "Ada stopped the chat. dev: send_mail was cut off; nobody knows whether it had its effect."
        )
        *_, line = entries(started("1"), ChatEnded(reason="stopped", text="Ada stopped the chat."))
        assert line["text"].endswith("dev: python was cut off; nobody knows how far it came.")

    def test_says_nothing_of_what_had_ended(self):
        *_, line = entries(started("1"), returned(), ChatEnded(reason="stopped", text="Ada stopped the chat."))
        assert line["text"] == "Ada stopped the chat."


class TestFiles:
    def test_files_say_what_they_are_shown_as(self):
        changes = [
            FileChange(path=path, change="added", size=1, sha256="0" * 64) for path in ("a.png", "b.html", "c.csv")
        ]
        (card,) = entries(FilesChanged(turn=1, agent="dev", cause="b0", changes=changes))
        assert [file["shown"] for file in card["files"]] == ["image", "chart", "table"]
        assert [file["note"] for file in card["files"]] == ["1 byte"] * 3
        assert (card["kind"], card["agent"], card["by"], card["text"]) == ("files", "dev", "", "made 3 files")
        assert card["more"] == ""

    def test_a_thousand_files_are_a_card_of_a_few(self):
        changes = [FileChange(path=f"{n}.txt", change="added") for n in range(1_000)]
        (card,) = entries(FilesChanged(turn=0, changes=changes, by=ADA))
        assert (len(card["files"]), card["by"], card["text"]) == (MAX_FILES, "Ada", "attached 1,000 files")
        assert card["more"] == f"and {1_000 - MAX_FILES} more, see Files"
