"""Opens the app's screens as a browser does, for the tests of Home, Teams and Connections."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from html import unescape
from typing import Any
from uuid import uuid4

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from agents.chats import (
    ChatEnded,
    DecisionRequested,
    Event,
    MessagePosted,
    ModelCalled,
    Person,
    Price,
    SpeakerSelected,
    Usage,
    request_digest,
)
from agents.studio import Studio
from pages import MAIN
from pages.components.person import use
from tests.support.waiting import WITHIN_S

ANN = Person(name="Ann")
BOB = Person(name="Bob")


@contextmanager
def shown(studio: Studio) -> Iterator[None]:
    """Lets the pages show `studio`."""
    use(studio, lambda chat, person: f"token of {person.name} for {chat}")
    try:
        yield
    finally:
        use(None)


def open_screen(name: str, page: AppTest | None = None, **query: str) -> AppTest:
    """The screen at that address, in a new browser or in the one `page` is open in."""
    page = page or AppTest.from_file(str(MAIN), default_timeout=2 * WITHIN_S).run()
    page.switch_page(f"{name}.py")
    page.query_params.clear()
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def words(page: AppTest) -> str:
    """Everything that stands on the screen as text, escapes of Markdown taken out."""
    kinds = (page.title, page.header, page.subheader, page.caption, page.markdown)
    boxes = (page.info, page.warning, page.error, page.success, page.code, page.toast)
    text = "\n".join(str(part.value) for parts in (*kinds, *boxes) for part in parts)
    text += "\n".join(part.label for part in (*page.expander, *page.button))
    return shown_text(text)


def shown_text(markdown: str) -> str:
    """What stands on the screen of a text that was escaped for Markdown."""
    return unescape(markdown.replace(":small[]", "").replace("\\", "")).replace("\xa0", " ")


def key_of(page: AppTest, ending: str, kind: str = "text_input") -> str:
    """The key of the widget whose key ends so; the draft's version in it is not the test's business."""
    keys = [str(widget.key) for widget in getattr(page.main, kind) if str(widget.key).endswith(ending)]
    assert len(keys) == 1, f"{kind} ending with {ending!r}: {keys}"
    return keys[0]


def field(page: AppTest, ending: str, kind: str = "text_input"):
    """The widget whose key ends so."""
    return getattr(page, kind)(key=key_of(page, ending, kind))


def rail_tabs(page: AppTest) -> dict[str, Any]:
    """What the component of the rail's tabs was given: `tabs` as (name, label), and which is in `front`."""
    data = json.loads(_rail_tabs(page).json)
    return {**data, "tabs": json.loads(data["tabs"])}


def press_tab(page: AppTest, name: str) -> AppTest:
    """Press a tab of the rail, as its component tells of it."""
    states = page._tree.get_widget_states()
    pressed = {"name": name, "mark": uuid4().hex}
    states.widgets.append(
        WidgetState(
            id=_make_trigger_id(_rail_tabs(page).id, "events"),
            json_trigger_value=json.dumps([{"event": "pressed", "value": pressed}]),
        )
    )
    return page._run(states)


def _rail_tabs(page: AppTest) -> BidiComponent:
    """What the page tells the browser of the component."""
    found = [part.proto for part in page.get("bidi_component") if part.proto.component_name == "studio_rail_tabs"]
    assert len(found) == 1, "the rail has its tabs once"
    proto: BidiComponent = found[0]
    return proto


def pick(page: AppTest, member: str) -> AppTest:
    """Open the team editor's form of the member shown under that name."""
    button = next(button for button in page.button if ":pick:" in str(button.key) and member in button.label)
    return button.click().run()


def call(cost_usd: float | None, agent: str) -> ModelCalled:
    """A model call of 100 tokens at that price."""
    return ModelCalled(
        turn=1,
        agent=agent,
        purpose="reply",
        connection="embedded",
        model="m",
        outcome="ok",
        reply="Hello.",
        usage=Usage(input_uncached=80, output=20),
        price=Price(cost_usd=cost_usd, source="unknown" if cost_usd is None else "own price"),
        prompt_sha256="0" * 64,
        started_at=datetime.fromisoformat("2026-03-01T12:00:00+00:00"),
        first_token_s=0.1,
        duration_s=0.5,
    )


def played(studio: Studio, task: str, *, cost_usd: float | None = 0.0, question: str = "", end: str = "") -> str:
    """A chat of the Product team whose first turn is over; it waits with `question`, ended with `end`, or goes on."""
    team = studio.local.teams.from_gallery("product-team")
    chat = studio.as_(ANN).chats.start(team, task, client_id=task)
    fence = studio.store.chats.begin_leg(chat, "worker-1")
    asked, speaker = team.agents[0].name, team.agents[1].name
    events: list[Event] = [
        SpeakerSelected(turn=1, agent=speaker, method="first"),
        call(cost_usd, speaker),
        MessagePosted(turn=1, agent=speaker, content="Hello.", source="model"),
    ]
    if question:
        events += [
            SpeakerSelected(turn=2, agent=asked, method="auto"),
            DecisionRequested(
                request="2-human_turn-1",
                turn=2,
                of="human_turn",
                agent=asked,
                question=question,
                payload={},
                options=["reply", "skip", "end"],
                digest=request_digest("human_turn", asked, 2, {}),
            ),
        ]
    if end:
        events.append(ChatEnded(reason="phrase", text=end))
    for event in events:
        studio.store.chats.append(chat, event, fence=fence)
    return chat
