"""The commands of people who watch and decide: what is asked, answering it, saying something, pausing.

What was typed becomes a verb of the studio. An answer is bound to the request that was printed: the digest is that of
the request it names. Called by `agents.__main__` through `agents.cli.commands`.
"""

import json
import sys
import uuid
from argparse import Namespace
from typing import Any, get_args

from agents.chats import ChatState, DecisionRequested, RequestKind
from agents.cli.arguments import ENDED
from agents.cli.follow import follow_on, person
from agents.cli.input_files import read_text
from agents.cli.output import call_line, plain
from agents.cli.request_text import team_of
from agents.errors import ConflictError, UsageError
from agents.studio import RequestRow, Studio
from agents.version import COMMAND


def requests(args: Namespace, studio: Studio) -> int:
    if args.kind and args.kind not in get_args(RequestKind):
        raise UsageError(f"There is no kind {args.kind[:40]!r}; choose one of {', '.join(get_args(RequestKind))}.")
    rows = studio.open_requests(kind=args.kind, limit=args.limit)
    for row in rows:
        if args.json:
            print(json.dumps(_fields(row, studio), ensure_ascii=False))
            continue
        due = f", due {row.due_at:%Y-%m-%d %H:%M} UTC" if row.due_at else ""
        print(f"{row.chat}  {row.request:<5} {row.kind:<13} asked {row.asked_at:%Y-%m-%d %H:%M} UTC{due}")
        who = f"{row.agent}: " if row.agent else ""
        print(f"    {plain(f'{row.team_name}: {row.title}')}")
        print(f"    {plain(who + row.question)}")
    if rows and not args.json:
        print(f"\nOne in full, with the commands that answer it: {COMMAND} show CHAT")
    return ENDED


def _fields(row: RequestRow, studio: Studio) -> dict[str, Any]:
    asked, _ = studio.request(row.chat, row.request)
    return {
        "chat": row.chat,
        "request": row.request,
        "seq": row.seq,
        "kind": row.kind,
        "agent": row.agent,
        "team": row.team_name,
        "title": row.title,
        "question": asked.question,
        "payload": asked.payload,
        "options": asked.options,
        "digest": asked.digest,
        "rule": row.rule,
        "asked_at": row.asked_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "overdue": row.overdue,
    }


def answer(args: Namespace, studio: Studio) -> int:
    verdict, value = args.answer
    if args.for_chat and verdict != "approve":
        raise UsageError("--for-chat belongs to --approve: it approves the same for the rest of the chat.")
    state = studio.state(args.chat)
    request = _meant(state, args)
    choice, _, model = value.partition("/") if verdict == "change_model" else (value, "", "")
    studio.decide(
        args.chat,
        request.request if request else args.request,
        request.digest if request else "",
        verdict,
        text=value if verdict in ("reply", "reject") else "",
        choice=choice if verdict in ("choose", "change_model") else "",
        model=model,
        edit=_edit(request, value) if verdict == "edit" and request else None,
        amount=value if verdict == "raise" else None,
        for_chat=args.for_chat,
        by=person(args),
        client_id=uuid.uuid4().hex,
        run_here=not args.detach,
    )
    if args.detach:
        print(f"Answered. A running studio goes on with chat {args.chat}.", file=sys.stderr)
        return ENDED
    return follow_on(studio, args.chat, args.json, state)


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
    if request.of == "tool_call":
        return call_line(str(request.payload.get("tool")), request.payload.get("arguments"))
    return request.question


def _edit(request: DecisionRequested, file: str) -> dict[str, Any]:
    """What stands instead: the file's JSON object for a call, its text for a message or code."""
    text = read_text(file, "The edit")
    if request.of != "tool_call":
        return {"code" if request.of == "code_block" else "content": text.removesuffix("\n")}
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "it nests too deeply"
        raise UsageError(f"The edit is no JSON ({why}). Write the call's arguments as one JSON object.") from None
    if not isinstance(arguments, dict):
        raise UsageError('The edit is JSON but no object. Write the call\'s arguments as one, such as {"amount": 12}.')
    return {"arguments": arguments}


def say(args: Namespace, studio: Studio) -> int:
    studio.say(args.chat, args.text, by=person(args), client_id=uuid.uuid4().hex)
    giver = team_of(studio.state(args.chat)).task_giver
    print(f"Said. It becomes the next turn of chat {args.chat}, in the name of {plain(giver)}.")
    return ENDED


def pause(args: Namespace, studio: Studio) -> int:
    studio.pause(args.chat, by=person(args), client_id=uuid.uuid4().hex)
    print(f"Chat {args.chat} waits for a person when the turn under way is over.")
    return ENDED
