"""How requests read in lists: their kinds and headlines. Pure functions."""

from agents.plain_text import one_line
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
    return one_line(text, most)
