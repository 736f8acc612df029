"""What can be typed after `python -m agents` or `groupchat-studio`, and what is refused at once with one line.

Knows argparse and no studio. Called by `agents.__main__`.
"""

import argparse
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NoReturn

from agents.version import ABOUT, COMMAND, DISTRIBUTION, IS_INSTALLED, NAME, __version__

SHIPPED = "\0"
"""What --rehearsed without a script is; no file is called so."""

TEAM_HELP = "name of a ready team, a YAML or JSON file ('-' for standard input), or name of a saved team"

ENDED, FAILED, BAD_USAGE, WAITING, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
EXIT_CODES = """\
exit codes: 0 the chat ended; 3 it waits for a person (its id and how to answer are printed); 1 it failed, or waits
because a model gave no answer; 2 bad usage; 130 interrupted (the chat is kept, and how to go on is printed).
Chats are kept in the folder STUDIO_HOME ('doctor' tells which it is), or in the database STUDIO_DB."""

EXPORTS = ("html", "markdown", "events", "ledger", "finetune", "preferences", "zip")
"""The formats of `agents.exchange.chat_formats`, named here so that a command needs not load them."""
HOST, PORT = "127.0.0.1", 8501
SHELLS = ("bash", "zsh", "fish")
TEAM_FORMATS = ("yaml", "json", "python")
EXPORT_HELP = "export: as what (yaml); python is a script that AutoGen runs without the studio"
PATHS = ("FILE", "TEAM", "SCRIPT", "FOLDER")
"""What stands for a path in the help."""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message} (try '{self.prog} --help')\n")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return what `arguments` ask for, the command's name in `command`; where the studio is installed and they name
    none, it is opened. Whoever mistypes reads one line, and the process ends."""
    has_command = not IS_INSTALLED or (arguments and not arguments[0].startswith("-"))
    if not has_command and arguments[:1] not in (["-h"], ["--help"], ["--version"]):
        arguments = ["serve", *arguments]
    return parser().parse_args(arguments)


def parser(prog: str = COMMAND) -> argparse.ArgumentParser:
    """The whole command line; the chosen command's name is in `command`."""
    opens = " Without a command it opens in the browser, as with 'serve'." if IS_INSTALLED else ""
    top = Parser(prog=prog, description=f"{NAME}: {ABOUT}{opens}", epilog=EXIT_CODES)
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    top.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)

    def command(name: str, text: str, *, has_json: bool = True, has_chat: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        if has_json:
            added.add_argument("--json", action="store_true", help="print one JSON object a line")
        added.add_argument("--home", default="", metavar="FOLDER", help="the studio's folder, instead of STUDIO_HOME")
        if has_chat:
            added.add_argument("chat", metavar="CHAT", help="the chat's id")
        return added

    serve = command("serve", "open the studio in the browser", has_json=False)
    serve.add_argument("--host", default=HOST, metavar="HOST", help=f"the address to listen at ({HOST})")
    serve.add_argument("--port", type=_port, default=PORT, metavar="PORT", help=f"the port to listen at ({PORT})")
    serve.add_argument(
        "--base-path", type=_base_path, default="", metavar="PATH", help="the path below which a proxy forwards"
    )

    run = command("run", "give a team a task and follow the chat")
    run.add_argument("team", metavar="TEAM", help=TEAM_HELP)
    run.add_argument(
        "--task", metavar="TEXT", help="what the team is to do; with --rehearsed the script's own when left out"
    )
    run.add_argument(
        "--attach", action="append", default=[], metavar="FILE", help="put this file into the chat's workspace"
    )
    run.add_argument(
        "--rehearsed",
        nargs="?",
        const=SHIPPED,
        metavar="SCRIPT",
        help="no model speaks: play the ready team's own rehearsal, or this script (YAML or JSON), without cost",
    )
    run.add_argument(
        "--real-time", action="store_true", help="with --rehearsed: each line takes as long as it took its model"
    )
    run.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="fill a placeholder of the prompts"
    )
    run.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible server to use, such as a local Ollama's")
    run.add_argument("--model", default="", metavar="NAME", help="the model there, or of the team's own connection")
    run.add_argument("--api-key-env", default="", metavar="VAR", help="environment variable that holds the key")

    requests = command("requests", "list what waits for a person, across chats")
    requests.add_argument("--kind", default="", metavar="K", help="of this kind only, such as tool_call or human_turn")
    requests.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")

    answer = command("answer", "answer a chat that waits, then follow it", has_chat=True)
    _answers(answer)
    answer.add_argument("--request", default="", metavar="ID", help="which request, where several are open")
    answer.add_argument("--for-chat", action="store_true", help="with --approve: the same for the rest of the chat")
    answer.add_argument("--as", dest="as_", metavar="NAME", help="who decides (your user name)")
    answer.add_argument("--detach", action="store_true", help="only answer: a running studio goes on with the chat")

    say = command("say", "say something while agents run: it becomes the next turn", has_json=False, has_chat=True)
    say.add_argument("--text", required=True, metavar="T", help="what to say")
    say.add_argument("--as", dest="as_", metavar="NAME", help="who says it (your user name)")

    pause = command("pause", "let a chat wait for a person after the turn under way", has_json=False, has_chat=True)
    pause.add_argument("--as", dest="as_", metavar="NAME", help="who asks for it (your user name)")

    resume = command("resume", "go on with a chat that was interrupted or has ended, and follow it", has_chat=True)
    resume.add_argument("--text", default="", metavar="TEXT", help="say this first (ended chats only)")

    command("stop", "end a chat now", has_json=False, has_chat=True)

    command("show", "print a chat", has_chat=True)

    files = command("files", "list what files a chat has, or copy them out", has_chat=True)
    files.add_argument("--to", default="", metavar="FOLDER", help="copy them there; none that is there is overwritten")

    export = command("export", "write a chat into a file, to show it, read it or work on with it", has_chat=True)
    export.add_argument(
        "--as", dest="form", choices=EXPORTS, default=EXPORTS[0], metavar="FORMAT", help=f"{', '.join(EXPORTS)} (html)"
    )
    export.add_argument("--without-amounts", action="store_true", help="leave out costs and tokens")
    export.add_argument("--without-names", action="store_true", help="leave out names of people and e-mail addresses")
    export.add_argument("-o", "--output", default="", metavar="FILE", help="write into this file, which is not there")

    command("rehearse", "write a chat as a script, to be played without a model", has_json=False, has_chat=True)

    chats = command("chats", "list the chats, newest activity first")
    chats.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")

    audit = command("audit", "print what was asked and decided, newest first", has_json=False)
    audit.add_argument("--chat", default="", metavar="C", help="of this chat only")
    audit.add_argument(
        "--since", type=_day, metavar="DATE", help="asked from this day on, in your time zone, such as 2026-03-31"
    )
    audit.add_argument("--limit", type=_count, default=1_000, metavar="N", help="at most so many (1,000)")
    audit.add_argument("--refused", action="store_true", help="what people tried and were not allowed to, instead")
    form = audit.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="as CSV, for a spreadsheet")
    form.add_argument("--json", action="store_true", help="print one JSON object a line")

    teams = command("teams", "list the teams; a saved team's revisions, one of which may be live, or files; export one")
    acts = ("revisions", "live", "files", "add", "remove", "export")
    them = "list a saved team's revisions, label one live; list its files, add some, or remove some; or export a team"
    teams.add_argument("act", nargs="?", choices=acts, metavar="|".join(acts), help=them)
    teams.add_argument("team", nargs="?", default="", metavar="TEAM", help="name of the team")
    what = "live: the revision, or 'none'; add: the files; remove: their names"
    teams.add_argument("what", nargs="*", metavar="FILE", help=what)
    teams.add_argument("--to", default="", metavar="FOLDER", help="files: copy them there; none is overwritten")
    teams.add_argument("--as", dest="form", choices=TEAM_FORMATS, help=EXPORT_HELP)
    teams.add_argument(
        "-o", "--output", default="", metavar="FILE", help="export: write into this file, which is not there"
    )

    check = command("check", "say what is wrong with a team file, and what is weak", has_json=False)
    check.add_argument("file", metavar="FILE", help="a YAML or JSON file, '-' for standard input")

    import_ = command("import", "read the teams in a script, a notebook or a team file, and save them")
    import_.add_argument("file", metavar="FILE", help="the file, '-' for standard input; nothing in it is run")
    import_.add_argument("--dry-run", action="store_true", help="only say what is in it; save nothing")
    import_.add_argument("--tools", default="", metavar="FOLDER", help="write the code of its tools there, to be read")

    command("doctor", "say what works here and what does not: database, worker, models, sandboxes, tools")

    models = command("models", "list the models of this machine, fetch one, or add a file")
    models.add_argument(
        "act", nargs="?", choices=("get", "add"), metavar="get|add", help="fetch a model, or add a file"
    )
    models.add_argument("what", nargs="?", default="", metavar="FILE", help="get: the model's name; add: a GGUF file")

    command("worker", "run chats for a studio until told to end", has_json=False)

    completion = command("completion", "print a script that completes these commands in a shell", has_json=False)
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
    return top


