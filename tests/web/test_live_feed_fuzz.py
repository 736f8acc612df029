"""Whatever comes through the live feed's socket: no traceback, not long, not much memory, and others are served."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from agents.web import feed_access
from agents.web.feed_access import BAD_TOKEN
from agents.web.feed_frames import BAD_FRAME
from tests.support.fuzz import examples, harmless
from tests.support.live_feed import ADA, message, start_chat
from tests.support.waiting import wait_until

N_FRAMES = 500
TOKEN = "the good token"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just(TOKEN)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=9
)
NAMES = st.sampled_from(["token", "after", "older", "newer", "at", "find", "markdown", "chat", "t"]) | st.text(
    max_size=9
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5) | st.fixed_dictionaries({"token": st.just(TOKEN), "after": VALUES})
RAW = st.text() | st.binary() | st.sampled_from(['{"token": "\\ud800"}', "[" * 9_000, "1" * 9_000, '{"older": NaN}'])
FRAMES = OBJECTS | st.fixed_dictionaries({"older": VALUES}) | VALUES | RAW


class TestFrames:
    @examples(N_FRAMES)
    @given(first=OBJECTS | RAW, second=FRAMES)
    @example(first={"token": TOKEN, "after": True}, second={"older": 2})
    @example(first={"token": TOKEN, "after": 10**400}, second={"older": 10**400})
    def test_no_frame_does_harm(self, live, store, first, second, caplog, monkeypatch):
        chat = "c1" if store.chats.heads(["c1"]) else start_chat(store)
        monkeypatch.setattr(feed_access, "EVERY_S", 3600)
        token = live.feed.sign(chat, ADA)
        with harmless(caplog), live.open(_sent(first, token)) as reader:
            with suppress(ConnectionClosed):
                reader.socket.send(_sent(second, token))
                reader.socket.send("the end")
            assert reader.close_code() in (BAD_TOKEN, BAD_FRAME)

    def test_after_them_a_reader_is_served_as_before(self, live, store):
        chat = start_chat(store)
        fence = store.chats.begin_leg(chat, "w1")
        for nonsense in (b"\x00", "[", '{"token": true}', '{"older": {}}'):
            with live.open(nonsense) as reader:
                assert reader.close_code() == BAD_TOKEN
        with live.reader(chat) as reader:
            reader.next()
            recorded = store.chats.append(chat, message(1, "still here"), fence=fence)
            reader.until_seq(recorded.seq)
        wait_until(lambda: live.feed.n_followed == 0, what="nobody looks any more")


def _sent(frame: Any, token: str) -> str | bytes:
    """Return a frame as it goes through the socket, the good token in its place."""
    return frame if isinstance(frame, str | bytes) else json.dumps(frame).replace(TOKEN, token)
