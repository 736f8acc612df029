"""Following a chat from the terminal: this process runs its legs, the log is what is printed.

Ctrl+C ends the leg and leaves the chat to be gone on with. Called by the commands.
"""

import getpass
import sys
from argparse import Namespace
from contextlib import closing

from agents.chats import ChatState, Person, Recorded
from agents.cli.arguments import INTERRUPTED, PIPE_CLOSED
from agents.cli.output import printer
from agents.cli.request_text import outcome
from agents.studio import Session
from agents.version import COMMAND

MAX_NAME_CHARS = 80


def follow_on(session: Session, chat: str, is_json: bool, before: ChatState | None = None) -> int:
    """Print the chat from the state `before` on, running its legs in this process, and how to go on; the exit code.

    What is printed is what the log holds, and the text that streams. Interrupted, the chat stays as it is."""
    shown = printer(sys.stdout, is_json=is_json, state=before, is_rehearsed=session.teams.is_rehearsed)
    try:
        with closing(session.chats.follow(chat, after=before.head if before else 0)) as items:
            for item in items:
                if isinstance(item, Recorded):
                    shown.event(item)
                else:
                    shown.piece(item.turn, item.agent, item.text)
        part = session.chats.at_work(chat).chat
        state = session.chats.state(part)
    except KeyboardInterrupt:
        how = f"A studio that runs goes on with it; so does: {COMMAND} resume {chat}"
        print(f"\nInterrupted. The chat is kept. {how}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    if part != chat and state.status == "waiting":
        print(f"— A team that works for this chat waits for you, in the chat {part}.", file=sys.stderr)
    return outcome(state, part, is_json=is_json, suggestion=session.requests.suggested_reply(state))


def person(args: Namespace) -> Person:
    """Who types: the name given with --as, else the system's; nobody checks either."""
    if name := " ".join(str(getattr(args, "as_", None) or "").split()):
        return Person(name=name[:MAX_NAME_CHARS])
    try:
        return Person(name=getpass.getuser())
    except (KeyError, OSError, ImportError):
        return Person()  # a user id without a name, as in some containers
