"""Following a chat from the terminal: this process runs its legs, the log is what is printed.

Ctrl+C ends the leg and leaves the chat to be gone on with. Called by the commands.
"""

import getpass
import sys
from argparse import Namespace
from contextlib import closing

from agents.chats import ChatState, Person, Recorded
from agents.cli.arguments import INTERRUPTED, PIPE_CLOSED
from agents.cli.output import Printer, printer
from agents.cli.request_text import outcome
from agents.studio import Session
from agents.version import COMMAND

MAX_NAME_CHARS = 80


class Interrupted(Exception):
    """The person pressed Ctrl+C, or the reader of our output is gone; the chat is kept."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


def follow(session: Session, chat: str, printer: Printer, *, after: int = 0) -> ChatState:
    """Print the chat from behind `after` on, running its legs here, until it ends or waits; its state then.

    What is printed is what the log holds, and the text that streams. Interrupted leaves the chat as the log has it."""
    try:
        with closing(session.chats.follow(chat, after=after)) as items:
            for item in items:
                if isinstance(item, Recorded):
                    printer.event(item)
                else:
                    printer.piece(*item)
        return session.chats.state(chat)
    except KeyboardInterrupt:
        raise Interrupted(INTERRUPTED) from None
    except BrokenPipeError:
        raise Interrupted(PIPE_CLOSED) from None


def interrupted(chat: str, code: int) -> int:
    """Say that the chat is kept and how to go on; `code`."""
    if code == INTERRUPTED:
        how = f"A studio that runs goes on with it; so does: {COMMAND} resume {chat}"
        print(f"\nInterrupted. The chat is kept. {how}", file=sys.stderr)
    return code


def follow_on(session: Session, chat: str, is_json: bool, before: ChatState | None = None) -> int:
    """Follow the chat on standard output, from the state `before` on, and say how to go on; the exit code."""
    try:
        state = follow(
            session, chat, printer(sys.stdout, is_json=is_json, state=before), after=before.head if before else 0
        )
    except Interrupted as stopped:
        return interrupted(chat, stopped.code)
    return outcome(state, chat, is_json=is_json, suggestion=session.requests.suggested_reply(state))


def person(args: Namespace) -> Person:
    """Who types: the name given with --as, else the system's; nobody checks either."""
    if name := " ".join(str(getattr(args, "as_", None) or "").split()):
        return Person(name=name[:MAX_NAME_CHARS])
    try:
        return Person(name=getpass.getuser())
    except (KeyError, OSError, ImportError):
        return Person()  # a user id without a name, as in some containers
