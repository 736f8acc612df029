"""Works on a chat in processes that kill themselves.

    python -m tests.support.killed_worker DB HOME MODEL_URL CHAT [--whole]

Each step is a fork that does what a worker does and is gone by `kill -9` right after the first event it appends. A
person's answers are given in between. With `--whole` nothing is killed. Ends when the chat has ended; prints the number
of processes that were killed.
"""

import argparse
import importlib
import os
import signal
import threading
import warnings
from functools import partial
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name in ("autogen", "alembic.command", "genai_prices", "openai.resources.chat"):
        importlib.import_module(name)  # what a step imports when it needs it: once, before the forks

from agents.chats import ChatState
from agents.engine import leg_events
from agents.models import ModelClient
from agents.store import open_store
from agents.worker.runner import run_leg
from agents.worker.running_legs import RunningLegs
from tests.support.legs import ScriptedConnections, decision, replies
from tests.support.model_calls import NoModel

HAS_ENDED = 10


def main() -> None:
    """Fork until the chat has ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("db")
    parser.add_argument("home", type=Path)
    parser.add_argument("model_url")
    parser.add_argument("chat")
    parser.add_argument("--whole", action="store_true")
    asked = parser.parse_args()
    n_killed = 0
    while True:
        pid = os.fork()
        if pid == 0:
            os._exit(step(asked))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        n_killed += status == -signal.SIGKILL
        if status == HAS_ENDED:
            break
        if status not in (0, -signal.SIGKILL):
            raise SystemExit(f"a step ended with {status}")
    print(n_killed)


def step(asked: argparse.Namespace) -> int:
    """Answer the open request, or run a leg until it ends or the process is killed."""
    store = open_store(asked.db, asked.home)
    chat = store.chats.at_work(asked.chat).chat  # that of a team, while one works for it
    state = store.chats.state(chat)
    if state.status == "ended":
        return HAS_ENDED
    if state.status == "waiting":
        store.chats.append_from_person(chat, answer, client_id=f"answer-{state.head}")
        return 0
    if not asked.whole:
        store.chats.append = killing(store.chats.append)  # type: ignore[method-assign]
    client = ModelClient(ScriptedConnections(asked.model_url), environ={}, embedded=NoModel())
    with RunningLegs(store.chats) as legs:
        run_leg(
            chat,
            client=client,
            worker=f"killed-{os.getpid()}",
            legs=legs,
            stopping=threading.Event(),
            leg_events=partial(leg_events, chat=chat),
        )
    return 0


def answer(state: ChatState) -> list[Any]:
    """A person's decision on the open request."""
    assert state.request is not None
    decided = replies(state.request)
    assert decided is not None
    return [decision(state.request, **decided)]


def killing(append: Any) -> Any:
    """`append`, and then no more."""

    def append_and_die(*positional: Any, **named: Any) -> Any:
        append(*positional, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return append_and_die


if __name__ == "__main__":
    main()
