"""The door: what a program that uses the studio as a library needs. Each name is loaded when it is first used.

It begins with `from agents import Person, Settings, Studio` and `studio = Studio.open(Settings.from_env())`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.chats import *  # noqa: F403
    from agents.chats.requests import *  # noqa: F403
    from agents.errors import *  # noqa: F403
    from agents.settings import *  # noqa: F403
    from agents.specs import *  # noqa: F403
    from agents.studio import *  # noqa: F403

_HOMES = {
    "chats": "ChatContinued ChatEnded ChatStarted ChatState DecisionMade DecisionRequested Event MessagePosted "
    "ModelCalled Person Recorded SpeakerSelected",
    "chats.requests": "Answer",
    "errors": "ConflictError NotFoundError SpecError StudioError UsageError",
    "settings": "Settings",
    "specs": "AgentSpec ConnectionSpec LimitsSpec SelectionSpec TeamSpec TerminationSpec dump_team load_team",
    "studio": "Studio",
}
"""Module -> the names that can be imported from here."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
