"""The text that running legs stream, kept until it is saved for the screens. Nothing is ever resumed from it."""

from agents.engine import Streamed
from agents.store import StreamedText

NOBODY = (-1, "")


class TextBuffer:
    """The message that one leg is streaming. The leg's own thread writes; another thread takes."""

    def __init__(self, chat: str, fence: int):
        self._chat, self._fence = chat, fence
        self._writer = NOBODY
        """(turn, agent) of the message."""
        self._pieces: list[str] = []
        self._n_taken = 0

    def write(self, piece: Streamed) -> None:
        """Add to the text; another turn or agent begins a new one."""
        if not piece.text:  # only a chance to check whether to go on
            return
        if (piece.turn, piece.agent) != self._writer:
            self._restart((piece.turn, piece.agent))
        self._pieces.append(piece.text)

    def clear(self) -> None:
        """Forget the text: its message is in the log."""
        self._restart(NOBODY)

    def take(self) -> StreamedText | None:
        """Return the text so far when it grew since the last call, else None."""
        (turn, agent), pieces, n = self._writer, self._pieces, len(self._pieces)
        if n == self._n_taken or turn < 0:
            return None
        self._n_taken = n
        return StreamedText(chat=self._chat, turn=turn, agent=agent, text="".join(pieces[:n]), fence=self._fence)

    def _restart(self, writer: tuple[int, str]) -> None:
        self._writer, self._pieces, self._n_taken = writer, [], 0
