"""How Stop, a deletion or a takeover reaches a running turn: the chat's fence moves, and the leg sees it.

Each of the three raises the chat's fence token. Every 80 ms the tokens of all running legs are compared with the
stored ones, in one query; the runner looks at `HeldFence.has_moved` before it takes the next event or piece of text,
and closes the engine. Until then nothing is lost either: the store refuses what an older token writes.
"""

from collections.abc import Callable, Sequence

from agents.store import ChatLog


class HeldFence:
    """The fence token that a leg took when it began."""

    def __init__(self, chat: str, fence: int, release: Callable[[], None] | None = None):
        self.chat = chat
        self.fence = fence
        self.has_moved = False
        """True within about 100 ms of the fence's moving: the leg is dead and must end."""
        self._release = release

    def release(self) -> None:
        """Let the chat's next leg start, once: this one may hang in a model call for long. Raises when that fails; the
        next call tries again."""
        if self._release is not None:
            self._release()
            self._release = None


def compare_fences(chats: ChatLog, held: Sequence[HeldFence]) -> None:
    """Mark the fences that have moved; release those that were marked before and are still held."""
    heads = chats.heads({fence.chat for fence in held})
    for fence in held:
        if fence.has_moved:
            fence.release()
        elif heads.get(fence.chat, (0, fence.fence + 1))[1] != fence.fence:
            fence.has_moved = True
