"""The command line: `python -m agents COMMAND`, or `groupchat-studio` where the wheel is installed.

Every failure is one line and an exit code, never a traceback. The commands themselves are in `agents.cli`.
"""

import errno
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from agents.cli.arguments import BAD_USAGE, FAILED, INTERRUPTED, PIPE_CLOSED, parse
from agents.errors import NotFoundError, SpecError, StudioError, UsageError
from agents.version import PACKAGE

LOGGER = logging.getLogger(PACKAGE)
LOG_FILE = "command-line.log"
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""What a disk says that takes nothing, also without a file's name."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command that `arguments` (the process's own when None) name; the exit code."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except (SpecError, NotFoundError, UsageError) as error:
        return _say(error, BAD_USAGE)
    except StudioError as error:
        return _say(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    except Exception as error:
        if isinstance(error, OSError) and (error.filename or error.errno in DISK):
            where = f"'{error.filename}'" if error.filename else "The disk"
            return _say(
                StudioError(f"{where} cannot be used ({error.strerror}). What was saved before is kept."), FAILED
            )
        LOGGER.exception("The command failed")
        print(
            f"studio: a defect stopped the command ({type(error).__name__}). What was kept before it is kept; "
            f"{LOG_FILE} in the studio's folder has the details.",
            file=sys.stderr,
        )
        return FAILED


def _run(arguments: list[str]) -> int:
    """Run the command. Everything that takes time to import is imported here, where Ctrl+C ends it quietly."""
    from agents.cli.output import steady_streams

    steady_streams()
    args = parse([_as_text(argument) for argument in arguments])
    if args.command == "completion":
        from agents.cli.arguments import completion

        return completion(args)
    from agents.settings import Settings

    settings = Settings.from_env({**os.environ, "STUDIO_HOME": args.home} if args.home else os.environ)
    if args.command == "serve":
        from agents.cli.serve import serve

        return serve(args, settings)
    from agents.cli import commands
    from agents.cli.follow import person
    from agents.studio import Studio

    if args.command == "worker":
        return commands.worker(settings)
    _log_to(settings.home / LOG_FILE)
    if args.command == "doctor":
        from agents.cli.doctor import doctor

        return doctor(args, settings)
    with Studio.open(settings) as studio:
        session = studio.as_(person(args), reads_all=True)
        return commands.COMMANDS[args.command](args, session)


def _log_to(file: Path) -> None:
    """Warnings and tracebacks are for whoever looks after the studio: into a file, never between a chat's lines."""
    handler = logging.FileHandler(file, delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.raiseExceptions = False


def _as_text(argument: str) -> str:
    """An argument as UTF-8, whatever the locale took it for."""
    return os.fsencode(argument).decode("utf-8", "replace") if not argument.isascii() else argument


def _say(error: StudioError, code: int) -> int:
    from agents.cli.output import visible

    print(f"studio: {' '.join(visible(str(error)).split())}", file=sys.stderr)
    return code


def _keep_stdout_to_ourselves() -> None:
    """What is printed there may be JSON; whatever a program that a tool starts prints goes to standard error."""
    if sys.stdout is None or sys.stderr is None:  # the caller closed one
        return
    own = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    os.dup2(2, 1)
    sys.stdout = own


def run() -> NoReturn:
    """Run the command that the process's own arguments name, and end the process with its exit code."""
    _keep_stdout_to_ourselves()
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = PIPE_CLOSED
    if code == PIPE_CLOSED:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
    sys.exit(code)


if __name__ == "__main__":
    run()
