"""How requests read in lists: kinds, headlines, and how long they have waited and may wait. Pure functions."""

from datetime import UTC, datetime

from agents.studio import RequestRow
from agents.text.states import RUN_AGAIN

KIND_WORD = {
    "human_turn": "A person's turn",
    "tool_call": "Tool call",
    "code_block": "Code",
    "package": "Package",
    "message": "Message",
    "next_speaker": "Next speaker",
    "limit": "Limit",
    "loop": "Loop",
    "pause": "Pause",
    "model_failure": "Failed model",
}
KIND_ICON = {
    "human_turn": ":material/person:",
    "tool_call": ":material/build:",
    "code_block": ":material/terminal:",
    "package": ":material/deployed_code_update:",
    "message": ":material/visibility:",
    "next_speaker": ":material/record_voice_over:",
    "limit": ":material/data_usage:",
    "loop": ":material/repeat:",
    "pause": ":material/pause_circle:",
    "model_failure": ":material/error:",
}


def headline(row: RequestRow, most: int = 110) -> str:
    """What is asked, on one line."""
    match row.kind:
        case "tool_call" if row.question.endswith(RUN_AGAIN):
            text = f"{row.agent}'s call of {row.tool} was cut off. {RUN_AGAIN}"
        case "code_block" if row.question.endswith(RUN_AGAIN):
            text = f"Code of {row.agent} was cut off. {RUN_AGAIN}"
        case "tool_call":
            text = f"{row.agent} wants to call {row.tool}"
        case "code_block":
            text = f"{row.agent} wants to run code"
        case _:
            text = row.question
    return short(text, most)


def due_text(row: RequestRow, now: datetime | None = None) -> str:
    """What is left of its time: "due in 5 min", "due in 3 h", "overdue"; "" without a deadline."""
    if row.due_at is None:
        return ""
    left_s = (row.due_at - (now or datetime.now(UTC))).total_seconds()
    if left_s < 60:
        return "due in under a minute" if left_s > 0 else "overdue"
    size, unit = next((size, unit) for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")) if left_s >= size)
    return f"due in {left_s / size:.0f} {unit}"


def short(text: str, most: int) -> str:
    """`text` on one line, at most so long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
