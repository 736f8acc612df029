"""What a person typed and has not saved or sent: kept for them alone, by the place where it was typed.

A service of `agents.studio.Session`. `browser` is the secret id of the browser, for those whom nobody checked.
"""

from collections.abc import Collection, Mapping

from agents.store import UnsavedText
from agents.store.unsaved_texts import owner_of
from agents.studio.service import Service, needs


class UnsavedTexts(Service):
    """The person's own unsaved texts; nobody sees those of others."""

    @needs("view")
    def newest(self, place: str, *, browser: str = "", but_of: str = "") -> UnsavedText | None:
        """Return what was typed last at the place by another tab than `but_of`; None when there is nothing."""
        return self._store.unsaved_texts.newest(self._owner(browser), place, but_of=but_of)

    @needs("view")
    def rows(self, places: str, *, browser: str = "") -> list[UnsavedText]:
        """Return the newest of each place whose name begins with `places`, newest first."""
        return self._store.unsaved_texts.rows(self._owner(browser), places)

    @needs("view")
    def keep(
        self,
        place: str,
        tab: str,
        *,
        body: str,
        settled: Mapping[str, str] | None = None,
        instead_of: str = "",
        browser: str = "",
    ) -> bool:
        """Keep what the page made of what is typed, as `agents.store.UnsavedTexts.keep` does."""
        owner = self._owner(browser)
        return self._store.unsaved_texts.keep(owner, place, tab, body=body, settled=settled, instead_of=instead_of)

    @needs("view")
    def drop(self, place: str, tabs: Collection[str] | None = None, *, browser: str = "") -> None:
        """Forget what these tabs have of the place, all of them when None."""
        self._store.unsaved_texts.drop(self._owner(browser), place, tabs)

    def _owner(self, browser: str) -> str:
        return owner_of(self._session.person, browser)
