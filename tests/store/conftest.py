"""A chat in the store, as the store's tests need it."""

import pytest

from agents.store import Store
from tests.support.stored_chats import StoredChats


@pytest.fixture
def start(store: Store) -> StoredChats:
    """Starts a chat and returns its id."""
    return StoredChats(store)
