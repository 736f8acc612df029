"""Teams on the command line: which there are, the revisions and files of a saved one, and one written out."""

from argparse import Namespace

from agents.cli.arguments import ENDED
from agents.cli.exchange import export_team
from agents.cli.files import team_files
from agents.cli.output import print_json, time_text, visible
from agents.errors import UsageError
from agents.studio import Session, TeamRow
from agents.text.numbers import count_text
from agents.version import COMMAND

NO_LABEL = "none"
"""In place of a revision, takes the label away."""


def teams(args: Namespace, session: Session) -> int:
    """List the teams; or do with one what was typed behind."""
    if args.act and not args.team:
        raise UsageError(f"Name the team: {COMMAND} teams {args.act} TEAM. '{COMMAND} teams' lists them.")
    if args.act in ("revisions", "live"):
        return _revisions(args, session)
    if args.act == "export":
        return export_team(args, session)
    if args.act:
        return team_files(args, session)
    for team in session.teams.gallery():
        agents = [agent.label for agent in team.spec.agents]
        if args.json:
            names = [agent.name for agent in team.spec.agents]
            described = {"description": team.spec.description, "agents": names}
            print_json({"name": team.name, "source": "gallery", **described})  # programs read the older word
        else:
            _print_team(team.name, "ready team", agents)
    for row in session.teams.rows():
        spec = row.spec
        if args.json:
            described = {"description": spec.description, "agents": [agent.name for agent in spec.agents]}
            source = {"source": f"revision {row.revision}", "live": row.live_revision}
            print_json({"name": spec.name, **source, **described})
        else:
            _print_team(spec.name, _source(row), [agent.label for agent in spec.agents])
    return ENDED


def _print_team(name: str, source: str, agents: list[str]) -> None:
    print(f"{visible(name):<20}  {source:<11}  {visible(', '.join(agents))}")


def _source(row: TeamRow) -> str:
    live = row.live_revision
    if live is None:
        return f"revision {row.revision}"
    return f"revision {live}, live" + (f"; {row.revision}, draft" if row.revision > live else "")


def _revisions(args: Namespace, session: Session) -> int:
    """List the revisions of a saved team, newest first; label one live before, or none."""
    is_labelling = args.act == "live"
    if len(args.what) != is_labelling or args.to:
        raise UsageError(f"Write {COMMAND} teams revisions TEAM, or live TEAM REVISION, or live TEAM {NO_LABEL}.")
    team = session.teams.named(args.team)
    if is_labelling:
        session.teams.label_live(team.team_id, _revision(args.what[0]))
    ran = session.chats.runs(team.team_id)
    for row in session.teams.revisions(team.team_id):
        n_chats = ran.get(row.revision, 0)
        if args.json:
            facts = {"by": row.by.name, "created_at": row.created_at, "n_chats": n_chats}
            print_json({"team": row.team_id, "revision": row.revision, "label": row.label, **facts})
        else:
            saved = f"{row.revision:>4}  {row.label:<5}  saved by {visible(row.by.name)}, {time_text(row.created_at)}"
            print(saved + (f", {count_text(n_chats, 'chat')}" if n_chats else ""))
    return ENDED


def _revision(text: str) -> int | None:
    """The number that was typed; None for NO_LABEL."""
    if text == NO_LABEL:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise UsageError(f"{text[:80]!r} is no revision. Write its number, or {NO_LABEL} to take the label away.")
    return int(text)
