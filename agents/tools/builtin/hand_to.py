"""`hand_to`: an agent chooses who speaks after it. The engine does what it says, and knows whom the team allows."""

from agents.errors import UsageError
from agents.tools.function import idempotent


@idempotent
def hand_to(agent: str, reason: str = "") -> str:
    """Choose which member of the team speaks after you, in place of the usual way. `agent` is the member's name,
    `reason` says why in a sentence. Then write your message."""
    raise UsageError("Only a member of a team can hand over, in a chat.")
