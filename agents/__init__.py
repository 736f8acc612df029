"""What a program that uses the studio as a library needs. Each name is loaded when it is first used.

`from agents import Studio` opens it; `docs/guide/python.md` has a program to begin with.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.chats import (
        ChatContinued,
        ChatEnded,
        ChatStarted,
        ChatState,
        DecisionMade,
        DecisionRequested,
        Event,
        MessagePosted,
        ModelCalled,
        Person,
        Recorded,
        SpeakerSelected,
    )
    from agents.chats.requests import Answer
    from agents.errors import ConflictError, NotFoundError, SpecError, StudioError, UsageError
    from agents.settings import Settings
    from agents.specs import (
        AgentSpec,
        ConnectionSpec,
        LimitsSpec,
        SelectionSpec,
        TeamSpec,
        TerminationSpec,
        dump_team,
        load_team,
    )
    from agents.studio import Session, Studio

__all__ = [
    "AgentSpec",
    "Answer",
    "ChatContinued",
    "ChatEnded",
    "ChatStarted",
    "ChatState",
    "ConflictError",
    "ConnectionSpec",
    "DecisionMade",
    "DecisionRequested",
    "Event",
    "LimitsSpec",
    "MessagePosted",
    "ModelCalled",
    "NotFoundError",
    "Person",
    "Recorded",
    "SelectionSpec",
    "Session",
    "Settings",
    "SpeakerSelected",
    "SpecError",
    "Studio",
    "StudioError",
    "TeamSpec",
    "TerminationSpec",
    "UsageError",
    "dump_team",
    "load_team",
]

_HOMES = {
    "studio": ["Session", "Studio"],
    "chats.requests": ["Answer"],
    "settings": ["Settings"],
    "errors": ["ConflictError", "NotFoundError", "SpecError", "StudioError", "UsageError"],
    "specs": [
        "AgentSpec",
        "ConnectionSpec",
        "LimitsSpec",
        "SelectionSpec",
        "TeamSpec",
        "TerminationSpec",
        "dump_team",
        "load_team",
    ],
}
"""Module -> its names here; every other name of `__all__` is of `agents.chats`."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF.get(name, 'chats')}"), name)


def __dir__() -> list[str]:
    return __all__
