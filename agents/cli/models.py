"""`models`: lists the models of this machine, fetches one, adds a file. Called by `agents.__main__`."""

import sys
import time
from argparse import Namespace
from pathlib import Path

from agents.cli.arguments import ENDED
from agents.cli.output import print_json, visible
from agents.errors import NotFoundError, UsageError
from agents.specs import TeamSpec
from agents.studio import LocalModel, Session
from agents.text.downloads import download_text, model_state
from agents.text.numbers import size_text
from agents.version import COMMAND

SAY_EVERY_S = 2.0
"""Where what is printed goes into a file; a terminal's line is written over."""
OVER = "\r\x1b[K"
"""Begins a line that takes the place of the one before it in a terminal."""


def models(args: Namespace, session: Session) -> int:
    match args.act:
        case "get":
            if not args.what:
                raise UsageError(f"Name the model: {COMMAND} models get NAME. '{COMMAND} models' lists them.")
            fetch(session, args.what)
        case "add":
            if not args.what:
                raise UsageError(f"Name the file: {COMMAND} models add FILE.gguf")
            if not Path(args.what).is_file():
                raise NotFoundError(f"There is no file {args.what}. Nothing was added.")
            added = session.local_models.add(Path(args.what))
            print(f"{added.weights.name} is here ({size_text(added.weights.n_bytes)}).")
        case _:
            for row in session.local_models.rows():
                if args.json:
                    print_json(_as_json(row))
                else:
                    print(_line(row))
    return ENDED


def fetch(session: Session, name: str) -> None:
    """Fetch the model of that name, saying how far it is on standard error."""
    is_shown, said_at = sys.stderr.isatty(), 0.0
    pieces = session.local_models.get(name)
    for progress in pieces:
        if is_shown or time.monotonic() - said_at > SAY_EVERY_S:
            said_at = time.monotonic()
            text = f"{name}: {download_text(progress)}"
            print(f"{OVER}{text}" if is_shown else text, end="" if is_shown else "\n", file=sys.stderr, flush=True)
    print(f"{OVER if is_shown else ''}{name} is here.", file=sys.stderr)


def fetch_for(session: Session, team: TeamSpec) -> None:
    """Fetch the local model first where the team needs it."""
    if session.local_models.is_awaited(team):
        fetch(session, session.local_models.used().weights.name)


def _line(row: LocalModel) -> str:
    weights = row.weights
    used = ", used" if row.is_used else ""
    facts = f"{size_text(weights.n_bytes):>7}  {weights.licence:<10}  {model_state(row.is_here, row.progress)}{used}"
    return visible(f"{weights.name:<30}  {facts}; {weights.good_for}")


def _as_json(row: LocalModel) -> dict[str, object]:
    weights = row.weights
    return {
        "name": weights.name,
        "title": weights.title,
        "n_bytes": weights.n_bytes,
        "sha256": weights.sha256,
        "licence": weights.licence,
        "good_for": weights.good_for,
        "is_here": row.is_here,
        "is_used": row.is_used,
        "share": 1.0 if row.is_here else round(row.progress.share, 3),
        "error": row.progress.error,
    }
