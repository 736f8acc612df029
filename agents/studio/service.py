"""The base of a session's services, whose methods each declare who may call them.

`@needs("view")` stands above a read, `@needs("run", act="rename")` above an act. A service with a public member that
declares nothing cannot be defined. Called by the services of `agents.studio`.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from agents.chats import ChatState, Event, Recorded
from agents.permissions import Role
from agents.store import Hook

if TYPE_CHECKING:
    from agents.studio.studio import Session

S = TypeVar("S", bound="Service")
P = ParamSpec("P")
R = TypeVar("R")

DECLARED = "declared_roles"
"""The attribute of a method that `needs` was written above."""


class Service:
    """What a person may do with one kind of thing, and see of it."""

    def __init__(self, session: "Session"):
        self._session = session
        self._studio = session.studio
        self._store = session.studio.store

    def _append(
        self,
        chat: str,
        events: Callable[[ChatState], list[Event]],
        client_id: str,
        *,
        takes_fence: bool = False,
        hook: Hook | None = None,
    ) -> list[Recorded]:
        """Append what the person's act makes of the chat's state; an empty `client_id` is an act of its own."""
        client_id = client_id or uuid4().hex
        return self._store.chats.append_from_person(
            chat, events, client_id=client_id, takes_fence=takes_fence, hook=hook
        )

    def __init_subclass__(cls, **more: Any):
        super().__init_subclass__(**more)
        for name, member in vars(cls).items():
            if not name.startswith("_") and not hasattr(member, DECLARED):
                raise TypeError(f"{cls.__name__}.{name} does not say who may call it; write @needs(role, ...) above it")


def needs(*roles: Role, act: str = "") -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Let a method of a service be called only by those who have one of `roles`; RefusedError for everybody else.

    `act` names what the method does, as the audit shows it when it was refused, and may name its parameters in braces;
    the refusal is of the chat in the parameter `chat`. Without `act` the method only reads, and refusals are not kept:
    open pages read every few seconds."""

    def declare(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        signature = inspect.signature(method)

        @wraps(method)
        def checked(service: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if act:
                given = signature.bind(service, *args, **kwargs).arguments
                service._session.require(*roles, act=act.format(**given), chat=given.get("chat", ""))
            else:
                service._session.require(*roles)
            return method(service, *args, **kwargs)

        setattr(checked, DECLARED, roles)
        return checked

    return declare


def stored(
    part: str, method: Callable[Concatenate[Any, P], R], *roles: Role, act: str = ""
) -> Callable[Concatenate[Service, P], R]:
    """Return a service's method that is `method` of the store's `part`, for those who have one of `roles` (to view,
    when none is named) as `needs` checks."""

    @wraps(method)
    def called(service: Service, /, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = getattr(getattr(service._store, part), method.__name__)(*args, **kwargs)
        return result

    return needs(*(roles or ("view",)), act=act)(called)
