"""What an agent writes is text: it runs nothing, fetches nothing, and never breaks the page."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from agents.chats import Person
from tests.support.conversations import pair, start
from tests.support.hostile_names import HOSTILE
from tests.support.screens import TELEPHONE, Screen, Screens
from tests.support.scripted_replies import Reply
from tests.support.scripted_server import ScriptedServer
from tests.support.studio_process import StudioProcess

EVIL = "evil.example"
ATTACKS = f"""\
<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2"><svg onload="window.hacked = 3"></svg>

<iframe src="https://{EVIL}/frame"></iframe><style>* {{ background: url(https://{EVIL}/style) }}</style>
<form action="https://{EVIL}/form"><button>Reply</button></form><base href="https://{EVIL}/">

[a link](javascript:window.hacked=4) [another](vbscript:window.hacked=5) <javascript:window.hacked=6>
[data](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGFja2VkPTc8L3NjcmlwdD4=) [good](https://{EVIL}/page "onclick=x")

![image](https://{EVIL}/image.png) ![data](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)
[![both](https://{EVIL}/inner.png)](javascript:window.hacked=8)

| a | b |
|---|---|
| <img src=x onerror=window.hacked=9> | <b onmouseover=window.hacked=10>bold</b> |

```html" onclick="window.hacked=11
<script>window.hacked = 12</script>
```

:material/home: :red[not red] $\\LaTeX$ {{{{ template }}}} </div></section></article> <!-- """
CONTROL = "bell \x07 null \x00 escape \x1b[31mred\x1b[0m rtl \u202egnol\u202c zero\u200bwidth \ufeff \x85 end"
LINE_CHARS = 1_000_000
WORD = "w" * 500
CELLS = [f" {cell} |" * 20 for cell in ("heading" * 3, "---", "cell" * 5)]
TABLE = "\n".join(f"|{cells}" for cells in CELLS)
WIDE = [
    WORD, f"`{WORD}`", f"```\n{WORD}\n```", TABLE, f"# {WORD}", f"https://x.example/{WORD}", "> " * 8 + "deep",
    "- " * 6 + "deep", f"![{WORD}](https://x.example/a.png)", f"1. {WORD}",
]  # fmt: skip


FORMATS = 'a[href*="e.vil"], img[src*="e.vil"], .katex, b, .stMarkdownColoredText:text-matches("^[rx]$")'
"""What Streamlit's Markdown would make of such a name; in a message of the transcript, links are meant."""


@pytest.fixture(params=["desk", "telephone"])
def screen(open_screen: Screens, request: pytest.FixtureRequest) -> Screen:
    """A browser with a large screen, or with a telephone's."""
    return open_screen() if request.param == "desk" else open_screen(viewport=TELEPHONE)


def shown(screen: Screen, studio: StudioProcess, model: ScriptedServer, name: str, text: str) -> None:
    """A chat in which an agent wrote `text`, open on the screen."""
    model.script(lambda request: text, model=name)
    screen.open_chat(start(studio, pair(name)))
    screen.expect_my_turn()
    expect(screen.messages).to_have_count(2)


class TestHostileText:
    def test_nothing_runs_and_nothing_is_fetched(self, screen: Screen, studio: StudioProcess, model: ScriptedServer):
        shown(screen, studio, model, "attacks", ATTACKS)
        message = screen.messages.nth(1)
        for link in message.locator(".content").get_by_role("link").all():
            address = str(link.get_attribute("href"))
            assert address.startswith("https://"), address
            assert "noopener" in str(link.get_attribute("rel"))
            assert link.get_attribute("target") == "_blank"
        message.hover()
        message.locator(".content").click(position={"x": 5, "y": 5})
        screen.expect_drawn_again(lambda: studio.attach_from_elsewhere(screen.chat))
        assert screen.page.evaluate("() => window.hacked") is None
        assert [address for address in screen.requested if EVIL in address] == []
        assert message.locator("script, iframe, img, svg, form, style, base, button:not(.copy)").count() == 0
        assert (
            message.locator("*").evaluate_all(
                "(all) => all.flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith('on'))"
            )
            == []
        )
        expect(screen.button("Reply")).to_have_count(1)
        screen.expect_no_sideways_scrolling()

    def test_a_message_while_it_is_written_is_text_as_well(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        text = f"<img/src=x/onerror=window.hacked=1> {'and so on ' * 50}"
        model.script([Reply(text, piece_delay_s=0.05)], model="written")
        screen = open_screen()
        screen.open_chat(start(studio, pair("written")))
        expect(screen.draft).to_contain_text("<img/src=x/onerror=window.hacked=1> and")
        assert screen.page.evaluate("() => window.hacked") is None
        assert screen.log.locator("img").count() == 0
        screen.press("Stop")

    def test_a_line_of_a_million_characters_is_shown_folded(
        self, screen: Screen, studio: StudioProcess, model: ScriptedServer
    ):
        shown(screen, studio, model, "line", "x" * LINE_CHARS)
        screen.expect_no_sideways_scrolling()
        assert screen.messages.nth(1).bounding_box()["height"] < 2_000  # type: ignore[index]
        screen.press("Show all of it")
        assert screen.texts()[1].endswith("x" * 50_000 + "The first 60,000 of 1,000,000 characters are shown.")
        screen.expect_no_sideways_scrolling()
        screen.reply("Too long.")
        expect(screen.messages).to_have_count(4)

    def test_wide_things_stay_within_a_telephones_width(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        screen = open_screen(viewport=TELEPHONE)
        shown(screen, studio, model, "wide", "\n\n".join(WIDE))
        screen.expect_no_sideways_scrolling()
        part = "(all) => all.map((one) => one.getBoundingClientRect().right)"
        content = screen.messages.nth(1).locator(".content")
        for name in ("table", "pre", "h1", "blockquote", "ul", "ol", "a"):
            expect(content.locator(name).first).to_be_attached()
        assert max(content.locator("> *").evaluate_all(part)) <= TELEPHONE["width"]

    def test_control_characters_do_no_harm(self, screen: Screen, studio: StudioProcess, model: ScriptedServer):
        shown(screen, studio, model, "control", CONTROL)
        text = screen.texts()[1]
        assert text.startswith("bell")
        assert text.endswith("end")
        assert "\x00" not in text
        screen.reply(CONTROL)
        expect(screen.messages).to_have_count(4)
        assert screen.texts()[2].endswith("end")
        screen.expect_no_sideways_scrolling()

    def test_names_titles_and_tasks_are_text_on_every_page(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        bad = f"<img src=https://{EVIL}/a onerror=window.hacked=1> **b** [x](javascript:window.hacked=2) :red[y] $z$"
        plain = pair("scripted", name=bad[:80], description=bad)
        writer = plain.agents[1].model_copy(update={"display_name": bad[:80]})
        team = plain.model_copy(update={"agents": [plain.agents[0], writer]})
        chat = start(studio, team, task=bad)
        screen = open_screen()
        screen.open_chat(chat)
        screen.expect_my_turn()
        assert screen.texts()[0] == bad.replace("**", "")
        with studio.data() as data:
            asked = next(row.request for row in data.local.requests.recent(chat=chat))
        for path in (f"/inbox?chat={chat}&request={asked}", "/chat", f"/timeline?chat={chat}", f"/costs?chat={chat}"):
            screen.open(path)
            expect(screen.page.get_by_text("<img src=https://").first).to_be_attached()
            assert screen.page.evaluate("() => window.hacked") is None
        assert [address for address in screen.requested if EVIL in address] == []

    def test_no_name_becomes_a_link_a_picture_a_colour_or_a_formula(
        self, open_screen: Screens, studio: StudioProcess, model: ScriptedServer
    ):
        model.script(lambda request: HOSTILE, model="names")
        plain = pair("names", name=HOSTILE, description=HOSTILE, example_tasks=[HOSTILE, "Another."])
        agents = [agent.model_copy(update={"display_name": HOSTILE, "emoji": ":red[x]"}) for agent in plain.agents]
        team = plain.model_copy(update={"agents": agents})
        screen = open_screen()
        screen.page.context.add_cookies([{"name": "studio_person", "value": quote(HOSTILE[:40]), "url": studio.url}])
        with studio.data() as data:
            saved = data.local.teams.save(team).team_id
            chat = data.as_(Person(name=HOSTILE)).chats.start(team, HOSTILE, client_id="hostile", title=HOSTILE)
        screen.open_chat(chat)
        screen.expect_my_turn()
        with studio.data() as data:
            asked = next(row.request for row in data.local.requests.recent(chat=chat))
        of_chat = (f"/{page}?chat={chat}" for page in ("chat", "timeline", "costs", "audit"))
        for path in ("/", "/chat", "/teams", f"/teams?team={saved}", f"/inbox?chat={chat}&request={asked}", *of_chat):
            screen.open(path)
            expect(screen.page.get_by_text("![x](http").first).to_be_attached()
            made = screen.page.locator(FORMATS).evaluate_all(
                "(all) => all.filter((one) => !one.closest('.content')).map((one) => one.outerHTML)"
            )
            assert made == [], path
        assert [address for address in screen.requested if "e.vil" in address] == []
