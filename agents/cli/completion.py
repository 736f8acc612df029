"""`completion`: print the script that completes the installed command in a shell.

shtab writes it once from the parser; argcomplete would start Python at every press of Tab. Called by `agents.__main__`.
"""

from argparse import ArgumentParser, Namespace

import shtab

from agents.cli.arguments import ENDED, parser
from agents.version import DISTRIBUTION

PATHS = {"FILE": shtab.FILE, "TEAM": shtab.FILE, "SCRIPT": shtab.FILE, "FOLDER": shtab.DIRECTORY}
"""What stands for an argument in the help -> what completes it."""


def completion(args: Namespace) -> int:
    """Print the script for the shell that was typed."""
    top = parser(DISTRIBUTION)
    _complete_paths(top)
    print(shtab.complete(top, args.shell))
    return ENDED


def _complete_paths(parser: ArgumentParser) -> None:
    for action in parser._actions:
        if isinstance(action.metavar, str) and action.metavar in PATHS:
            action.complete = PATHS[action.metavar]  # type: ignore[attr-defined]
        if isinstance(action.choices, dict):
            for each in action.choices.values():
                _complete_paths(each)