def _answers(answer: argparse.ArgumentParser) -> None:
    """Exactly one of the answers that a request can have."""
    choice = answer.add_mutually_exclusive_group(required=True)

    def add(option: str, verdict: str, text: str, metavar: str = "", read: Callable[[str], Any] = str) -> None:
        if metavar:
            given = partial(_given, verdict, read)
            choice.add_argument(option, dest="answer", type=given, metavar=metavar, help=text)
        else:
            choice.add_argument(option, dest="answer", action="store_const", const=(verdict, ""), help=text)

    add("--approve", "approve", "let it happen as it was shown")
    add("--edit", "edit", "let it happen with these arguments (JSON) or this text instead", metavar="FILE")
    add("--reject", "reject", "refuse it; the agent reads why", metavar="REASON")
    add("--text", "reply", "reply this in the agent's, or the tool's, place", metavar="TEXT")
    add("--skip", "skip", "say nothing: the agent goes on by itself, or without it")
    add("--retry", "retry", "ask the model again, or run the call again")
    add("--raise", "raise", "raise the limit that is reached to N", metavar="N", read=_amount)
    add("--finish", "finish", "let the turn finish, then end the chat")
    add("--continue", "continue", "go on")
    add("--end", "end", "end the chat")
    add("--choose", "choose", "the agent who speaks next", metavar="NAME")
    add("--change-model", "change_model", "use another one from now on", metavar="CONNECTION[/MODEL]")
    choice.add_argument(
        "--value",
        dest="values",
        action="append",
        type=_pair,
        metavar="FIELD=VALUE",
        help="fill in this field of what is asked, or run the call with this argument instead; may be repeated",
    )


