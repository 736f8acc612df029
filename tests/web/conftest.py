"""A live feed on a SQLite store; the tests of following change to each kind of store in turn."""

import pytest

from agents.web.websocket_feed import Feed
from tests.support.live_feed import serving


@pytest.fixture
def db_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def live(store, home):
    with serving(Feed(store, home)) as served:
        yield served
