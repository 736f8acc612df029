"""The engine: one leg of a group chat, run by pyautogen's GroupChat. The only package that imports autogen.

Knows no SQL, no queue, no screen. `leg_events` is a generator of events; the caller decides where they go.
Importing this package is cheap: autogen itself is imported when the first leg starts.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

from agents.engine.event_stream import Item, Streamed, Subchat

if TYPE_CHECKING:
    from agents.chats import ChatState
    from agents.engine.model_calls import Model
    from agents.engine.ports import Code, Files, Functions, Tools


def leg_events(
    state: "ChatState",
    model: "Model",
    tools: "Tools | None" = None,
    code: "Code | None" = None,
    files: "Files | None" = None,
    functions: "Functions | None" = None,
    chat: str = "",
) -> Generator[Item, None, None]:
    """Yield the events of one leg, from `state` until the chat ends or wait for a person.

    Append each event (those of a tuple together) to the log before asking for the next; `Streamed` pieces are only
    shown. `tools` are what agents may call, `code` runs the code they write, `files` is their workspace, `functions`
    decide in place of a model; None: there is none. `chat` is the chat's
    id, after which those of its teams are called. Closing the generator stops the work at once, in the middle of a
    model's answer too. A model's failure is an event, never an exception. `state.status` must be "running".
    """
    from agents.engine.event_stream import drained
    from agents.engine.leg import Leg

    return drained(Leg(state, model, tools, code, files, functions, chat).run)
