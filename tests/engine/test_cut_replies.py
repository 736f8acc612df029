"""A reply that ended before its model was done: said under the message, and told to who works with it."""

from pathlib import Path
from typing import Any

import pytest

from agents.chats import ChatEnded, CodeStarted, MessagePosted
from tests.support.code_legs import TRACE, Chat, approves, report
from tests.support.legs import begin, kinds, last, messages, play
from tests.support.quirky_server import events, piece
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.tool_legs import Traces, pair_with_tools, tool_results

HALF = "First:\n```sh\necho one\n```\nThen:\n```python\nwith open('traces.txt', 'a') as file:\n    file.wri"


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


class TestACutReply:
    @pytest.mark.parametrize(("reason", "cut_by"), [("length", "length"), ("content_filter", "filter"), ("stop", "")])
    def test_is_known_by_its_message(self, chat: Chat, model: Any, server: ScriptedServer, reason: str, cut_by: str):
        server.script([Reply("I begin", finish_reason=reason)])
        log = chat.play(model, approves)
        posted = [r.event for r in log if isinstance(r.event, MessagePosted)]
        assert [message.cut_by for message in posted] == ["", cut_by, ""]

    def test_code_that_it_ends_in_is_not_run_and_the_executor_says_so(
        self, chat: Chat, model: Any, server: ScriptedServer
    ):
        server.script([Reply(HALF, finish_reason="length")])
        log = chat.play(model, approves)
        assert [r.event.code for r in log if isinstance(r.event, CodeStarted)] == ["echo one"]
        assert report(log).startswith("exitcode: 0 (execution succeeded)\nCode output: one\n\n")
        assert "cut by its model's limit of tokens inside this code, so it was not run" in report(log)

    def test_without_code_is_told_to_the_executor_too(self, chat: Chat, model: Any, server: ScriptedServer):
        server.script([Reply("I will now", finish_reason="length")])
        assert "There is no code.\nThe message was cut" in report(chat.play(model, approves))

    def test_code_without_its_end_is_run_when_the_model_was_done(self, chat: Chat, model: Any, server: ScriptedServer):
        server.script(["```python\nprint('all')"])
        assert report(chat.play(model, approves)).endswith("Code output: all")

    def test_arguments_that_it_ends_in_are_told_to_the_model(self, model: Any, server: ScriptedServer, tools: Traces):
        cut = piece("look_up", '{"word": "se', index=0, id="a")
        server.script([events({"tool_calls": [cut]}, finish="length"), "I stop."])
        play(begin(pair_with_tools()), model, approves, tools=tools)
        assert "the reply was cut at its limit of tokens" in tool_results(server)[0]


class TestTheReport:
    def test_names_the_files_of_code_that_printed_nothing(self, chat: Chat, model: Any, server: ScriptedServer):
        server.script(["```python\nopen('fibonacci.txt', 'w').write('1 1 2')\n```"])
        text = report(chat.play(model, approves))
        assert text.endswith("Code output: nothing was printed. The code made fibonacci.txt (5 bytes).")

    def test_is_autogens_where_nothing_was_printed_and_nothing_made(
        self, chat: Chat, model: Any, server: ScriptedServer
    ):
        server.script(["```python\nx = 1\n```"])
        assert report(chat.play(model, approves)) == "exitcode: 0 (execution succeeded)\nCode output: "


class TestTheClosingPhrase:
    def test_beside_code_ends_the_chat_and_the_end_says_that_nothing_ran(
        self, chat: Chat, model: Any, server: ScriptedServer
    ):
        server.script([f"{TRACE}\nTERMINATE"])
        log = chat.play(model, approves)
        ended = last(log)
        assert isinstance(ended, ChatEnded)
        assert ended.text == "coder said TERMINATE. The code in the same message was not run."
        assert chat.traces == []

    def test_as_the_last_line_of_code_is_no_code(self, chat: Chat, model: Any, server: ScriptedServer):
        server.script(["```python\nprint('done')\nTERMINATE\n```"])
        log = chat.play(model, approves)
        assert [r.event.code for r in log if isinstance(r.event, CodeStarted)] == ["print('done')"]
        assert messages(log)[2] == ("executor", "exitcode: 0 (execution succeeded)\nCode output: done")
        assert kinds(log)[-1] == "ChatEnded"
