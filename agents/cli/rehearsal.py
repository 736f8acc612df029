"""Playing a chat from a script, and writing a chat as one. Called by the commands."""

import hashlib
import re
from argparse import Namespace

from agents.chats.rehearsal_script import rehearsal_of
from agents.cli.arguments import ENDED, SHIPPED
from agents.cli.input_files import read_text
from agents.errors import UsageError
from agents.specs import REHEARSED, ConnectionSpec, Rehearsal, TeamSpec, dump_rehearsal, load_rehearsal
from agents.specs.gallery import gallery_file, rehearsals
from agents.specs.rehearsal import at_script
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
    strangers = [name for name in script.agents if name not in {agent.name for agent in team.agents}]
    if strangers:
        raise UsageError(f"The script has {strangers[0]!r} speak, who is not in the team {team.name!r}.")
    files = [(name, gallery_file(name)) for name in script.files] if connection == REHEARSED else []
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
