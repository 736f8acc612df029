"""A chat written into a file, or onto standard output for another program."""

import shutil
import sys
from argparse import Namespace
from typing import BinaryIO

from agents.cli.arguments import ENDED
from agents.cli.files import check_output, write_new
from agents.cli.output import print_json, visible
from agents.errors import UsageError
from agents.studio import Session
from agents.text.numbers import size_text


def export(args: Namespace, session: Session) -> int:
    """Write the chat in the format that was asked for. UsageError for a file that is there already, and where JSON
    about the file would stand in the same place as the file."""
    check_output(args)
    has_amounts, has_names = not args.without_amounts, not args.without_names
    exported = session.exports.chat(args.chat, args.form, has_amounts=has_amounts, has_names=has_names)
    with exported.content as content:
        if not args.output:
            _print(content, exported.name)
            return ENDED
        n_bytes = write_new(content, args.output)
    if args.json:
        print_json({"chat": args.chat, "as": args.form, "file": args.output, "size": n_bytes})
    else:
        print(f"{visible(args.output)}, {size_text(n_bytes)}")
    return ENDED


def _print(content: BinaryIO, name: str) -> None:
    if sys.stdout.isatty() and name.endswith(".zip"):
        raise UsageError("A zip is nothing to read. Write it into a file: add -o FILE.")
    sys.stdout.flush()
    shutil.copyfileobj(content, sys.stdout.buffer)
    sys.stdout.buffer.flush()
