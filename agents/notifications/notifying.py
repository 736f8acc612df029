"""The verbs of the Settings page about notices: who is told of what, and whether it works.

A part of `agents.studio.Studio`. Knows no screen and no SQL.
"""

from collections.abc import Collection

from agents.chats import Person
from agents.errors import StudioError, UsageError
from agents.notifications.apprise_service import CannotTellError, service_of, tell
from agents.notifications.message import TEST
from agents.permissions import Role
from agents.store import NotificationAddress, NotificationKind, Store

MAX_NAME_CHARS = 80


class Notifying:
    """What of a studio tells people who are away."""

    store: Store

    def check(self, by: Person | None, *roles: Role, act: str, chat: str = "") -> None:
        """RefusedError when `by` has none of `roles`."""
        raise NotImplementedError

    def look(self, *roles: Role) -> None:
        """RefusedError when who reads has none of `roles`, or without any may not look."""
        raise NotImplementedError

    def notice_addresses(self) -> list[NotificationAddress]:
        """Who is told, oldest first, with how it last went; the addresses themselves are secrets and stay here."""
        self.look()
        return self.store.notices.addresses()

    def add_notice_address(
        self, name: str, url: str, wants: Collection[NotificationKind], *, by: Person | None = None
    ) -> str:
        """Tell the service at `url` (apprise's notation) of `wants` from now on; the new address's id.

        `url` is stored encrypted and goes nowhere but to the service. UsageError when apprise knows no such service,
        or when the name is empty or too long."""
        self.check(by, "administer", act="add a notice address")
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_NAME_CHARS:
            raise UsageError(f"Give the address a name of 1 to {MAX_NAME_CHARS} characters. Nothing was saved.")
        return self.store.notices.add(name, url.strip(), service_of(url), wants)

    def change_notice_address(
        self, address: str, wants: Collection[NotificationKind], *, by: Person | None = None
    ) -> None:
        """Tell the address of `wants` from now on; NotFoundError when it was removed."""
        self.check(by, "administer", act="change a notice address")
        self.store.notices.change(address, wants)

    def remove_notice_address(self, address: str, *, by: Person | None = None) -> None:
        """Forget the address, its secret and what was still to be told there."""
        self.check(by, "administer", act="remove a notice address")
        self.store.notices.remove(address)

    def test_notice_address(self, address: str, *, by: Person | None = None) -> None:
        """Send a test there now; StudioError with the service's reason when it does not arrive."""
        self.check(by, "administer", act="test a notice address")
        try:
            tell(self.store.notices.url(address), TEST)
        except CannotTellError as error:
            self.store.notices.tried(address, str(error))
            raise StudioError(f"The test did not arrive: {error} Nothing else was changed.") from None
        self.store.notices.tried(address, "")
