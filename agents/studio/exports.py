"""Exports: a chat as a file to take out, for whoever may look at the chat.

A service of `agents.studio.Session`. Reads what is to be written, says what must not leave the studio, and lets the
format write it. Knows no screen and no SQL.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from agents.chats import ChatRow, DecisionMade
from agents.errors import NotFoundError, StudioError, UsageError
from agents.exchange.chat_export import ChatFormat, ExportedChat, ExportOptions
from agents.exchange.chat_redaction import Redaction
from agents.models.environment import environment
from agents.plain_text import UNFIT_FOR_NAMES, without_keys
from agents.specs.providers import PROVIDERS
from agents.store import Store
from agents.store.secret_key import FILE_NAME as SECRET_FILE
from agents.studio.service import Service, needs
from agents.workspaces import Workspace

IN_MEMORY = 8_000_000
"""Bytes of a file; a larger one is on the disk meanwhile."""
MAX_STEM_CHARS = 60

_SECRET = re.compile(r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT)$", re.IGNORECASE)
"""What variables are called that hold a secret."""


@dataclass(frozen=True)
class Exported:
    """A chat as a file."""

    name: str
    """What to call it."""
    mime: str
    content: BinaryIO
    """At its beginning; closing it removes it."""


class Exports(Service):
    """Chats as files."""

    @needs("view")
    def formats(self, chat: str) -> list[ChatFormat]:
        """The formats in which the chat can be taken out, in the order to offer them: those that would hold something.
        NotFoundError when there is no such chat."""
        has_edits = self._has_edits(chat)
        return [each for each in _formats().values() if has_edits or not each.needs_edits]

    @needs("view")
    def name(self, chat: str, form: str, *, has_names: bool = True) -> str:
        """What to call a file of the chat in that format, which is known before it is written."""
        return _name(self._store.chats.row(chat), self._format(form), has_names=has_names)

    @needs("view")
    def chat(self, chat: str, form: str, *, has_amounts: bool = True, has_names: bool = True) -> Exported:
        """Write the chat as it is now in the format of that name, with costs and tokens, and with the names of people,
        or without. Keys that the studio knows are in none.

        NotFoundError when there is no such chat, or it was deleted; UsageError for an unknown format."""
        wanted = self._format(form)
        row = self._store.chats.row(chat)
        if row.deleted_at is not None:
            raise NotFoundError(f"The chat {chat!r} was deleted. Restore it, then export it.")
        if wanted.needs_edits and not self._has_edits(chat):
            raise UsageError("Nobody edited a reply in this chat, so there are no pairs. Choose another format.")
        logs = [self._store.chats.log(each) for each in (chat, *(part.chat for part in self._store.chats.parts(chat)))]
        secrets = {*known_secrets(self._store, os.environ, self._studio.settings.home, self._studio.settings.db_url)}
        redaction = Redaction(logs, secrets, has_names=has_names, has_amounts=has_amounts)
        title = redaction.text(row.title)
        written = ExportedChat(
            chat=chat,
            title=title,
            log=redaction.log(logs[0]),
            parts=[redaction.log(log) for log in logs[1:]],
            options=ExportOptions(has_amounts=has_amounts, has_names=has_names),
            redaction=redaction,
            made_at=datetime.now(UTC),
            version=Workspace(self._studio.settings.home, chat).version,
        )
        content = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  the caller's to close
        wanted.write(written, content)
        content.seek(0)
        return Exported(_name(row, wanted, has_names=has_names), wanted.mime, content)

    def _format(self, form: str) -> ChatFormat:
        if (wanted := _formats().get(form)) is None:
            raise UsageError(f"There is no format {form!r}. Choose one of {', '.join(_formats())}.")
        return wanted

    def _has_edits(self, chat: str) -> bool:
        """Whether a person edited a reply before it was posted."""
        decided = self._store.chats.log_of_kinds(chat, ("DecisionMade",), before=self._store.chats.row(chat).head + 1)
        return any(isinstance(each.event, DecisionMade) and "content" in each.event.edit for each in decided)


def known_secrets(store: Store, environ: Mapping[str, str], home: Path, db_url: str) -> Iterator[str]:
    """Yield every secret that the studio knows: saved keys, those of the environment, of servers and of addresses. One
    that cannot be read is passed over: nothing could have written it either."""
    yield from (value.strip() for name, value in environ.items() if _SECRET.search(name))
    for provider in PROVIDERS:
        yield from (environ[name].strip() for name in provider.key_variables if name in environ)
    yield from environment(environ).keys.values()
    for spec in store.connections.rows():
        yield environ.get(spec.api_key_env, "").strip() if spec.api_key_env else ""
        with contextlib.suppress(StudioError):
            yield store.connections.key(spec.name)
    for server in store.mcp_servers.rows():
        with contextlib.suppress(StudioError):
            secrets = store.mcp_servers.secrets(server.spec.name)
            yield from (*secrets.env.values(), *secrets.headers.values())
    for address in store.notices.addresses():
        with contextlib.suppress(StudioError):
            yield store.notices.url(address.id)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        yield (home / SECRET_FILE).read_text().strip()
    with contextlib.suppress(ValueError):
        yield unquote(urlsplit(db_url).password or "")


def _formats() -> dict[str, ChatFormat]:
    """The formats by name; loading them takes longer than most commands that need none."""
    from agents.exchange.chat_formats import CHAT_FORMATS

    return CHAT_FORMATS


def _name(row: ChatRow, form: ChatFormat, *, has_names: bool) -> str:
    stem = _stem(row.title) if has_names else ""
    return f"{stem or row.chat}{form.suffix}.{form.ending}"


def _stem(title: str) -> str:
    """Return the title of a chat as any disk takes it as a name; "" when nothing of it is left."""
    words = re.sub(r"[^\w.-]+", "-", without_keys(UNFIT_FOR_NAMES.sub("", title))).strip("-._")
    return words[:MAX_STEM_CHARS].strip("-._")
