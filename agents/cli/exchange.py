"""Teams in from elsewhere on the command line: what a file is, the teams in it, what is not carried; and then saved.
And teams out, as a file."""

from argparse import Namespace
from io import BytesIO
from pathlib import Path

from agents.cli.arguments import ENDED, TEAM_FORMATS
from agents.cli.files import check_output, found_team, read_team, subject, write_new
from agents.cli.output import print_json, visible
from agents.errors import UsageError
from agents.plain_text import one_line
from agents.specs import dump_team
from agents.studio import ImportNote, ProposedTeam, Session
from agents.text.endings import ending_sentence
from agents.text.numbers import count_text
from agents.version import COMMAND

MAX_TASK_CHARS = 200


def import_(args: Namespace, session: Session) -> int:
    """Print the teams in a file and what of it is not carried, and save them unless --dry-run says not to."""
    reading = session.teams.from_text(read_team(args.file), subject(args.file))
    if args.tools:
        _write_tools(reading.teams, Path(args.tools))
    if args.json:
        print_json({"kind": reading.kind, "n_teams": len(reading.teams), "notes": _facts(reading.notes)})
    else:
        print(f"{count_text(len(reading.teams), 'team')} found in {reading.kind}.")
        _print_notes(reading.notes)
    for team in reading.teams:
        saved = None if args.dry_run else session.teams.save(team.spec)
        _print_team(team, saved.team_id if saved else "", is_json=args.json)
    return ENDED


def _print_team(team: ProposedTeam, team_id: str, *, is_json: bool) -> None:
    spec = team.spec
    if is_json:
        agents = [{"name": agent.name, "role": agent.role} for agent in spec.agents]
        tools = [{"name": tool.name, "place": tool.place, "source": tool.source} for tool in team.tools]
        facts = {"team": team_id, "name": spec.name, "agents": agents, "task": team.task, "tools": tools}
        print_json({**facts, "ending": ending_sentence(spec), "notes": _facts(team.notes)})
        return
    print(f"\n{visible(spec.name)} ({'saved' if team_id else 'not saved'})")
    print(f"  {visible(', '.join(f'{agent.label} ({agent.role})' for agent in spec.agents))}")
    print(f"  {visible(ending_sentence(spec))}")
    if team.task:
        print(f"  Task: {visible(one_line(team.task, MAX_TASK_CHARS))}")
    _print_notes(team.notes)


def _print_notes(notes: tuple[ImportNote, ...]) -> None:
    for note in notes:
        print(f"  - {visible(one_line(str(note)))}")


def _facts(notes: tuple[ImportNote, ...]) -> list[dict[str, str]]:
    return [{"place": note.place, "text": note.text} for note in notes]


def _write_tools(teams: tuple[ProposedTeam, ...], folder: Path) -> None:
    """Write the code of the tools into the folder, to be read; UsageError where a file is there already."""
    sources = {f"{tool.name}.py": tool.source for team in teams for tool in team.tools}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [name for name in sources if (folder / name).exists()]
        if there:
            raise UsageError(f"{str(folder / there[0])!r} is there already. Nothing was written and nothing saved.")
        for name, source in sources.items():
            (folder / name).write_text(source, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{str(folder)!r} cannot be written: {error.strerror}. Nothing was saved.") from None


def export_team(args: Namespace, session: Session) -> int:
    """Print the team as YAML, JSON or a Python script, or write it into a file that is not there yet."""
    if not args.team or args.what or args.to:
        raise UsageError(f"Write {COMMAND} teams export TEAM [--as {'|'.join(TEAM_FORMATS)}] [-o FILE].")
    check_output(args)
    team, form = found_team(args.team, session).team, args.form or "yaml"
    text = session.teams.script(team) if form == "python" else dump_team(team, "json" if form == "json" else "yaml")
    if not args.output:
        print(text, end="")
        return ENDED
    n_bytes = write_new(BytesIO(text.encode()), args.output)
    if args.json:
        print_json({"team": team.name, "as": form, "file": args.output, "size": n_bytes})
    else:
        print(f"Written: {visible(args.output)}")
    return ENDED
