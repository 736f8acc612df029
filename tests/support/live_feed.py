"""A live feed that really serves: uvicorn on a free port, a store behind it, and readers that are real clients."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from agents.chats import ChatStarted, Event, MessagePosted, Person
from agents.specs import AgentSpec, TeamSpec
from agents.store import Store
from agents.web.websocket_feed import Feed
from tests.support.waiting import WITHIN_S

ADA = Person(name="Ada")
TEAM = TeamSpec(
    name="Pair", agents=[AgentSpec(name="user", role="human"), AgentSpec(name="dev", display_name="Developer")]
)


def start_chat(store: Store, chat: str = "c1", task: str = "Do it.") -> str:
    """A chat of `TEAM` with its task posted."""
    events: list[Event] = [
        ChatStarted(team=TEAM.model_dump(mode="json"), task=task, by=ADA),
        MessagePosted(turn=0, agent="user", content=task, source="task", by=ADA),
    ]
    store.chats.create(chat, events, client_id=chat, team_id=None, revision=None, title=task)
    return chat


def message(turn: int, content: str) -> MessagePosted:
    return MessagePosted(turn=turn, agent="dev", content=content, source="model")


class Reader:
    """One open transcript, without the screen: every frame it got, and the log as it would draw it."""

    def __init__(self, socket: ClientConnection):
        self.socket = socket
        self.frames: list[dict[str, Any]] = []

    def next(self, timeout_s: float = WITHIN_S) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout_s))
        self.frames.append(frame)
        return frame

    def until(self, is_wanted: Callable[[dict[str, Any]], Any], timeout_s: float = WITHIN_S) -> dict[str, Any]:
        """The first frame from here on that is wanted; TimeoutError when none comes."""
        deadline = time.monotonic() + timeout_s
        while True:
            frame = self.next(max(0.01, deadline - time.monotonic()))
            if is_wanted(frame):
                return frame

    def until_seq(self, seq: int) -> None:
        """Reads until the log is there up to `seq`."""
        if not self.frames or max(frame.get("head", 0) for frame in self.frames) < seq:
            self.until(lambda frame: frame.get("head", 0) >= seq)

    @property
    def seqs(self) -> list[int]:
        """Of all entries, in the order they came."""
        return [entry["seq"] for frame in self.frames for entry in frame.get("entries", [])]

    def close_code(self, timeout_s: float = WITHIN_S) -> int | None:
        """The code with which the server closes; what it sends before that is kept in `frames`."""
        try:
            while True:
                self.next(timeout_s)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


class LiveFeed:
    """A served feed; `reader` opens a transcript of a chat."""

    def __init__(self, feed: Feed, port: int):
        self.feed = feed
        self.port = port

    @contextmanager
    def open(self, hello: object, *, origin: str | None = "", cookie: str = "") -> Iterator[Reader]:
        """A socket whose first frame is `hello`; `origin` "" means this server's own, None means no such header."""
        own = f"http://127.0.0.1:{self.port}"
        headers = {} if origin is None else {"Origin": origin or own}
        headers |= {"Cookie": cookie} if cookie else {}
        address = f"ws://127.0.0.1:{self.port}/live"
        with connect(address, additional_headers=headers, max_size=2**24, compression=None) as socket:
            if hello is not None:
                with suppress(ConnectionClosed):  # refused by its origin already
                    socket.send(hello if isinstance(hello, str | bytes) else json.dumps(hello))
            yield Reader(socket)

    @contextmanager
    def reader(self, chat: str, after: int | None = None) -> Iterator[Reader]:
        with self.open({"token": self.feed.sign(chat, ADA), "after": after}) as reader:
            yield reader


@contextmanager
def serving(feed: Feed) -> Iterator[LiveFeed]:
    """Serves `feed` on a thread until the block ends."""

    app = Starlette(routes=[WebSocketRoute("/live", feed.serve)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]

    async def until_told() -> None:
        ports.append(server.servers[0].sockets[0].getsockname()[1])
        loops.append(asyncio.get_running_loop())
        is_up.set()
        await told.wait()
        await feed.close()

    server.main_loop = until_told  # type: ignore[method-assign]  # its own looks now and then whether it should end
    ports: list[int] = []
    loops: list[asyncio.AbstractEventLoop] = []
    is_up, told = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), name="feed-server")
    thread.start()
    try:
        assert is_up.wait(WITHIN_S)
        yield LiveFeed(feed, ports[0])
    finally:
        loops[0].call_soon_threadsafe(told.set)
        thread.join(WITHIN_S)
        assert not thread.is_alive()
