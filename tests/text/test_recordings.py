"""Recorded figures say what they are."""

from agents.chats import CallRecording, Price
from agents.text.recordings import price_of_recording, recording_details, recordings_text

REAL = CallRecording(
    day="2026-11-30",
    model="gpt-4.1-mini",
    usage=None,
    price=Price(cost_usd=None, source="unknown"),
    first_token_s=None,
    duration_s=1.0,
)
COUNTED = REAL.model_copy(update={"model": "qwen", "how": "Tokens are counted."})


def test_a_recording_of_a_model_is_one_sentence():
    assert recordings_text([REAL]) == "As recorded on 30 November 2026 with gpt-4.1-mini; nothing was spent."
    assert price_of_recording(REAL) == "as recorded"


def test_figures_that_were_worked_out_say_how():
    assert recordings_text([COUNTED]) == "Figures worked out on 30 November 2026 for qwen; nothing was spent."
    assert recording_details([COUNTED]) == "Tokens are counted."
    assert price_of_recording(COUNTED) == "worked out"


def test_each_source_is_named_and_each_way_once():
    other = COUNTED.model_copy(update={"model": "llama"})
    text = recordings_text([REAL, COUNTED, other])
    assert text.startswith(
        "As recorded on 30 November 2026 with gpt-4.1-mini and worked out on 30 November 2026 for qwen"
    )
    assert recording_details([REAL, COUNTED, other]) == "Tokens are counted."


def test_lines_without_figures_are_told_and_so_is_a_model_beside_the_script():
    assert recording_details([REAL], 1) == "1 line of the script has no figures."
    assert recording_details([COUNTED], 2) == "Tokens are counted. 2 lines of the script have no figures."
    assert recordings_text([REAL], is_mixed=True).endswith("nothing was spent on the lines of the script.")


def test_without_a_recording_there_is_nothing_to_say():
    assert recordings_text([]) == recording_details([REAL]) == ""
