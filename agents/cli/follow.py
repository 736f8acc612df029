"""Following a chat from the terminal: this process runs its legs, the log is what is printed.

The leg runs on a thread of its own and writes to the log; the main thread prints what the log holds, so that what is
seen is what is kept. Ctrl+C ends the leg and leaves the chat to be gone on with. Called by the commands.
"""

import getpass
import queue
import sys
import threading
from argparse import Namespace

from agents.chats import ChatState, Person
from agents.cli.arguments import INTERRUPTED, PIPE_CLOSED
from agents.cli.output import Printer, printer
from agents.cli.request_text import outcome
from agents.studio import Studio
from agents.version import COMMAND

POLL_S = 0.05
MAX_NAME_CHARS = 80


class Interrupted(Exception):
    """The person pressed Ctrl+C, or the reader of our output is gone; the chat is kept."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


def follow(studio: Studio, chat: str, printer: Printer, *, after: int = 0) -> ChatState:
    """Print the chat from behind `after` on, running its legs here, until it ends or waits; its state then.

    While another living worker has the chat, its events are printed as they come; when that one dies, this process
    goes on. Interrupted leaves the chat as the log has it.
    """
    leg = _Leg(studio, chat)
    seen = after

    def catch_up() -> None:
        nonlocal seen
        for recorded in studio.log(chat, after=seen):
            printer.event(recorded)
            seen = recorded.seq

    try:
        catch_up()
        leg.start()
        turn = -1
        while not leg.is_over():
            piece = leg.next_piece()
            if piece is None or piece[0] != turn:
                catch_up()
            if piece is not None:
                turn = piece[0]
                printer.piece(*piece)
        catch_up()
        return studio.state(chat)
    except KeyboardInterrupt:
        raise Interrupted(INTERRUPTED) from None
    except BrokenPipeError:
        raise Interrupted(PIPE_CLOSED) from None
    finally:
        leg.stop()


class _Leg:
    """The chat's legs on a thread, and the pieces they stream."""

    def __init__(self, studio: Studio, chat: str):
        self._pieces: queue.SimpleQueue[tuple[int, str, str] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._error: Exception | None = None
        self._studio, self._chat = studio, chat
        self._thread = threading.Thread(target=self._run, name="leg", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        def show(turn: int, agent: str, text: str) -> None:
            self._pieces.put((turn, agent, text))

        try:
            pause_s = POLL_S
            while self._studio.run_leg_here(self._chat, show, self._stopping) == "running":
                if self._stopping.wait(pause_s):
                    return
                pause_s = min(pause_s * 2, 1)
        except Exception as error:  # noqa: BLE001 - raised again on the main thread
            self._error = error

    def next_piece(self) -> tuple[int, str, str] | None:
        """The next piece, or None when none came for a moment."""
        try:
            return self._pieces.get(timeout=POLL_S)
        except queue.Empty:
            return None

    def is_over(self) -> bool:
        """True when nothing is owed any more and all pieces are taken; raises what went wrong."""
        if self._thread.is_alive() or not self._pieces.empty():
            return False
        if self._error:
            raise self._error
        return True

    def stop(self) -> None:
        """End the leg at its next piece; one that hangs is left behind, and its fence with it."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(2)


def interrupted(chat: str, code: int) -> int:
    """Say that the chat is kept and how to go on; `code`."""
    if code == INTERRUPTED:
        how = f"A studio that runs goes on with it; so does: {COMMAND} resume {chat}"
        print(f"\nInterrupted. The chat is kept. {how}", file=sys.stderr)
    return code


def follow_on(studio: Studio, chat: str, is_json: bool, before: ChatState | None = None) -> int:
    """Follow the chat on standard output, from the state `before` on, and say how to go on; the exit code."""
    try:
        state = follow(
            studio, chat, printer(sys.stdout, is_json=is_json, state=before), after=before.head if before else 0
        )
    except Interrupted as stopped:
        return interrupted(chat, stopped.code)
    return outcome(state, chat, is_json=is_json, suggestion=studio.suggested_reply(state))


def person(args: Namespace) -> Person:
    """Who types: the name given with --as, else the system's; nobody checks either."""
    if name := " ".join(str(getattr(args, "as_", None) or "").split()):
        return Person(name=name[:MAX_NAME_CHARS])
    try:
        return Person(name=getpass.getuser())
    except (KeyError, OSError, ImportError):
        return Person()  # a user id without a name, as in some containers