def _given(verdict: str, read: Callable[[str], Any], text: str) -> tuple[str, Any]:
    return verdict, read(text)


def _pair(text: str) -> tuple[str, str]:
    name, is_pair, value = text.partition("=")
    if not is_pair or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIELD=VALUE")
    return name, value


def _whole(text: str, most: int, what: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a {what} from 1 to {most:,}")
    return int(text)


def _count(text: str) -> int:
    return _whole(text, 100_000, "number")


def _port(text: str) -> int:
    return _whole(text, 65_535, "port: a number")


def _base_path(text: str) -> str:
    """Return the path with a slash before it and none behind it; "" for the root."""
    path = text.strip("/")
    if not re.fullmatch(r"[\w.~/-]*", path, re.ASCII) or {"..", "."} & set(path.split("/")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path such as /studio")
    return f"/{path}" if path else ""


def _day(text: str) -> datetime:
    try:
        day = datetime.fromisoformat(text)
        return day if day.tzinfo else day.astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-03-31") from None


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return amount


def completion(args: argparse.Namespace) -> int:
    """Print the script that completes the installed command in the shell that was typed.

    shtab writes it once from the parser; argcomplete would start Python at every press of Tab."""
    import shtab

    top = parser(DISTRIBUTION)
    _complete_paths(top, {name: shtab.DIRECTORY if name == "FOLDER" else shtab.FILE for name in PATHS})
    print(shtab.complete(top, args.shell))
    return ENDED


def _complete_paths(parser: argparse.ArgumentParser, completers: dict[str, Any]) -> None:
    for action in parser._actions:
        if isinstance(action.metavar, str) and action.metavar in completers:
            action.complete = completers[action.metavar]  # type: ignore[attr-defined]
        if isinstance(action.choices, dict):
            for each in action.choices.values():
                _complete_paths(each, completers)
