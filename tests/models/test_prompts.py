"""Long prompts for a small model: what stays, what goes."""

from typing import Any

from agents.models.prompts import CUT, fit_messages

SYSTEM = {"role": "system", "content": "You are brief."}


def words(messages: list[dict[str, Any]]) -> int:
    """A tokenizer for which a word is a token and each message costs two more."""
    return sum(len(message["content"].split()) + 2 for message in messages)


def said(n_words: int, mark: str = "w") -> dict[str, Any]:
    return {"role": "user", "content": " ".join(f"{mark}{i}" for i in range(n_words))}


class TestFitting:
    def test_a_prompt_that_fits_is_left_alone(self):
        messages = [SYSTEM, said(50), said(50)]
        assert fit_messages(messages, 200, words).messages == messages

    def test_a_short_prompt_is_not_even_counted(self):
        def never(messages: list[dict[str, Any]]) -> int:
            raise AssertionError("counting costs a request")

        assert fit_messages([SYSTEM, said(3)], 200, never).messages == [SYSTEM, said(3)]

    def test_the_system_message_and_the_most_of_the_last_messages_stay(self):
        messages = [SYSTEM, *(said(48, f"m{i}-") for i in range(20))]
        fit = fit_messages(messages, 210, words)
        assert fit.messages == [SYSTEM, *messages[-4:]]
        assert (fit.n_left_out, fit.n_cut) == (16, 0)

    def test_a_last_message_that_is_too_long_alone_is_cut_in_its_middle(self):
        fit = fit_messages([SYSTEM, said(20), said(900)], 100, words)
        assert words(fit.messages) <= 100
        assert fit.messages[0] == SYSTEM
        assert fit.messages[1]["content"].startswith("w0 ")
        assert fit.messages[1]["content"].endswith("w899")
        assert CUT in fit.messages[1]["content"]
        assert (fit.n_left_out, fit.n_cut) == (1, 1)

    def test_a_system_message_that_is_too_long_is_cut_and_the_last_one_stays_whole(self):
        system = {"role": "system", "content": said(900)["content"]}
        fit = fit_messages([system, said(5), said(10)], 100, words)
        assert fit.messages[-1] == said(10)
        assert words(fit.messages) <= 100

    def test_what_was_given_is_not_changed(self):
        messages = [SYSTEM, said(900)]
        fit_messages(messages, 100, words)
        assert messages == [SYSTEM, said(900)]
