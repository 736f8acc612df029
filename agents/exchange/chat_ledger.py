"""A chat's model calls as CSV, one a line, those of its teams included.

A line of a script cost nothing; what was recorded for it is no call and stands in no row.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from agents.chats import BUCKETS, ModelCalled
from agents.exchange.chat_export import ChatFormat, ExportedChat, lines_of
from agents.insight.audit import SPREADSHEET, to_csv

CALL = ("chat", "seq", "at", "turn", "agent", "purpose", "connection", "model", "outcome")
AMOUNTS = (*BUCKETS, "cost_usd", "price_source", "price_as_of")
"""An empty cell is what nobody knows."""
TIMES = ("started_at", "first_token_s", "duration_s", "error")


def write(chat: ExportedChat, file: BinaryIO) -> None:
    columns = (*CALL, *(AMOUNTS if chat.options.has_amounts else ()), *TIMES)
    file.write(to_csv(_rows(chat), columns).encode(SPREADSHEET))


def _rows(chat: ExportedChat) -> Iterator[dict[str, Any]]:
    for recorded in lines_of(chat):
        if isinstance(call := recorded.event, ModelCalled):
            yield {
                **dict(call),
                **{bucket: getattr(call.usage, bucket, None) for bucket in BUCKETS},
                "chat": recorded.chat,
                "seq": recorded.seq,
                "at": recorded.at.isoformat(),
                "cost_usd": call.price.cost_usd,
                "price_source": call.price.source,
                "price_as_of": call.price.as_of,
                "started_at": call.started_at.isoformat(),
            }


FORMAT = ChatFormat(
    name="ledger",
    label="Ledger",
    purpose="Every model call with its tokens, cost and time, as CSV: for a spreadsheet.",
    ending="csv",
    mime="text/csv",
    write=write,
    suffix="-ledger",
)
