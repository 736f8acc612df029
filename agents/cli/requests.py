"""The commands of people who watch, decide and account for it: `requests`, `answer`, `say`, `pause`, `audit`.

An answer is bound to the request that was printed: the digest is that of the request it names. Called by
`agents.__main__` through `agents.cli.commands`.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agents.chats import KINDS, ChatState, DecisionRequested
from agents.chats.requests import Answer
from agents.cli.arguments import ENDED
from agents.cli.files import read_text
from agents.cli.follow import follow_on
from agents.cli.output import cut, print_json, time_text, visible
from agents.errors import ConflictError, UsageError
from agents.insight.audit import COLUMNS, REFUSED_COLUMNS, audit_rows, refused_rows, to_csv
from agents.studio import RequestRow, Session
from agents.version import COMMAND


def requests(args: Namespace, session: Session) -> int:
    if args.kind and args.kind not in KINDS:
        raise UsageError(f"There is no kind {args.kind[:40]!r}; choose one of {', '.join(KINDS)}.")
    rows = session.requests.open(kind=args.kind, limit=args.limit)
    for row in rows:
        if args.json:
            print_json(_in_full(row, session))
            continue
        due = f", due {time_text(row.due_at)}" if row.due_at else ""
        print(f"{row.chat}  {row.request:<5} {row.kind:<13} asked {time_text(row.asked_at)}{due}")
        who = f"{row.agent}: " if row.agent else ""
        print(f"    {visible(f'{row.team_name}: {row.title}')}")
        print(f"    {visible(who + row.question)}")
    if rows and not args.json:
        print(f"\nOne in full, with the commands that answer it: {COMMAND} show CHAT")
    return ENDED


def _in_full(row: RequestRow, session: Session) -> dict[str, Any]:
    asked, _ = session.requests.get(row.chat, row.request)
    shown = {name: getattr(asked, name) for name in ("question", "payload", "options", "digest")}
    found = {**vars(row), **shown, "team": row.team_name}
    return {name: found[name] for name in _REQUEST_FIELDS}


_REQUEST_FIELDS = (
    "chat", "request", "seq", "kind", "agent", "team", "title", "question", "payload", "options", "digest", "rule",
    "asked_at", "due_at", "overdue",
)  # fmt: skip


def answer(args: Namespace, session: Session) -> int:
    verdict, value = args.answer or ("values", dict(args.values))
    if args.for_chat and verdict != "approve":
        raise UsageError("--for-chat belongs to --approve: it approves the same for the rest of the chat.")
    state, top = session.chats.state(args.chat), session.chats.top(args.chat)
    before = session.chats.state(top)
    request = _meant(state, args)
    name, digest = (request.request, request.digest) if request else (args.request, "")
    given = Answer(name, digest, **_given(request, verdict, value))
    session.requests.decide(args.chat, given, for_chat=args.for_chat, run_here=not args.detach)
    if args.detach:
        print(f"Answered. A running studio goes on with chat {args.chat}.", file=sys.stderr)
        return ENDED
    return follow_on(session, top, args.json, before)


def _given(request: DecisionRequested | None, verdict: str, value: Any) -> dict[str, Any]:
    """The verdict and what belongs to it, as typed; of a request that is not open no more than the verdict."""
    if request is None:
        return {"verdict": "reply" if verdict == "values" else verdict}
    match verdict:
        case "values":
            return request.asked.answer_from(value)
        case "reply" | "reject":
            return {"verdict": verdict, "text": value}
        case "choose":
            return {"verdict": verdict, "choice": value}
        case "change_model":
            choice, _, model = value.partition("/")
            return {"verdict": verdict, "choice": choice, "model": model}
        case "edit":
            return {"verdict": verdict, "edit": request.asked.edit_from(read_text(value, "The edit"))}
        case "raise":
            return {"verdict": verdict, "amount": value}
    return {"verdict": verdict}


def _meant(state: ChatState, args: Namespace) -> DecisionRequested | None:
    """The open request that is answered; None for one that is named and not open: the studio says what became of it."""
    if args.request:
        return next((request for request in state.requests if request.request == args.request), None)
    if not state.requests:
        how = state.ended.text if state.ended else "An agent is at work."
        raise ConflictError(f"Chat {args.chat} asks nothing now: {how} Nothing was recorded.")
    if len(state.requests) > 1:
        listed = "; ".join(f"--request {request.request} for {_in_short(request)}" for request in state.requests)
        raise UsageError(f"Chat {args.chat} asks {len(state.requests)} things. Say which one you answer: {listed}.")
    return state.requests[0]


def _in_short(request: DecisionRequested) -> str:
    return visible(cut(request.asked.short(request.question))).replace("\n", "\\n")


def say(args: Namespace, session: Session) -> int:
    session.chats.say(args.chat, args.text)
    started = session.chats.state(args.chat).started
    giver = started.spec.task_giver if started else "its task giver"
    print(f"Said. It becomes the next turn of chat {args.chat}, in the name of {visible(giver)}.")
    return ENDED


def pause(args: Namespace, session: Session) -> int:
    session.chats.pause(args.chat)
    print(f"Chat {args.chat} waits for a person when the turn under way is over.")
    return ENDED


def audit(args: Namespace, session: Session) -> int:
    if args.chat:
        session.chats.get(args.chat)  # an unknown one is bad usage, not an empty audit
    if args.refused:
        refused = refused_rows(session.requests.refusals(args.chat, args.since, limit=args.limit))
        _print(args, refused, REFUSED_COLUMNS, _refused_line)
        return ENDED
    found = session.requests.audit(args.chat, args.since, limit=args.limit + 1)
    rows = audit_rows(found[: args.limit])
    _print(args, rows, COLUMNS, _line)
    if len(found) > args.limit:
        text = f"Only the newest {args.limit:,} are shown; there are more. Take --since or a higher --limit."
        print(text, file=sys.stderr)
    return ENDED


def _print(
    args: Namespace, rows: list[dict[str, Any]], columns: Sequence[str], line: Callable[[Mapping[str, Any]], str]
) -> None:
    if args.csv:
        sys.stdout.write(to_csv(rows, columns).replace("\r\n", "\n"))
        return
    for row in rows:
        print_json(row) if args.json else print(visible(line(row)))


def _refused_line(row: Mapping[str, Any]) -> str:
    verified = "verified" if row["is_verified"] else "unverified"
    at = time_text(datetime.fromisoformat(row["at"]))
    text = f"{at}  {row['who']} ({verified})  {row['act']}  {row['chat']}".rstrip()
    return " ".join(text.splitlines())


def _line(row: Mapping[str, Any]) -> str:
    asked_at = time_text(datetime.fromisoformat(row["asked_at"]))
    what = f"{row['agent']} {row['tool'] or row['kind']}".strip()
    who = str(row["who"]) or str(row["decided_by"])
    verified = "" if row["decided_by"] != "person" else " (verified)" if row["is_verified"] else " (unverified)"
    verdict = f"{row['verdict']} by {who}{verified}" if row["verdict"] else "open"
    why = f": {cut(' '.join(str(row['reason']).split()), 80)}" if row["reason"] else ""
    return f"{row['chat']}  {row['request']:<5} {asked_at}  {what:<24}  {verdict}{why}"
