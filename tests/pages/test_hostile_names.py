"""What people and agents write is text on every page: none of it becomes a link, a picture, a colour or a formula."""

import re
import time
from typing import Any

import pytest

from agents.chats import MessagePosted, Person, SpeakerSelected
from agents.specs import team_from_dict
from pages.components.messages import escape_md
from tests.support.app_pages import call, open_screen, shown_text
from tests.support.hostile_names import FORMAT, HOSTILE, formatted
from tests.support.request_pages import asked

MALLORY = Person(name=HOSTILE)
PLUGIN = f'''
def send(to: str) -> str:
    """{HOSTILE}"""
    return "sent"
'''
TEAM: dict[str, Any] = {
    "name": HOSTILE,
    "description": HOSTILE,
    "tags": [HOSTILE[:30]],
    "agents": [
        {"name": "You", "role": "human", "display_name": HOSTILE, "description": HOSTILE},
        {"name": "Clerk", "display_name": f"{HOSTILE[:-1]}b", "prompt": HOSTILE, "tools": ["send"], "emoji": ":red[x]"},
    ],
    "policies": [{"name": HOSTILE, "agent": "Clerk", "tool": "send", "action": "ask"}],
    "termination": {"phrases": [HOSTILE]},
}
FORM = {
    "type": "object",
    "properties": {
        HOSTILE[:60]: {"type": "string", "title": HOSTILE, "description": HOSTILE},
        "size": {"enum": [HOSTILE, "large"], "title": HOSTILE},
        "extras": {"type": "array", "items": {"enum": [HOSTILE]}, "title": HOSTILE},
        "price": {"type": "number", "title": HOSTILE, "description": HOSTILE},
        "quiet": {"type": "boolean", "title": HOSTILE},
    },
}
PAYLOADS: dict[str, dict[str, Any]] = {
    "human_turn": {},
    "tool_call": {"call": "0.0", "tool": "send", "arguments": {HOSTILE: HOSTILE, "to": HOSTILE}},
    "code_block": {"block": "b0", "language": HOSTILE, "code": HOSTILE},
    "package": {"block": "b0", "module": HOSTILE, "package": HOSTILE, "version": HOSTILE, "doubts": [HOSTILE]},
    "message": {"draft": 0, "content": HOSTILE},
    "question": {"call": "0.0", "tool": "ask_person", "text": HOSTILE, "form": FORM},
    "next_speaker": {"candidates": ["You", "Clerk"]},
    "limit": {"limit": "max_rounds", "used": 3, "allowed": 3},
    "loop": {"agent": "Clerk", "times": 3, "content": HOSTILE},
    "pause": {},
    "model_failure": {
        "purpose": "reply", "connection": HOSTILE, "model": HOSTILE, "outcome": "refused", "error": HOSTILE
    },
    "function_failure": {"function": HOSTILE, "error": HOSTILE},
}  # fmt: skip
PAGES = ("home", "inbox", "chat", "teams", "timeline", "costs", "audit", "connections", "settings")


@pytest.fixture
def team():
    return team_from_dict(TEAM)


@pytest.fixture
def chats(studio, team) -> dict[str, str]:
    """For each kind of request a chat that waits for it; and one that has ended, whose call was approved."""
    studio.settings.plugins.mkdir(exist_ok=True)
    (studio.settings.plugins / "post.py").write_text(PLUGIN)
    session = studio.as_(MALLORY)
    chats = {}
    for of, payload in PAYLOADS.items():
        request = asked(of, payload, question=HOSTILE, agent="You" if of == "human_turn" else "Clerk")
        chat = session.chats.start(team, HOSTILE, client_id=of, title=HOSTILE)
        fence = studio.store.chats.begin_leg(chat, "w1")
        said = MessagePosted(turn=1, agent="Clerk", content=HOSTILE, source="model")
        used = call(0.01, "Clerk").model_copy(update={"model": HOSTILE, "connection": HOSTILE})
        for event in (SpeakerSelected(turn=1, agent="Clerk", method="auto"), used, said, request):
            studio.store.chats.append(chat, event, fence=fence)
        studio.store.chats.end_leg(chat, fence=fence)
        chats[of] = chat
    return chats


def labels(page, pattern: str) -> list[Any]:
    return [button for button in page.button if re.search(pattern, button.label)]


class TestEscaping:
    @pytest.mark.parametrize(
        "text",
        [
            HOSTILE, "http://e.vil", "x:https://e.vil/a?b=1&c=2", "WWW.E.vil", "ann@e.vil, bob@e.vil", "mailto:a@e.vil",
            ":smile: :streamlit: :material/home: :material_home:", "a -> b <-> c <- d -- e >= f <= g ~= h", "- item",
            "12. item", "1) item", "+ item", "---", "    code", "\tcode", "a\n===", "a\n    b", "&lt;b&gt; &copy;",
            "~~a~~ **b** _c_ `d`", "| a |\n|---|", "[^1]: note", "[x]: http://e.vil", "> quote", "# head",
        ],
    )  # fmt: skip
    def test_a_text_is_shown_as_it_is(self, text):
        escaped = escape_md(text)
        assert not FORMAT.search(escaped)
        assert shown_text(escaped) == text.replace("\t", "    ")

    def test_what_is_no_format_stays_readable_for_those_who_hear_it(self):
        for text in ("Product manager", "Zoë's 2nd try (10%)", "C-3PO, 5 + 5 = 10; why?", "x.csv"):
            assert escape_md(text) == text

    @pytest.mark.parametrize(
        "text", ["@" * 60_000, "www." * 20_000, "-> " * 30_000, ":material_" * 9_000, "\n" * 90_000]
    )
    def test_no_text_takes_long(self, text):
        began_s = time.process_time()
        escape_md(text)
        assert time.process_time() - began_s < 1


class TestRequests:
    @pytest.mark.parametrize("of", PAYLOADS)
    def test_a_card_shows_its_text(self, studio, chats, of):
        for page in (open_screen("chat", chat=chats[of]), open_screen("inbox", chat=chats[of], request="r1")):
            assert not page.exception
            assert formatted(page) == []
            for button in labels(page, "^(Edit|Reject|Reply|Approve…|Choose)"):
                opened = button.click().run()
                assert not opened.exception
                assert formatted(opened) == []
                break


class TestPages:
    @pytest.mark.parametrize("name", PAGES)
    def test_lists_show_it(self, studio, chats, team, name):
        studio.as_(MALLORY).teams.save(team)
        page = open_screen(name)
        assert not page.exception
        assert formatted(page) == []

    @pytest.mark.parametrize("name", ["timeline", "costs", "audit"])
    def test_figures_of_a_chat_show_it(self, studio, chats, name):
        page = open_screen(name, chat=chats["tool_call"])
        assert not page.exception
        assert formatted(page) == []
