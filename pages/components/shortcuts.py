"""The keyboard's shortcuts, each declared here once, and the sheet that lists them: `?` opens it on every page."""

from html import escape
from pathlib import Path
from typing import NamedTuple

from pages.components.widgets import browser_part

HERE = Path(__file__).parent
TITLE = "Keyboard shortcuts"


class Shortcut(NamedTuple):
    """What some keys do."""

    keys: tuple[str, ...]
    """Alternatives; keys that are pressed together are joined by "+"."""
    does: str


INBOX = (
    Shortcut(("j", "k"), "next, previous"),
    Shortcut(("a",), "approve"),
    Shortcut(("r",), "reject"),
    Shortcut(("e",), "edit"),
    Shortcut(("Esc",), "leaves a field"),
)
SHEET = {
    "Everywhere": (
        Shortcut(("?",), "shows or hides this sheet"),
        Shortcut(("Ctrl+Enter",), "sends what you wrote"),
        Shortcut(("Esc",), "closes what is open"),
    ),
    "In the inbox": INBOX,
    "In the team editor": (
        Shortcut(("Ctrl+Z", "Ctrl+Shift+Z"), "undo, redo"),
        Shortcut(("Alt+↑", "Alt+↓"), "move the member up or down"),
    ),
}
"""Heading -> shortcuts."""


def line(shortcuts: tuple[Shortcut, ...]) -> str:
    """Return the shortcuts on one line of Markdown."""
    return " &nbsp;·&nbsp; ".join(f"{' '.join(f'`{key}`' for key in each.keys)} {each.does}" for each in shortcuts)


def sheet() -> None:
    """Draw the entry that opens the sheet; the sheet itself is drawn over the page."""
    script, css = HERE / "shortcuts.mjs", HERE / "shortcuts.css"
    browser_part("studio_shortcuts", script, html=_html(), css=css, key="studio_shortcuts")


def _html() -> str:
    parts = "".join(
        f"<section><h3>{escape(title)}</h3><dl>{''.join(map(_row, shortcuts))}</dl></section>"
        for title, shortcuts in SHEET.items()
    )
    return (
        f'<button class="entry" type="button" aria-haspopup="dialog">{TITLE} <kbd>?</kbd></button>'
        f'<dialog aria-labelledby="shortcuts"><div class="inside"><header><h2 id="shortcuts">{TITLE}</h2>'
        f'<button class="close" type="button">Close</button></header>{parts}</div></dialog>'
    )


def _row(shortcut: Shortcut) -> str:
    keys = " ".join("+".join(f"<kbd>{escape(key)}</kbd>" for key in together.split("+")) for together in shortcut.keys)
    return f"<div><dt>{keys}</dt><dd>{escape(shortcut.does)}</dd></div>"
