"""Notifications: who is told of what, and whether it works.

A service of `agents.studio.Session`. Knows no screen and no SQL.
"""

from collections.abc import Collection

from agents.errors import StudioError, UsageError
from agents.notifications.apprise_service import CannotTellError, service_of, tell
from agents.notifications.message import TEST
from agents.store import NotificationAddress, NotificationKind
from agents.studio.service import Service, needs

MAX_NAME_CHARS = 80


class Notifications(Service):
    """The addresses that are told."""

    @needs("view")
    def addresses(self) -> list[NotificationAddress]:
        """Who is told, oldest first, with how it last went; the addresses themselves are secrets and stay here."""
        return self._store.notices.addresses()

    @needs("administer", act="add a notice address")
    def add(self, name: str, url: str, wants: Collection[NotificationKind]) -> str:
        """Tell the service at `url` (apprise's notation) of `wants` from now on; the new address's id.

        `url` is stored encrypted and goes nowhere but to the service. UsageError when apprise knows no such service,
        or when the name is empty or too long."""
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_NAME_CHARS:
            raise UsageError(f"Give the address a name of 1 to {MAX_NAME_CHARS} characters. Nothing was saved.")
        return self._store.notices.add(name, url.strip(), service_of(url), wants)

    @needs("administer", act="change a notice address")
    def change(self, address: str, wants: Collection[NotificationKind]) -> None:
        """Tell the address of `wants` from now on; NotFoundError when it was removed."""
        self._store.notices.change(address, wants)

    @needs("administer", act="remove a notice address")
    def remove(self, address: str) -> None:
        """Forget the address, its secret and what was still to be told there."""
        self._store.notices.remove(address)

    @needs("administer", act="test a notice address")
    def test(self, address: str) -> None:
        """Send a test there now; StudioError with the service's reason when it does not arrive."""
        try:
            tell(self._store.notices.url(address), TEST)
        except CannotTellError as error:
            self._store.notices.tried(address, str(error))
            raise StudioError(f"The test did not arrive: {error} Nothing else was changed.") from None
        self._store.notices.tried(address, "")
