"""A chat taken out of a studio in any format, as bytes."""

import io
import zipfile
from collections.abc import Callable

import pytest

from agents.studio import Studio

Export = Callable[..., bytes]


@pytest.fixture
def export(studio: Studio) -> Export:
    """Takes the chat out: export(form, chat="c1", **options)."""

    def take(form: str, chat: str = "c1", **options: bool) -> bytes:
        with studio.local.exports.chat(chat, form, **options).content as content:
            return content.read()

    return take


def unpacked(packed: bytes) -> dict[str, bytes]:
    """Name -> content of what is in a zip."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
