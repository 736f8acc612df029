"""Playing a chat from a script, and writing a chat as one. Called by the commands."""

import hashlib
import re
from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from agents.chats.events import ChatStarted, MessagePosted, ModelCalled, Recorded
from agents.chats.values import read_arguments
from agents.cli.arguments import ENDED, SHIPPED
from agents.cli.files import read_text
from agents.cli.recorded_calls import recording_of
from agents.errors import UsageError
from agents.specs import REHEARSED, ConnectionSpec, Rehearsal, TeamSpec, active_members, dump_rehearsal, load_rehearsal
from agents.specs.gallery import gallery_file, rehearsals
from agents.specs.rehearsal import MAX_STEPS, ScriptedCall, Step, at_script, in_real_time
from agents.studio import Session


def rehearsed(team: TeamSpec, args: Namespace, session: Session) -> tuple[TeamSpec, Rehearsal, list[tuple[str, bytes]]]:
    """(team that plays the script, the script, the files it is about).

    A script of one's own is saved as a connection, so that later answers find it. UsageError when there is none to play
    for this team, or it has somebody speak who is not in the team."""
    if args.base_url or args.model or args.api_key_env:
        raise UsageError("--rehearsed asks no model; leave out --base-url, --model and --api-key-env.")
    if args.rehearsed == SHIPPED:
        script = rehearsals().get(args.team)
        if script is None:
            ready = ", ".join(rehearsals())
            raise UsageError(f"There is no rehearsal for {args.team!r}. Give a script, or choose one of {ready}.")
        connection, model = REHEARSED, args.team
    else:
        script, connection = _own(args, session)
        model = ""
    members = {agent.name for agent in active_members(session.teams.as_it_runs(team))}
    strangers = [name for name in script.agents if name not in members]
    if strangers:
        raise UsageError(f"The script has {strangers[0]!r} speak, who is not in the team {team.name!r}.")
    files = [(name, gallery_file(name)) for name in script.files] if connection == REHEARSED else []
    if args.real_time:
        if script.recording is None:
            raise UsageError("The script does not say how long its lines take; leave out --real-time.")
        model = in_real_time(model)
    return at_script(team, connection, model), script, files


def rehearse(args: Namespace, session: Session) -> int:
    row = session.chats.get(args.chat)
    try:
        script = rehearsal_of(session.chats.log(args.chat), row.title or row.team_name)
    except ValueError as error:
        raise UsageError(f"Chat {args.chat} makes no script: {error}.") from None
    print(dump_rehearsal(script), end="")
    return ENDED


def _own(args: Namespace, session: Session) -> tuple[Rehearsal, str]:
    """The script in a file, and the name of the connection that plays it."""
    text = read_text(args.rehearsed, "The script")
    script = load_rehearsal(text, f"The script {args.rehearsed!r}")
    slug = re.sub(r"[^a-z0-9]+", "-", script.name.lower()).strip("-")[:20]
    name = "-".join(filter(None, (REHEARSED, slug, hashlib.sha256(text.encode()).hexdigest()[:8])))
    if name not in {row.spec.name for row in session.connections.rows()}:
        session.connections.save(ConnectionSpec(name=name, kind="rehearsed", script=text))
    return script, name


def rehearsal_of(log: Iterable[Recorded], name: str) -> Rehearsal:
    """The chat in `log` (from its beginning) as a rehearsal called `name`; ValueError when nobody has spoken yet.

    Rejected drafts are left out, and what a reviewer wrote in an agent's place is that agent's line. Files that were
    attached are not in it: they are attached again by whoever plays it. What its model calls took is its recording."""
    log = list(log)
    task, steps, calls = "", list[Step](), list[ScriptedCall]()
    for recorded in log:
        match recorded.event:
            case ChatStarted() as started:
                task = started.task
            case ModelCalled(purpose="reply", outcome="ok") as called if called.tool_calls:
                calls += _calls(called)
            case MessagePosted(source=source) as message if source != "task":
                says = "" if source in ("code", "auto") else message.content
                steps.append(Step(agent=message.agent, says=says, calls=calls if source == "model" else []))
                calls = []
    if not steps:
        raise ValueError("nobody has spoken in this chat")
    return Rehearsal(name=name[:80], task=task, steps=steps[:MAX_STEPS], recording=recording_of(log))


def _calls(called: ModelCalled) -> list[ScriptedCall]:
    """The calls of one reply; arguments that are no object are left out."""
    found = []
    for position, wire in enumerate(called.tool_calls):
        function: Any = wire.get("function")
        function = function if isinstance(function, dict) else {}
        found.append(
            ScriptedCall(
                tool=str(function.get("name") or "unnamed")[:200],
                arguments=read_arguments(function.get("arguments")) or {},
                saying=called.reply if position == 0 else "",
                is_beside=position > 0,
            )
        )
    return found
