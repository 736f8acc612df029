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


def recordings_text(recordings: Sequence[CallRecording], n_unrecorded: int = 0, *, is_mixed: bool = False) -> str:
    """Return what the figures are: "As recorded on 30 November 2026 with gpt-4.1-mini; nothing was spent." "" for none.

    `recordings`: one of each model, day and way. `n_unrecorded` lines of the script have no figures; `is_mixed`: a
    model was called as well."""
    if not recordings:
        return ""
    told = [_told(recording) for recording in recordings]
    hows = list(dict.fromkeys(recording.how for recording in recordings if recording.how))
    sentence = " and ".join(told)
    lines = [
        f"{sentence[0].upper()}{sentence[1:]}; {NOTHING_SPENT}{' on the lines of the script' if is_mixed else ''}.",
        *hows,
    ]
    if n_unrecorded:
        lines.append(
            f"{count_text(n_unrecorded, 'line')} of the script {'has' if n_unrecorded == 1 else 'have'} no figures."
        )
    return " ".join(lines)


def _told(recording: CallRecording) -> str:
    day = _day(recording.day)
    return (
        f"worked out on {day} for {recording.model}"
        if recording.how
        else f"as recorded on {day} with {recording.model}"
    )


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
