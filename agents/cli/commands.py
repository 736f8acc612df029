"""The commands, one function each: what was typed becomes a verb of the studio, and an exit code.

Knows no SQL and no engine. Called by `agents.__main__`.
"""

import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

from agents.cli.arguments import ENDED
from agents.cli.exchange import import_
from agents.cli.export import export
from agents.cli.files import attached, files, found_team, read_team, subject
from agents.cli.follow import follow_on
from agents.cli.models import fetch_for, models
from agents.cli.output import print_json, printer, time_text, visible
from agents.cli.rehearsal import rehearse, rehearsed
from agents.cli.request_text import outcome
from agents.cli.requests import answer, audit, pause, requests, say
from agents.cli.teams import teams
from agents.errors import ConflictError, UsageError
from agents.settings import Settings
from agents.specs import DEFAULT_CONNECTION, EMBEDDED, REHEARSED, ConnectionSpec, TeamSpec, active_team
from agents.specs.validation import read_spec
from agents.studio import Session
from agents.text.numbers import count_text
from agents.version import COMMAND

RESERVED = {EMBEDDED, REHEARSED, DEFAULT_CONNECTION, "openai"}
"""Names of connections with a meaning of their own."""


def run(args: Namespace, session: Session) -> int:
    if args.task is None and args.rehearsed is None:
        raise UsageError("--task is missing: say what the team is to do, or play its --rehearsed chat.")
    if args.real_time and args.rehearsed is None:
        raise UsageError("--real-time is the pace of a rehearsal; use it with --rehearsed, or leave it out.")
    team, team_id, revision, is_live = found_team(args.team, session)
    if is_live:
        print(f"Runs revision {revision}, which is live.", file=sys.stderr)
    variables = _variables(args.set, team)
    with ExitStack() as opened:
        files = attached(args.attach, opened)
        if args.rehearsed is None:
            team, task, title = _at_connection(team, args, session), args.task, ""
        else:
            team, script, examples = rehearsed(team, args, session)
            task, title = script.task if args.task is None else args.task, f"Rehearsal: {script.name}"
            files = files or [*examples]
        fetch_for(session, team)
        chat = session.chats.start(
            team,
            task,
            title=title,
            team_id=team_id,
            revision=revision,
            variables=variables,
            files=files,
            run_here=True,
        )
    return follow_on(session, chat, args.json)


def resume(args: Namespace, session: Session) -> int:
    state = session.chats.state(args.chat)
    if state.status == "ended":
        session.chats.continue_(args.chat, text=args.text, run_here=True)
    elif args.text:
        raise ConflictError(f"Chat {args.chat} has not ended, so --text has no place. Nothing was recorded.")
    return follow_on(session, args.chat, args.json, state)


def stop(args: Namespace, session: Session) -> int:
    session.chats.stop(args.chat)
    print(f"Stopped. Go on with: {COMMAND} resume {args.chat}")
    return ENDED


def show(args: Namespace, session: Session) -> int:
    state = session.chats.state(args.chat)
    shown = printer(sys.stdout, is_json=args.json, is_rehearsed=session.teams.is_rehearsed)
    for recorded in session.chats.log(args.chat):
        shown.event(recorded)
    if not args.json:
        outcome(state, args.chat, is_json=False)
    return ENDED


def chats(args: Namespace, session: Session) -> int:
    for row in session.chats.rows(limit=args.limit):
        if args.json:
            print_json({name: getattr(row, name) for name in _CHAT_FIELDS})
        else:
            title = visible(f"{row.team_name}: {row.title}")
            print(f"{row.chat}  {row.status:<8} {time_text(row.updated_at)}  {title}")
    return ENDED


_CHAT_FIELDS = (
    "chat", "title", "team_name", "task", "status", "head", "n_messages", "n_tokens", "cost_usd", "n_unpriced",
    "waiting_for", "waiting_agent", "ended_text", "created_at", "updated_at",
)  # fmt: skip


def check(args: Namespace, session: Session) -> int:
    team = session.teams.read(read_team(args.file), subject(args.file))
    print(f"{visible(team.name)}: {count_text(len(active_team(team).agents), 'agent')}, ready to run.")
    for warning in session.teams.warnings(team):
        print(f"  {warning.path}: {visible(warning.text)}" if warning.path else f"  {visible(warning.text)}")
    return ENDED


def worker(settings: Settings) -> int:
    from agents.worker.worker import main

    main(settings)
    return ENDED


COMMANDS: dict[str, Callable[[Namespace, Session], int]] = {
    command.__name__.rstrip("_"): command
    for command in (
        answer,
        audit,
        chats,
        check,
        export,
        files,
        import_,
        models,
        pause,
        rehearse,
        requests,
        resume,
        run,
        say,
        show,
        stop,
        teams,
    )
}
"""What is typed -> what is called with it and the session of whoever typed it."""


def _variables(given: list[str], team: TeamSpec) -> dict[str, str]:
    variables = {}
    for item in given:
        name, separator, value = item.partition("=")
        if not separator or name not in team.variables:
            known = ", ".join(sorted(team.variables)) or "none"
            raise UsageError(f"--set {item[:80]!r}: write NAME=VALUE with one of the team's variables ({known}).")
        variables[name] = value
    return variables


def _at_connection(team: TeamSpec, args: Namespace, session: Session) -> TeamSpec:
    """`team` as the flags want it: at a connection to --base-url, which is saved so that later answers find it.

    A connection that says the same is used as it is, with its prices; one that says otherwise is never overwritten."""
    if not args.base_url:
        if args.api_key_env:
            raise UsageError("--api-key-env belongs to --base-url; give the address as well.")
        return team.model_copy(update={"model": args.model}) if args.model else team
    if args.api_key_env and not os.environ.get(args.api_key_env):
        raise UsageError(
            f"--api-key-env names {args.api_key_env!r}, which is not set. Set it, or name another variable."
        )
    fields = {"base_url": args.base_url, "model": args.model, "api_key_env": args.api_key_env}
    saved = {row.spec.name: row.spec for row in session.connections.rows()}
    wanted = _connection_name(args.base_url, args.model)
    names = [wanted, *(f"{wanted[:36]}-{n}" for n in range(2, len(saved) + 4))]
    same = (name for name, spec in saved.items() if all(getattr(spec, field) == fields[field] for field in fields))
    name = next(same, "") or next(name for name in names if name not in {*saved, *RESERVED})
    spec = saved.get(name) or read_spec(ConnectionSpec, {"name": name, **fields}, "The connection")
    if name not in saved:
        session.connections.save(spec)
    return team.model_copy(update={"connection": name, "model": args.model})


def _connection_name(base_url: str, model: str) -> str:
    """Host, port and model as a connection's name; the same address and model give the same name."""
    try:
        parts = urlsplit(base_url)
        words = "-".join(str(part) for part in (parts.hostname, parts.port, model) if part)
    except ValueError:
        words = "address"
    return re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-._")[:40] or "address"
