"""How the recorded figures of a script read: what they are, and that nothing of them was spent. Pure functions."""

from collections.abc import Sequence
from datetime import date

from agents.chats import CallRecording
from agents.text.numbers import count_text

AS_RECORDED, WORKED_OUT = "as recorded", "worked out"
NOTHING_SPENT = "nothing was spent"


def price_of_recording(recording: CallRecording) -> str:
    """Return what stands in a table's column Price: "as recorded", or "worked out" where no model made the calls."""
    return WORKED_OUT if recording.how else AS_RECORDED


def recordings_text(recordings: Sequence[CallRecording], *, is_mixed: bool = False) -> str:
    """Return what the figures are: "As recorded on 30 November 2026 with gpt-4.1-mini; nothing was spent." "" for none.

    `recordings`: one of each model, day and way. `is_mixed`: a model was called as well."""
    if not recordings:
        return ""
    sources = " and ".join(map(_source, recordings))
    beginning = f"Figures {sources}" if recordings[0].how else f"{sources[0].upper()}{sources[1:]}"
    return f"{beginning}; {NOTHING_SPENT}{' on the lines of the script' if is_mixed else ''}."


def recording_details(recordings: Sequence[CallRecording], n_unrecorded: int = 0) -> str:
    """Return how the figures were worked out, and how many lines of the script have none; "" where there is nothing to
    say."""
    hows = dict.fromkeys(recording.how for recording in recordings if recording.how)
    have = "has" if n_unrecorded == 1 else "have"
    missing = [f"{count_text(n_unrecorded, 'line')} of the script {have} no figures."] if n_unrecorded else []
    return " ".join([*hows, *missing])


def line_of_script(recording: CallRecording) -> str:
    """Return what a line is whose figures these are: "From the script; as recorded with gpt-4.1-mini"."""
    how = f"{WORKED_OUT} for" if recording.how else f"{AS_RECORDED} with"
    return f"From the script; {how} {recording.model}"


def _source(recording: CallRecording) -> str:
    day = _day(recording.day)
    if recording.how:
        return f"{WORKED_OUT} on {day} for {recording.model}"
    return f"{AS_RECORDED} on {day} with {recording.model}"


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
