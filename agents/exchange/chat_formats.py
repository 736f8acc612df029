"""The formats in which a chat can be taken out, in the order to offer them."""

from agents.exchange import (
    chat_events,
    chat_finetune,
    chat_ledger,
    chat_markdown,
    chat_page,
)
from agents.exchange.chat_export import ChatFormat
from agents.exchange.chat_zip import zip_format

_INSIDE = (
    ("chat.html", chat_page.FORMAT),
    ("transcript.md", chat_markdown.FORMAT),
    ("events.jsonl", chat_events.FORMAT),
    ("ledger.csv", chat_ledger.FORMAT),
)
"""What a zip holds besides the files."""

CHAT_FORMATS: dict[str, ChatFormat] = {
    form.name: form
    for form in (
        chat_page.FORMAT,
        chat_markdown.FORMAT,
        chat_events.FORMAT,
        chat_ledger.FORMAT,
        chat_finetune.FINETUNE,
        chat_finetune.PREFERENCES,
        zip_format(_INSIDE),
    )
}
"""By name."""
