"""Files on the command line: read from a path or standard input ('-'), put into a chat or a team, and copied out."""

import shutil
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from agents.cli.arguments import ENDED
from agents.cli.output import print_json, time_text, visible
from agents.errors import NotFoundError, SpecError, UsageError
from agents.specs import TeamSpec
from agents.specs.written_text import MAX_CHARS
from agents.studio import Attachment, Session
from agents.version import COMMAND


def attached(paths: list[str], opened: ExitStack) -> list[Attachment]:
    """The files of those paths, open for reading until `opened` closes; UsageError names one that cannot be read."""
    return [(Path(path).name, opened.enter_context(_opened(path))) for path in paths]


def files(args: Namespace, session: Session) -> int:
    """List the files of a chat; with --to, copy their newest versions into a folder."""
    session.chats.get(args.chat)
    for row in session.files.rows(args.chat):
        change = row.newest.change
        copied = _copy(session.files.version(args.chat, change.sha256), row.path, args.to) if args.to else ""
        if args.json:
            print_json({"path": row.path, "size": change.size, "sha256": change.sha256, "copied_to": copied})
        else:
            print(f"{change.size:>12,}  {visible(copied or row.path)}")
    return ENDED


def team_files(args: Namespace, session: Session) -> int:
    """List the files that a saved team keeps; with --to, copy them into a folder. Or add some, or remove some."""
    if (args.act != "files") != bool(args.what) or (args.to and args.act != "files"):
        raise UsageError(f"Write {COMMAND} teams files TEAM [--to FOLDER], or add TEAM FILE, or remove TEAM NAME.")
    team = session.teams.named(args.team)
    if args.act == "add":
        with ExitStack() as opened:
            session.teams.add_files(team.team_id, attached(args.what, opened))
    if args.act == "remove":
        session.teams.remove_files(team.team_id, args.what)
    for file in session.teams.files(team.team_id):
        copied = _copy(session.teams.file(team.team_id, file.name), file.name, args.to) if args.to else ""
        if args.json:
            facts = {"size": file.size, "sha256": file.sha256, "by": file.by.name, "added_at": file.added_at}
            print_json({"team": team.team_id, "name": file.name, **facts, "copied_to": copied})
        else:
            added = "" if copied else f"  added by {file.by.name}, {time_text(file.added_at)}"
            print(f"{file.size:>12,}  {visible((copied or file.name) + added)}")
    return ENDED


def _copy(version: Path, path: str, folder: str) -> str:
    """Where the file was copied to; UsageError when there is one already."""
    to = Path(folder, *path.split("/"))
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with version.open("rb") as kept, to.open("xb") as copy:
            shutil.copyfileobj(kept, copy)
    except FileExistsError:
        raise UsageError(f"{str(to)!r} is there already and was not overwritten. Choose another folder.") from None
    except OSError as error:
        raise UsageError(f"{str(to)!r} cannot be written: {error.strerror}. Choose another folder.") from None
    return str(to)


def write_new(content: BinaryIO, file: str) -> int:
    """Write the file and return its size in bytes; UsageError when it is there already, or cannot be written."""
    try:
        with Path(file).open("xb") as copy:
            shutil.copyfileobj(content, copy)
            return copy.tell()
    except FileExistsError:
        raise UsageError(f"{file!r} is there already and was not overwritten. Choose another name.") from None
    except OSError as error:
        raise UsageError(f"{file!r} cannot be written: {error.strerror}. Choose another place.") from None


def check_output(args: Namespace) -> None:
    """UsageError where JSON about a file would stand in the same place as the file."""
    if args.json and not args.output:
        raise UsageError("--json tells about the file, so it needs one: add -o FILE.")


def _opened(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise UsageError(f"The file {path!r} cannot be read: {_why(error)}. Nothing was changed.") from None


def _why(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def subject(file: str) -> str:
    """How messages name a team's file."""
    return "The team from standard input" if file == "-" else f"The file {file!r}"


def read_team(file: str) -> str:
    """The text of a team file; SpecError when it is not there, too large, or no text."""
    try:
        return _read(file)
    except UnicodeDecodeError:
        raise SpecError(subject(file), [("", "It is not UTF-8 text. Save it as YAML or JSON in UTF-8.")]) from None
    except (OSError, ValueError) as error:
        raise SpecError(subject(file), [("", f"It cannot be read: {_why(error)}.")]) from None


class FoundTeam(NamedTuple):
    """A team that was named on the command line, with id and revision when it is saved."""

    team: TeamSpec
    team_id: str | None = None
    revision: int | None = None
    is_live: bool = False


def found_team(name: str, session: Session) -> FoundTeam:
    """The team meant by `name`: a ready one, in a file, or saved; of a saved one the live revision, else the newest."""
    ready = {team.name: team.spec for team in session.teams.gallery()}
    if name in ready:
        return FoundTeam(ready[name])
    if name == "-" or Path(name).exists() or name.lower().endswith((".yaml", ".yml", ".json")):
        return FoundTeam(session.teams.read(read_team(name), subject(name)))
    try:
        row = session.teams.named(name)
    except NotFoundError as error:
        raise UsageError(f"There is no team {name!r}. The ready teams are {', '.join(ready)}. {error}") from None
    return FoundTeam(row.spec, row.team_id, row.revision, row.label == "live")


def read_text(file: str, what: str) -> str:
    """The text in `file`; UsageError, naming `what`, when it is not there or no text."""
    try:
        return _read(file)
    except UnicodeDecodeError:
        raise UsageError(f"{what} in {file!r} is not UTF-8 text. Nothing was recorded.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{what} in {file!r} cannot be read: {_why(error)}. Nothing was recorded.") from None


def _read(file: str) -> str:
    with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
        return stream.read(4 * MAX_CHARS + 1).decode("utf-8-sig")
