"""Who may do what: view, run teams, decide, administer, by e-mail or domain, as a file beside the studio says.

    view = ["@example.com"]            # everybody of the domain who signed in
    run = ["ann@example.com"]
    decide = ["ann@example.com", "bob@example.com"]
    administer = ["carol@example.com"]  # everything

"*" is everybody who signed in, "anybody" also who did not. Without a file everybody may do everything. Whoever may do
anything may view. Values and one file; knows no screen and no SQL. Called by the verbs of `agents.studio`.
"""

import tomllib
from collections.abc import Mapping
from os import environ as process_environ
from pathlib import Path
from typing import Literal, get_args

from agents.chats import Person
from agents.errors import StudioError

Role = Literal["view", "run", "decide", "administer"]
ROLES: tuple[Role, ...] = get_args(Role)
FILE_NAME, VARIABLE = "access.toml", "STUDIO_ACCESS"
SIGNED_IN, ANYBODY = "*", "anybody"
DOES: dict[Role, str] = {
    "view": "look at chats",
    "run": "run teams",
    "decide": "decide",
    "administer": "change teams, connections and settings",
}


def may_not_text(*roles: Role) -> str:
    """Return what whoever has none of `roles` reads beside a button that is not for them."""
    return f"You may not {' or '.join(DOES[role] for role in roles)} here. Ask who administers the studio."


class RefusedError(StudioError):
    """The person may not do that; nothing was changed."""


class Access:
    """The rules in force. The file is read again when it changes; one that cannot be read lets nobody do anything."""

    def __init__(self, home: Path, environ: Mapping[str, str] = process_environ):
        named = environ.get(VARIABLE, "").strip()
        self._file = Path(named).expanduser().absolute() if named else home / FILE_NAME
        self._was_there = bool(named)
        self._stamp: tuple[int, int] | None = None
        self._who: dict[Role, list[str]] = {}
        self.is_limited  # noqa: B018  a file that is wrong is said at the start

    @property
    def is_limited(self) -> bool:
        """Whether there are rules; StudioError when they cannot be read."""
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            if self._was_there:
                raise self._unreadable("it is not there any more") from None
            return False
        except OSError as error:
            raise self._unreadable(error.strerror or "it cannot be opened") from None
        self._was_there = True
        if (stamp := (stat.st_mtime_ns, stat.st_size)) != self._stamp:
            self._who = self._read()
            self._stamp = stamp
        return True

    def may(self, person: Person, *roles: Role) -> bool:
        """Whether `person` has one of `roles`; StudioError when the rules cannot be read."""
        if not self.is_limited:
            return True
        wanted: set[Role] = {*roles, "administer"}
        if "view" in roles:
            wanted |= set(ROLES)
        return any(_is_meant(person, entry) for role in wanted for entry in self._who.get(role, []))

    def check(self, person: Person, *roles: Role) -> None:
        """RefusedError when `person` has none of `roles`."""
        if not self.may(person, *roles):
            who = f"{person.name!r}" + ("" if person.is_verified else ", who is not signed in,")
            does = " or ".join(DOES[role] for role in roles)
            raise RefusedError(f"{who} may not {does} here. Nothing was changed. Ask who administers the studio.")

    def _read(self) -> dict[Role, list[str]]:
        try:
            content = tomllib.loads(self._file.read_text(encoding="utf-8"))
        except OSError as error:
            raise self._unreadable(error.strerror or "it cannot be opened") from None
        except ValueError as error:
            raise self._unreadable(str(error)) from None
        for role, entries in content.items():
            if role not in ROLES:
                raise self._unreadable(f"it names {role!r}; expected {', '.join(ROLES)}")
            if not isinstance(entries, list) or not all(
                isinstance(entry, str) and _is_entry(entry) for entry in entries
            ):
                raise self._unreadable(
                    f"{role} is {entries!r}; expected a list of e-mails, '@domain', '{SIGNED_IN}' or '{ANYBODY}'"
                )
        return {role: [entry.strip().lower() for entry in content.get(role, [])] for role in ROLES}

    def _unreadable(self, why: str) -> StudioError:
        return StudioError(
            f"Who may do what cannot be read from '{self._file}': {why}. Nobody may do anything until it is fixed."
        )


def _is_entry(text: str) -> bool:
    text = text.strip()
    is_email = text.count("@") == 1 and not text.endswith("@") and text.split() == [text]
    return is_email or text in (SIGNED_IN, ANYBODY)


def _is_meant(person: Person, entry: str) -> bool:
    """A name that nobody checked is no identity, whatever it reads."""
    if entry == ANYBODY:
        return True
    if not person.is_verified:
        return False
    email = person.name.strip().lower()
    if entry.startswith("@"):
        return email.count("@") == 1 and email.endswith(entry) and email != entry
    return entry in (SIGNED_IN, email)
