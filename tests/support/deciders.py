"""A plugins folder with functions that decide who speaks next and when a chat is over; good, bad and broken ones."""

from pathlib import Path

from agents.specs import TeamSpec, team_from_dict
from agents.tools import ToolRegistry
from tests.support.legs import four

DECIDERS = '''
from pathlib import Path
from agents.tools import ChatView, speaker_selection, termination

CALLS = Path(__file__).with_name("calls.txt")

@speaker_selection
def backwards(chat: ChatView) -> str:
    """The member before the last speaker."""
    names = [member.name for member in chat.members]
    return names[names.index(chat.last_speaker) - 1]

@speaker_selection
def dev_once(chat):
    return "Dev" if chat.n_new == 1 else "auto"

@speaker_selection
def by_method(chat):
    return ["round_robin", "manual", "random", "auto"][len(chat.messages) % 4]

@speaker_selection
def nobody(chat):
    return None

@speaker_selection
def stranger(chat):
    return "Nobody"

@speaker_selection
def number(chat):
    return 7

@speaker_selection
def broken_speaker(chat):
    with CALLS.open("a") as file:
        file.write("called\\n")
    raise KeyError("no \\x1b[31mkey")

@speaker_selection
def exits(chat):
    raise SystemExit

@speaker_selection
def meddles(chat):
    chat.messages[0].content = "Something else."

@termination
def after_three(chat):
    """When three messages are new."""
    return "Three are enough." if chat.n_new >= 3 else False

@termination
def at_once(chat):
    return True

@termination
def broken_end(chat):
    raise RuntimeError("it is late")

@termination
def list_end(chat):
    return ["yes"]

def plain(text: str) -> str:
    """An ordinary tool."""
    return text
'''


def deciders(folder: Path) -> ToolRegistry:
    """The registry of a plugins folder that holds them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deciders.py").write_text(DECIDERS)
    return ToolRegistry(folder)


def decided(selection: str = "", termination: str = "", *, max_rounds: int = 5, method: str = "auto") -> TeamSpec:
    """Four agents whose speakers and end these functions decide."""
    spec = four(f"{{method: {method}}}", mode="NEVER", max_rounds=max_rounds).model_dump()
    spec["selection"]["function"], spec["termination"]["function"] = selection, termination
    return team_from_dict(spec)
