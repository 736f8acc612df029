"""From a message's append to its being visible, in a real browser, with few and with many messages in the chat.

The clock starts before the append's transaction and stops when the browser has painted a frame that has the message
in it, inside the window. Another process appends, as a worker does; the web process has to notice by itself.
"""

import random
import time
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser

from agents.chats import (
    ChatStarted,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    Price,
    SpeakerSelected,
    Usage,
)
from agents.store import ChatLog, Store, open_store
from bench import four
from bench.measuring import median, percentile
from bench.report import Section
from bench.web import Web, browser
from tests.support.scripted_server import ScriptedProcess

GOAL_MS = 150
SIZES = (50, 500, 5_000)
SEEN_WITHIN_MS = 10_000
TEXT = """The function walks the list **once** and keeps the two largest numbers it has met so far.

```python
def two_largest(numbers):
    first = second = float("-inf")
    for number in numbers:
        if number > first:
            first, second = number, first
    return first, second
```

- an empty list gives nothing
- message {turn} is this one"""

OBSERVE = """(log) => {
  window.seen = {};
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (!node.dataset?.seq || !node.matches("article.message")) continue;
      const painted = new MessageChannel(); // what is posted before the frame is painted arrives after it
      painted.port1.onmessage = () => {
        const at = Date.now(), { top, bottom } = node.getBoundingClientRect();
        window.seen[node.dataset.seq] = { at, isInWindow: bottom > 0 && top < window.innerHeight };
      };
      painted.port2.postMessage(0);
    }
  }).observe(log, { childList: true });
}"""


def screen(server: ScriptedProcess, folder: Path, *, is_quick: bool) -> Section:
    """The time at each size of chat; none of it has anything to do with the model server."""
    section = Section("From a message's append to its being painted in headless Chromium, p50 / p95")
    n_appends = 30 if is_quick else 40
    home = folder / "home"
    store = open_store(f"sqlite:///{home / 'studio.db'}", home, environ={})
    try:
        with Web(home, folder, n_workers=0) as web, browser() as chromium:
            for n_messages in SIZES:
                chat = _filled(store.chats, n_messages)
                times_ms = _measured(store, web, chromium, chat, n_messages, n_appends)
                p95 = percentile(times_ms, 95)
                section.add(
                    f"{n_messages:,} messages in the chat, {n_appends} appends",
                    f"{median(times_ms):.0f} / {p95:.0f} ms",
                    goal=f"p95 < {GOAL_MS} ms",
                    is_met=p95 < GOAL_MS,
                )
    finally:
        store.close()
    return section


def _measured(store: Store, web: Web, chromium: Browser, chat: str, n_messages: int, n_appends: int) -> list[float]:
    """Milliseconds of each append, the next only after a pause of the length that a short answer takes."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    try:
        web.open(page, f"/chat?chat={chat}")
        page.locator('.transcript[data-loaded="yes"][data-connection="live"]').wait_for(timeout=60_000)
        page.locator(f".transcript article.message[data-turn='{n_messages - 1}']").wait_for()
        page.wait_for_timeout(1_000)  # the page has come to rest
        page.locator(".transcript .log").evaluate(OBSERVE)
        appended_ms: dict[int, float] = {}
        fence = store.chats.begin_leg(chat, "bench")
        for turn in range(n_messages, n_messages + n_appends):
            selected, called, posted = _turn(turn)
            store.chats.append(chat, selected, fence=fence)
            page.wait_for_timeout(random.uniform(100, 250))
            store.chats.append(chat, called, fence=fence)
            at_ms = time.time() * 1000
            appended_ms[store.chats.append(chat, posted, fence=fence).seq] = at_ms
            page.wait_for_timeout(random.uniform(100, 250))
        page.wait_for_function(f"() => Object.keys(window.seen).length >= {n_appends}", timeout=SEEN_WITHIN_MS)
        seen = page.evaluate("window.seen")
    finally:
        page.close()
    if not all(seen[str(seq)]["isInWindow"] for seq in appended_ms):
        raise RuntimeError("a message was drawn outside the window")
    return [seen[str(seq)]["at"] - at_ms for seq, at_ms in appended_ms.items()]


def _filled(chats: ChatLog, n_messages: int) -> str:
    """A running chat of so many messages, the task among them."""
    started = ChatStarted(
        team=four.team("round_robin", 90_000, "default").model_dump(mode="json"), task="", by=Person()
    )
    task = MessagePosted(turn=0, agent="Lead", content=four.TASK, source="task", by=Person())
    events: list[Event] = [started, task]
    for turn in range(1, n_messages):
        events += _turn(turn)
    chat = f"of-{n_messages}"
    chats.create(chat, events, client_id=chat, team_id=None, revision=None, title=f"{n_messages} messages")
    return chat


def _turn(turn: int) -> tuple[SpeakerSelected, ModelCalled, MessagePosted]:
    """What a real turn leaves in the log."""
    agent = list(four.MEMBERS)[turn % len(four.MEMBERS)]
    text = TEXT.format(turn=turn)
    called = ModelCalled(
        turn=turn,
        agent=agent,
        purpose="reply",
        connection="scripted",
        model="scripted",
        outcome="ok",
        reply=text,
        finish_reason="stop",
        usage=Usage(input_uncached=900, output=120),
        price=Price(cost_usd=0.0004, source="own price"),
        prompt_sha256="0" * 64,
        started_at=datetime.now(UTC),
        first_token_s=0.4,
        duration_s=2.0,
    )
    return (
        SpeakerSelected(turn=turn, agent=agent, method="round_robin"),
        called,
        MessagePosted(turn=turn, agent=agent, content=text, source="model"),
    )
