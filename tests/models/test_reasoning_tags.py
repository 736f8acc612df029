"""What a model thinks between tags is no part of what it says, however its text is cut into pieces."""

import time

import pytest

from agents.models.reasoning_tags import ReasoningSplitter

SPLIT = {
    "in front": ("<think>a b</think>\n\nhello", "hello", "a b"),
    "none": ("a < b and c <d", "a < b and c <d", ""),
    "unclosed": ("<think>so TERMINATE ```py\nx\n```", "", "so TERMINATE ```py\nx\n```"),
    "unclosed behind words": ("Yes. <think>secret", "Yes.", "secret"),
    "unopened": ("so it is\n</think>\nanswer", "answer", "so it is"),
    "unopened with code that is not closed": ("```py\nx\n</think>\nanswer", "answer", "```py\nx"),
    "in the middle": ("Hi <think>x</think>there", "Hi there", "x"),
    "several": ("<thought>x</thought>y<reasoning>z</reasoning>w", "yw", "x\n\nz"),
    "in capitals": ("<THINK>\nA\n</Think>\nB", "B", "A"),
    "with a prefix": ("<seed:think>q</seed:think>r", "r", "q"),
    "in brackets": ("[THINK]a[/THINK]b", "b", "a"),
    "in other signs": ("◁think▷a◁/think▷b", "b", "a"),
    "in a channel": (
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Answer<|return|>",
        "Answer", "hm",
    ),
    "a mention": ("Use the <think> tag, please", "Use the <think> tag, please", ""),
    "inline code": ("`<think>` is a tag", "`<think>` is a tag", ""),
    "a block of code": ("```\n<think>\n</think>x\n```\nok", "```\n<think>\n</think>x\n```\nok", ""),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("text", "said", "thought"), SPLIT.values(), ids=SPLIT.keys())
def test_what_is_said_and_thought(text: str, said: str, thought: str, size: int):
    splitter = ReasoningSplitter()
    for n in range(0, len(text), size):
        list(splitter.feed(text[n : n + size]))
    list(splitter.end())
    assert (splitter.said, splitter.reasoning) == (said, thought)


def test_text_without_tags_is_passed_on_at_once():
    assert list(ReasoningSplitter().feed("one two")) == ["one two"]


def test_long_reasoning_is_read_in_time():
    began, splitter = time.process_time(), ReasoningSplitter()
    list(splitter.feed("<think>"))
    for _ in range(20_000):
        list(splitter.feed("word word "))
    list(splitter.feed("</think>ok"))
    assert (splitter.said, time.process_time() - began < 5) == ("ok", True)
