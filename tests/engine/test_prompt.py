"""What stays of a prompt that is too long, and what goes."""

from typing import Any

import pytest

from agents.engine.prompt import CUT, RESULT_LEFT_OUT, Prompt, Trim, fit, prompt_bytes

SYSTEM = {"role": "system", "content": "You are brief."}
TASK = {"role": "user", "name": "user", "content": "Build it."}


def said(n_words: int, mark: str = "w") -> dict[str, Any]:
    return {"role": "user", "content": " ".join(f"{mark}{i}" for i in range(n_words))}


def tool_call(n: int, result: str) -> list[dict[str, Any]]:
    call = {"id": f"c{n}", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{n}", "content": result},
    ]


def sent(messages: list[dict[str, Any]], room: int, n_history: int | None = None) -> list[dict[str, Any]]:
    prompt = Prompt.of(messages, len(messages) if n_history is None else n_history)
    trim = fit(prompt, Trim(), room)
    assert fit(prompt, trim, room) == trim  # at rest
    return prompt.messages(trim)


class TestFitting:
    def test_a_prompt_that_fits_is_left_alone(self) -> None:
        messages = [SYSTEM, TASK, said(50), said(50)]
        assert sent(messages, prompt_bytes(messages)) == messages

    def test_the_system_prompt_the_task_and_the_last_messages_stay(self) -> None:
        messages = [SYSTEM, TASK, *(said(48, f"m{i}-") for i in range(20))]
        kept = sent(messages, 2_000)
        note, n = kept[2]["content"], len(kept) - 3
        assert kept == [SYSTEM, TASK, {"role": "user", "content": note}, *messages[-n:]]
        assert note == f"[{20 - n} messages left out here.]"
        assert 3 <= n <= 8

    def test_a_last_message_that_is_too_long_alone_is_cut_in_its_middle(self) -> None:
        kept = sent([SYSTEM, TASK, said(20), said(900)], 1_000)
        assert prompt_bytes(kept) <= 1_000
        assert kept[0] == SYSTEM
        assert kept[-1]["content"].startswith("w0 ")
        assert kept[-1]["content"].endswith("w899")
        assert CUT in kept[-1]["content"]

    def test_the_system_prompt_is_never_shortened(self) -> None:
        system = {"role": "system", "content": said(900)["content"]}
        assert sent([system, TASK, said(900)], 1_000)[0] == system

    @pytest.mark.parametrize("room", range(200, 9_000, 400))
    def test_tool_calls_stay_with_their_results(self, room: int) -> None:
        history = [SYSTEM, TASK]
        for n in range(6):
            history += [*tool_call(n, said(60)["content"]), said(20)]
        steps = [message for n in range(6, 12) for message in tool_call(n, said(60)["content"])]
        kept = sent([*history, *steps], room, len(history))
        called = [call["id"] for message in kept for call in message.get("tool_calls", ())]
        assert called == [message["tool_call_id"] for message in kept if message["role"] == "tool"]
        assert called[-6:] == [f"c{n}" for n in range(6, 12)]  # this turn's calls all stay
        assert kept[-1]["content"] != RESULT_LEFT_OUT

    def test_what_was_given_is_not_changed(self) -> None:
        messages = [SYSTEM, TASK, said(900)]
        sent(messages, 500)
        assert messages == [SYSTEM, TASK, said(900)]

    def test_a_summary_stands_before_what_is_left_out_behind_it(self) -> None:
        prompt = Prompt.of([SYSTEM, TASK, *(said(3, f"m{i}-") for i in range(6))], 8)
        texts = [message["content"] for message in prompt.messages(Trim(n_messages=5), "They met.", 3)]
        assert texts[2:4] == ["[3 messages left out here. A summary:]\nThey met.", "[2 messages left out here.]"]
        assert len(texts) == 5
