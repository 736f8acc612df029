"""The key that encrypts what the database must not hold in clear: a file in the studio's folder, or the environment.

Knows no table. Called by what keeps secrets.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from agents.errors import StudioError
from agents.store.database import Reader

VARIABLE = "STUDIO_SECRET_KEY"
FILE_NAME = "secret.key"
_HOW_TO_MAKE_ONE = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class SecretKey:
    """Encrypts and decrypts with Fernet. The file is made (mode 0600) when something is first encrypted."""

    def __init__(self, home: Path, environ: Mapping[str, str]):
        self._path = home / FILE_NAME
        self._from_environment = environ.get(VARIABLE, "").strip()

    def encrypt(self, text: str) -> str:
        """`text` as a token that only this key reads."""
        if not self._from_environment and not self._path.exists():
            make_secret_file(self._path, Fernet.generate_key())
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, token: str, subject: str) -> str:
        """Return the text in `token`; StudioError, naming `subject`, when it was encrypted with another key."""
        if not self._from_environment and not self._path.exists():
            raise StudioError(
                f"{subject} cannot be read: the file '{self._path}' that unlocks it is missing. Put it back from a "
                "backup, or enter the key again under Connections."
            )
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise StudioError(
                f"{subject} cannot be read: it was saved with another secret key than the one in {self._location}. Put "
                "the former secret key back, or enter the key again under Connections."
            ) from error

    @property
    def _location(self) -> str:
        return VARIABLE if self._from_environment else f"'{self._path}'"

    def _fernet(self) -> Fernet:
        try:
            return Fernet(self._from_environment or self._path.read_text().strip())
        except (ValueError, UnicodeDecodeError) as error:
            raise StudioError(
                f"{self._location} holds no secret key; expected 44 characters of URL-safe Base64. Put the former "
                f"secret key back. When there is none, make one with: {_HOW_TO_MAKE_ONE}"
            ) from error
        except OSError as error:
            raise StudioError(
                f"The secret key in {self._location} cannot be read ({error.strerror}). Let the user who runs the "
                "studio read that file, then try again."
            ) from error


class SecretReader(Reader):
    """What reads and writes a part of the database that holds secrets."""

    def __init__(self, db: sa.Engine, secret_key: SecretKey):
        super().__init__(db)
        self._secret_key = secret_key


def make_secret_file(path: Path, secret: bytes) -> None:
    """Write `secret` into a new file (mode 0600), whole or not at all, also when the power fails: an empty one would be
    a secret that everybody knows. Of processes that make it at once, one wins and all use that one's."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
