"""What is being written looks, in a real browser, as it will look when it is there: code as code from its start."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pages.components.widgets import script_of
from tests.support.studio_process import ROOT

DRAFT = ROOT / "pages" / "components" / "transcript" / "draft.mjs"
TEXT = "It works:\n\n```python\nprint('```')\n```\nAnd in a shell:\n~~~~sh\nls\n~~~\nstill the shell\n"
PIECES = """
([text, n]) => {
  const content = document.createElement("div"), first = [];
  for (let end = 0; end <= text.length; end += n) {
    drawDraft(content, text.slice(0, end));
    if (content.textContent !== text.slice(0, end)) throw new Error(`lost: ${content.textContent}`);
    first.push(content.firstElementChild);
  }
  if (new Set(first).size !== 1) throw new Error("what is written already was drawn anew");
  return [...content.children].map((part) => [part.className, part.textContent]);
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that knows how transcripts are drawn."""
    page = browser.new_page()
    page.add_script_tag(content=script_of(DRAFT))
    yield page
    page.close()


class TestADraft:
    @pytest.mark.parametrize("n", [1, 3])
    def test_shows_code_as_code_while_it_is_written_and_loses_no_letter(self, page: Page, n: int):
        text = TEXT[: len(TEXT) // n * n]
        assert page.evaluate(PIECES, [text, n]) == [
            ["part", "It works:\n\n"],
            ["part fenced", "```python\nprint('```')\n```\n"],
            ["part", "And in a shell:\n"],
            ["part fenced", text[text.index("~~~~sh") :]],
        ]

    def test_whose_beginning_changes_is_drawn_as_it_is_now(self, page: Page):
        page.evaluate("() => { window.box = document.createElement('div'); drawDraft(box, 'a\\n```\\nb\\n```\\nc'); }")
        assert page.evaluate(
            "() => { drawDraft(box, 'd'); return [...box.children].map((part) => part.textContent); }"
        ) == ["d"]
