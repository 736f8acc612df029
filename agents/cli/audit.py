"""`audit`: what was asked and decided, for people who must account for it: as text, CSV or JSON lines.

Called by `agents.__main__` through `agents.cli.commands`.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from agents.cli.arguments import ENDED
from agents.cli.output import cut, visible
from agents.insight.audit import REFUSED_COLUMNS, audit_rows, refused_rows, to_csv
from agents.studio import Session


def audit(args: Namespace, session: Session) -> int:
    if args.chat:
        session.chats.get(args.chat)  # an unknown one is bad usage, not an empty audit
    if args.refused:
        return _refused(args, session)
    found = session.requests.audit(args.chat, args.since, limit=args.limit + 1)
    rows = audit_rows(found[: args.limit])
    if args.csv:
        sys.stdout.write(to_csv(rows).replace("\r\n", "\n"))
    for row in rows if not args.csv else []:
        print(json.dumps(row, ensure_ascii=False) if args.json else visible(_line(row)))
    if len(found) > args.limit:
        text = f"Only the newest {args.limit:,} are shown; there are more. Take --since or a higher --limit."
        print(text, file=sys.stderr)
    return ENDED


def _refused(args: Namespace, session: Session) -> int:
    rows = refused_rows(session.requests.refusals(args.chat, args.since, limit=args.limit))
    if args.csv:
        sys.stdout.write(to_csv(rows, REFUSED_COLUMNS).replace("\r\n", "\n"))
    for row in rows if not args.csv else []:
        verified = "verified" if row["is_verified"] else "unverified"
        text = f"{row['at'][:16].replace('T', ' ')}  {row['who']} ({verified})  {row['act']}  {row['chat']}".rstrip()
        print(json.dumps(row, ensure_ascii=False) if args.json else visible(" ".join(text.splitlines())))
    return ENDED


def _line(row: Mapping[str, Any]) -> str:
    asked_at = str(row["asked_at"])[:16].replace("T", " ")
    what = f"{row['agent']} {row['tool'] or row['kind']}".strip()
    who = str(row["who"]) or str(row["decided_by"])
    verified = "" if row["decided_by"] != "person" else " (verified)" if row["is_verified"] else " (unverified)"
    verdict = f"{row['verdict']} by {who}{verified}" if row["verdict"] else "open"
    why = f": {cut(' '.join(str(row['reason']).split()), 80)}" if row["reason"] else ""
    return f"{row['chat']}  {row['request']:<5} {asked_at}  {what:<24}  {verdict}{why}"
